/**
 * Evidence from Prometheus and from servers that speak its HTTP API (Thanos, Mimir, VictoriaMetrics): asks at the slot, checks the
 * answer strictly, and gives samples or the reason why there are none.
 */
import { DEFAULT_HEARTBEAT } from '../../api/source.ts';
import type { Reading } from '../../domain/sample.ts';
import type { Clock } from '../../platform/clock.ts';
import { slotsOf } from '../evidence.ts';
import type { Connection, EvidenceReader, KindReader, Reachability, ReadRequest } from '../source.ts';
import { newBases } from './basis-reader.ts';
import { newPrometheusAlerts } from './alerts.ts';
import { type ClientOptions, newPrometheusClient, type PrometheusClient } from './client.ts';
import { newFalcoCounters } from './falco-counters.ts';
import { newFamilies } from './families.ts';
import { type Failure, failure, failureOf, notAnswering, unavailable } from './failure.ts';
import { findLookback, type Lookback, type Plan, plainly, planFor, versionOf } from './lookback.ts';
import { samplesOf } from './parse.ts';
import { sameOverRange } from './promql.ts';
import { type AskPlan, newQuestions } from './questions.ts';
import { readSlots } from './range.ts';
import { newSharing } from '../sharing.ts';

/** Caps default to 8 MiB an answer and 10,000 series a reading; `gatherMs` (5) to 0 asks each question for itself. */
export interface PrometheusOptions {
  readonly clock: Clock;
  readonly gatherMs?: number;
  readonly maxBytes?: number;
  readonly maxSeries?: number;
  readonly onRequest?: ClientOptions['onRequest'];
}

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_SERIES = 10_000;
// Criteria of a service come due in the same millisecond.
const GATHER_MS = 5;
// Criteria of a service read the same slot within moments; an answer that is older than this is asked for anew.
// The criteria of a service ask at the same moment.
const KEEP_READINGS_MS = 10_000;
const KEEP_SAMPLES = 100_000;
const KEEP_LOOKBACK_MS = 600_000;

/** A source that itself reads the kind of evidence which it has in the first place. */
export type PrometheusReader = EvidenceReader & KindReader;

/** Makes the reader of one server; nothing is connected yet. */
export function newPrometheusReader(connection: Connection, options: PrometheusOptions): PrometheusReader {
  const { clock, gatherMs = GATHER_MS, maxBytes = MAX_BYTES, maxSeries = MAX_SERIES, onRequest } = options;
  const client = newPrometheusClient(connection, { maxBytes, ...(onRequest && { onRequest }) });
  const bases = newBases({ client, clock });
  const questions = newQuestions(client, maxSeries);
  const shared = newSharing<Reading>({ clock, keepMs: KEEP_READINGS_MS, maxWeight: KEEP_SAMPLES, weightOf });
  const lookbacks = newSharing<Lookback | Failure>({
    ...{ clock, keepMs: KEEP_LOOKBACK_MS, maxWeight: 1 },
    weightOf: ({ kind }) => (kind === 'Lookback' ? 1 : 0),
  });
  const lookback = (signal: AbortSignal): Promise<Lookback | Failure> =>
    lookbacks.ask('', (all) => findLookback(client, all), signal).catch(failureOf);

  /** Another server may answer after one that was gone. */
  const forgetIfGone = (reading: Reading | undefined): void => {
    if (reading?.kind === 'Unavailable' && reading.reason === 'SourceUnreachable') lookbacks.forget();
  };
  const readOnce = async ({ query, slot, maxAgeMs }: ReadRequest, signal: AbortSignal): Promise<Reading> => {
    const known = await lookback(signal);
    const plan = planned(known, query, maxAgeMs);
    if (plan.kind === 'Failure') return unavailable(plan);
    const reading = await questions.instant(plan, slot, signal);
    forgetIfGone(reading);
    return withVersion(reading, known);
  };
  const inFamilies = newFamilies({ clock, gatherMs, ask: readOnce });
  const overSlots = (plan: AskPlan, slots: readonly number[], signal: AbortSignal): Promise<readonly Reading[]> => {
    const instant = (slot: number): Promise<Reading> => questions.instant(plan, slot, signal);
    const range = (some: readonly number[]) => questions.range(plan, some, signal);
    return readSlots({ instant, range }, slots, sameOverRange(plan.query));
  };

  const queries: KindReader = {
    read: (request, signal) => {
      const key = `${request.slot} ${request.maxAgeMs} ${request.query}`;
      return shared.ask(key, (all) => inFamilies(request, all), signal).catch((error: unknown) => unavailable(failureOf(error)));
    },
    readRange: async (request, signal) => {
      const slots = slotsOf(request);
      const known = await lookback(signal);
      const plan = planned(known, request.query, request.maxAgeMs);
      if (plan.kind === 'Failure') return slots.map(() => unavailable(plan));
      const readings = await overSlots(plan, slots, signal);
      forgetIfGone(readings.at(-1));
      return readings.map((reading) => withVersion(reading, known));
    },
    check: async ({ query, maxAgeMs }, signal) => {
      const invalid = await refusalOf(client, query, signal);
      if (invalid !== undefined) return { reason: 'InvalidQuery', message: invalid };
      const known = await lookback(signal);
      const plan = known.kind === 'Lookback' ? planFor(query, maxAgeMs, known) : undefined;
      return plan?.kind === 'NotSupported' ? { reason: 'MaxAgeNotSupported', message: plan.message } : undefined;
    },
    basis: (query, signal) => bases.ofQuery(query, signal),
  };
  return {
    ...queries,
    kinds: {
      prometheus: queries,
      alerts: newPrometheusAlerts({ queries, client, bases, clock }),
      falco: newFalcoCounters({ queries, clock }),
    },
    wasCollecting: async (range, signal) => {
      const readings = await overSlots(plainly(connection.heartbeat ?? DEFAULT_HEARTBEAT), slotsOf(range), signal);
      return readings.map((reading) => reading.kind === 'Samples' && reading.samples.length > 0);
    },
    probe: async (signal) => {
      const found = await probe(client, signal);
      if (found.kind === 'NotAnswering') lookbacks.forget();
      return found;
    },
    close: () => client.close(),
  };
}

/** Only answers are kept, each by its size. */
const weightOf = (reading: Reading): number => (reading.kind === 'Samples' ? Math.max(1, reading.samples.length) : 0);

function planned(known: Lookback | Failure, query: string, maxAgeMs: number): AskPlan | Failure {
  if (known.kind === 'Failure') return known;
  const plan: Plan = planFor(query, maxAgeMs, known);
  return plan.kind === 'Ask' ? plan : failure('QUERY_INVALID', plan.message);
}

function withVersion(reading: Reading, known: Lookback | Failure): Reading {
  if (reading.kind !== 'Samples' || known.kind !== 'Lookback' || known.version === undefined) return reading;
  return { ...reading, sourceVersion: known.version };
}

/** Asks at a time without data: parsed and typed, hardly evaluated; `parse_query` and `format_query` are not everywhere. */
async function refusalOf(client: PrometheusClient, query: string, signal: AbortSignal): Promise<string | undefined> {
  const answer = await client.query({ query, time: '0' }, signal);
  const refused = answer.kind === 'Failure' ? answer : unreadable(answer.data);
  return refused?.code === 'QUERY_INVALID' ? refused.message : undefined;
}

function unreadable(data: unknown): Failure | undefined {
  try {
    samplesOf(data, 0);
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}

async function probe(client: PrometheusClient, signal: AbortSignal): Promise<Reachability> {
  const start = performance.now();
  const latencyMs = (): number => Math.round(performance.now() - start);
  const info = await client.status('buildinfo', signal);
  const version = versionOf(info);
  if (version !== undefined) return { kind: 'Answering', version, latencyMs: latencyMs() };
  if (info.kind === 'Failure' && info.code === 'SOURCE_UNREACHABLE') return notAnswering(info);
  // Some servers, and proxies in front of them, answer nothing but queries.
  const answer = await client.query({ query: '1', time: '0' }, signal);
  const failed = answer.kind === 'Failure' ? answer : unreadable(answer.data);
  return failed === undefined ? { kind: 'Answering', latencyMs: latencyMs() } : notAnswering(failed);
}
