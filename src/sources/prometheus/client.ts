import { AssayError } from '../../platform/errors.ts';
import { type HttpAnswer, type HttpRequest, newHttpClient } from '../../platform/http.ts';
import type { Connection } from '../source.ts';
import { type Failure, failureOf, failureOfStatus } from './failure.ts';
import { newLimiter } from '../limiter.ts';
import { badAnswer, fieldsOf } from './parse.ts';

/** What the API answered: `data` of its envelope, not yet looked at. `partial` says why it may be incomplete. */
export type ApiAnswer = { readonly kind: 'Data'; readonly data: unknown; readonly partial?: string } | Failure;

/** The calls of the HTTP API of Prometheus that evidence needs. None throws for what the server does. */
export interface PrometheusClient {
  query(form: Readonly<Record<string, string>>, signal: AbortSignal): Promise<ApiAnswer>;
  queryRange(form: Readonly<Record<string, string>>, signal: AbortSignal): Promise<ApiAnswer>;
  status(what: 'buildinfo' | 'flags', signal: AbortSignal): Promise<ApiAnswer>;
  /** The alerting rules, without the alerts of each where the server can leave them out. */
  rules(signal: AbortSignal): Promise<ApiAnswer>;
  recordingRules(signal: AbortSignal): Promise<ApiAnswer>;
  close(): Promise<void>;
}

/** `onRequest` hears of each request: `2xx`, `4xx`, `5xx` or the code of the error, and how long it took. */
export interface ClientOptions {
  readonly maxBytes: number;
  readonly onRequest?: (outcome: string, ms: number) => void;
}

/** What a server answered, or why nothing came. */
export type SourceAnswer = { readonly kind: 'Answer'; readonly status: number; readonly text: string } | Failure;

/** Requests to the server of a connection, with its credentials. None throws for what the server does. */
export interface SourceHttp {
  call(request: HttpRequest, signal: AbortSignal): Promise<SourceAnswer>;
  /** The credentials, which no message may hold. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

/** Makes it; nothing is connected yet. Every request may be sent twice, so it is for reading only. */
export function newSourceHttp(connection: Connection, { maxBytes, onRequest }: ClientOptions): SourceHttp {
  const { url, tls, timeoutMs, maxConcurrency } = connection;
  const token = connection.bearerToken?.trim();
  const login = connection.basic && Buffer.from(`${connection.basic.username}:${connection.basic.password}`).toString('base64');
  const secrets = [token, connection.basic?.password, login].filter((secret) => secret !== undefined).filter(Boolean);
  const headers = { ...connection.headers, ...authorization(token, login), accept: 'application/json' };
  const http = newHttpClient({ url, tls, headers, timeoutMs, maxBytes, maxConnections: maxConcurrency + 1 });
  return {
    secrets,
    call: async (request, signal) => {
      const start = performance.now();
      const heard = (outcome: string): void => onRequest?.(outcome, performance.now() - start);
      try {
        const { status, text } = await http.request({ ...request, repeatable: true }, signal);
        heard(`${Math.floor(status / 100)}xx`);
        return { kind: 'Answer', status, text };
      } catch (error) {
        const failed = failureOf(error);
        heard(failed.code);
        return failed;
      }
    },
    close: () => http.close(),
  };
}

/** How many reads may wait for a place before further ones are refused. */
export const MAX_WAITING = 10_000;

/** Makes the client of one server; queries wait for one of `maxConcurrency` places, calls for its status don't. */
export function newPrometheusClient(connection: Connection, options: ClientOptions): PrometheusClient {
  const { timeoutMs, maxConcurrency } = connection;
  const http = newSourceHttp(connection, options);
  const limiter = newLimiter(maxConcurrency, MAX_WAITING);

  const call = async (request: HttpRequest, signal: AbortSignal): Promise<ApiAnswer> => {
    const answer = await http.call(request, signal);
    return answer.kind === 'Failure' ? answer : apiAnswer(answer, http.secrets);
  };
  const post = async (
    path: string,
    form: Readonly<Record<string, string>>,
    signal: AbortSignal,
    packed = false,
  ): Promise<ApiAnswer> => {
    // The server is to give up first, so that it says so itself.
    const body = new URLSearchParams({ ...form, timeout: `${Math.max(1, Math.floor(timeoutMs * 0.9))}ms` }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = { method: 'POST', path, body, packed, headers } as const;
    return await limiter.run(() => call(request, signal), signal).catch(failureOf);
  };

  const get = (path: string, signal: AbortSignal): Promise<ApiAnswer> =>
    limiter.run(() => call({ method: 'GET', path, packed: true }, signal), signal).catch(failureOf);

  return {
    query: (form, signal) => post('/api/v1/query', form, signal),
    queryRange: (form, signal) => post('/api/v1/query_range', form, signal, true),
    status: (what, signal) => call({ method: 'GET', path: `/api/v1/status/${what}` }, signal),
    rules: (signal) => get(RULES, signal),
    recordingRules: (signal) => get('/api/v1/rules?type=record', signal),
    close: () => http.close(),
  };
}

// Servers that don't know `exclude_alerts` ignore it.
const RULES = '/api/v1/rules?type=alert&exclude_alerts=true';

function authorization(token: string | undefined, login: string | undefined): { authorization?: string } {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  return login === undefined ? {} : { authorization: `Basic ${login}` };
}

function apiAnswer({ status, text }: Pick<HttpAnswer, 'status' | 'text'>, secrets: readonly string[]): ApiAnswer {
  if (status >= 400) return failureOfStatus(status, text, secrets);
  try {
    const envelope = fieldsOf(parsedJson(text), 'the envelope');
    if (envelope['status'] !== 'success') throw badAnswer('no status of success');
    const partial = partialOf(envelope);
    return { kind: 'Data', data: envelope['data'], ...(partial !== undefined && { partial }) };
  } catch (error) {
    return failureOf(error);
  }
}

/** What a text of JSON holds. Throws `AssayError`, without the text. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AssayError('SOURCE_BAD_ANSWER', 'the answer is not JSON');
  }
}

/** Warnings make an answer partial, infos don't; `isPartial` is how VictoriaMetrics says it. Their texts stay with the source. */
function partialOf({ warnings, isPartial }: Readonly<Record<string, unknown>>): string | undefined {
  if (isPartial === true) return 'the source says that its answer is partial';
  if (warnings === undefined || warnings === null || (Array.isArray(warnings) && warnings.length === 0)) return undefined;
  return 'the source gave warnings with its answer';
}
