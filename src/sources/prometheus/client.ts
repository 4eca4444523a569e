import { AssayError } from '../../platform/errors.ts';
import { type HttpAnswer, type HttpRequest, newHttpClient } from '../../platform/http.ts';
import type { Connection } from '../source.ts';
import { type Failure, failureOf, failureOfStatus } from './failure.ts';
import { newLimiter } from './limiter.ts';
import { badAnswer, fieldsOf } from './parse.ts';

/** What the API answered: `data` of its envelope, not yet looked at. `partial` says why it may be incomplete. */
export type ApiAnswer = { readonly kind: 'Data'; readonly data: unknown; readonly partial?: string } | Failure;

/** The calls of the HTTP API of Prometheus that evidence needs. None throws for what the server does. */
export interface PrometheusClient {
  query(form: Readonly<Record<string, string>>, signal: AbortSignal): Promise<ApiAnswer>;
  queryRange(form: Readonly<Record<string, string>>, signal: AbortSignal): Promise<ApiAnswer>;
  status(what: 'buildinfo' | 'flags', signal: AbortSignal): Promise<ApiAnswer>;
  close(): Promise<void>;
}

/** `onRequest` hears of each request: `2xx`, `4xx`, `5xx` or the code of the error, and how long it took. */
export interface ClientOptions {
  readonly maxBytes: number;
  readonly onRequest?: (outcome: string, ms: number) => void;
}

const MAX_WAITING = 10_000;

/** Makes the client of one server; queries wait for one of `maxConcurrency` places, calls for its status don't. */
export function newPrometheusClient(connection: Connection, options: ClientOptions): PrometheusClient {
  const { url, tls, timeoutMs, maxConcurrency } = connection;
  const token = connection.bearerToken?.trim();
  const login = connection.basic && Buffer.from(`${connection.basic.username}:${connection.basic.password}`).toString('base64');
  const secrets = [token, connection.basic?.password, login].filter((secret) => secret !== undefined).filter(Boolean);
  const headers = { ...connection.headers, ...authorization(token, login), accept: 'application/json' };
  const http = newHttpClient({ url, tls, headers, timeoutMs, maxBytes: options.maxBytes, maxConnections: maxConcurrency + 1 });
  const limiter = newLimiter(maxConcurrency, MAX_WAITING);

  const call = async (request: HttpRequest, signal: AbortSignal): Promise<ApiAnswer> => {
    const start = performance.now();
    const heard = (outcome: string): void => options.onRequest?.(outcome, performance.now() - start);
    try {
      const answer = await http.request({ ...request, repeatable: true }, signal);
      heard(`${Math.floor(answer.status / 100)}xx`);
      return apiAnswer(answer, secrets);
    } catch (error) {
      const failed = failureOf(error);
      heard(failed.code);
      return failed;
    }
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

  return {
    query: (form, signal) => post('/api/v1/query', form, signal),
    queryRange: (form, signal) => post('/api/v1/query_range', form, signal, true),
    status: (what, signal) => call({ method: 'GET', path: `/api/v1/status/${what}` }, signal),
    close: () => http.close(),
  };
}

function authorization(token: string | undefined, login: string | undefined): { authorization?: string } {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  return login === undefined ? {} : { authorization: `Basic ${login}` };
}

function apiAnswer({ status, text }: HttpAnswer, secrets: readonly string[]): ApiAnswer {
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

function parsedJson(text: string): unknown {
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
