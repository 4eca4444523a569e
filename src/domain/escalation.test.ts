import type { OutcomeKind } from '../api/criterion.ts';
import { dueSteps, type EscalationInput } from './escalation.ts';
import { type Step, stepKey } from './rules.ts';
import { emptyTimeline, mark } from './timeline.ts';
import { newTrack, type Track } from './track.ts';

const MINUTE = 60_000;
const authority: Step = { kind: 'After', audience: 'authority', afterMs: 15 * MINUTE, onInconclusive: true };
const customers: Step = { kind: 'After', audience: 'customers', afterMs: 15 * MINUTE, onInconclusive: false };
const flapping: Step = { kind: 'Accumulated', audience: 'authority', accumulatedMs: 2 * MINUTE, withinMs: 10 * MINUTE };

const failing = (unknownMs = 0, suspendedMs = 0): Track => ({
  ...newTrack,
  verdict: 'Fail',
  deviation: { from: 0, unknownMs, suspendedMs },
});
const blind: Track = { ...newTrack, gap: { from: 0 } };
const episode = { id: 'x', from: 0, suspendedMs: 0, told: [] };

const due = (minute: number, input: Partial<EscalationInput>): string[] =>
  dueSteps({
    slot: minute * MINUTE,
    outcome: 'NotMet',
    track: failing(),
    timeline: emptyTimeline,
    episode,
    steps: [authority, customers],
    lastAccumulated: {},
    ...input,
  }).map(({ step }) => step.audience);

const told = { ...episode, told: [{ key: stepKey(authority), audience: 'authority', at: 0 }] };

test.each(
  Object.entries({
    'a step is due once its clock reaches it': { minute: 15, want: ['authority', 'customers'] },
    'and not a slot before': { minute: 14.5, want: [] },
    'a step that is overdue is due': { minute: 99, want: ['authority', 'customers'] },
    'nothing is due while it is met': { minute: 15, outcome: 'Met', want: [] },
    'once told is told': { minute: 15, episode: told, want: ['customers'] },
    'of a mere gap only who cares for it is told': { minute: 15, outcome: 'Unknown', track: blind, want: ['authority'] },
    'unknown time does not count for a Fail step': {
      minute: 15,
      outcome: 'Unknown',
      track: failing(MINUTE),
      want: ['authority'],
    },
    'a Fail step comes when its own clock says so': {
      minute: 16,
      outcome: 'Unknown',
      track: failing(MINUTE),
      want: ['authority', 'customers'],
    },
    'suspended time counts for nobody': {
      minute: 15,
      track: failing(0, MINUTE),
      episode: { ...episode, suspendedMs: MINUTE },
      want: [],
    },
    'a gap before the deviation counts': {
      minute: 15,
      track: { ...failing(), deviation: { from: MINUTE, unknownMs: 0, suspendedMs: 0 } },
      want: ['authority'],
    },
    'between a gap and a deviation nothing is open': { minute: 99, track: newTrack, want: [] },
    'without an episode nothing is due': { minute: 99, episode: undefined, want: [] },
  } satisfies Record<string, Partial<EscalationInput> & { minute: number; outcome?: OutcomeKind; want: string[] }>),
)('%s', (_sentence, { minute, want, ...input }) => {
  expect(due(minute, input)).toEqual(want);
});

describe('what adds up', () => {
  const twoMinutes = mark(mark(emptyTimeline, 0, 'notMet', 2 * MINUTE), 2 * MINUTE, 'met', 20 * MINUTE);
  const base = { timeline: twoMinutes, steps: [flapping], episode: undefined, track: newTrack };

  test.each(
    Object.entries({
      'is due once it reaches its sum': { minute: 5, want: ['authority'] },
      'counts within its span only': { minute: 10.5, want: [] },
      'is due at a slot that is not met only': { minute: 5, outcome: 'Unknown', want: [] },
      'is due once in its span': { minute: 5, lastAccumulated: { [stepKey(flapping)]: 2 * MINUTE }, want: [] },
      'is due again after its span': { minute: 10, lastAccumulated: { [stepKey(flapping)]: 0 }, want: ['authority'] },
    } satisfies Record<string, Partial<EscalationInput> & { minute: number; want: string[] }>),
  )('%s', (_sentence, { minute, want, ...input }) => {
    expect(due(minute, { ...base, ...input })).toEqual(want);
  });
});
