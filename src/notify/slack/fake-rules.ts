/*
 * What Slack documents of messages, as the stand-in demands it: Block Kit (https://docs.slack.dev/reference/block-kit/), metadata
 * (https://docs.slack.dev/messaging/message-metadata/) and the arguments of the methods.
 */

export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const itemsOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);
const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value !== '' && value.length <= most;

const MOST_BLOCKS = 50;
const MOST_TEXT = 40_000;
// Not documented; see encode.ts.
const MOST_OF_ALL_BLOCKS = 13_200;
const POST_ARGUMENTS =
  'channel text blocks thread_ts metadata parse link_names mrkdwn unfurl_links unfurl_media reply_broadcast'.split(' ');
const UPDATE_ARGUMENTS = 'channel ts text blocks metadata parse link_names'.split(' ');

/** The error that a message gets, in the words of Slack; undefined for one that is taken. */
export function messageError(message: Fields, kind: 'post' | 'update'): string | undefined {
  const allowed = kind === 'post' ? POST_ARGUMENTS : UPDATE_ARGUMENTS;
  if (Object.keys(message).some((name) => !allowed.includes(name))) return 'invalid_arguments';
  const { text, blocks, metadata } = message;
  if (text === undefined && blocks === undefined) return 'no_text';
  if (metadata !== undefined && !isMetadata(fieldsOf(metadata))) return 'invalid_metadata_format';
  return textError(text) ?? (blocks === undefined ? undefined : blocksError(blocks));
}

function textError(text: unknown): string | undefined {
  if (text === undefined || isText(text, MOST_TEXT)) return undefined;
  return typeof text === 'string' && text !== '' ? 'msg_too_long' : 'no_text';
}

function blocksError(blocks: unknown): string | undefined {
  if (!Array.isArray(blocks)) return 'invalid_blocks_format';
  const all = itemsOf(blocks);
  if (all.length > MOST_BLOCKS || !all.every(isBlock)) return 'invalid_blocks';
  return JSON.stringify(blocks).length > MOST_OF_ALL_BLOCKS ? 'msg_blocks_too_long' : undefined;
}

function isBlock(block: Fields): boolean {
  if (block['type'] === 'header') return isPlainText(fieldsOf(block['text']), 150);
  if (block['type'] !== 'rich_text') return false;
  const sections = itemsOf(block['elements']);
  return sections.length > 0 && sections.every((section) => section['type'] === 'rich_text_section' && isSection(section));
}

function isPlainText({ type, text, emoji }: Fields, most: number): boolean {
  return type === 'plain_text' && isText(text, most) && (emoji === undefined || typeof emoji === 'boolean');
}

function isSection(section: Fields): boolean {
  const elements = itemsOf(section['elements']);
  return elements.length > 0 && elements.every(isElement);
}

function isElement(element: Fields): boolean {
  const { type, text, url, style } = element;
  const styled =
    style === undefined || Object.keys(fieldsOf(style)).every((name) => ['bold', 'italic', 'strike', 'code'].includes(name));
  if (type === 'text') return isText(text, Infinity) && styled;
  return type === 'link' && isText(url, 3_000) && /^https?:\/\//.test(url) && isText(text, Infinity) && styled;
}

function isMetadata({ event_type: type, event_payload: payload }: Fields): boolean {
  return isText(type, 255) && typeof payload === 'object' && payload !== null && JSON.stringify(payload).length <= 8_192;
}

/** A message as a person reads it: the texts of its blocks. Links are shown with where they lead. */
export function readable(blocks: unknown): string {
  return itemsOf(blocks)
    .map((block) => (block['type'] === 'header' ? String(fieldsOf(block['text'])['text']) : richText(block)))
    .join('\n');
}

function richText(block: Fields): string {
  const elements = itemsOf(block['elements']).flatMap((section) => itemsOf(section['elements']));
  return elements.map(({ type, text, url }) => (type === 'link' ? `${String(text)} <${String(url)}>` : String(text))).join('');
}
