import { cut } from '../../domain/cut.ts';
import type { Card, Reply } from '../../notify/notifier.ts';
import { oneLine } from '../../notify/plain.ts';

const TITLE_LENGTH = 150;
const VALUE_LENGTH = 1_000;
const PARAGRAPH_LENGTH = 4_000;
const MOST_PARAGRAPHS = 10;
/** So many lines of a list are read at a glance. */
export const MOST_LISTED = 10;

/** What an answer says, with whatever it has nothing of left out. */
export interface Said extends Partial<Omit<Card, 'title' | 'facts'>> {
  readonly title: string;
  /** Facts without a value are left out. */
  readonly facts?: readonly (readonly [name: string, value: string | undefined])[];
}

/** A card within the bounds of a card. */
export function card({ title, tone = 'Notice', facts = [], paragraphs = [], links = [] }: Said): Card {
  return {
    tone,
    title: cut(oneLine(title), TITLE_LENGTH),
    facts: facts.flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [{ name, value: cut(value, VALUE_LENGTH) }],
    ),
    paragraphs: paragraphs
      .filter((text) => text !== '')
      .slice(0, MOST_PARAGRAPHS)
      .map((text) => cut(text, PARAGRAPH_LENGTH)),
    links: links.slice(0, MOST_LISTED),
  };
}

export const replyOf = (said: Said): Reply => ({ card: card(said), attachments: [] });

/** The first lines of a list, and how many more there are. */
export function listed(lines: readonly string[], more: (count: number) => string): string {
  const left = lines.length - MOST_LISTED;
  return [...lines.slice(0, MOST_LISTED), ...(left > 0 ? [more(left)] : [])].join('\n');
}
