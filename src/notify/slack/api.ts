import type { NotifierOptions } from '../notifier.ts';
import type { Failed } from '../attempt.ts';
import { jsonOf, objectOf, textOf } from '../json.ts';
import { newSender, resultOfStatus, type Sender } from '../sending.ts';
import { failureOf } from './failure.ts';

/** What a method of the Web API answered with `ok: true`; `headers` are those of HTTP. */
export interface SlackOk {
  readonly kind: 'Ok';
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * The Web API (https://docs.slack.dev/apis/web-api/): methods are posted to, as JSON or as a form, and answer 200 with `ok`; what is too
 * much is 429 with Retry-After. A failure of 5xx is `Unanswered`, because Slack may have done what was asked.
 */
export interface SlackApi {
  json(method: string, body: object, signal: AbortSignal): Promise<SlackOk | Failed>;
  form(method: string, fields: Readonly<Record<string, string>>, signal: AbortSignal): Promise<SlackOk | Failed>;
  close(): Promise<void>;
}

/** Makes it; nothing is connected yet. */
export function newSlackApi(url: string, token: string, options: NotifierOptions): SlackApi {
  const sender = newSender({ ...options, url, headers: { authorization: `Bearer ${token}` } });
  const call = callsWith(sender, options);
  return {
    json: (method, body, signal) => call(method, { type: 'application/json; charset=utf-8', body: JSON.stringify(body) }, signal),
    form: (method, fields, signal) =>
      call(method, { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(fields).toString() }, signal),
    close: () => sender.close(),
  };
}

type Call = (method: string, what: { type: string; body: string }, signal: AbortSignal) => Promise<SlackOk | Failed>;

function callsWith(sender: Sender, { clock }: NotifierOptions): Call {
  return async (method, { type, body }, signal) => {
    const request = { method: 'POST', path: `/${method}`, headers: { 'content-type': type }, body } as const;
    const answer = await sender.send(request, signal);
    if (answer.kind !== 'Answer') return answer;
    if (answer.status >= 500) return { kind: 'Unanswered', message: `Slack had an error of its own (${answer.status})` };
    if (answer.status >= 400) return resultOfStatus(answer, clock.now()) as Failed;
    const read = objectOf(jsonOf(answer.text));
    if (read['ok'] === true) return { kind: 'Ok', body: read, headers: answer.headers };
    if (read['ok'] === false) return failureOf(textOf(read['error']), answer, clock.now());
    return { kind: 'Unanswered', message: 'what answers does not speak as Slack does' };
  };
}

const PAGE = '200';
// 10,000 messages: far more than a channel gets between an attempt and the next one.
const MOST_PAGES = 50;

export type Search<T> = { readonly kind: 'Found'; readonly value: T } | { readonly kind: 'Missing' } | Failed;

/** Reads a paged method (https://docs.slack.dev/apis/web-api/pagination/) until `find` finds something. */
export async function search<T>(
  page: (cursor: Readonly<Record<string, string>>) => Promise<SlackOk | Failed>,
  find: (body: SlackOk['body']) => T | undefined,
): Promise<Search<T>> {
  let cursor = '';
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const answer = await page({ limit: PAGE, ...(cursor !== '' && { cursor }) });
    if (answer.kind !== 'Ok') return answer;
    const value = find(answer.body);
    if (value !== undefined) return { kind: 'Found', value };
    cursor = textOf(objectOf(answer.body['response_metadata'])['next_cursor']);
    if (cursor === '') break;
  }
  return { kind: 'Missing' };
}
