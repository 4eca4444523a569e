import fc from 'fast-check';

import { combine, emptyTimeline, forget, mark, type Piece, piecesOf, type Span, type Timeline, timesOf } from './timeline.ts';

/** `10 met 40, 70 notMet`: marks at 10 (until 40 at most) and at 70 (for good). */
const timeline = (text: string): Timeline =>
  text.split(', ').reduce((sofar, part) => {
    const [at, kind, until] = part.split(' ');
    return mark(sofar, Number(at), kind as Span, until === undefined ? undefined : Number(until));
  }, emptyTimeline);

const text = (pieces: readonly Piece[]): string => pieces.map(({ from, to, kind }) => `${from}-${to} ${kind}`).join(', ');

test.each(
  Object.entries({
    'an outcome stands for its interval at most': { given: '0 met 30', period: [0, 90], want: '0-30 met, 30-90 unknown' },
    'an outcome stands until the next': { given: '0 met 30, 30 notMet 60', period: [0, 60], want: '0-30 met, 30-60 notMet' },
    'like outcomes are one piece': { given: '0 met 30, 30 met 60', period: [0, 60], want: '0-60 met' },
    'a missing slot between like outcomes is unknown': {
      given: '0 met 30, 60 met 90',
      period: [0, 90],
      want: '0-30 met, 30-60 unknown, 60-90 met',
    },
    'an outcome from before the period stands in it': {
      given: '0 met 30, 30 notMet 60',
      period: [15, 45],
      want: '15-30 met, 30-45 notMet',
    },
    'nothing is observed before the first': { given: '50 met 80', period: [0, 80], want: '0-50 unobserved, 50-80 met' },
    'nothing is observed after the last known instant': {
      given: '0 met 30',
      period: [0, 90],
      known: 20,
      want: '0-20 met, 20-90 unobserved',
    },
    'nothing at all is observed without a criterion': { given: '500 met', period: [0, 90], known: 90, want: '0-90 unobserved' },
    'what stands for good stands until the last known instant': {
      given: '0 met 30, 10 suspended',
      period: [0, 100],
      want: '0-10 met, 10-100 suspended',
    },
    'a later word about the same instant counts': { given: '0 unknown, 0 met 30', period: [0, 30], want: '0-30 met' },
    'an empty period has no pieces': { given: '0 met 30', period: [10, 10], want: '' },
  } satisfies Record<string, { given: string; period: [number, number]; known?: number; want: string }>),
)('%s', (_sentence, { given, period: [from, to], want, ...more }) => {
  expect(text(piecesOf(timeline(given), { from, to }, 'known' in more ? more.known : to))).toBe(want);
});

test('what ended before is forgotten, and no figure after it changes', () => {
  const given = timeline('0 met 30, 30 notMet 60, 60 met 90, 90 notMet 120');
  const kept = forget(given, 70);
  expect(kept.spans).toHaveLength(2);
  expect(piecesOf(kept, { from: 70, to: 120 }, 120)).toEqual(piecesOf(given, { from: 70, to: 120 }, 120));
});

test.each(
  Object.entries({
    'all met is met': { given: ['met', 'met'], want: 'met' },
    'one not met decides': { given: ['met', 'unknown', 'notMet'], want: 'notMet' },
    'without one that is not met, one unknown leaves it open': { given: ['met', 'unknown'], want: 'unknown' },
    'a suspended one is unknown': { given: ['met', 'suspended'], want: 'unknown' },
    'an unobserved one says nothing': { given: ['met', 'unobserved'], want: 'met' },
    'where all are unobserved so is the service': { given: ['unobserved', 'unobserved'], want: 'unobserved' },
  } satisfies Record<string, { given: Piece['kind'][]; want: Piece['kind'] }>),
)('of a service: %s', (_sentence, { given, want }) => {
  expect(combine(given.map((kind) => [{ from: 0, to: 30, kind }]))).toEqual([{ from: 0, to: 30, kind: want }]);
});

test('a service is cut wherever one of its criteria is', () => {
  const one = piecesOf(timeline('0 met 60, 60 notMet 90'), { from: 0, to: 90 }, 90);
  const other = piecesOf(timeline('0 met 30'), { from: 0, to: 90 }, 90);
  expect(text(combine([one, other]))).toBe('0-30 met, 30-60 unknown, 60-90 notMet');
});

const kinds = fc.constantFrom<Span>('met', 'notMet', 'unknown', 'suspended');
const marks = fc.array(fc.record({ after: fc.nat(100), kind: kinds, stands: fc.option(fc.nat(100), { nil: undefined }) }));
const periods = fc.record({
  from: fc.integer({ min: -50, max: 500 }),
  length: fc.nat(500),
  known: fc.integer({ min: -50, max: 1500 }),
});

test('whatever was marked, the pieces follow each other without a hole and the times sum up to the period', () => {
  fc.assert(
    fc.property(marks, periods, (given, { from, length, known }) => {
      let at = 0;
      const made = given.reduce((sofar, { after, kind, stands }) => {
        at += after;
        return mark(sofar, at, kind, stands === undefined ? undefined : at + stands);
      }, emptyTimeline);
      const to = from + length;
      // What lies after the last mark may be known or not; what lies before it is.
      const pieces = piecesOf(made, { from, to }, Math.max(known, at));
      expect(pieces.map((piece) => piece.from)).toEqual(
        length === 0 ? [] : [from, ...pieces.slice(0, -1).map((piece) => piece.to)],
      );
      const { met, notMet, unknown, suspended, unobserved } = timesOf(pieces);
      expect(met + notMet + unknown + suspended + unobserved).toBe(length);
    }),
  );
});
