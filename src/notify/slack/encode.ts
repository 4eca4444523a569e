import { cut } from '../../domain/cut.ts';
import type { Card } from '../notifier.ts';
import { linesOf, oneLine, webAddress } from '../plain.ts';
import { MARKS } from '../tone-marks.ts';
import { unlinked } from '../unlinked.ts';

/*
 * Blocks of Block Kit (https://docs.slack.dev/reference/block-kit/blocks/). Texts of strangers stand only in `plain_text` objects and in
 * `text` elements of `rich_text`, which Slack shows as they are: a mention, a link or a style would be an element or field of its own.
 * Addresses are taken apart all the same, because what each client makes of a bare one is documented nowhere.
 */
interface TextElement {
  readonly type: 'text';
  readonly text: string;
  readonly style?: { readonly bold: true };
}

interface LinkElement {
  readonly type: 'link';
  readonly url: string;
  readonly text: string;
}

type Element = TextElement | LinkElement;

interface HeaderBlock {
  readonly type: 'header';
  readonly text: { readonly type: 'plain_text'; readonly text: string; readonly emoji: false };
}

interface RichTextBlock {
  readonly type: 'rich_text';
  readonly elements: readonly [{ readonly type: 'rich_text_section'; readonly elements: readonly Element[] }];
}

export type Block = HeaderBlock | RichTextBlock;

/** `text` is what notifications and screen readers say; what people see are the blocks. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly Block[];
}

// Documented for the header block.
const LONGEST_HEADER = 150;
const LONGEST_NAME = 100;
const LONGEST_VALUE = 1_024;
const LONGEST_LINK_TEXT = 75;
// Slack documents no limit for all blocks together, but refuses more than about 13,200 characters (`msg_blocks_too_long`,
// github.com/slackapi/bolt-js issue 2509). What it counts is not known: here it is JSON in ASCII, the longest of all readings.
const ROOM = 12_000;
const ROOM_FOR_LINKS = 3_000;
const ROOM_FOR_FACTS = 5_000;
const LEAST_TEXT = 40;

/** The card as a message of Slack that mentions nobody, links only to the links of the card and formats nothing else. */
export function encode(card: Card): SlackMessage {
  const title = cut(`${MARKS[card.tone]} ${harmless(card.title)}`.trimEnd(), LONGEST_HEADER);
  const header: HeaderBlock = { type: 'header', text: { type: 'plain_text', text: title, emoji: false } };
  const links = linksOf(card.links);
  const facts = factsOf(card.facts);
  const paragraphs = paragraphsOf(card.paragraphs, ROOM - sizeOf([header, ...facts, ...links]));
  return { text: spoken(title), blocks: [header, ...facts, ...paragraphs, ...links] };
}

/**
 * `text` is read as mrkdwn where no blocks are shown. & < > are escaped as documented
 * (https://docs.slack.dev/messaging/formatting-message-text/#escaping), and what a client might make a name or a link of is taken apart.
 */
function spoken(title: string): string {
  const escaped = title.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replace(/[@#]|:(?=\/)|(?<=www)\.|[*_~`]/gi, (sign) => `${sign}\u200b`);
}

const harmless = (text: string): string => unlinked(oneLine(text));

const rich = (elements: readonly Element[]): RichTextBlock => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements }],
});

function factsOf(facts: Card['facts']): readonly Block[] {
  const rows = facts.map(({ name, value }): readonly Element[] => [
    { type: 'text', text: `${cut(harmless(name), LONGEST_NAME)}: `, style: { bold: true } },
    { type: 'text', text: `${cut(harmless(value), LONGEST_VALUE)}\n` },
  ]);
  const shown = fitting(rows, ROOM_FOR_FACTS);
  const rest = rows.length - shown.length;
  const more: readonly Element[] = rest === 0 ? [] : [{ type: 'text', text: `… and ${rest} more` }];
  return rows.length === 0 ? [] : [rich([...shown.flat(), ...more])];
}

function linksOf(links: Card['links']): readonly Block[] {
  const all = links.flatMap(({ text, url }): readonly (readonly Element[])[] => {
    const address = webAddress(url);
    if (address === undefined) return [];
    const words = cut(harmless(text), LONGEST_LINK_TEXT);
    return [
      [
        { type: 'link', url: address, text: words === '' ? 'Link' : words },
        { type: 'text', text: '   ' },
      ],
    ];
  });
  const shown = fitting(all, ROOM_FOR_LINKS);
  return shown.length === 0 ? [] : [rich(shown.flat())];
}

function paragraphsOf(paragraphs: Card['paragraphs'], room: number): readonly Block[] {
  const blocks: Block[] = [];
  let left = room;
  for (const paragraph of paragraphs) {
    const text = unlinked(linesOf(paragraph).join('\n'));
    const frame = sizeOf(rich([{ type: 'text', text: '' }])) + 1;
    if (text === '' || left - frame < LEAST_TEXT) continue;
    const block = rich([{ type: 'text', text: cutToSize(text, left - frame) }]);
    left -= sizeOf(block) + 1;
    blocks.push(block);
  }
  return blocks;
}

/** As many from the front as fit. */
function fitting<T>(items: readonly T[], room: number): readonly T[] {
  let left = room;
  const end = items.findIndex((item) => (left -= sizeOf(item)) < 0);
  return end === -1 ? items : items.slice(0, end);
}

function cutToSize(text: string, room: number): string {
  let [fits, tooLong] = [1, text.length + 1];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (sizeOf(cut(text, middle)) - QUOTES <= room) fits = middle;
    else tooLong = middle;
  }
  return cut(text, fits);
}

const QUOTES = 2;

/** How long it is as JSON in ASCII: whatever Slack counts is not more. */
export function sizeOf(value: unknown): number {
  return JSON.stringify(value).replace(/[^ -~]/g, '\\uXXXX').length;
}
