import { cut } from '../../domain/cut.ts';
import type { Card, Tone } from '../notifier.ts';
import { linesOf, oneLine, webAddress } from '../plain.ts';
import { MARKS } from '../tone-marks.ts';
import { linkTarget, linkWords, prose, value } from './harmless.ts';

/** What a person reads of a message (https://developers.mattermost.com/integrate/reference/message-attachments/). */
export interface MattermostAttachment {
  readonly fallback: string;
  readonly color: string;
  readonly text?: string;
  readonly fields?: readonly { readonly title: string; readonly value: string; readonly short: boolean }[];
}

/** `message` is the first line, which notifications and the search show; the rest is attachments. */
export interface MattermostText {
  readonly message: string;
  readonly attachments: readonly MattermostAttachment[];
}

const COLORS: Readonly<Record<Tone, string>> = { Failing: '#c4314b', Unclear: '#b58900', Ended: '#2e7d32', Notice: '#5a6b7b' };

const LONGEST_TITLE = 150;
const LONGEST_NAME = 100;
const LONGEST_VALUE = 1_024;
const LONGEST_SHORT = 40;
const MOST_FACTS = 40;
const LONGEST_LINK_TEXT = 75;
const MOST_LINKS = 10;
// The documented limit of a message is 16,383 characters; attachments are bound by 800,000 for all props. Clients fold what is long.
const ROOM_FOR_TEXT = 14_000;

/** The card as Markdown of Mattermost that mentions nobody, links only to the links of the card and formats nothing else. */
export function encode(card: Card): MattermostText {
  const title = prose(cut(oneLine(card.title), LONGEST_TITLE));
  const message = `${MARKS[card.tone]} ${title}`.trimEnd();
  const frame = { fallback: title, color: COLORS[card.tone] };
  const fields = fieldsOf(card.facts);
  const text = [...paragraphsOf(card.paragraphs), ...linksOf(card.links)].join('\n\n');
  return {
    message,
    attachments: [...(fields.length === 0 ? [] : [{ ...frame, fields }]), ...(text === '' ? [] : [{ ...frame, text }])],
  };
}

function fieldsOf(facts: Card['facts']): NonNullable<MattermostAttachment['fields']> {
  const shown = facts.slice(0, MOST_FACTS).map((fact) => {
    const text = value(cut(oneLine(fact.value), LONGEST_VALUE));
    return { title: prose(cut(oneLine(fact.name), LONGEST_NAME)), value: text, short: text.length <= LONGEST_SHORT };
  });
  const rest = facts.length - shown.length;
  return rest === 0 ? shown : [...shown, { title: '…', value: `and ${rest} more`, short: true }];
}

function paragraphsOf(paragraphs: Card['paragraphs']): readonly string[] {
  let left = ROOM_FOR_TEXT;
  return paragraphs.flatMap((paragraph) => {
    const raw = linesOf(paragraph).join('\n');
    if (raw === '' || left <= 1) return [];
    const shown = cut(raw, left);
    left -= shown.length;
    return [shown.split('\n').map(prose).join('\n')];
  });
}

function linksOf(links: Card['links']): readonly string[] {
  const lines = links.flatMap(({ text, url }) => {
    const address = webAddress(url);
    if (address === undefined) return [];
    const words = linkWords(cut(oneLine(text), LONGEST_LINK_TEXT));
    return [`[${words === '' ? 'Link' : words}](${linkTarget(address)})`];
  });
  return lines.length === 0 ? [] : [lines.slice(0, MOST_LINKS).join('\n')];
}
