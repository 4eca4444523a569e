import type { Clock } from '../../platform/clock.ts';
import type { HttpAnswer, HttpRequest } from '../../platform/http.ts';
import type { Failed } from '../attempt.ts';
import { jsonOf, objectOf, textOf } from '../json.ts';
import { resultOfStatus, retryAfterMs, type Sender, type Sent } from '../sending.ts';

/** What was asked for, or why not; `code` is the homeserver's own, empty where it gave none. */
export type Asked<T> =
  { readonly kind: 'Got'; readonly value: T } | { readonly kind: 'Failed'; readonly code: string; readonly result: Failed };

export type Json = Readonly<Record<string, unknown>>;

/** Requests to a homeserver with one access token. */
export interface Homeserver {
  /** Asks, or sends an event. */
  ask(request: HttpRequest, signal: AbortSignal): Promise<Asked<Json>>;
}

/** Speaks the client-server API by a sender, which says what no answer means. */
export function newHomeserver(sender: Sender, clock: Clock): Homeserver {
  return {
    ask: async (request, signal) => meaningOf(await sender.send(request, signal), clock.now()),
  };
}

function meaningOf(sent: Sent, now: number): Asked<Json> {
  if (sent.kind !== 'Answer') return { kind: 'Failed', code: '', result: sent };
  const json = jsonOf(sent.text);
  if (sent.status < 400) return isObject(json) ? { kind: 'Got', value: json } : { kind: 'Failed', code: '', result: notMatrix };
  const answer = objectOf(json);
  return { kind: 'Failed', code: textOf(answer['errcode']), result: failureOf(sent, answer, now) };
}

const isObject = (json: unknown): json is Json => typeof json === 'object' && json !== null && !Array.isArray(json);
const notMatrix: Failed = { kind: 'Unanswered', message: 'the answer is not that of a homeserver' };

/** A failure of our own making, in the form of one that was answered. */
export const failed = (kind: Failed['kind'], message: string): Extract<Asked<never>, { kind: 'Failed' }> => ({
  ...{ kind: 'Failed', code: '', result: { kind, message } },
});

/** A text that an answer has to hold; without it the answer is not one of Matrix. */
export function textIn(asked: Asked<Json>, field: string, starts = ''): Asked<string> {
  if (asked.kind === 'Failed') return asked;
  const text = asked.value[field];
  if (typeof text === 'string' && text.startsWith(starts) && text.length <= MAX_ID) return { kind: 'Got', value: text };
  return { kind: 'Failed', code: '', result: notMatrix };
}

// Of events, rooms, users and media.
const MAX_ID = 255;

function failureOf(answer: HttpAnswer, json: Json, now: number): Failed {
  const code = textOf(json['errcode']);
  if (code === 'M_LIMIT_EXCEEDED' || answer.status === 429) return tooMany(answer, json, now);
  const known = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  // A status of 5xx says that it may pass, whatever the code.
  if (known !== undefined && answer.status < 500) return { kind: known[0], message: `${known[1]} (${code})` };
  return resultOfStatus(answer, now) as Failed;
}

const LONGEST_WAIT_MS = 24 * 3_600_000;

/** By the header, which the specification prefers; `retry_after_ms` is what older homeservers say. */
function tooMany(answer: HttpAnswer, json: Json, now: number): Failed {
  const message = 'the homeserver takes no more messages for now (M_LIMIT_EXCEEDED)';
  const told = json['retry_after_ms'];
  const inBody = typeof told === 'number' && told >= 0 ? Math.min(Math.ceil(told), LONGEST_WAIT_MS) : undefined;
  const waitMs = retryAfterMs(answer, now) ?? inBody;
  return { kind: 'NotNow', message, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
}

/** Error codes of the client-server API ("Standard error response") for what is asked here, one by one. */
const CODES: Readonly<Record<string, readonly ['Stopped' | 'Rejected', string]>> = {
  M_UNKNOWN_TOKEN: ['Stopped', 'the homeserver does not know the access token, or not any more'],
  M_MISSING_TOKEN: ['Stopped', 'the homeserver got no access token'],
  M_USER_DEACTIVATED: ['Stopped', 'the user of the access token is deactivated'],
  M_USER_LOCKED: ['Stopped', 'the user of the access token is locked'],
  M_USER_SUSPENDED: ['Stopped', 'the user of the access token is suspended'],
  M_CONSENT_NOT_GIVEN: ['Stopped', 'the user of the access token has not agreed to the terms of the homeserver'],
  M_RESOURCE_LIMIT_EXCEEDED: ['Stopped', 'the homeserver has reached a limit that its administrator set'],
  M_FORBIDDEN: ['Stopped', 'the homeserver does not allow it'],
  M_GUEST_ACCESS_FORBIDDEN: ['Stopped', 'the room takes no guests'],
  M_UNABLE_TO_AUTHORISE_JOIN: ['Stopped', 'the homeserver can not say whether the operator may join the room'],
  M_UNABLE_TO_GRANT_JOIN: ['Stopped', 'nobody at the homeserver can let the operator into the room'],
  M_UNSUPPORTED_ROOM_VERSION: ['Stopped', 'the homeserver does not know the version of the room'],
  M_INCOMPATIBLE_ROOM_VERSION: ['Stopped', 'the homeserver does not know the version of the room'],
  M_UNRECOGNIZED: ['Stopped', 'the address is not that of a homeserver, or of one that is too old'],
  M_NOT_FOUND: ['Stopped', 'the homeserver knows no such room'],
  M_TOO_LARGE: ['Rejected', 'the homeserver finds the message or its file too large'],
  M_BAD_JSON: ['Rejected', 'the homeserver refuses the message'],
  M_NOT_JSON: ['Rejected', 'the homeserver refuses the message'],
  M_MISSING_PARAM: ['Rejected', 'the homeserver refuses the message'],
  M_INVALID_PARAM: ['Rejected', 'the homeserver refuses the message'],
};
