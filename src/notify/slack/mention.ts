import { createHash } from 'node:crypto';

import { listOf, objectOf, textOf } from '../json.ts';
import type { Question } from '../notifier.ts';
import { plainText } from './plain-text.ts';
import { writeRef } from './ref.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A message of a person that is meant for us, and where it lies. */
export interface Mention {
  readonly channel: string;
  /** The root of the thread in which it is answered. */
  readonly root: string;
  readonly question: Omit<Question, 'place'>;
}

// What a person writes with a file, or shows to the channel too, has a subtype; every other subtype is of a machine, or changes something.
const OF_PEOPLE = new Set(['', 'file_share', 'thread_broadcast']);
const TS = /^\d{1,12}\.\d{1,6}$/;
const MS = 1_000;

/**
 * Reads the payload of an event (https://docs.slack.dev/apis/events-api/): somebody mentions the app in a channel, or writes to it alone.
 * Undefined for every other event, for messages of bots, ours included, and for edits.
 */
export function mentionIn(payload: Fields): Mention | undefined {
  const event = objectOf(payload['event']);
  if (!isForUs(event) || !isOfPerson(event)) return undefined;
  const [channel, ts, person, thread] = ['channel', 'ts', 'user', 'thread_ts'].map((name) => textOf(event[name]));
  if (!channel || !ts || !person || !TS.test(ts)) return undefined;
  const root = thread !== undefined && TS.test(thread) ? thread : ts;
  const own = listOf(payload['authorizations']).map((each) => textOf(objectOf(each)['user_id']));
  const question = {
    // A message keeps its place, in whichever event it comes, and however often.
    id: `${channel}/${ts}`,
    person,
    text: plainText(textOf(event['text']), own),
    ...(root !== ts && { thread: writeRef({ channel, ts: root }) }),
    at: Math.round(Number(ts) * MS),
  };
  return { channel, root, question };
}

const isForUs = ({ type, channel_type: where }: Fields): boolean =>
  type === 'app_mention' || (type === 'message' && where === 'im');

function isOfPerson(event: Fields): boolean {
  const ofBot = event['bot_id'] !== undefined || event['bot_profile'] !== undefined;
  return !ofBot && event['edited'] === undefined && event['hidden'] !== true && OF_PEOPLE.has(textOf(event['subtype']));
}

/** The id under which the answer to a question is delivered: 64 hex digits. */
export const answerId = (question: string): string => createHash('sha256').update(`answer ${question}`).digest('hex');
