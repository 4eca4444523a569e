import { RE2JS } from 're2js';

import type { Matcher } from '../alertmanager/matchers.ts';

/** A matcher that can be tried on values. `size` is how much work one character of a value may be. */
export interface Trial {
  readonly label: string;
  readonly size: number;
  readonly holds: (value: string) => boolean;
}

// A short pattern can stand for a large program: ((x{1000}){1000}).
const MAX_EXPANDED = 50_000;

/**
 * Makes a matcher ready to be tried as Prometheus would: a regular expression of RE2 has to match the whole value, in time that grows
 * with its length only.
 * @param flags of the expression: to Alertmanager, unlike Prometheus, a dot stands for no line break
 * @returns what is wrong with it where it can't be tried.
 */
export function trialOf({ label, op, value }: Matcher, flags: number = RE2JS.DOTALL): Trial | string {
  switch (op) {
    case '=':
      return { label, size: 1, holds: (text) => text === value };
    case '!=':
      return { label, size: 1, holds: (text) => text !== value };
    case '=~':
    case '!~': {
      const pattern = patternOf(value, flags);
      if (typeof pattern === 'string') return pattern;
      return { label, size: pattern.programSize(), holds: (text) => pattern.testExact(text) === (op === '=~') };
    }
  }
}

function patternOf(text: string, flags: number): RE2JS | string {
  if (expanded(text) > MAX_EXPANDED) return 'has a regular expression that is too large';
  try {
    return RE2JS.compile(text, flags);
  } catch {
    return 'has a regular expression that RE2 does not know';
  }
}

/** How long the pattern is at most with its counted repetitions written out, as far as they don't contain each other. */
function expanded(text: string): number {
  let repeats = 0;
  for (const [, least = '', most = ''] of text.matchAll(/\{(\d+)(?:,(\d*))?\}/g))
    repeats += Math.max(Number(least), Number(most));
  return text.length * Math.max(1, repeats);
}
