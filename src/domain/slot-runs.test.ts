import { addSlot, countOf, forgetRuns, runsWithin, type SlotFate, type SlotRun } from './slot-runs.ts';

const runs = (...slots: (readonly [number, SlotFate])[]): readonly SlotRun[] =>
  slots.reduce<readonly SlotRun[]>((all, [slot, fate]) => addSlot(all, { slot, stepMs: 30, fate }), []);
const text = (all: readonly SlotRun[]): string =>
  all.map((run) => `${run.from}-${run.to} ${run.fate} ${countOf(run)}`).join(', ');

test.each(
  Object.entries({
    'slots of one fate are one run': {
      given: runs([0, 'observed'], [30, 'observed'], [60, 'observed']),
      want: '0-60 observed 3',
    },
    'another fate is another run': {
      given: runs([0, 'observed'], [30, 'missed'], [60, 'observed']),
      want: '0-0 observed 1, 30-30 missed 1, 60-60 observed 1',
    },
    'a hole ends a run': { given: runs([0, 'readBack'], [90, 'readBack']), want: '0-0 readBack 1, 90-90 readBack 1' },
  }),
)('%s', (_sentence, { given, want }) => {
  expect(text(given)).toBe(want);
});

const hour = [{ from: 0, to: 3600, stepMs: 30, fate: 'observed' }] as const;

test.each(
  Object.entries({
    'the start of a period belongs to it, its end does not': { period: { from: 30, to: 90 }, want: '30-60 observed 2' },
    'between slots the next one counts': { period: { from: 31, to: 91 }, want: '60-90 observed 2' },
    'a period between two slots has none': { period: { from: 31, to: 60 }, want: '' },
    'a longer period has all': { period: { from: -100, to: 9999 }, want: '0-3600 observed 121' },
  }),
)('%s', (_sentence, { period, want }) => {
  expect(text(runsWithin(hour, period))).toBe(want);
});

test('what ended before is forgotten, what reaches into it stays whole', () => {
  const given = runs([0, 'observed'], [30, 'missed'], [60, 'observed'], [90, 'observed']);
  expect(text(forgetRuns(given, 61))).toBe('60-90 observed 2');
  expect(forgetRuns(given, 0)).toBe(given);
});
