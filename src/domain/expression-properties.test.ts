import fc from 'fast-check';

import { numberText } from './bound.ts';
import { expressionProblem, judgeExpression } from './expression.ts';

function outcomeText(expression: string, a: number, b: number): string {
  const readings = Object.entries({ a, b }).map(([name, value]) => ({
    item: { name },
    reading: { kind: 'Samples' as const, samples: [{ labels: {}, value }] },
  }));
  const { outcome } = judgeExpression({ expression, readings, slot: 0, maxAgeMs: 1 }).judgement;
  return outcome.kind === 'Unknown' ? outcome.reason : outcome.kind;
}

/** An expression over `a` and `b` as CEL writes it, with the same in JavaScript. */
interface Both {
  readonly cel: string;
  readonly js: (a: number, b: number) => number;
}

const OPERATIONS = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
} as const;

const literal = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
const leaf: fc.Arbitrary<Both> = fc.oneof(
  fc.constant({ cel: 'evidence.a.value', js: (a: number) => a }),
  fc.constant({ cel: 'evidence.b.value', js: (_a: number, b: number) => b }),
  literal.map((value) => ({ cel: numberText(value), js: () => value })),
);
const pairOf = (side: fc.Arbitrary<Both>): fc.Arbitrary<Both> =>
  fc.tuple(side, side, fc.constantFrom(...(Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[]))).map(([left, right, op]) => ({
    cel: `(${left.cel} ${op} ${right.cel})`,
    js: (a, b) => decided(OPERATIONS[op](left.js(a, b), right.js(a, b))),
  }));
// Once not finite, never again: as NaN it stays so through everything that is calculated from it.
const decided = (value: number): number => (Number.isFinite(value) ? value : NaN);
const calculation = fc.oneof(leaf, pairOf(leaf), pairOf(pairOf(leaf)));
const COMPARE = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
} as const;
const operator = fc.constantFrom(...(Object.keys(COMPARE) as (keyof typeof COMPARE)[]));
const comparison = fc.record({ left: calculation, right: calculation, op: operator });
const finiteNumber = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -3, max: 3 }));

test('a comparison gives what JavaScript gives, and is unknown where a number in it is not finite', () => {
  fc.assert(
    fc.property(comparison, finiteNumber, finiteNumber, ({ left, right, op }, a, b) => {
      const [x, y] = [left.js(a, b), right.js(a, b)];
      const known = Number.isFinite(x) && Number.isFinite(y);
      const want = !known ? 'NotANumber' : COMPARE[op](x, y) ? 'Met' : 'NotMet';
      const expression = `${left.cel} ${op} ${right.cel} && evidence.a.count == 1`;
      const got = outcomeText(expression, a, b);
      expect(got).toBe(want);
    }),
    { numRuns: 1000 },
  );
});

test('whatever is calculated from a number that is not finite leaves a comparison unknown', () => {
  const bad = fc.constantFrom(NaN, Infinity, -Infinity);
  const refersToA = ({ left, right }: { left: Both; right: Both }): boolean => `${left.cel} ${right.cel}`.includes('evidence.a.');
  fc.assert(
    fc.property(comparison.filter(refersToA), bad, ({ left, right, op }, a) => {
      const [first, second] = [left.cel, right.cel];
      expect(outcomeText(`${first} ${op} ${second}`, a, 1)).toBe('NotANumber');
    }),
    { numRuns: 1000 },
  );
});

test('whatever is written, it is read or refused, and never throws', () => {
  const piece = fc.constantFrom(
    ...'evidence . a value series all ( ) s , ! - + / < == && || ? : [ ] { } 1 "x" in 1.5 labels'.split(' '),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 30 }).map((all) => all.join('')),
      ),
      (text) => {
        const message = expressionProblem(text, ['a']);
        expect(message === undefined || message.length < 400).toBe(true);
        expect(() => outcomeText(text, 1, 1)).not.toThrow();
      },
    ),
    { numRuns: 2000 },
  );
});
