/**
 * Evidence from logs in OpenSearch and Elasticsearch: counts the lines that match a query string in the window before a slot, and
 * says so when lines may be missing. A count of zero is an answer; an index that is not there is none.
 */
import type { Reading } from '../../domain/sample.ts';
import type { Clock } from '../../platform/clock.ts';
import { slotsOf } from '../evidence.ts';
import { type Failure, failure, failureOf, notAnswering, unavailable } from '../prometheus/failure.ts';
import { badAnswer, fieldsOf } from '../prometheus/parse.ts';
import { newSharing } from '../sharing.ts';
import type { Connection, EvidenceReader, Reachability } from '../source.ts';
import { aliveOf, demandDate, readingOf } from './answer.ts';
import { failureOfStatus } from './failure.ts';
import { readEach } from './over-slots.ts';
import {
  checkBody,
  countBody,
  heartbeatBody,
  type LogsPlace,
  type LogsQuestion,
  problemIn,
  searchPath,
  timeFieldPath,
} from './search.ts';
import { type Answered, caught, newTransport, type Transport, withVersion } from './transport.ts';

/** `index` and `timeField` (`@timestamp`) of the spec. */
export interface OpenSearchTarget {
  readonly index: string;
  readonly timeField?: string | undefined;
}

/** An answer may have 4 MiB unless `maxBytes` says otherwise. */
export interface OpenSearchOptions {
  readonly clock: Clock;
  readonly maxBytes?: number;
  readonly onRequest?: ((outcome: string, ms: number) => void) | undefined;
}

const DEFAULT_TIME_FIELD = '@timestamp';
const MAX_BYTES = 4 * 1024 * 1024;
/** How long before a slot a line proves that lines were collected. */
const ALIVE_MS = 600_000;
const SLOTS_PER_REQUEST = 500;
// Indices come and go, the type of a time field hardly ever changes.
const KEEP_TIME_FIELD_MS = 600_000;
const KEEP_UNDERSTOOD_MS = 600_000;
const MAX_UNDERSTOOD = 10_000;

/** Makes the reader of one index, pattern or alias; nothing is connected yet. */
export function newOpenSearchReader(
  connection: Connection,
  target: OpenSearchTarget,
  options: OpenSearchOptions,
): EvidenceReader {
  const { clock, maxBytes = MAX_BYTES, onRequest } = options;
  const place: LogsPlace = { index: target.index, timeField: target.timeField ?? DEFAULT_TIME_FIELD };
  const transport = newTransport(connection, { maxBytes, onRequest, failureOfStatus });
  const timeFields = newSharing<'Date' | Failure>({
    ...{ clock, keepMs: KEEP_TIME_FIELD_MS, maxWeight: 1 },
    weightOf: (found) => (found === 'Date' ? 1 : 0),
  });
  let version: string | undefined;
  const timeField = (signal: AbortSignal): Promise<'Date' | Failure> =>
    timeFields.ask('', (all) => findTimeField(transport, place, all), signal).catch(failureOf);
  const search = async (body: object, signal: AbortSignal): Promise<Answered> => {
    // The server is to give up first, so that it says so itself.
    const timeout = `${Math.max(1, Math.floor(connection.timeoutMs * 0.9))}ms`;
    const call = { method: 'POST', path: searchPath(place), contentType: 'application/json' } as const;
    return transport.ask({ ...call, body: JSON.stringify({ ...body, timeout }) }, signal);
  };
  // Outside the time of an index the server answers zero without a look at the query: none is believed before it was understood once.
  const understood = newSharing<'Understood' | Failure>({
    ...{ clock, keepMs: KEEP_UNDERSTOOD_MS, maxWeight: MAX_UNDERSTOOD },
    weightOf: (found) => (found === 'Understood' ? 1 : 0),
  });
  const refusal = async (query: LogsQuestion, signal: AbortSignal): Promise<Failure | undefined> => {
    const known = problemOf(query) ?? (await timeField(signal));
    if (known !== 'Date') return known;
    const ask = async (all: AbortSignal): Promise<'Understood' | Failure> => {
      const answer = await search(checkBody(query), all);
      return answer.kind === 'Failure' ? answer : 'Understood';
    };
    const found = await understood.ask(JSON.stringify([query.query, query.groupBy]), ask, signal).catch(failureOf);
    return found === 'Understood' ? undefined : found;
  };
  const read = async (query: LogsQuestion, slot: number, signal: AbortSignal): Promise<Reading> => {
    const refused = await refusal(query, signal);
    if (refused !== undefined) return unavailable(refused);
    const answer = await search(countBody(query, slot, place), signal);
    if (answer.kind === 'Failure') return unavailable(answer);
    return caught(() => withVersion(readingOf(answer.json, query.groupBy), version), unavailable);
  };
  const alive = async (slots: readonly number[], signal: AbortSignal): Promise<boolean[]> => {
    const answer = await search(heartbeatBody(slots, ALIVE_MS, connection.heartbeat, place), signal);
    const none = (): boolean[] => slots.map(() => false);
    return answer.kind === 'Failure' ? none() : caught(() => aliveOf(answer.json, slots.length), none);
  };

  return {
    kinds: {
      logs: {
        read: ({ query, slot }, signal) => read(query, slot, signal),
        readRange: ({ query, ...range }, signal) =>
          readEach(slotsOf(range), connection.maxConcurrency, (slot) => read(query, slot, signal)),
        check: async ({ query }, signal) => {
          const refused = await refusal(query, signal);
          return refused?.code === 'QUERY_INVALID' ? { reason: 'InvalidQuery', message: refused.message } : undefined;
        },
      },
    },
    wasCollecting: async (range, signal) => {
      const slots = slotsOf(range);
      const found: boolean[] = [];
      for (let start = 0; start < slots.length; start += SLOTS_PER_REQUEST) {
        found.push(...(await alive(slots.slice(start, start + SLOTS_PER_REQUEST), signal)));
      }
      return found;
    },
    probe: async (signal) => {
      const found = await probe(transport, place, signal);
      if (found.kind === 'Answering') version = found.version;
      else timeFields.forget();
      return found;
    },
    close: () => transport.close(),
  };
}

function problemOf(query: LogsQuestion): Failure | undefined {
  const problem = problemIn(query);
  return problem === undefined ? undefined : failure('QUERY_INVALID', problem);
}

async function findTimeField(transport: Transport, place: LogsPlace, signal: AbortSignal): Promise<'Date' | Failure> {
  const answer = await transport.ask({ method: 'GET', path: timeFieldPath(place) }, signal);
  if (answer.kind === 'Failure') return answer;
  return caught<'Date' | Failure>(
    () => {
      demandDate(answer.json, place.timeField);
      return 'Date';
    },
    (failed) => failed,
  );
}

async function probe(transport: Transport, place: LogsPlace, signal: AbortSignal): Promise<Reachability> {
  const start = performance.now();
  const answering = (version?: string): Reachability => ({
    kind: 'Answering',
    ...(version !== undefined && { version }),
    latencyMs: Math.round(performance.now() - start),
  });
  const about = await transport.askNow({ method: 'GET', path: '/' }, signal);
  if (about.kind === 'Answer') return caught(() => answering(versionIn(about.json)), notAnswering);
  // A user that may read the index need not be allowed to ask for the version.
  if (about.code !== 'SOURCE_UNAUTHORIZED') return notAnswering(about);
  const fields = await transport.askNow({ method: 'GET', path: timeFieldPath(place) }, signal);
  return fields.kind === 'Answer' ? answering() : notAnswering(fields);
}

const WORD = /^[\w.+-]{1,48}$/;

/** `2.19.6 (opensearch)`; Elasticsearch names no distribution. Throws where no version is told. */
function versionIn(json: unknown): string {
  const { number, distribution } = fieldsOf(fieldsOf(json, 'the answer')['version'], 'the version');
  if (typeof number !== 'string' || !WORD.test(number)) throw badAnswer('no version');
  return typeof distribution === 'string' && WORD.test(distribution) ? `${number} (${distribution})` : number;
}
