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
import { whyNotAnswerable } from './answerable.ts';
import { type Endpoint, newEndpoint } from './endpoint.ts';
import type { FalcoQuestion } from './matching.ts';
import { type Compared, type Pushed, readingOf, type Watched } from './reading.ts';

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

  const at = (question: FalcoQuestion, slot: number, failures: Failures): Reading => {
    const windowMs = windowOf(question);
    const from = slot - windowMs;
    const watched = endpoints.map((endpoint, index) => watchedBy(endpoint, { from, to: slot }, failures[index]));
    const pushed = intake && pushedTo(intake, endpoints, { from, to: slot, now: clock.now() });
    return readingOf({ question, windowMs, from, watched, ...(pushed && { pushed }) });
  };
  const lookFor = async (query: FalcoQuestion, slot: number, signal: AbortSignal): Promise<Refusal | Failures> => {
    const refusal = refusalOf(query, intake);
    if (refusal !== undefined) return refusal;
    const failures = await lookAll(endpoints, { slot, keepMs: windowOf(query) }, signal);
    return refusedByCounters(query, endpoints, intake) ?? failures;
  };
  const alerts: KindReader<FalcoQuestion> = {
    read: async ({ query, slot }, signal) => {
      const found = await lookFor(query, slot, signal);
      return 'reason' in found ? refused(found) : answered(() => at(query, slot, found));
    },
    readRange: async ({ query, ...range }, signal) => {
      const slots = slotsOf(range);
      const found = await lookFor(query, slots.at(-1) ?? range.to, signal);
      if ('reason' in found) return slots.map(() => refused(found));
      const readings: Reading[] = [];
      for (const slot of slots) {
        // Each slot is a read of the file, and others have to come in between.
        await nextTurn();
        readings.push(signal.aborted ? unavailable(givenUp) : answered(() => at(query, slot, found)));
      }
      return readings;
    },
    check: async ({ query }, signal) => {
      const found = await lookFor(query, 0, signal);
      return 'reason' in found ? found : undefined;
    },
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

function refusalOf({ window = DEFAULT_WINDOW }: FalcoQuestion, intake: Intake | undefined): Refusal | undefined {
  if (intake === undefined || durationMs(window) <= intake.inbox.maxAgeMs) return undefined;
  return { reason: 'InvalidQuery', message: `a window of ${window} is longer than pushed alerts are kept` };
}

/** What counters that were looked at can not tell; pushed alerts say it themselves. */
function refusedByCounters(query: FalcoQuestion, endpoints: readonly Endpoint[], intake?: Intake): Refusal | undefined {
  const facts = endpoints.flatMap(({ looks }) => looks.latest()?.facts ?? []);
  const why = intake === undefined ? whyNotAnswerable(query, { facts, all: facts.length === endpoints.length }) : undefined;
  return why === undefined ? undefined : { reason: 'InvalidQuery', message: why };
}

const refused = ({ message }: Refusal): Reading => ({ kind: 'Unavailable', reason: 'QueryFailed', message });

/** What went wrong, at the places of the endpoints. */
type Failures = readonly (Failure | undefined)[];

/** Looks at every Falco. */
async function lookAll(
  endpoints: readonly Endpoint[],
  { slot, keepMs }: { readonly slot: number; readonly keepMs: number },
  signal: AbortSignal,
): Promise<Failures> {
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
  readonly now: number;
}

function pushedTo(intake: Intake, endpoints: readonly Endpoint[], { from, to, now }: Span): Pushed {
  const { inbox, source } = intake;
  // What was on its way at the first look since the window may have come by the newest.
  const newest = Math.min(...endpoints.map(({ looks }) => looks.latest()?.at ?? to));
  const ends = Number.isFinite(newest) && newest > to ? [to, newest] : [to];
  return {
    inWindow: inbox.summary({ source, from, to }),
    compared: ends.flatMap((end) => comparedUntil(intake, endpoints, { from, to: end })),
    isForgotten: from < now - inbox.maxAgeMs,
  };
}

/** What the looks around a span have counted, and what came from the earliest of their first until the earliest of their last. */
function comparedUntil(
  { inbox, source }: Intake,
  endpoints: readonly Endpoint[],
  span: { from: number; to: number },
): Compared[] {
  const watched = endpoints.map(({ looks }) => looks.around(span.from, span.to)).filter((one) => one.kind === 'Around');
  if (watched.length === 0) return [];
  const from = Math.min(...watched.map(({ first }) => first.at));
  const to = Math.min(...watched.map(({ last }) => last.at));
  return [{ watched, received: inbox.summary({ source, from, to }) }];
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
  const version = first?.kind === 'Seen' ? first.facts.version : undefined;
  return { kind: 'Answering', ...(version !== undefined && { version }), latencyMs: Math.round(performance.now() - start) };
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
