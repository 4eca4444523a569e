import type { Logger } from '../../platform/log.ts';
import { type Clock, sleep } from '../../platform/clock.ts';
import { jsonOf, objectOf, textOf } from '../json.ts';
import type { Ask, Card, NotifierOptions, PlatformAnswer, PlatformRequest, Question, Reply } from '../notifier.ts';
import { newSeen } from './seen.ts';
import { newSender, resultOfStatus } from '../sending.ts';

/*
 * What slash commands of Slack and Mattermost have in common: a form is posted, and is to be answered within three seconds; later an
 * answer goes to an address that came with the form.
 */

/** The fields of a form or of JSON, as far as they are texts; the first of several with one name. */
export function fieldsOf({ headers, body }: PlatformRequest): Readonly<Record<string, string>> {
  const text = body.toString('utf8');
  const isJson = (headers['content-type'] ?? '').toLowerCase().startsWith('application/json');
  const pairs = isJson ? Object.entries(objectOf(jsonOf(text))) : [...new URLSearchParams(text)].reverse();
  return Object.fromEntries(pairs.map(([name, value]) => [name, textOf(value)]));
}

/** How one platform writes an answer. */
export interface CommandStyle {
  /** For everybody in the channel. */
  readonly shown: (card: Card) => object;
  /** For who asked alone; our own words. */
  readonly whispered: (text: string) => object;
}

/** Where a late answer goes: origin and path. Undefined for an address that is none of the platform. */
export type LaterAddress = string | undefined;

export interface CommandsOptions extends Pick<NotifierOptions, 'timeoutMs' | 'ca' | 'onRequest'> {
  readonly style: CommandStyle;
  readonly ask: Ask;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Answers commands that were found to be real. */
export interface Commands {
  /** Undefined where nothing is to be said. Never rejects, and takes two seconds at most. */
  answer(question: Question, later: LaterAddress): Promise<object | undefined>;
  /** What is answered later is given up. */
  close(): void;
}

// Platforms wait for three seconds, of which the way and the look at the channel take some.
const IN_TIME_MS = 2_000;
const MOST_AT_ONCE = 32;
const REMEMBERED = { ttlMs: 3_600_000, most: 10_000 };

/** Makes it; nothing is connected yet. */
export function newCommands(options: CommandsOptions): Commands {
  const { style, ask, clock, log } = options;
  const seen = newSeen({ clock, ...REMEMBERED });
  const closing = new AbortController();
  let open = 0;
  const asked = async (question: Question): Promise<object | undefined> => {
    open += 1;
    try {
      const reply = await ask(question);
      return reply && style.shown(withoutFiles(reply));
    } catch (error) {
      // Whoever waits for it later does not look after it.
      log.error('a command could not be answered', { question: question.id, error: String(error) });
      return style.whispered('That can not be answered at the moment. Please ask again.');
    } finally {
      open -= 1;
    }
  };
  return {
    answer: async (question, later) => {
      if (!seen.isFirst(question.id)) return style.whispered('This was asked already.');
      if (open >= MOST_AT_ONCE) return style.whispered('Too much is asked at the moment. Please ask again in a minute.');
      const answer = asked(question);
      const inTime = await within(clock, IN_TIME_MS, answer);
      if (inTime.kind === 'InTime') return inTime.value;
      if (later === undefined) log.warn('a command took too long, and no address of the platform came with it');
      else void answer.then((body) => body && postLater(later, body, { ...options, signal: closing.signal }));
      return style.whispered('Working on it …');
    },
    close: () => closing.abort(),
  };
}

/** What something came to, if it did so in time. */
export async function within<T>(
  clock: Clock,
  ms: number,
  answer: Promise<T>,
): Promise<{ kind: 'InTime'; value: T } | { kind: 'Late' }> {
  let cancel = (): void => undefined;
  const late = new Promise<{ kind: 'Late' }>((resolve) => {
    cancel = clock.after(ms, () => resolve({ kind: 'Late' }));
  });
  const first = await Promise.race([answer.then((value) => ({ kind: 'InTime', value }) as const), late]);
  cancel();
  return first;
}

/** Answers of commands carry no files. */
function withoutFiles({ card, attachments }: Reply): Card {
  if (attachments.length === 0) return card;
  const names = attachments.map(({ name }) => name).join(', ');
  return { ...card, paragraphs: [...card.paragraphs, `Answers to commands carry no files. Left out: ${names}`] };
}

const MOST_ATTEMPTS = 5;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

type Posting = Pick<CommandsOptions, 'clock' | 'log' | 'timeoutMs' | 'ca' | 'onRequest'> & { readonly signal: AbortSignal };

/** Sent again only as long as it is certainly not there: nothing tells the platform that two answers are one. */
async function postLater(url: string, body: object, options: Posting): Promise<void> {
  const { clock, log, signal } = options;
  const sender = newSender({ ...options, url });
  const request = {
    method: 'POST',
    path: '',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  } as const;
  try {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await sender.send(request, signal);
      if (answer.kind === 'Answer' && answer.status < 300) return;
      const failed = answer.kind === 'Answer' ? resultOfStatus(answer, clock.now()) : answer;
      const message = 'message' in failed ? failed.message : undefined;
      if (failed.kind !== 'NotNow' || attempt === MOST_ATTEMPTS || signal.aborted) {
        log.warn('the answer to a command did not arrive', { problem: message });
        return;
      }
      await sleep(clock, Math.min(failed.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS), signal);
    }
  } finally {
    await sender.close();
  }
}

/** An answer to the platform, as JSON; without a body where nothing is to be said. */
export function answered(body: object | undefined): PlatformAnswer {
  if (body === undefined) return { status: 200, body: '' };
  return { status: 200, contentType: 'application/json', body: JSON.stringify(body) };
}

/** To whom does not show that it is the platform. */
export const UNAUTHORIZED: PlatformAnswer = { status: 401, body: '' };
/** To what is no command. */
export const MALFORMED: PlatformAnswer = { status: 400, body: '' };
