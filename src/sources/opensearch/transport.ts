import { AssayError } from '../../platform/errors.ts';
import { type HttpAnswer, type HttpRequest, newHttpClient } from '../../platform/http.ts';
import { type Failure, failureOf } from '../prometheus/failure.ts';
import { newLimiter } from '../limiter.ts';
import type { Connection } from '../source.ts';

/** The JSON of an answer, not yet looked at, or why there is none. */
export type Answered = { readonly kind: 'Answer'; readonly json: unknown } | Failure;

/** One request; all that is asked of sources may be asked twice. */
export type Call = Pick<HttpRequest, 'method' | 'path' | 'body'> & { readonly contentType?: string };

/** Requests to one source that answers in JSON. None throws for what the server does. */
export interface Transport {
  /** Waits for one of `maxConcurrency` places. */
  ask(call: Call, signal: AbortSignal): Promise<Answered>;
  /** Asks at once: for probes, which are not to wait behind evidence. */
  askNow(call: Call, signal: AbortSignal): Promise<Answered>;
  close(): Promise<void>;
}

/** `onRequest` hears of each request: `2xx`, `4xx`, `5xx` or the code of the error, and how long it took. */
export interface TransportOptions {
  readonly maxBytes: number;
  readonly onRequest?: ((outcome: string, ms: number) => void) | undefined;
  /** Headers beside those of the connection. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What a status of 400 or more means; nothing of the body may reach the message. */
  readonly failureOfStatus: (status: number, body: string) => Failure;
}

const MAX_WAITING = 10_000;

/** Makes the transport to one source; nothing is connected yet. */
export function newTransport(connection: Connection, options: TransportOptions): Transport {
  const { url, tls, timeoutMs, maxConcurrency } = connection;
  const { maxBytes, onRequest, failureOfStatus } = options;
  const headers = { ...connection.headers, ...options.headers, ...authorization(connection), accept: 'application/json' };
  const http = newHttpClient({ url, tls, headers, timeoutMs, maxBytes, maxConnections: maxConcurrency + 1 });
  const limiter = newLimiter(maxConcurrency, MAX_WAITING);

  const askNow = async ({ contentType, ...call }: Call, signal: AbortSignal): Promise<Answered> => {
    const start = performance.now();
    const heard = (outcome: string): void => onRequest?.(outcome, performance.now() - start);
    const typed = contentType === undefined ? {} : { headers: { 'content-type': contentType } };
    try {
      const answer = await http.request({ ...call, ...typed, repeatable: true }, signal);
      heard(`${Math.floor(answer.status / 100)}xx`);
      return answered(answer, failureOfStatus);
    } catch (error) {
      const failed = failureOf(error);
      heard(failed.code);
      return failed;
    }
  };
  return {
    askNow,
    ask: (call, signal) => limiter.run(() => askNow(call, signal), signal).catch(failureOf),
    close: () => http.close(),
  };
}

function authorization({ bearerToken, basic }: Connection): { authorization?: string } {
  if (bearerToken !== undefined) return { authorization: `Bearer ${bearerToken.trim()}` };
  if (basic === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}` };
}

function answered({ status, text }: HttpAnswer, failureOfStatus: TransportOptions['failureOfStatus']): Answered {
  if (status >= 400) return failureOfStatus(status, text);
  return { kind: 'Answer', json: parsedJson(text) };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AssayError('SOURCE_BAD_ANSWER', 'the answer is not JSON');
  }
}
