import type { Intent, Language, Surroundings, Unclear } from './intent.ts';
import { readOrder } from './order.ts';
import { readQuestion } from './question.ts';
import { starters } from './suggestions.ts';
import { LONGEST_TEXT, requestOf } from './tokens.ts';
import { languageOfTokens } from './vocabulary.ts';
import { unclear, worldOf } from './world.ts';

/**
 * What somebody wants, in English or German; or which part of it is unclear. Nothing is guessed and nothing is passed over: of two
 * readings both are offered, and a word that nobody knows makes the whole unclear. No text makes it throw.
 * @throws RangeError for a time zone that nobody knows
 */
export function parseIntent(text: string, surroundings: Surroundings): Intent | Unclear {
  // Half of a text would be another text.
  if (text.length > LONGEST_TEXT) return { kind: 'Unclear', reason: 'TooLong', part: '', suggestions: [] };
  const request = requestOf(text);
  const world = worldOf(request, languageOfTokens(request.tokens), surroundings);
  if (!request.tokens.some(({ kind }) => kind === 'Word')) return unclear(request, 'Empty', [], starters(world));
  return readOrder(world) ?? readQuestion(world);
}

/** The language to answer in: the one that most words of a text are of, English where that is open. */
export function languageOf(text: string): Language {
  return languageOfTokens(requestOf(text.slice(0, LONGEST_TEXT)).tokens);
}
