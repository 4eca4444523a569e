import { AssayError, messageOf } from '../platform/errors.ts';
import { type HttpAnswer, type HttpClient, type HttpRequest, newHttpClient, NoAnswer } from '../platform/http.ts';
import type { DeliveryResult, NotifierOptions } from './notifier.ts';

/** What a platform answered, or what that no answer means for the delivery. */
export type Sent =
  ({ readonly kind: 'Answer' } & HttpAnswer) | Extract<DeliveryResult, { kind: 'NotNow' | 'Unanswered' | 'Stopped' }>;

/** Requests to one platform. None throws for what the platform does. */
export interface Sender {
  send(request: HttpRequest, signal: AbortSignal): Promise<Sent>;
  close(): Promise<void>;
}

export interface SenderOptions extends Pick<NotifierOptions, 'timeoutMs' | 'ca' | 'onRequest' | 'newClient'> {
  /** Origin and path that all requests start with; may be secret as a whole. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How large an answer may be (default 1 MiB). */
  readonly maxBytes?: number;
}

const MAX_ANSWER_BYTES = 1024 * 1024;
// A channel sends one message after the other; a probe may come in between.
const MAX_CONNECTIONS = 2;

/** Makes it; nothing is connected yet. Nothing of address, headers or bodies reaches a message. */
export function newSender({ url, headers, timeoutMs, ca, onRequest, newClient, maxBytes }: SenderOptions): Sender {
  const tls = ca === undefined ? {} : { tls: { ca, insecureSkipVerify: false } };
  const limits = { timeoutMs, maxBytes: maxBytes ?? MAX_ANSWER_BYTES, maxConnections: MAX_CONNECTIONS };
  const http = (newClient ?? newHttpClient)({ url, ...limits, ...tls, ...(headers && { headers }) });
  return {
    send: async (request, signal) => {
      const sent = await answerTo(http, request, signal);
      onRequest?.(sent.kind === 'Answer' ? `${Math.floor(sent.status / 100)}xx` : sent.kind);
      return sent;
    },
    close: () => http.close(),
  };
}

async function answerTo(http: HttpClient, request: HttpRequest, signal: AbortSignal): Promise<Sent> {
  try {
    return { kind: 'Answer', ...(await http.request(request, signal)) };
  } catch (error) {
    if (error instanceof NoAnswer) return { kind: error.neverSent ? 'NotNow' : 'Unanswered', message: error.message };
    const refused = error instanceof AssayError && ['SPEC_INVALID', 'SOURCE_REDIRECTED'].includes(error.code);
    // Something answered, though not in the platform's words: what became of the message nobody knows.
    return { kind: refused ? 'Stopped' : 'Unanswered', message: messageOf(error) };
  }
}

const MS = 1000;
const LONGEST_WAIT_MS = 24 * 3_600_000;

/** What `Retry-After` says, as seconds or as a date, in milliseconds from now on; undefined without one that can be read. */
export function retryAfterMs({ headers }: Pick<HttpAnswer, 'headers'>, now: number): number | undefined {
  const text = String(headers['retry-after'] ?? '').trim();
  if (text === '') return undefined;
  const ms = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) * MS : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_WAIT_MS) : undefined;
}

/** What a status of 400 or more means where the platform documents nothing else of it. */
export function resultOfStatus(answer: Pick<HttpAnswer, 'status' | 'headers'>, now: number): DeliveryResult {
  const { status } = answer;
  const kind = KINDS[status] ?? (status >= 500 ? 'NotNow' : 'Rejected');
  const message = `the platform ${PHRASES[kind]} (${status})`;
  const waitMs = kind === 'NotNow' ? retryAfterMs(answer, now) : undefined;
  return { kind, message, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
}

type StatusKind = Extract<DeliveryResult['kind'], 'NotNow' | 'Unanswered' | 'Stopped' | 'Rejected'>;

const KINDS: Readonly<Record<number, StatusKind>> = {
  ...{ 401: 'Stopped', 403: 'Stopped', 404: 'Stopped', 410: 'Stopped' },
  ...{ 408: 'NotNow', 429: 'NotNow' },
  // A gateway lost sight of the message.
  ...{ 502: 'Unanswered', 504: 'Unanswered' },
};

const PHRASES: Readonly<Record<StatusKind, string>> = {
  Stopped: 'refuses the credentials, or knows no such place',
  NotNow: 'can not take the message now',
  Unanswered: 'gives no answer of its own',
  Rejected: 'refuses the message',
};
