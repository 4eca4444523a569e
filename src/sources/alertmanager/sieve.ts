import type { Labels } from '../../domain/sample.ts';
import { AssayError } from '../../platform/errors.ts';
import { type Trial, trialOf } from '../prometheus/alerts-match.ts';
import { matchersOf } from './matchers.ts';

/** Matchers that are tried on alerts here, as Alertmanager would. */
export interface Sieve {
  /**
   * Whether all matchers hold of labels that are given as JSON; what is asked again is not tried again.
   * @throws AssayError SOURCE_ANSWER_TOO_LARGE when it would take too long
   */
  holds(labels: string): boolean;
}

// Characters of values times the size of the expression: half a second at worst, and a great deal for any usual expression.
const MAX_WORK = 4_000_000;
/** Alertmanager compiles an expression without any, so that a dot stands for no line break. */
const NO_FLAGS = 0;

/** Makes one for as many alerts as one reading looks at, or says which matcher is none and why. */
export function sieveOf(texts: readonly string[]): Sieve | string {
  const written = matchersOf(texts);
  if (written.kind === 'NotMatchers') return written.message;
  const trials: Trial[] = [];
  for (const matcher of written.matchers) {
    const trial = trialOf(matcher, NO_FLAGS);
    if (typeof trial === 'string') return `matcher ${trials.length + 1} ${trial}`;
    trials.push(trial);
  }
  return newSieve(trials);
}

function newSieve(trials: readonly Trial[]): Sieve {
  const known = new Map<string, boolean>();
  // The cheap ones first: most alerts go no further.
  const ordered = trials.toSorted((a, b) => a.size - b.size);
  let left = MAX_WORK;
  const tried = (labels: Labels): boolean =>
    ordered.every(({ label, size, holds }) => {
      const value = valueOf(labels, label);
      left -= size * (value.length + 1);
      if (left >= 0) return holds(value);
      throw new AssayError('SOURCE_ANSWER_TOO_LARGE', 'there are too many alerts for regular expressions of this size');
    });
  return {
    holds: (text) => {
      const held = known.get(text) ?? tried(JSON.parse(text) as Labels);
      known.set(text, held);
      return held;
    },
  };
}

/** A label that an alert lacks has the empty value. */
const valueOf = (labels: Labels, name: string): string => (Object.hasOwn(labels, name) ? (labels[name] ?? '') : '');
