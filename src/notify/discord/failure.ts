import type { HttpAnswer } from '../../platform/http.ts';
import type { Delivery, DeliveryResult } from '../notifier.ts';
import { resultOfStatus, retryAfterMs } from '../sending.ts';

type Kind = Delivery['action']['kind'];
type Failure = Exclude<DeliveryResult, { kind: 'Delivered' }>;

const stopped = (message: string): Failure => ({ kind: 'Stopped', message });
const rejected = (message: string): Failure => ({ kind: 'Rejected', message });
const gone = (message: string): Failure => ({ kind: 'Gone', message });
const notNow = (message: string): Failure => ({ kind: 'NotNow', message });

const NO_WEBHOOK = stopped('Discord knows no such webhook: it was deleted, or its address is not whole');
const NO_CHANNEL = stopped('the channel of the webhook is gone');
const NO_RIGHT = stopped('Discord does not let the webhook write in its channel');
/** A server may allow less than others; without its files the message may fit. */
export const TOO_LARGE: Failure = rejected('the message, or a file, is too large for Discord');
const BLOCKED = rejected('the rules of the server block the message');
const BUSY = notNow('Discord takes no more of them for now');
const THREAD_CLOSED = stopped('the thread that the address names is archived or locked');

/** developers/topics/opcodes-and-status-codes.mdx ("JSON Error Codes"), as far as a webhook can meet them. */
const FAILURES: Readonly<Record<number, Failure>> = {
  ...{ 10_003: NO_CHANNEL, 10_004: NO_CHANNEL, 10_015: NO_WEBHOOK, 10_016: NO_WEBHOOK, 50_027: NO_WEBHOOK },
  ...{
    10_008: gone('the message is gone'),
    50_005: gone('the message is not one of this webhook'),
    50_021: gone('it can not be edited'),
  },
  ...{ 40_001: NO_RIGHT, 40_002: NO_RIGHT, 50_001: NO_RIGHT, 50_013: NO_RIGHT, 50_008: NO_RIGHT, 50_024: NO_RIGHT },
  ...{ 50_083: THREAD_CLOSED, 160_005: THREAD_CLOSED },
  220_001: stopped('the channel is a forum: add ?thread_id= and the id of a thread to the address'),
  220_003: stopped('the channel is no forum: its address must name no thread'),
  ...{ 40_005: TOO_LARGE, 50_045: TOO_LARGE, 200_000: BLOCKED, 200_001: BLOCKED, 240_000: BLOCKED, 20_009: BLOCKED },
  ...{ 50_006: rejected('the message is empty'), 50_035: rejected('the message is not of the form that Discord wants') },
  ...{ 50_046: rejected('a file is not valid'), 50_109: rejected('the message can not be read') },
  ...{ 20_016: BUSY, 20_022: BUSY, 20_028: BUSY, 20_029: BUSY, 30_046: BUSY, 40_062: BUSY, 40_333: BUSY, 130_000: BUSY },
};

/** What a status of 400 or more means, by the code that Discord gives; a webhook that is not known is not asked again. */
export function failureOf(answer: HttpAnswer, action: Kind, now: number): Failure {
  const body = bodyOf(answer.text);
  const known = FAILURES[Number(body.code)];
  const plain = resultOfStatus(answer, now) as Failure;
  if (known === undefined || answer.status >= 500) return withWait(plain, answer, now);
  // A message is gone only where there was one.
  if (known.kind === 'Gone' && action !== 'Edit') return plain;
  return withWait(answer.status === 429 ? notNow(known.message) : known, answer, now);
}

/** The longer one of `Retry-After` (whole seconds) and `retry_after` (seconds with parts), developers/topics/rate-limits.mdx. */
function withWait(failure: Failure, answer: HttpAnswer, now: number): Failure {
  if (failure.kind !== 'NotNow') return failure;
  const { retry_after: seconds } = bodyOf(answer.text);
  const said = typeof seconds === 'number' ? retryAfterMs({ headers: { 'retry-after': seconds.toFixed(3) } }, now) : undefined;
  const waits = [said, retryAfterMs(answer, now)].filter((ms) => ms !== undefined);
  return waits.length === 0 ? failure : { ...failure, retryAfterMs: Math.round(Math.max(...waits)) };
}

interface Body {
  readonly id?: unknown;
  readonly code?: unknown;
  readonly retry_after?: unknown;
}

/** The JSON of an answer, as far as it is an object. */
export function bodyOf(text: string): Body {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}

const MS = 1_000;

/** Until when nothing more may be sent: the last request of a window says how long it lasts. */
export function closedUntil({ headers }: Pick<HttpAnswer, 'headers'>, now: number): number {
  if (headers['x-ratelimit-remaining'] !== '0') return now;
  const seconds = Number(headers['x-ratelimit-reset-after']);
  return seconds > 0 && seconds < 3_600 ? now + Math.ceil(seconds * MS) : now;
}
