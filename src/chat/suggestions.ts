import { examplesOf } from './help.ts';
import type { Command, Unclear, UnclearReason } from './intent.ts';
import { lexiconOf, phraseAt } from './lexicon.ts';
import { type Names, namesNear, someNames } from './names.ts';
import { nearest } from './nearest.ts';
import { type Token, withInstead } from './tokens.ts';
import { SPELLED } from './vocabulary.ts';
import { NOUNS, ORDERS } from './words.ts';
import { around, unclear, type World } from './world.ts';

/** What could stand in the place of words that nobody knows. */
export interface Expected {
  readonly names: readonly { readonly reason: UnclearReason; readonly of: Names }[];
  /** Whether nothing but such a name can stand here. */
  readonly isNamed: boolean;
  readonly otherwise: UnclearReason;
}

/**
 * Unknown words, with what they may have been meant for: names and words are tried alike, the nearest first. Where nothing is near,
 * some of the names that are expected here.
 */
export function unknown(world: World, tokens: readonly Token[], expected: Expected): Unclear {
  const { names, isNamed, otherwise } = expected;
  const { request } = world;
  const place = around(tokens);
  const near = nearThem(tokens, expected);
  if (near.length > 0) {
    const said = near.map(({ candidate }) => withInstead(request, place, candidate));
    return unclear(request, near[0]?.reason ?? otherwise, [place], said);
  }
  const [first] = names;
  if (!isNamed || !first) return unclear(request, otherwise, [place], otherwise === 'UnknownCommand' ? starters(world) : []);
  return unclear(
    request,
    first.reason,
    [place],
    someNames(first.of).map((name) => withInstead(request, place, name)),
  );
}

interface Nearby {
  readonly candidate: string;
  readonly distance: number;
  readonly reason: UnclearReason;
}

/** Where only a name can stand, a word is offered if no name is near. */
function nearThem(tokens: readonly Token[], { names, isNamed, otherwise }: Expected): readonly Nearby[] {
  const key = tokens.map((token) => token.key).join(' ');
  const named = names.flatMap(({ reason, of }) => namesNear(key.replaceAll(' ', '-'), of).map((each) => ({ ...each, reason })));
  if (isNamed && named.length > 0) return named;
  // A word that is known, and does not fit here, is no slip.
  const words = nearest(key, SPELLED.keys()).filter(({ distance }) => distance > 0);
  const said = words
    .filter(({ distance }) => distance === words[0]?.distance)
    .map(({ candidate, distance }) => ({ candidate: SPELLED.get(candidate) ?? candidate, distance, reason: otherwise }));
  return [...named, ...said].sort((one, other) => one.distance - other.distance);
}

const STARTERS: readonly Command[] = ['Help', 'Status', 'Availability'];

/** Requests to begin with. */
export function starters(world: World): readonly string[] {
  return STARTERS.flatMap((command) => example(world, command));
}

/** A request that shows a command, with names that there are; none where there are no such names. */
export function example({ language, services, incidents, criteria }: World, command: Command): readonly string[] {
  const [[service], [incident], [criterion]] = [someNames(services), someNames(incidents), someNames(criteria)];
  const names = { service: service ?? '', incident: incident ?? '', criterion: criterion ?? '' };
  // A name that is missing leaves two blanks, or one before a colon.
  return examplesOf(command, language, names)
    .filter((text) => !/ {2}| :| $/.test(text))
    .slice(0, 1);
}

/** Where to read how something is said that changes something: an example of it is nothing to send by a slip of the finger. */
export function helpWith({ language }: World, order: keyof typeof ORDERS): string {
  const [verb = ''] = ORDERS[order][language].split('|');
  return `${language === 'de' ? 'Hilfe' : 'help'} ${verb}`;
}

const nouns = lexiconOf(NOUNS);

/** What the word before a place says of it: `incident` in `show incident x`. */
export function nounBefore(tokens: readonly Token[], at: number): keyof typeof NOUNS | undefined {
  return at === 0 ? undefined : phraseAt(tokens.slice(0, at), at - 1, nouns)?.means;
}
