import type { Language, Surroundings, Unclear, UnclearReason } from './intent.ts';
import { type Names, namesOf } from './names.ts';
import { type Request, type Token, wordsBetween } from './tokens.ts';

/** A request, and what it may speak of. */
export interface World {
  readonly request: Request;
  readonly language: Language;
  readonly surroundings: Surroundings;
  readonly services: Names;
  readonly criteria: Names;
  readonly incidents: Names;
}

export function worldOf(request: Request, language: Language, surroundings: Surroundings): World {
  const { services, criteria, incidents } = surroundings;
  const names = { services: namesOf(services), criteria: namesOf(criteria), incidents: namesOf(incidents) };
  return { request, language, surroundings, ...names };
}

const LONGEST_PART = 80;
const MOST_SUGGESTIONS = 3;

type Place = Pick<Token, 'from' | 'to'>;

/** What is not understood, from the first to the last of some places. */
export function unclear(
  request: Request,
  reason: UnclearReason,
  places: readonly Place[],
  suggestions: readonly string[] = [],
): Unclear {
  const [from, to] = [Math.min(...places.map((place) => place.from)), Math.max(...places.map((place) => place.to))];
  const part =
    places.length === 0
      ? ''
      : Array.from(wordsBetween(request, from, to))
          .slice(0, LONGEST_PART)
          .join('');
  return { kind: 'Unclear', reason, part, suggestions: Array.from(new Set(suggestions)).slice(0, MOST_SUGGESTIONS) };
}

/** The places of several as one. */
export const around = (places: readonly Place[]): Place => ({
  from: Math.min(...places.map(({ from }) => from)),
  to: Math.max(...places.map(({ to }) => to)),
});
