/**
 * Evidence from Falco: counts the alerts that were pushed, or its own counters, by rule; and says 0 only where Falco's metrics prove
 * that it was running and lost nothing.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

import { durationMs } from '../../domain/duration.ts';
import type { Reading } from '../../domain/sample.ts';
import type { Inbox } from '../../inbox/index.ts';
import type { Clock } from '../../platform/clock.ts';
import { AssayError } from '../../platform/errors.ts';
import { slotsOf } from '../evidence.ts';
import { type Failure, failureOf, notAnswering, unavailable } from '../prometheus/failure.ts';
import type { Connection, EvidenceReader, KindReader, Reachability, Refusal } from '../source.ts';
import { type Endpoint, newEndpoint } from './endpoint.ts';
import type { FalcoQuestion } from './matching.ts';
import { type Pushed, readingOf, type Watched } from './reading.ts';

/** A source that has the addresses of Falcos' metrics, or takes pushed alerts, or both. */
export interface FalcoConnection extends Omit<Connection, 'url' | 'heartbeat'> {
  /** One Falco each: not a service that stands for several. */
  readonly metricsUrls: readonly string[];
  readonly intake?: { readonly inbox: Pick<Inbox, 'summary' | 'check' | 'maxAgeMs'>; readonly source: string };
}

/** Caps default to 4 MiB for the metrics of one Falco. */
export interface FalcoOptions {
  readonly clock: Clock;
  readonly maxBytes?: number;
  readonly onRequest?: (outcome: string, ms: number) => void;
}

const MAX_BYTES = 4 * 1024 * 1024;
const DEFAULT_WINDOW = '5m';

/** Makes the reader of one source; nothing is connected yet. */
export function newFalcoReader(connection: FalcoConnection, options: FalcoOptions): EvidenceReader {
  const { metricsUrls, intake, ...common } = connection;
  const { clock, maxBytes = MAX_BYTES, onRequest } = options;
  const endpoints = metricsUrls.map((url) =>
    newEndpoint({ ...common, url, heartbeat: '' }, { clock, maxBytes, ...(onRequest && { onRequest }) }),
  );

  const at = (question: FalcoQuestion, slot: number, failures: readonly (Failure | undefined)[]): Reading => {
    const windowMs = windowOf(question);
    const from = slot - windowMs;
    const watched = endpoints.map((endpoint, index) => watchedBy(endpoint, { from, to: slot }, failures[index]));
    const begin = Math.min(from, ...watched.map((one) => (one.kind === 'Around' ? one.first.at : from)));
    const pushed = intake && pushedTo(intake, { from, to: slot, begin, now: clock.now() });
    return readingOf({ question, windowMs, from, watched, ...(pushed && { pushed }) });
  };
  const alerts: KindReader<FalcoQuestion> = {
    read: async ({ query, slot }, signal) => {
      const refused = refusalOf(query, intake);
      if (refused !== undefined) return { kind: 'Unavailable', reason: 'QueryFailed', message: refused.message };
      const failures = await lookAll(endpoints, { slot, keepMs: windowOf(query) }, signal);
      return answered(() => at(query, slot, failures));
    },
    readRange: async ({ query, ...range }, signal) => {
      const slots = slotsOf(range);
      const refused = refusalOf(query, intake);
      if (refused !== undefined)
        return slots.map(() => ({ kind: 'Unavailable', reason: 'QueryFailed', message: refused.message }));
      const failures = await lookAll(endpoints, { slot: slots.at(-1) ?? range.to, keepMs: windowOf(query) }, signal);
      const readings: Reading[] = [];
      for (const slot of slots) {
        // Each slot is a read of the file, and others have to come in between.
        await nextTurn();
        readings.push(signal.aborted ? unavailable(givenUp) : answered(() => at(query, slot, failures)));
      }
      return readings;
    },
    check: ({ query }) => Promise.resolve(refusalOf(query, intake)),
  };
  return {
    kinds: { falco: alerts },
    wasCollecting: async (range, signal) => {
      const slots = slotsOf(range);
      await lookAll(endpoints, { slot: slots.at(-1) ?? range.to, keepMs: 0 }, signal);
      return slots.map((slot) => endpoints.length > 0 && endpoints.every((endpoint) => ranAt(endpoint, slot)));
    },
    probe: (signal) => (endpoints.length > 0 ? probeAll(endpoints, signal) : probeInbox(intake)),
    close: async () => {
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    },
  };
}

const windowOf = ({ window = DEFAULT_WINDOW }: FalcoQuestion): number => durationMs(window);

type Intake = NonNullable<FalcoConnection['intake']>;

function refusalOf(
  { tags, namespaces, window = DEFAULT_WINDOW }: FalcoQuestion,
  intake: Intake | undefined,
): Refusal | undefined {
  if (intake === undefined && (tags !== undefined || namespaces !== undefined)) {
    const message = 'counters of Falco carry no tags and no namespaces: these can be asked of a source with an intake only';
    return { reason: 'InvalidQuery', message };
  }
  if (intake === undefined || durationMs(window) <= intake.inbox.maxAgeMs) return undefined;
  return { reason: 'InvalidQuery', message: `a window of ${window} is longer than pushed alerts are kept` };
}

/** Looks at every Falco; the answer has the failures at the places of their endpoints. */
async function lookAll(
  endpoints: readonly Endpoint[],
  { slot, keepMs }: { readonly slot: number; readonly keepMs: number },
  signal: AbortSignal,
): Promise<readonly (Failure | undefined)[]> {
  const look = async (endpoint: Endpoint): Promise<Failure | undefined> => {
    endpoint.looks.keepFor(keepMs);
    const seen = await endpoint.lookSince(slot, signal);
    return seen.kind === 'Failure' ? seen : undefined;
  };
  return Promise.all(endpoints.map(look));
}

/** Looks from before now may prove a past slot, even when Falco does not answer any more. */
function watchedBy({ looks }: Endpoint, { from, to }: { from: number; to: number }, failed: Failure | undefined): Watched {
  const around = looks.around(from, to);
  return around.kind === 'NotSeen' && failed !== undefined ? failed : around;
}

/** Whether one Falco ran through a moment: it had not started anew between the looks around it. */
function ranAt({ looks }: Endpoint, slot: number): boolean {
  const around = looks.around(slot, slot);
  if (around.kind === 'NotSeen') return false;
  const { first, last } = around;
  return first.facts.start === last.facts.start && first.facts.upSeconds <= last.facts.upSeconds;
}

interface Span {
  readonly from: number;
  readonly to: number;
  /** The first look that counts for the window. */
  readonly begin: number;
  readonly now: number;
}

function pushedTo({ inbox, source }: Intake, { from, to, begin, now }: Span): Pushed {
  return {
    inWindow: inbox.summary({ source, from, to }),
    sinceFirstLook: inbox.summary({ source, from: begin, to: now }),
    isForgotten: from < now - inbox.maxAgeMs,
  };
}

function answered(read: () => Reading): Reading {
  try {
    return read();
  } catch (error) {
    return unavailable(ofInbox(failureOf(error)));
  }
}

/** The message of the store is our own, and the inbox is a part of this source. */
const ofInbox = (failed: Failure): Failure => ({ ...failed, reason: 'SourceUnreachable' });

const givenUp = failureOf(new AssayError('SOURCE_UNREACHABLE', 'the read was given up before the answer came'));

async function probeAll(endpoints: readonly Endpoint[], signal: AbortSignal): Promise<Reachability> {
  const start = performance.now();
  const seen = await Promise.all(endpoints.map((endpoint) => endpoint.look(signal)));
  const failed = seen.findIndex(({ kind }) => kind === 'Failure');
  const [first] = seen;
  const failure = seen[failed];
  if (failure?.kind === 'Failure') {
    const message = seen.length === 1 ? failure.message : `address ${failed + 1} of ${seen.length}: ${failure.message}`;
    return notAnswering({ ...failure, message });
  }
  const version = first?.kind === 'Seen' ? { version: first.facts.version } : {};
  return { kind: 'Answering', ...version, latencyMs: Math.round(performance.now() - start) };
}

async function probeInbox(intake: Intake | undefined): Promise<Reachability> {
  const start = performance.now();
  try {
    await intake?.inbox.check();
    return { kind: 'Answering', latencyMs: Math.round(performance.now() - start) };
  } catch (error) {
    return { kind: 'NotAnswering', reason: 'ServerError', message: failureOf(error).message };
  }
}
