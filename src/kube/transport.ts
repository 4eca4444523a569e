import type { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher, Pool } from 'undici';

import { sleep, systemClock, type Clock } from '../platform/clock.ts';
import { readBody, refusalOf } from './answer.ts';
import { serverUrl } from './config.ts';
import { Connections } from './connections.ts';
import { CredentialSource, type Credentials } from './credentials.ts';
import { KubeError } from './kube-error.ts';
import { linesOf } from './lines.ts';
import { retryWaitMs } from './retry.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** One request; `path` without query. */
export interface KubeRequest {
  readonly method: Method;
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** How long one attempt may take (default 30 s). */
  readonly timeoutMs?: number;
  /** Whether sending it twice does what sending it once does (default: every method but POST). */
  readonly idempotent?: boolean;
}

/** A watch; it ends with an error of reason `Idle` when nothing at all arrives for `idleMs`. */
export interface StreamRequest {
  readonly path: string;
  readonly query?: Query;
  readonly signal?: AbortSignal;
  readonly idleMs: number;
  readonly maxLineBytes?: number;
}

/**
 * The way to the API server.
 * Everything here throws KubeError.
 */
export interface Transport {
  /** The parsed answer. 429 and 503 with Retry-After are waited for and tried again, a bounded number of times, if idempotent. */
  request(request: KubeRequest): Promise<unknown>;
  /** The parsed lines of an answer that comes over time. */
  stream(request: StreamRequest): AsyncGenerator;
  /** Ends all requests and connections. */
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly config: KubeConfig;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Called after each attempt, and when a watch has begun; status 0 stands for no answer. */
  readonly onRequest?: (verb: Method | 'WATCH', status: number, ms: number) => void;
  /** Asked at the moment of sending, for each attempt that changes something; while it says no, such requests are refused here. */
  readonly mayWrite?: () => boolean;
}

const TIMEOUT_MS = 30_000;
const MAX_LINE_BYTES = 16 * 2 ** 20;

/**
 * Opens the way to the API server of the current context; nothing is sent yet.
 * @throws AssayError KUBE_CONFIG_INVALID
 */
export function newTransport({
  config,
  clock = systemClock,
  random = Math.random,
  onRequest = () => undefined,
  mayWrite = () => true,
}: TransportOptions): Transport {
  return new HttpTransport({ config, clock, random, onRequest, mayWrite });
}

interface Attempt {
  readonly verb: Method | 'WATCH';
  readonly path: string;
  readonly query: Query | undefined;
  readonly signal: AbortSignal;
  readonly idleMs?: number;
  readonly body?: string;
  readonly contentType?: string;
  /** Filled with the connections that it went out on. */
  readonly used: Set<Pool>;
}

class TimedOut extends Error {}

class HttpTransport implements Transport {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onRequest: NonNullable<TransportOptions['onRequest']>;
  readonly #mayWrite: () => boolean;
  readonly #credentials: CredentialSource;
  readonly #connections: Connections;
  readonly #basePath: string;

  constructor({ config, clock, random, onRequest, mayWrite }: Required<TransportOptions>) {
    const server = serverUrl(config);
    this.#clock = clock;
    this.#random = random;
    this.#onRequest = onRequest;
    this.#mayWrite = mayWrite;
    this.#credentials = new CredentialSource(config, clock);
    this.#connections = new Connections(server.origin);
    this.#basePath = server.pathname.replace(/\/$/, '');
  }

  async request(request: KubeRequest): Promise<unknown> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const { method, signal, idempotent = method !== 'POST' } = request;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#once(request, body);
      } catch (error) {
        const waitMs = idempotent ? retryWaitMs(error, attempt, this.#random) : undefined;
        if (waitMs === undefined || signal?.aborted) throw error;
        await sleep(this.#clock, waitMs, signal);
      }
    }
  }

  async *stream(request: StreamRequest): AsyncGenerator {
    const what = `WATCH ${request.path}`;
    const ended = new AbortController();
    const used = new Set<Pool>();
    const signal = request.signal ? AbortSignal.any([request.signal, ended.signal]) : ended.signal;
    const cancel = this.#clock.after(TIMEOUT_MS, () => ended.abort(new TimedOut('timed out')));
    try {
      const { path, query, idleMs } = request;
      const answer = await this.#send({ verb: 'WATCH', path, query, signal, idleMs, used });
      cancel();
      if (answer.statusCode !== 200) throw await refusalOf(what, answer, this.#clock.now());
      for await (const line of linesOf(answer.body, request.maxLineBytes ?? MAX_LINE_BYTES)) yield JSON.parse(line) as unknown;
    } catch (error) {
      this.#distrustIfSilent(used, error);
      throw asKubeError(what, error);
    } finally {
      cancel();
      ended.abort();
    }
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  async #once(request: KubeRequest, body: string | undefined): Promise<unknown> {
    const what = `${request.method} ${request.path}`;
    const deadline = new AbortController();
    const used = new Set<Pool>();
    const abort = (): void => deadline.abort(request.signal?.reason);
    if (request.signal?.aborted) abort();
    request.signal?.addEventListener('abort', abort, { once: true });
    const cancel = this.#clock.after(request.timeoutMs ?? TIMEOUT_MS, () => deadline.abort(new TimedOut('timed out')));
    try {
      const answer = await this.#send({
        verb: request.method,
        path: request.path,
        query: request.query,
        signal: deadline.signal,
        used,
        ...(body === undefined ? {} : { body, contentType: request.contentType ?? 'application/json' }),
      });
      if (answer.statusCode >= 300) throw await refusalOf(what, answer, this.#clock.now());
      return await readBody(answer);
    } catch (error) {
      this.#distrustIfSilent(used, error);
      throw asKubeError(what, error);
    } finally {
      cancel();
      request.signal?.removeEventListener('abort', abort);
    }
  }

  /** Sends it with the credentials of the moment; refused ones are asked for anew, once. */
  async #send(attempt: Attempt): Promise<Dispatcher.ResponseData> {
    const credentials = await unlessAborted(this.#credentials.current(), attempt.signal);
    const answer = await this.#dispatch(attempt, credentials);
    if (answer.statusCode !== 401) return answer;
    await answer.body.dump();
    await this.#credentials.forget(credentials);
    return this.#dispatch(attempt, await unlessAborted(this.#credentials.current(), attempt.signal));
  }

  /** Where one connection fell silent, the others that are kept open are likely dead too: the next requests get new ones. */
  #distrustIfSilent(used: ReadonlySet<Pool>, error: unknown): void {
    if (!(error instanceof TimedOut) && codeOf(error) !== 'UND_ERR_BODY_TIMEOUT') return;
    for (const pool of used) this.#connections.distrust(pool);
  }

  async #dispatch(attempt: Attempt, credentials: Credentials): Promise<Dispatcher.ResponseData> {
    if (changes(attempt.verb) && !this.#mayWrite()) {
      throw new KubeError(`${attempt.verb} ${attempt.path} was not sent: another operator may be at work`, {
        reason: 'NotLeader',
      });
    }
    const startedAt = this.#clock.now();
    let status = 0;
    try {
      const pool = this.#connections.to(credentials.tls);
      attempt.used.add(pool);
      const sent = pool.request({
        method: attempt.verb === 'WATCH' ? 'GET' : attempt.verb,
        path: this.#basePath + attempt.path + queryString(attempt.query),
        headers: {
          ...credentials.headers,
          accept: 'application/json',
          'user-agent': 'assay',
          ...(attempt.contentType === undefined ? {} : { 'content-type': attempt.contentType }),
        },
        body: attempt.body ?? null,
        signal: attempt.signal,
        headersTimeout: 0,
        bodyTimeout: attempt.idleMs ?? 0,
      });
      // undici heeds the signal only once there is a connection.
      const answer = await unlessAborted(sent, attempt.signal);
      status = answer.statusCode;
      return answer;
    } finally {
      this.#onRequest(attempt.verb, status, this.#clock.now() - startedAt);
    }
  }
}

const changes = (verb: Attempt['verb']): boolean => verb !== 'GET' && verb !== 'WATCH';

function queryString(query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given.toString()}`;
}

/** Waits no longer than the signal allows, also for what can not be cancelled. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function asKubeError(what: string, error: unknown): KubeError {
  if (error instanceof KubeError) return error;
  if (codeOf(error) === 'UND_ERR_BODY_TIMEOUT') return new KubeError(`${what} fell silent`, { reason: 'Idle', cause: error });
  if (error instanceof SyntaxError)
    return new KubeError(`${what} was answered with something that is not JSON`, { cause: error });
  if (error instanceof RangeError) return new KubeError(`${what} sent a line that is too long`, { cause: error });
  return new KubeError(`${what} got no answer`, { cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
