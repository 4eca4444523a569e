import type { Rule } from '../api/criterion.ts';
import { boundText } from './bound.ts';

/** What a rule demands, in words: `up == 1`, or its expression. */
export function demandText({ threshold, expression = '' }: Rule): string {
  return threshold ? `${threshold.evidence} ${boundText(threshold)}` : expression;
}

/** What was to be measured, where nothing was: `- (== 1)`. */
export function unmeasuredText({ threshold }: Rule): string {
  return threshold ? `- (${boundText(threshold)})` : '-';
}
