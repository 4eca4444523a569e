import type { Reading } from '../../domain/sample.ts';
import type { HttpRequest } from '../../platform/http.ts';
import { newLimiter } from '../limiter.ts';
import { MAX_WAITING, newSourceHttp, parsedJson } from '../prometheus/client.ts';
import { type Failure, failureOf } from '../prometheus/failure.ts';
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

/** Makes the transport to one source; nothing is connected yet. */
export function newTransport(connection: Connection, options: TransportOptions): Transport {
  const { maxBytes, onRequest, failureOfStatus } = options;
  const headers = { ...connection.headers, ...options.headers };
  const http = newSourceHttp({ ...connection, headers }, { maxBytes, ...(onRequest && { onRequest }) });
  const limiter = newLimiter(connection.maxConcurrency, MAX_WAITING);

  const askNow = async ({ contentType, ...call }: Call, signal: AbortSignal): Promise<Answered> => {
    const typed = contentType === undefined ? {} : { headers: { 'content-type': contentType } };
    const answer = await http.call({ ...call, ...typed }, signal);
    if (answer.kind === 'Failure') return answer;
    if (answer.status >= 400) return failureOfStatus(answer.status, answer.text);
    return caught<Answered>(
      () => ({ kind: 'Answer', json: parsedJson(answer.text) }),
      (failed) => failed,
    );
  };
  return {
    askNow,
    ask: (call, signal) => limiter.run(() => askNow(call, signal), signal).catch(failureOf),
    close: () => http.close(),
  };
}

/** What `parse` gives, or what `otherwise` makes of the failure. */
export function caught<T>(parse: () => T, otherwise: (failed: Failure) => T): T {
  try {
    return parse();
  } catch (error) {
    return otherwise(failureOf(error));
  }
}

/** A reading that says which version of the source gave it, where that is known. */
export function withVersion(reading: Reading, version: string | undefined): Reading {
  return reading.kind === 'Samples' && version !== undefined ? { ...reading, sourceVersion: version } : reading;
}
