import type { UnknownReason } from '../api/conditions.ts';
import { type Bound, holds, numberText } from './bound.ts';
import { printable } from './outcome.ts';
import type { Labels, Sample } from './sample.ts';

/**
 * What can't be decided, and why. It is a value of its own, the third of three-valued logic: CEL's doubles would carry a NaN into
 * comparisons, which then fail open.
 */
export class Undecided {
  readonly reason: UnknownReason;
  readonly detail: string;

  constructor(reason: UnknownReason, detail: string) {
    this.reason = reason;
    this.detail = detail;
  }
}

/** What a part of an expression can be. A number is always finite. */
export type Value = number | string | boolean | Labels | Sample | readonly Sample[] | readonly Value[] | Undecided;

/** A part of an expression, ready to run: on the values of what it refers to, within a macro on one series too. */
export type Run = (parts: readonly Value[], series?: Sample) => Value;

/** A number, or that it is none. */
export const finite = (value: number, text: string): number | Undecided =>
  Number.isFinite(value) ? value : new Undecided('NotANumber', `${text} is ${numberText(value)}`);

const ARITHMETIC = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
} as const;
/** What can be calculated, on IEEE 754 doubles. */
export type ArithmeticOperator = keyof typeof ARITHMETIC;

/** A result that is not finite is undecided, and so is everything that is calculated from it. */
export function calculated(op: ArithmeticOperator, left: Run, right: Run): Run {
  const calculate = ARITHMETIC[op];
  return (parts, series) => {
    const a = left(parts, series);
    if (typeof a !== 'number') return a;
    const b = right(parts, series);
    if (typeof b !== 'number') return b;
    const result = calculate(a, b);
    return Number.isFinite(result) ? result : finite(result, `${numberText(a)} ${op} ${numberText(b)}`);
  };
}

/** A comparison of two numbers, as a threshold makes it. */
export function compared(op: Bound['op'], left: Run, right: Run): Run {
  return (parts, series) => {
    const a = left(parts, series);
    if (typeof a !== 'number') return a;
    const value = right(parts, series);
    return typeof value === 'number' ? holds(a, { op, value }) : value;
  };
}

/** Whether two strings or two bools are the same, or `wanted: false` differ. */
export function same(wanted: boolean, left: Run, right: Run): Run {
  return (parts, series) => {
    const a = left(parts, series);
    if (a instanceof Undecided) return a;
    const b = right(parts, series);
    return b instanceof Undecided ? b : (a === b) === wanted;
  };
}

/** `&&` (`decisive: false`) and `||` (`decisive: true`): one decisive side decides, whatever the other is. */
export function joined(decisive: boolean, left: Run, right: Run): Run {
  return (parts, series) => {
    const a = left(parts, series);
    if (a === decisive) return decisive;
    const b = right(parts, series);
    if (b === decisive) return decisive;
    return a instanceof Undecided ? a : b;
  };
}

/** One side by a condition; undecided with it. */
export function chosen(condition: Run, yes: Run, no: Run): Run {
  return (parts, series) => {
    const decided = condition(parts, series);
    if (decided instanceof Undecided) return decided;
    return decided === true ? yes(parts, series) : no(parts, series);
  };
}

/** The result of a function of one decided value. */
export function applied(of: Run, apply: (value: Value) => Value): Run {
  return (parts, series) => {
    const value = of(parts, series);
    return value instanceof Undecided ? value : apply(value);
  };
}

/** The result of a function of two decided values. */
export function appliedToBoth(left: Run, right: Run, apply: (a: Value, b: Value) => Value): Run {
  return (parts, series) => {
    const a = left(parts, series);
    if (a instanceof Undecided) return a;
    const b = right(parts, series);
    return b instanceof Undecided ? b : apply(a, b);
  };
}

/** The value of a label of one series; a series without it leaves it undecided, as in CEL. */
export function labelOf(labels: Value, key: Value): Value {
  const name = key as string;
  const value = hasKey(labels, name) ? (labels as Labels)[name] : undefined;
  return value ?? new Undecided('ExpressionFailed', `a series has no label ${printable(name)}`);
}

/** Whether a series carries a label. */
export const hasKey = (labels: Value, key: Value): boolean => Object.hasOwn(labels as Labels, key as string);

const NONE_LEFT = new Undecided('EmptyResult', 'all() or exists() is asked of no series');

/**
 * `all` (`decisive: false`) and `exists` (`decisive: true`): one decisive series decides, whatever the others are. Unlike in CEL, of no
 * series both are undecided: a filter that keeps nothing is no pass, nor is it with a `!` before it.
 */
export function quantified(decisive: boolean, list: Run, predicate: Run): Run {
  return (parts, series) => {
    const samples = list(parts, series);
    if (samples instanceof Undecided) return samples;
    let open = (samples as readonly Sample[]).length > 0 ? undefined : NONE_LEFT;
    for (const sample of samples as readonly Sample[]) {
      const value = predicate(parts, sample);
      if (value === decisive) return decisive;
      if (value instanceof Undecided) open ??= value;
    }
    return open ?? !decisive;
  };
}

/** The series that hold a predicate; one that is undecided leaves the whole list undecided. */
export function filtered(list: Run, predicate: Run): Run {
  return (parts, series) => {
    const samples = list(parts, series);
    if (samples instanceof Undecided) return samples;
    const kept: Sample[] = [];
    for (const sample of samples as readonly Sample[]) {
      const value = predicate(parts, sample);
      if (value instanceof Undecided) return value;
      if (value === true) kept.push(sample);
    }
    return kept;
  };
}
