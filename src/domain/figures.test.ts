import fc from 'fast-check';

import { figuresOf, percentText, reaches } from './figures.ts';
import type { Times } from './timeline.ts';

const times = (met: number, notMet: number, unknown = 0): Times => ({ met, notMet, unknown, suspended: 5, unobserved: 7 });

test.each(
  Object.entries({
    'unknown time is excluded': { given: times(60, 30, 30), down: false, want: '66.666 50.000 75.000 75.000' },
    'unknown time counts as down': { given: times(60, 30, 30), down: true, want: '50.000 50.000 75.000 75.000' },
    'without evidence there is no availability, only its bounds': {
      given: times(0, 0, 10),
      down: false,
      want: '- 0.000 100.000 0.000',
    },
    'without any time there is nothing, never 100': { given: times(0, 0), down: true, want: '- - - -' },
    'a millisecond short of 100 is not 100': {
      given: times(2_592_000_000 - 1, 1),
      down: false,
      want: '99.999 99.999 99.999 100.000',
    },
    'exactly 100 is 100': { given: times(1, 0), down: false, want: '100.000 100.000 100.000 100.000' },
  }),
)('%s', (_sentence, { given, down, want }) => {
  const { availability, lower, upper, coverage } = figuresOf(given, down ? 'Down' : 'Excluded');
  expect([availability, lower, upper, coverage].map(percentText).join(' ')).toBe(want);
});

test.each([
  [{ part: 999_996, of: 1_000_000 }, '99.999'],
  [{ part: 1, of: 3 }, '33.333'],
  [{ part: 2, of: 3 }, '66.666'],
  [{ part: 1, of: 100_000 }, '0.001'],
  [{ part: 9_007_199_254_740_990, of: 9_007_199_254_740_991 }, '99.999'],
])('%p prints %s: cut, never rounded', (share, want) => {
  expect(percentText(share)).toBe(want);
});

test.each(
  Object.entries({
    'a share that is exactly the target reaches it': { part: 999, of: 1000, target: '99.9', want: true },
    'a millionth less does not': { part: 998_999, of: 1_000_000, target: '99.9', want: false },
    'what prints like the target may be below it': { part: 99_999_499, of: 100_000_000, target: '99.9995', want: false },
    '100 is reached only by all': { part: 2_591_999_999, of: 2_592_000_000, target: '100', want: false },
    '0 is always reached': { part: 0, of: 1, target: '0', want: true },
    'a target with zeros at its end is the same target': { part: 999, of: 1000, target: '99.900000', want: true },
  }),
)('%s', (_sentence, { part, of, target, want }) => {
  expect(reaches({ part, of }, target)).toBe(want);
});

test('a printed figure is never above the share and never a thousandth below it', () => {
  const shares = fc.nat(1e12).chain((of) => fc.record({ of: fc.constant(of + 1), part: fc.nat(of + 1) }));
  fc.assert(
    fc.property(shares, ({ part, of }) => {
      const thousandths = BigInt(percentText({ part, of }).replace('.', ''));
      const exact = BigInt(part) * 100_000n;
      expect(thousandths * BigInt(of) <= exact && exact < (thousandths + 1n) * BigInt(of)).toBe(true);
    }),
  );
});
