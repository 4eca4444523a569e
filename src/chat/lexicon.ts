import { spellings } from './fold.ts';
import type { Token } from './tokens.ts';
import { SMALL } from './words.ts';

/** Phrases in folded spelling, each with what it means; `begins` are the first words of longer ones. */
export interface Lexicon<K extends string> {
  readonly phrases: ReadonlyMap<string, K>;
  readonly begins: ReadonlySet<string>;
}

/** A phrase that was found: what it means, and how many tokens it takes. */
export interface Found<T> {
  readonly means: T;
  readonly length: number;
}

type Lists = Readonly<Record<string, string>>;

/** The phrases of a table of words, in every language. */
export function lexiconOf<K extends string>(table: Readonly<Record<K, Lists>>): Lexicon<K> {
  return lexicon(
    (Object.keys(table) as K[]).flatMap((means) => phrasesOf(table[means]).map((phrase) => [phrase, means] as const)),
  );
}

/** A lexicon of phrases in folded spelling; of two meanings the later holds. */
export function lexicon<K extends string>(entries: readonly (readonly [phrase: string, means: K])[]): Lexicon<K> {
  return { phrases: new Map(entries), begins: new Set(entries.flatMap(([phrase]) => beginningsOf(phrase))) };
}

function beginningsOf(phrase: string): string[] {
  const words = phrase.split(' ');
  return words.slice(1).map((_word, index) => words.slice(0, index + 1).join(' '));
}

/** The phrases of a list that mean all the same. */
export const setOf = (lists: Lists): ReadonlySet<string> => new Set(phrasesOf(lists));

/** The phrases of several lists, of which only matters that they are there. */
export const listed = (lists: readonly Lists[]): Lexicon<'listed'> =>
  lexicon(lists.flatMap((list) => phrasesOf(list).map((phrase) => [phrase, 'listed'] as const)));

function phrasesOf(lists: Lists): string[] {
  return Object.values(lists)
    .flatMap((list) => list.split('|'))
    .filter((phrase) => phrase !== '')
    .flatMap(spellings);
}

const LONGEST_PHRASE = 4;
/** Words between `open` and `incident`. */
const MOST_SKIPPED = 3;
const small = setOf(SMALL);

/** The longest phrase that begins at a place; articles within it do not count. */
export function phraseAt<K extends string>(
  tokens: readonly Token[],
  at: number,
  { phrases, begins }: Lexicon<K>,
): Found<K> | undefined {
  let phrase = '';
  let best: Found<K> | undefined;
  const end = Math.min(tokens.length, at + LONGEST_PHRASE + MOST_SKIPPED);
  for (let next = at; next < end; next++) {
    const key = tokens[next]?.key ?? '';
    const longer = phrase === '' ? key : `${phrase} ${key}`;
    const means = phrases.get(longer);
    if (means !== undefined) best = { means, length: next - at + 1 };
    // `zur kenntnis` has a small word that belongs to it, `open an incident` one that does not.
    if (begins.has(longer)) phrase = longer;
    else if (phrase === '' || !small.has(key)) break;
  }
  return best;
}
