/**
 * Evidence from logs in Loki: counts the lines of a log query in the window before a slot. The query is the user's own text within a
 * metric query of ours, and only what stays one log query there is asked.
 */
import type { Reading } from '../../domain/sample.ts';
import type { Clock } from '../../platform/clock.ts';
import { slotsOf } from '../evidence.ts';
import { readEach } from '../opensearch/over-slots.ts';
import { type LogsQuestion, windowMsOf } from '../opensearch/search.ts';
import { type Answered, caught, newTransport, type Transport, withVersion } from '../opensearch/transport.ts';
import { failure, notAnswering, unavailable } from '../prometheus/failure.ts';
import { badAnswer, fieldsOf } from '../prometheus/parse.ts';
import type { Connection, EvidenceReader, Reachability } from '../source.ts';
import { readingOf } from './answer.ts';
import { failureOfStatus } from './failure.ts';
import { countQuery, labelProblem, problemIn } from './logql.ts';
import { newTenantProof } from './tenant-proof.ts';

/** `tenant` of the spec. */
export interface LokiTarget {
  readonly tenant?: string | undefined;
}

/** An answer may have 4 MiB unless `maxBytes` says otherwise. */
export interface LokiOptions {
  readonly clock: Clock;
  readonly maxBytes?: number;
  readonly onRequest?: ((outcome: string, ms: number) => void) | undefined;
}

const MAX_BYTES = 4 * 1024 * 1024;
/** How long before a slot a line proves that lines were collected. */
const ALIVE_MS = 600_000;
/** The window of a question that is asked only to see whether it can be. */
const CHECK_WINDOW_MS = 1;

/** Makes the reader of one tenant; nothing is connected yet. */
export function newLokiReader(connection: Connection, { tenant }: LokiTarget, options: LokiOptions): EvidenceReader {
  const { clock, maxBytes = MAX_BYTES, onRequest } = options;
  const headers: Record<string, string> = tenant === undefined ? {} : { 'X-Scope-OrgID': tenant };
  const transport = newTransport(connection, { maxBytes, onRequest, headers, failureOfStatus });
  const unproven = newTenantProof((call, signal) => transport.ask(call, signal));
  let version: string | undefined;
  const count = (question: Counted, at: number, signal: AbortSignal): Promise<Answered> =>
    transport.ask(instant(countQuery(question.query, question.windowMs, question.groupBy), at), signal);
  const readCount = async (question: Counted, slot: number, signal: AbortSignal): Promise<Reading> => {
    const problem = problemOf(question);
    if (problem !== undefined) return unavailable(failure('QUERY_INVALID', problem));
    const answer = await count(question, slot, signal);
    if (answer.kind === 'Failure') return unavailable(answer);
    return caught(() => withVersion(readingOf(answer.json, slot, question.groupBy), version), unavailable);
  };
  const read = async (question: Counted, slot: number, signal: AbortSignal): Promise<Reading> => {
    const reading = await readCount(question, slot, signal);
    const failed = isZero(reading) ? await unproven(question.windowMs, slot, signal) : undefined;
    return failed === undefined ? reading : unavailable(failed);
  };
  const readAll = (slots: readonly number[], readOne: (slot: number) => Promise<Reading>): Promise<readonly Reading[]> =>
    readEach(slots, connection.maxConcurrency, readOne);

  return {
    kinds: {
      logs: {
        read: ({ query, slot }, signal) => read(counted(query), slot, signal),
        readRange: ({ query, ...range }, signal) => readAll(slotsOf(range), (slot) => read(counted(query), slot, signal)),
        check: async ({ query }, signal) => {
          const question = counted(query);
          const problem = problemOf(question);
          if (problem !== undefined) return { reason: 'InvalidQuery', message: problem };
          const answer = await count({ ...question, windowMs: CHECK_WINDOW_MS }, clock.now(), signal);
          if (answer.kind === 'Answer' || answer.code !== 'QUERY_INVALID') return undefined;
          return { reason: 'InvalidQuery', message: answer.message };
        },
      },
    },
    wasCollecting: async (range, signal) => {
      const slots = slotsOf(range);
      // There is no query for "any line": Loki demands a label.
      if (connection.heartbeat === undefined) return slots.map(() => false);
      const question = { query: connection.heartbeat, windowMs: ALIVE_MS };
      const readings = await readAll(slots, (slot) => readCount(question, slot, signal));
      return readings.map((reading) => reading.kind === 'Samples' && !isZero(reading));
    },
    probe: async (signal) => {
      const found = await probe(transport, clock, signal);
      if (found.kind === 'Answering') version = found.version;
      return found;
    },
    close: () => transport.close(),
  };
}

/** What is to be counted. */
interface Counted {
  readonly query: string;
  readonly windowMs: number;
  readonly groupBy?: string | undefined;
}

const counted = (question: LogsQuestion): Counted => ({
  query: question.query,
  windowMs: windowMsOf(question),
  groupBy: question.groupBy,
});

const isZero = (reading: Reading): boolean => reading.kind === 'Samples' && reading.samples.every(({ value }) => value === 0);

const problemOf = ({ query, groupBy }: Counted): string | undefined => problemIn(query) ?? labelProblem(groupBy);

function instant(query: string, at: number): Parameters<Transport['ask']>[0] {
  // Nanoseconds, as text: they are beyond what a number holds.
  const body = new URLSearchParams({ query, time: `${at}000000` }).toString();
  return { method: 'POST', path: '/loki/api/v1/query', body, contentType: 'application/x-www-form-urlencoded' };
}

async function probe(transport: Transport, clock: Clock, signal: AbortSignal): Promise<Reachability> {
  const start = performance.now();
  const answering = (version: object): Reachability => ({
    ...{ kind: 'Answering', latencyMs: Math.round(performance.now() - start) },
    ...version,
  });
  const info = await transport.askNow({ method: 'GET', path: '/loki/api/v1/status/buildinfo' }, signal);
  if (info.kind === 'Failure' && info.code === 'SOURCE_UNREACHABLE') return notAnswering(info);
  const version = info.kind === 'Answer' ? versionIn(info.json) : undefined;
  // It tells its version to anybody; whether this tenant may ask, only a query tells.
  const answer = await transport.askNow(instant('vector(1)', clock.now()), signal);
  if (answer.kind === 'Failure') return notAnswering(answer);
  return caught(() => {
    if (fieldsOf(answer.json, 'the envelope')['status'] !== 'success') throw badAnswer('no status of success');
    return answering(version === undefined ? {} : { version });
  }, notAnswering);
}

function versionIn(json: unknown): string | undefined {
  const { version } = (typeof json === 'object' && json !== null ? json : {}) as { version?: unknown };
  return typeof version === 'string' && /^[\w.+-]{1,64}$/.test(version) ? version : undefined;
}
