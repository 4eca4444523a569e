import fc from 'fast-check';

import { reaches, type Share } from './figures.ts';
import type { KnownChange } from './change.ts';
import { explaining, type Explanation, explanationsOf, figuresBothWays } from './explained.ts';
import { combine, type Piece } from './timeline.ts';

const approval = (at: number, from: number, to: number, adjustsFigures = true) => ({ at, window: { from, to }, adjustsFigures });
const known = (fields: Partial<KnownChange>): readonly [string, KnownChange] => [
  'new-disk',
  { latest: {} as KnownChange['latest'], plannedAt: 0, isDeleted: false, stood: [], ...fields },
];

test.each(
  Object.entries({
    'one that nobody approved explains nothing': { changes: [known({})], want: [] },
    'one that was approved before its window opened explains it': {
      changes: [known({ approval: approval(99, 100, 200) })],
      want: [[100, 200]],
    },
    'one that was approved at its opening explains nothing': {
      changes: [known({ approval: approval(100, 100, 200) })],
      want: [],
    },
    'earlier windows still count': {
      changes: [known({ approval: approval(250, 300, 400), stood: [approval(1, 100, 200), approval(150, 100, 200)] })],
      want: [
        [100, 200],
        [300, 400],
      ],
    },
  }),
)('%s', (_sentence, { changes, want }) => {
  expect(explanationsOf(changes).map(({ window }) => [window.from, window.to])).toEqual(want);
});

const window = (from: number, to: number, adjustsFigures = true): Explanation => ({
  ...{ change: `c-${from}`, window: { from, to }, adjustsFigures },
});

test.each(
  Object.entries({
    'a deviation within the window': { deviation: { from: 120, to: 130 }, want: ['c-100'] },
    'a deviation that begins before it': { deviation: { from: 50, to: 101 }, want: ['c-100'] },
    'one that ended as it opened': { deviation: { from: 50, to: 100 }, want: [] },
    'one that began as it closed': { deviation: { from: 200, to: 210 }, want: [] },
    'one that still goes on': { deviation: { from: 150 }, want: ['c-100', 'c-300'] },
  }),
)('%s', (_sentence, { deviation, want }) => {
  expect(explaining([window(100, 200), window(300, 400)], deviation).map(({ change }) => change)).toEqual(want);
});

const pieces: Piece[] = [
  { from: 0, to: 100, kind: 'met' },
  { from: 100, to: 200, kind: 'notMet' },
  { from: 200, to: 300, kind: 'unknown' },
  { from: 300, to: 400, kind: 'met' },
];

test.each(
  Object.entries({
    'without a change there is one figure': { changes: [], want: undefined },
    'a change that does not ask for it adjusts none': { changes: [window(100, 200, false)], want: undefined },
    'a window in which it was met adjusts none': { changes: [window(0, 100)], want: undefined },
    'what nobody saw is not explained': { changes: [window(200, 300)], want: undefined },
    'what was not met in the window is left out': { changes: [window(150, 350)], want: [200, 250] },
    'windows that overlap count once': { changes: [window(150, 180), window(160, 200)], want: [200, 250] },
  }),
)('%s', (_sentence, { changes, want }) => {
  const { plain, adjusted } = figuresBothWays(pieces, changes);
  expect(plain.availability).toEqual({ part: 200, of: 300 });
  expect(adjusted && [adjusted.availability.part, adjusted.availability.of]).toEqual(want);
});

const piecesOfAnyKind = fc
  .array(
    fc.record({
      ms: fc.integer({ min: 1, max: 50 }),
      kind: fc.constantFrom<Piece['kind']>('met', 'notMet', 'unknown', 'suspended', 'unobserved'),
    }),
    { maxLength: 20 },
  )
  .map((parts) => {
    let from = 0;
    return parts.map(({ ms, kind }): Piece => ({ from, to: (from += ms), kind }));
  });
const approvals = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 600 }),
    from: fc.integer({ min: 0, max: 600 }),
    ms: fc.integer({ min: 1, max: 300 }),
  }),
  { maxLength: 6 },
);
const down = fc.constantFrom('Excluded' as const, 'Down' as const);

/** Whether a share is at least another one; without a denominator nothing is compared. */
const atLeast = (a: Share, b: Share): boolean =>
  a.of === 0 || b.of === 0 || BigInt(a.part) * BigInt(b.of) >= BigInt(b.part) * BigInt(a.of);

test('an adjusted figure is never lower, and what nobody approved in time adjusts nothing', () => {
  fc.assert(
    fc.property(piecesOfAnyKind, approvals, down, (times, given, unknownCountsAs) => {
      const changes = given.map(({ at, from, ms }) => known({ approval: approval(at, from, from + ms) }));
      const { plain, adjusted } = figuresBothWays(times, explanationsOf(changes), unknownCountsAs);
      expect(adjusted === undefined || atLeast(adjusted.availability, plain.availability)).toBe(true);
      expect(adjusted === undefined || (atLeast(adjusted.lower, plain.lower) && atLeast(adjusted.upper, plain.upper))).toBe(true);
      const late = given.map(({ from, ms }) => known({ approval: approval(from, from, from + ms) }));
      expect(figuresBothWays(times, explanationsOf(late), unknownCountsAs)).toEqual({ plain });
      expect(figuresBothWays(times, explanationsOf([known({})]), unknownCountsAs)).toEqual({ plain });
    }),
  );
});

test('agrees with a count of single milliseconds', () => {
  fc.assert(
    fc.property(piecesOfAnyKind, approvals, (times, given) => {
      const windows = given.map(({ from, ms }) => window(from, from + ms));
      const isAgreed = (ms: number): boolean => windows.some((each) => each.window.from <= ms && ms < each.window.to);
      const counted = { met: 0, notMet: 0 };
      for (const { from, to, kind } of times)
        for (let ms = from; ms < to; ms += 1) {
          if (kind === 'met') counted.met += 1;
          if (kind === 'notMet' && !isAgreed(ms)) counted.notMet += 1;
        }
      const { plain, adjusted } = figuresBothWays(combine([times]), windows);
      expect((adjusted ?? plain).availability).toEqual({ part: counted.met, of: counted.met + counted.notMet });
    }),
  );
});

test('a target that is reached plainly is reached adjusted too', () => {
  const { plain, adjusted } = figuresBothWays(pieces, [window(100, 200)]);
  expect([reaches(plain.availability, '99'), adjusted && reaches(adjusted.availability, '99')]).toEqual([false, true]);
});
