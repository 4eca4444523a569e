import type { Condition } from '../api/common.ts';
import { setCondition } from './conditions.ts';

const ready: Condition = {
  type: 'Ready',
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  reason: 'Fine',
  message: 'all is well',
};
const other: Condition = { ...ready, type: 'Other' };
const { lastTransitionTime: _unused, ...next } = ready;
const now = new Date('2026-02-02T03:04:05.678Z');
const NOW = '2026-02-02T03:04:05Z';

test.each(
  Object.entries({
    'a new condition begins now, in whole seconds': { before: [], next, want: [{ ...ready, lastTransitionTime: NOW }] },
    'there may be no conditions yet': { before: undefined, next, want: [{ ...ready, lastTransitionTime: NOW }] },
    'the same again keeps its time': { before: [ready], next, want: [ready] },
    'a new generation alone keeps its time': {
      before: [ready],
      next: { ...next, observedGeneration: 2 },
      want: [{ ...ready, observedGeneration: 2 }],
    },
    'another status moves the time': {
      before: [ready],
      next: { ...next, status: 'False' as const },
      want: [{ ...ready, status: 'False', lastTransitionTime: NOW }],
    },
    'another reason moves the time': {
      before: [ready],
      next: { ...next, reason: 'Else' },
      want: [{ ...ready, reason: 'Else', lastTransitionTime: NOW }],
    },
    'another message moves the time': {
      before: [ready],
      next: { ...next, message: 'x' },
      want: [{ ...ready, message: 'x', lastTransitionTime: NOW }],
    },
    'the others keep place and time': {
      before: [other, ready, { ...other, type: 'Last' }],
      next: { ...next, reason: 'Else' },
      want: [other, { ...ready, reason: 'Else', lastTransitionTime: NOW }, { ...other, type: 'Last' }],
    },
  }),
)('%s', (_sentence, { before, next: set, want }) => {
  expect(setCondition(before, set, now)).toEqual(want);
});

test('a message too long for the API server is cut, and is still the same the next time', () => {
  const long = { ...next, message: 'ä'.repeat(2000) };
  const [first] = setCondition([], long, new Date('2026-01-01T00:00:00Z'));
  expect(Buffer.byteLength(first!.message)).toBeLessThanOrEqual(1024);
  expect(setCondition([first!], long, now)).toEqual([first]);
});

test('what was handed in is left as it was', () => {
  const before = Object.freeze([Object.freeze({ ...ready })]);
  setCondition(before, { ...next, reason: 'Else' }, now);
  expect(before).toEqual([ready]);
});
