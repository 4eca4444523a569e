import { NAME_PATTERN } from '../api/common.ts';
import { fold } from './fold.ts';
import type { Found } from './lexicon.ts';
import { type Near, nearest } from './nearest.ts';
import type { Token } from './tokens.ts';

/** Names that a request may speak of; without a list any name is one. */
export interface Names {
  /** By their folded spelling, with and without the namespace. */
  readonly known: ReadonlyMap<string, readonly string[]> | undefined;
}

export function namesOf(list: readonly string[] | undefined): Names {
  if (list === undefined) return { known: undefined };
  const known = new Map<string, string[]>();
  for (const name of list) {
    const spelled = fold(name);
    for (const key of new Set([spelled, spelled.slice(spelled.indexOf('/') + 1)]))
      known.set(key, [...(known.get(key) ?? []), name]);
  }
  return { known };
}

const MOST_WORDS = 4;
const ANY_NAME = new RegExp(String.raw`^(?:[a-z0-9-]{1,63}/)?${NAME_PATTERN.slice(1)}`, 'u');

/** The names that begin at a place: more than one where namespaces share it. `payment api` is `payment-api`. */
export function nameAt(tokens: readonly Token[], at: number, { known }: Names): Found<readonly string[]> | undefined {
  const first = tokens[at];
  if (first?.kind !== 'Word') return undefined;
  if (known === undefined) return ANY_NAME.test(first.key) ? { means: [first.key], length: 1 } : undefined;
  for (let length = MOST_WORDS; length > 0; length--) {
    const words = tokens.slice(at, at + length);
    const means = words.length === length && isUnbroken(words) ? known.get(words.map(({ key }) => key).join('-')) : undefined;
    if (means) return { means: chosen(means), length };
  }
  return undefined;
}

/** A name without a namespace is the name itself before it is one of a namespace. */
const chosen = (names: readonly string[]): readonly string[] => {
  const plain = names.filter((name) => !name.includes('/'));
  return plain.length === 1 ? plain : names;
};

const isUnbroken = (tokens: readonly Token[]): boolean => tokens.every(({ kind }) => kind === 'Word');

/** Names that a word may have been meant for, the nearest first. */
export function namesNear(word: string, { known }: Names): readonly Near[] {
  if (known === undefined) return [];
  return nearest(word, known.keys()).flatMap(({ candidate, distance }) =>
    (known.get(candidate) ?? []).map((name) => ({ candidate: name, distance })),
  );
}

/** A few of the names, where none is near. */
export const someNames = ({ known }: Names): readonly string[] =>
  Array.from(new Set(Array.from(known?.values() ?? []).flat())).slice(0, MOST_OFFERED);

const MOST_OFFERED = 3;
