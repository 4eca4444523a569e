import type { UnknownReason } from '../api/conditions.ts';
import type { OutcomeKind } from '../api/criterion.ts';
import { apply, create, type CriterionEvent, type CriterionState, type Fact, verdictOf, windowOf } from './criterion.ts';
import { deviationId } from './deviation-id.ts';
import type { JudgingRules } from './rules.ts';

// The worked examples of judging.md, and what editing, suspending and deleting does to clocks, are stories: test/scenarios.

const rules = (further: Partial<JudgingRules> = {}): JudgingRules => ({
  intervalMs: 30_000,
  holdForMs: 0,
  recoverForMs: 0,
  unknownForMs: 60_000,
  whenUnknown: 'Inconclusive',
  steps: [],
  enforced: true,
  ...further,
});

const OUTCOMES: Record<string, OutcomeKind> = { M: 'Met', N: 'NotMet', U: 'Unknown' };

/** Slots from 0 on, one a letter. */
const slots = (letters: string, reason: UnknownReason = 'EmptyResult'): CriterionEvent[] =>
  letters.split('').map((letter, index) => {
    const outcome = OUTCOMES[letter] ?? 'Unknown';
    return { kind: 'Slot', slot: index * 30_000, outcome, ...(outcome === 'Unknown' ? { reason } : {}) };
  });

function run(given: JudgingRules, events: readonly CriterionEvent[], keepMs?: number): { state: CriterionState; facts: Fact[] } {
  const facts: Fact[] = [];
  let state = create('shop/availability', { at: 0, rules: given }, keepMs);
  for (const event of events) {
    const applied = apply(state, event);
    state = applied.state;
    facts.push(...applied.facts);
  }
  return { state, facts };
}

test('a new criterion is inconclusive, because nothing was judged yet', () => {
  const { state } = run(rules(), []);
  expect([verdictOf(state), state.reason, state.since]).toEqual(['Inconclusive', 'Pending', 0]);
});

test.each(
  Object.entries({
    'a Pass says Met': { letters: 'M', want: ['Pass', 'Met', 0] },
    'a Fail says NotMet': { letters: 'MN', want: ['Fail', 'NotMet', 30] },
    'what has not held yet stays pending': { letters: 'N', given: { holdForMs: 60_000 }, want: ['Inconclusive', 'Pending', 0] },
    'what has not held yet stays a Pass': { letters: 'MN', given: { holdForMs: 60_000 }, want: ['Pass', 'Met', 0] },
    'a Fail that recovers still says NotMet': { letters: 'NM', given: { recoverForMs: 60_000 }, want: ['Fail', 'NotMet', 0] },
    'a Fail of which nothing is known for a while still says NotMet': { letters: 'NU', want: ['Fail', 'NotMet', 0] },
    'an Inconclusive says why nothing is known': { letters: 'MUUU', want: ['Inconclusive', 'EmptyResult', 90] },
    'a lack of evidence that means Fail says why': {
      letters: 'MU',
      given: { whenUnknown: 'Fail' },
      want: ['Fail', 'EmptyResult', 30],
    },
  } satisfies Record<string, { letters: string; given?: Partial<JudgingRules>; want: unknown[] }>),
)('%s', (_sentence, { letters, want, ...more }) => {
  const { state } = run(rules('given' in more ? more.given : {}), slots(letters));
  expect([verdictOf(state), state.reason, state.since / 1000]).toEqual(want);
});

test('a deviation is known by one id from its opening to its end, and remembered', () => {
  const { state, facts } = run(rules({ holdForMs: 30_000 }), slots('MNNM'));
  const id = deviationId('shop/availability', 30_000);
  expect(facts).toEqual([
    { kind: 'VerdictChanged', at: 0, from: 'Inconclusive', to: 'Pass', reason: 'Met', first: true },
    { kind: 'VerdictChanged', at: 60_000, from: 'Pass', to: 'Fail', reason: 'NotMet', first: false },
    { kind: 'DeviationOpened', at: 60_000, id, from: 30_000, reopened: false },
    { kind: 'VerdictChanged', at: 90_000, from: 'Fail', to: 'Pass', reason: 'Met', first: false },
    expect.objectContaining({ kind: 'DeviationClosed', at: 90_000, id, to: 90_000, reason: 'Recovered' }),
  ]);
  expect(state.past).toEqual([{ id, from: 30_000, to: 90_000, reason: 'Recovered' }]);
});

test('the warning bound has the same clocks and changes no verdict', () => {
  const warned = (warnings: string): CriterionEvent[] =>
    warnings
      .split('')
      .map((letter, index) => ({ kind: 'Slot', slot: index * 30_000, outcome: 'Met', warning: OUTCOMES[letter]! }));
  const held = rules({ holdForMs: 30_000 });
  expect(run(held, warned('MN')).state.warning.verdict).toBe('Pass');
  const { state, facts } = run(held, warned('MNN'));
  expect([state.warning.verdict, verdictOf(state)]).toEqual(['Fail', 'Pass']);
  expect(facts.map(({ kind }) => kind)).toEqual(['VerdictChanged']);
  const lifted = apply(state, { kind: 'Slot', slot: 90_000, outcome: 'Met' }).state;
  expect(lifted.warning.verdict).toBe('Inconclusive');
});

describe('the objective', () => {
  const objective = { target: '50', windowMs: 120_000, unknownCountsAs: 'Excluded', of: 'Availability' } as const;

  test('changes when its rolling window does, though the verdict stays', () => {
    const { facts } = run(rules({ objective, holdForMs: 3_600_000 }), slots('MNNNMMM'));
    expect(facts.filter(({ kind }) => kind === 'ObjectiveChanged')).toEqual([
      { kind: 'ObjectiveChanged', at: 90_000, met: false, achieved: '33.333', target: '50' },
      { kind: 'ObjectiveChanged', at: 180_000, met: true, achieved: '50.000', target: '50' },
    ]);
  });

  test('says nothing while nothing is known', () => {
    expect(run(rules({ objective }), slots('UUU')).state.objectiveMet).toBeUndefined();
  });

  test('asks for a window of its own, otherwise 30 days', () => {
    expect(windowOf(run(rules({ objective }), []).state, 500_000)).toEqual({ from: 380_000, to: 500_000 });
    expect(windowOf(run(rules(), []).state, 0).from).toBe(-2_592_000_000);
  });
});

test('the past is kept as long as asked for, and no longer', () => {
  const long = run(rules(), slots('NM'.repeat(100)), 600_000).state;
  const oldest = 199 * 30_000 - 600_000;
  expect(long.past.every(({ to }) => to >= oldest)).toBe(true);
  expect(long.past[0]!.to).toBeLessThan(oldest + 60_000);
  expect(long.timeline.spans[0]!.from).toBeLessThanOrEqual(oldest);
  expect(long.timeline.spans[1]!.from).toBeGreaterThan(oldest);
  expect(long.slots).toEqual([expect.objectContaining({ to: 199 * 30_000, fate: 'observed' })]);
});

test('how each slot came to be judged is remembered', () => {
  const { state } = run(rules(), [
    ...slots('MM'),
    { kind: 'Missed', from: 60_000, to: 90_000, reason: 'NoHistory' },
    { kind: 'Slot', slot: 120_000, outcome: 'Met', readBack: true },
  ]);
  expect(state.slots.map(({ from, to, fate }) => [from / 1000, to / 1000, fate])).toEqual([
    [0, 30, 'observed'],
    [60, 90, 'missed'],
    [120, 120, 'readBack'],
  ]);
});

test.each(
  Object.entries({
    'suspending twice': { kind: 'Suspended', at: 40_000 },
    'resuming what is not suspended': { kind: 'Resumed', at: 40_000 },
    'deleting twice': { kind: 'Deleted', at: 40_000 },
  } as const),
)('%s changes nothing', (_sentence, event) => {
  const begun = run(rules(), [
    ...slots('N'),
    ...(event.kind === 'Resumed' ? [] : [{ kind: event.kind, at: 35_000 } as const]),
  ]).state;
  expect(apply(begun, event)).toEqual({ state: begun, facts: [] });
});
