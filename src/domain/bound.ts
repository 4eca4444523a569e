import type { Operator } from '../api/criterion.ts';
import type { Sample } from './sample.ts';

/** A comparison; value and samples share one unit. */
export interface Bound {
  readonly op: Operator;
  readonly value: number;
}

/** Whether a finite value holds the comparison: IEEE 754 doubles, no tolerance. */
export function holds(value: number, bound: Bound): boolean {
  switch (bound.op) {
    case '==':
      return value === bound.value;
    case '!=':
      return value !== bound.value;
    case '<':
      return value < bound.value;
    case '<=':
      return value <= bound.value;
    case '>':
      return value > bound.value;
    case '>=':
      return value >= bound.value;
  }
}

/** Finite samples in the order of how far they are on the wrong side, farthest first. */
export function worstFirst(samples: readonly Sample[], bound: Bound): Sample[] {
  return [...samples].sort((a, b) => badness(b.value, bound) - badness(a.value, bound));
}

function badness(value: number, bound: Bound): number {
  switch (bound.op) {
    case '==':
      return Math.abs(value - bound.value);
    case '!=':
      return -Math.abs(value - bound.value);
    case '<':
    case '<=':
      return value - bound.value;
    case '>':
    case '>=':
      return bound.value - value;
  }
}

export const boundText = ({ op, value }: Bound): string => `${op} ${numberText(value)}`;

/** A number in the words of Prometheus: NaN, +Inf, -Inf, or the shortest decimal that gives the same double. */
export function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}
