import type { Reading } from '../../domain/sample.ts';
import { failure } from './failure.ts';
import { type Asking, dealOut, type RangeAnswer, readSlots } from './range.ts';

const slots = [0, 10, 20, 30, 40, 50, 60, 70];
const at = (slot: number): Reading => ({ kind: 'Samples', samples: [{ labels: {}, value: slot }] });
const down: Reading = { kind: 'Unavailable', reason: 'SourceUnreachable', message: 'down' };
const broken: Reading = { kind: 'Unavailable', reason: 'QueryFailed', message: 'broken' };

/** Asks nobody: what `range` and `instant` answer is given, and what was asked is kept. */
function asking(range: (some: readonly number[]) => RangeAnswer, instant = at): Asking & { asked: (number | string)[] } {
  const asked: (number | string)[] = [];
  return {
    asked,
    range: (some) => (asked.push(`${some[0]}-${some.at(-1)}`), Promise.resolve(range(some))),
    instant: (slot) => (asked.push(slot), Promise.resolve(instant(slot))),
  };
}
const readings = (some: readonly number[]): RangeAnswer => ({ kind: 'Readings', readings: some.map(at) });
const tooLarge = failure('SOURCE_ANSWER_TOO_LARGE', 'too large');

test.each<[string, Asking & { asked: unknown[] }, ...(readonly unknown[])[]]>([
  ['one range query answers for all slots', asking(readings), slots.map(at), ['0-70']],
  ['other times than the slots: one by one', asking(() => ({ kind: 'OtherTimes' })), slots.map(at), ['0-70', ...slots]],
  [
    'too large: by halves',
    asking((some) => (some.length > 4 ? tooLarge : readings(some))),
    ...[slots.map(at), ['0-70', '0-30', '40-70']],
  ],
  [
    'too large however small: one by one in the end',
    asking(
      () => tooLarge,
      () => broken,
    ),
    ...[slots.map(() => broken), ['0-70', '0-30', '0-10', 0, 10, '20-30', 20, 30, '40-70', '40-50', 40, 50, '60-70', 60, 70]],
  ],
  [
    'one slot at which the query can not be executed costs only itself',
    asking(
      (some) => (some.includes(20) ? failure('SOURCE_ERROR', 'broken', { tryLess: true }) : readings(some)),
      (slot) => (slot === 20 ? broken : at(slot)),
    ),
    ...[slots.map((slot) => (slot === 20 ? broken : at(slot))), ['0-70', '0-30', '0-10', '20-30', 20, 30, '40-70']],
  ],
  [
    'a query that is refused: asked once more, at one slot',
    asking(
      () => failure('QUERY_INVALID', 'broken'),
      () => broken,
    ),
    ...[slots.map(() => broken), ['0-70', 0]],
  ],
  [
    'a range that is refused although the query is not: by halves',
    asking((some) => (some.length > 4 ? failure('QUERY_INVALID', 'too long') : readings(some))),
    ...[slots.map(at), ['0-70', 0, '0-30', '40-70']],
  ],
  ['a source that is gone is asked once', asking(() => failure('SOURCE_UNREACHABLE', 'down')), slots.map(() => down), ['0-70']],
  [
    'a source that goes is not asked for the rest',
    asking((some) => (some.length > 4 ? tooLarge : some[0] === 0 ? failure('SOURCE_UNREACHABLE', 'down') : readings(some))),
    ...[slots.map(() => down), ['0-70', '0-30']],
  ],
  [
    'nor one by one',
    asking(
      () => ({ kind: 'OtherTimes' }),
      (slot) => (slot < 20 ? at(slot) : down),
    ),
    ...[slots.map((slot) => (slot < 20 ? at(slot) : down)), ['0-70', 0, 10, 20]],
  ],
])('%s', async (_, asks, want, asked) => {
  expect(await readSlots(asks, slots, true)).toEqual(want);
  expect(asks.asked).toEqual(asked);
});

test('a query that is not the same over a range is asked one by one', async () => {
  const asks = asking(readings);
  expect(await readSlots(asks, slots, false)).toEqual(slots.map(at));
  expect(asks.asked).toEqual(slots);
});

test('no slots are no question, one slot is an instant query', async () => {
  const asks = asking(readings);
  expect(await readSlots(asks, [], true)).toEqual([]);
  expect(await readSlots(asks, [5], true)).toEqual([at(5)]);
  expect(asks.asked).toEqual([5]);
});

test('more than 11,000 slots are asked for in chunks', async () => {
  const many = Array.from({ length: 22_001 }, (_, index) => index);
  const asks = asking(readings);
  expect(await readSlots(asks, many, true)).toEqual(many.map(at));
  expect(asks.asked).toEqual(['0-10999', '11000-21999', 22_000]);
});

const series = (points: number[], histogramsAt: number[] = [], labels = { a: '1' }) => ({
  ...{ labels, histogramsAt },
  points: points.map((point) => ({ at: point, value: point })),
});

test('points are dealt out to their slots', () => {
  const dealt = dealOut([series([0, 20]), series([20], [10], { a: '2' })], [0, 10, 20]);
  expect(dealt).toEqual([
    { samples: [{ labels: { a: '1' }, value: 0 }], histogram: false },
    { samples: [], histogram: true },
    {
      samples: [
        { labels: { a: '1' }, value: 20 },
        { labels: { a: '2' }, value: 20 },
      ],
      histogram: false,
    },
  ]);
});

test.each([
  ['between the slots', series([5])],
  ['outside', series([30])],
  ['twice', series([10, 10])],
  ['backwards', series([10, 0])],
  ['a histogram between the slots', series([], [5])],
])('a point %s: these are other times', (_, odd) => expect(dealOut([series([0]), odd], [0, 10, 20])).toBeUndefined());
