import fc from 'fast-check';

import { fewerText, latestOf, mostOf, peaksAfter, type SeriesPeaks } from './series-peaks.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The peaks after these numbers of series, each at its hour. */
const after = (...looks: (readonly [hours: number, series: number])[]): SeriesPeaks | undefined =>
  looks.reduce<SeriesPeaks | undefined>(
    (before, [hours, series]) => peaksAfter(before, hours * HOUR, [{ name: 'up', series }]),
    undefined,
  );

interface Case {
  readonly looks: readonly (readonly [hours: number, series: number])[];
  readonly at: number;
  readonly want: readonly [most: number, latest: number];
}

test.each(
  Object.entries({
    'before the first answer there was nothing': { looks: [], at: 0, want: [0, 0] },
    'what stays the same is its own peak': {
      looks: [
        [0, 12],
        [1, 12],
      ],
      at: 1,
      want: [12, 12],
    },
    'series that vanish are remembered': {
      looks: [
        [0, 12],
        [1, 9],
      ],
      at: 1,
      want: [12, 9],
    },
    'a slow slide is measured from where it began': {
      looks: [
        [0, 12],
        [2, 11],
        [4, 10],
        [6, 9],
      ],
      at: 6,
      want: [12, 9],
    },
    'once they are back nothing is missed': {
      looks: [
        [0, 12],
        [1, 9],
        [2, 12],
      ],
      at: 2,
      want: [12, 12],
    },
    'some that are back are not all': {
      looks: [
        [0, 12],
        [1, 9],
        [2, 11],
      ],
      at: 2,
      want: [12, 11],
    },
    'more than ever is the new measure': {
      looks: [
        [0, 12],
        [1, 13],
        [2, 12],
      ],
      at: 2,
      want: [13, 12],
    },
    'a day later they are still missed': {
      looks: [
        [0, 12],
        [24, 9],
      ],
      at: 24,
      want: [12, 9],
    },
    'and after it no more': {
      looks: [
        [0, 12],
        [24, 9],
        [24.01, 9],
      ],
      at: 24.01,
      want: [9, 9],
    },
    'of a slide each step is forgotten in its time': {
      looks: [
        [0, 12],
        [5, 11],
        [10, 9],
        [25, 9],
      ],
      at: 25,
      want: [11, 9],
    },
    'an empty answer is no number': {
      looks: [
        [0, 12],
        [1, 0],
      ],
      at: 1,
      want: [12, 12],
    },
    'what nobody could ask for longer is no longer known': {
      looks: [
        [0, 12],
        [1, 9],
      ],
      at: 26,
      want: [0, 0],
    },
  } satisfies Record<string, Case>),
)('%s', (_sentence, { looks, at, want }: Case) => {
  const peaks = after(...looks);
  expect([mostOf(peaks, 'up', at * HOUR), latestOf(peaks, 'up', at * HOUR)]).toEqual(want);
});

test('each item has its own, and an item by the name of something that each object has is one like others', () => {
  const peaks = peaksAfter(after([0, 3]), HOUR, [{ name: 'other', series: 7 }]);
  expect(['up', 'other', 'constructor'].map((name) => mostOf(peaks, name, HOUR))).toEqual([3, 7, 0]);
});

test('says what is missing', () => {
  expect(fewerText({ name: 'up', series: 9 }, 12)).toBe('up has 3 series fewer than at most in the last 24h: 12 -> 9');
});

const slots = fc.array(fc.tuple(fc.integer({ min: 1, max: 240 }), fc.integer({ min: 0, max: 40 })), { maxLength: 300 });

test('whatever comes: never more than there was, at most an hour less than that, and little is kept', () => {
  fc.assert(
    fc.property(slots, (steps) => {
      const seen: [number, number][] = [];
      let peaks: SeriesPeaks | undefined;
      let at = 0;
      for (const [minutes, series] of steps) {
        at += minutes * 60_000;
        if (series > 0) seen.push([at, series]);
        peaks = peaksAfter(peaks, at, [{ name: 'up', series }]);
        const most = (from: number): number => Math.max(0, ...seen.filter(([slot]) => slot >= from).map(([, number]) => number));
        const kept = mostOf(peaks, 'up', at);
        expect(kept).toBeLessThanOrEqual(most(at - DAY));
        expect(kept).toBeGreaterThanOrEqual(most(at - DAY + HOUR));
        expect(peaks['up']?.length ?? 0).toBeLessThanOrEqual(27);
      }
    }),
  );
});

test('of a number that falls at every slot some thirty are kept', () => {
  let peaks: SeriesPeaks | undefined;
  for (let slot = 0; slot < 3 * DAY; slot += 30_000)
    peaks = peaksAfter(peaks, slot, [{ name: 'up', series: 10_000 - slot / 30_000 }]);
  expect(peaks?.['up']?.length).toBeLessThanOrEqual(27);
});

test('it is plain data, as it is saved', () => {
  const peaks = after([0, 12], [1, 9]);
  expect(JSON.parse(JSON.stringify(peaks))).toEqual(peaks);
  expect(peaks).toEqual({
    up: [
      [0, 12],
      [HOUR, 9],
    ],
  });
});
