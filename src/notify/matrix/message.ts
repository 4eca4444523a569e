import { cut } from '../../domain/cut.ts';
import { listOf, objectOf, textOf } from '../json.ts';
import { linesOf, oneLine } from '../plain.ts';
import type { Json } from './homeserver.ts';

/*
 * What a person wrote, as an event of a room says it (client-server API, "Instant messaging", "User and room mentions", "Rich replies",
 * "Threading"). Nothing in it is believed but who sent it, which the homeserver has checked.
 */

/** Who we are in the words of people. */
export interface Myself {
  readonly userId: string;
  /** As the room shows it; not every user has one. */
  readonly displayName?: string;
}

/** A message of somebody else. */
export interface Message {
  /** The id of its event. */
  readonly id: string;
  readonly person: string;
  /** Without quotation, invisible characters and the mention of us. */
  readonly text: string;
  /** When it was written, as the server of the person says, in milliseconds. */
  readonly at: number;
  /** Whether it names us; if not, it may still answer us. */
  readonly addressed: boolean;
  /** The event with which its thread begins. */
  readonly thread?: string;
  readonly repliesTo?: string;
}

const MAX_TEXT = 4_000;

/**
 * Reads an event; undefined for what nobody asks by: messages of ours, notices (which programs write, so that no two of them talk to
 * each other for ever), edits, files, what was removed, and what is no message at all.
 */
export function readMessage(event: Json, me: Myself): Message | undefined {
  const { event_id: id, sender, type, origin_server_ts: at } = event;
  const content = objectOf(event['content']);
  const { msgtype, body } = content;
  if (type !== 'm.room.message' || msgtype !== 'm.text' || typeof body !== 'string') return undefined;
  if (!isId(id, '$') || !isId(sender, '@') || sender === me.userId || typeof at !== 'number' || !Number.isFinite(at))
    return undefined;
  const relation = relationOf(content);
  return relation === undefined ? undefined : { ...{ id, person: sender, at }, ...relation, ...wordsOf(content, body, me) };
}

const MAX_ID = 255;
const isId = (value: unknown, starts: string): value is string =>
  typeof value === 'string' && value.startsWith(starts) && value.length <= MAX_ID;

type Relation = Pick<Message, 'thread' | 'repliesTo'>;

/** Undefined for an edit. */
function relationOf(content: Json): Relation | undefined {
  const relates = objectOf(content['m.relates_to']);
  const { rel_type: type, event_id: target } = relates;
  if (type === 'm.replace' || content['m.new_content'] !== undefined) return undefined;
  const repliesTo = objectOf(relates['m.in_reply_to'])['event_id'];
  return {
    ...(type === 'm.thread' && isId(target, '$') && { thread: target }),
    ...(isId(repliesTo, '$') && { repliesTo }),
  };
}

/** The event with which the thread of an event begins; undefined outside of threads. */
export const threadOfEvent = ({ content }: Json): string | undefined => relationOf(objectOf(content))?.thread;

function wordsOf(content: Json, body: string, me: Myself): Pick<Message, 'text' | 'addressed'> {
  const text = linesOf(withoutQuotation(content, body)).join('\n');
  const rest = withoutAddress(text, me);
  if (rest !== undefined) return { text: cut(rest, MAX_TEXT), addressed: true };
  const mentioned = listOf(objectOf(content['m.mentions'])['user_ids']).includes(me.userId);
  return { text: cut(mentioned ? withoutMention(text, me) : text, MAX_TEXT), addressed: mentioned };
}

/** Older clients quote what they answer in the first lines. */
function withoutQuotation(content: Json, body: string): string {
  const replies = objectOf(content['m.relates_to'])['m.in_reply_to'] !== undefined;
  return replies && /^> (\* )?<@/.test(body) ? body.replace(/^(>[^\n]*(\n|$))+\n?/, '') : body;
}

const OUR_NAME = 'assay';

/** What follows our name at the start of a text; undefined if it does not begin with it. */
function withoutAddress(text: string, me: Myself): string | undefined {
  const names = [
    linkTo(me),
    `@?(?:${[...spellings(me), localPart(me.userId), OUR_NAME].map(escaped).join('|')})`,
    `!${OUR_NAME}`,
  ];
  const found = new RegExp(`^(?:${names.join('|')})[:,;.!?]*(?=\\s|$)`, 'iu').exec(text);
  return found === null ? undefined : text.slice(found[0].length).trim();
}

/** Without our name in the middle of a text that says that it mentions us. */
function withoutMention(text: string, me: Myself): string {
  const name = `(?<![\\p{L}\\p{N}])@?(?:${spellings(me).map(escaped).join('|')})(?![\\p{L}\\p{N}])`;
  return text
    .replace(new RegExp(`${linkTo(me)}|${name}`, 'iu'), '')
    .replace(/ {2,}/g, ' ')
    .replace(/ (?=[,.;:!?]|$)/gm, '')
    .trim();
}

/** The longest first: a name may be the beginning of another. */
function spellings({ userId, displayName }: Myself): string[] {
  const shown = oneLine(displayName ?? '');
  return [userId.slice(1), ...(shown === '' ? [] : [shown.replace(/^@/, '')])].toSorted((a, b) => b.length - a.length);
}

/** As some clients write a mention: [Assay](https://matrix.to/#/@assay:example.org). */
const linkTo = ({ userId }: Myself): string =>
  `\\[[^\\]\\n]{0,255}\\]\\(https://matrix\\.to/#/(?:${[userId, encodeURIComponent(userId)].map(escaped).join('|')})\\)`;

const localPart = (userId: string): string => textOf(userId.slice(1).split(':')[0]);
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
