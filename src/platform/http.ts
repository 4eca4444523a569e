import { setMaxListeners } from 'node:events';

import { type Dispatcher, errors, Pool } from 'undici';

import { AssayError } from './errors.ts';
import { discard, readBody } from './http-body.ts';

/** TLS towards one server; certificates and keys as PEM text. */
export interface HttpTls {
  readonly ca?: string;
  readonly clientCert?: { readonly cert: string; readonly key: string };
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
}

/** One server: `url` holds its origin and the path that all requests start with. */
export interface HttpClientOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: HttpTls;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly maxConnections: number;
}

/** `path` is added to the path of the client. A `repeatable` request is sent once more when its connection breaks. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly repeatable?: boolean;
  /** Whether the answer may come packed: worth it for long ones only. */
  readonly packed?: boolean;
}

/** An answer of any status but 3xx; `text` is empty for an error page that is too long. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** No answer came. `neverSent`: nothing of the request can have reached the server, so that it did nothing either. */
export class NoAnswer extends AssayError {
  readonly neverSent: boolean;

  constructor(message: string, neverSent: boolean) {
    super('SOURCE_UNREACHABLE', message);
    this.neverSent = neverSent;
  }
}

/**
 * An HTTP client for one server, with connections that are kept. It throws `AssayError` only, whose message never holds a
 * header, a query string, a token or upstream text (so no cause is attached: the causes hold them).
 */
export interface HttpClient {
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Closes every connection; a request in flight fails. */
  close(): Promise<void>;
}

// Under the idle timeouts of the usual load balancers; a server that announces a shorter one is obeyed.
const KEEP_ALIVE_MS = 30_000;

/** Makes a client; nothing is connected yet. */
export function newHttpClient(options: HttpClientOptions): HttpClient {
  const base = baseOf(options.url);
  const pool = new Pool(base.origin, {
    connections: options.maxConnections,
    keepAliveTimeout: KEEP_ALIVE_MS,
    allowH2: false,
    // The deadline of the whole request stands for these.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: options.timeoutMs, ...tlsOptions(options.tls) },
  });
  const prefix = base.pathname.replace(/\/+$/, '');
  // Where nothing is behind the address, it is asked for as it was written.
  const whole = base.pathname + base.search;
  const common = lowerCased(options.headers);
  const closing = new AbortController();
  // Every request in flight listens.
  setMaxListeners(0, closing.signal);
  return {
    request: async (request, signal) => {
      const deadline = startDeadline(options.timeoutMs, [signal, closing.signal]);
      const encoding = { 'accept-encoding': request.packed === true ? 'gzip' : 'identity' };
      const headers = { ...common, ...lowerCased(request.headers), ...encoding };
      const { method, body = null } = request;
      try {
        const sent = {
          method,
          path: request.path === '' ? whole : prefix + request.path,
          headers,
          body,
          signal: deadline.signal,
        };
        const answer = await send(pool, sent, request.repeatable === true ? 2 : 1);
        return await receive(answer, options.maxBytes);
      } catch (error) {
        throw deadline.signal.aborted ? deadline.signal.reason : described(error);
      } finally {
        deadline.end();
      }
    },
    close: async () => {
      // Whatever the pool does of it: nobody waits on.
      closing.abort();
      await pool.destroy();
    },
  };
}

function baseOf(url: string): URL {
  if (!URL.canParse(url)) throw new AssayError('SPEC_INVALID', 'the address is not a URL');
  return new URL(url);
}

function tlsOptions(tls: HttpTls | undefined): Record<string, unknown> {
  if (tls === undefined) return {};
  return {
    rejectUnauthorized: !tls.insecureSkipVerify,
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...tls.clientCert,
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
  };
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** One signal for headers and body: a server that sends a byte a second ends too. Its reason is what the request throws. */
function startDeadline(timeoutMs: number, signals: readonly AbortSignal[]): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const abort = (message: string): void => controller.abort(new NoAnswer(message, false));
  const giveUp = (): void => abort('the request was given up before the answer came');
  const timer = setTimeout(() => abort(`no answer within ${timeoutMs} ms`), timeoutMs);
  if (signals.some(({ aborted }) => aborted)) giveUp();
  for (const signal of signals) signal.addEventListener('abort', giveUp);
  const end = (): void => {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', giveUp);
  };
  return { signal: controller.signal, end };
}

/** A kept connection may be closed by the server at the moment at which it is used again: a repeatable request goes out again. */
async function send(pool: Pool, request: Dispatcher.RequestOptions, attempts: number): Promise<Dispatcher.ResponseData> {
  try {
    return await pool.request(request);
  } catch (error) {
    if (attempts > 1 && ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error)))
      return send(pool, request, attempts - 1);
    throw error;
  }
}

async function receive(answer: Dispatcher.ResponseData, maxBytes: number): Promise<HttpAnswer> {
  const { statusCode: status, headers, body } = answer;
  if (status >= 300 && status < 400) {
    discard(body);
    throw new AssayError('SOURCE_REDIRECTED', `redirects elsewhere (${status}); redirects are not followed`);
  }
  const encoding = headers['content-encoding'];
  const text = await readBody(body, { status, encoding: encoding?.toString().trim().toLowerCase() }, maxBytes);
  return { status, headers, text };
}

// No `instanceof Error`: what Node throws may come from another realm.
function codeOf(error: unknown): string {
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : 'no code';
}

/** No connection came to be: refused, unknown, out of reach, or with a certificate that is not trusted. */
const BEFORE_SENDING =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|CERT_\w+|\w*_CERT\w*|UNABLE_TO_\w+)$/;

/** Says what broke by the code of the error alone: messages of undici and zlib quote what was sent or received. */
function described(error: unknown): AssayError {
  if (error instanceof AssayError) return error;
  const code = codeOf(error);
  if (code === 'UND_ERR_INVALID_ARG') {
    return new AssayError(
      'SPEC_INVALID',
      'the request can not be sent: a header, or the address, holds characters that HTTP forbids',
    );
  }
  if (error instanceof errors.HTTPParserError) return new AssayError('SOURCE_BAD_ANSWER', 'the answer is not HTTP');
  if (code.startsWith('Z_')) return new AssayError('SOURCE_BAD_ANSWER', `the answer can not be unpacked (${code})`);
  return new NoAnswer(`no answer (${code})`, BEFORE_SENDING.test(code));
}
