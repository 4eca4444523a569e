import fc from 'fast-check';

import type { OutcomeKind } from '../api/criterion.ts';
import { apply, create, type CriterionEvent, type CriterionState, type Fact } from './criterion.ts';
import { type JudgingRules, type Step, stepKey } from './rules.ts';
import { piecesOf, timesOf } from './timeline.ts';

// Nobody mutes a failure by editing: whatever comes, in whatever order, these hold.

const SECOND = 1000;
const INTERVAL = 30 * SECOND;

const steps: readonly Step[] = [
  { kind: 'After', audience: 'internal', afterMs: 0, onInconclusive: true },
  { kind: 'After', audience: 'authority', afterMs: 120 * SECOND, onInconclusive: true },
  { kind: 'After', audience: 'customers', afterMs: 90 * SECOND, onInconclusive: false },
  { kind: 'After', audience: 'customers', afterMs: 240 * SECOND, onInconclusive: false },
];

const seconds = (...choices: number[]): fc.Arbitrary<number> => fc.constantFrom(...choices.map((choice) => choice * SECOND));
const anyRules: fc.Arbitrary<JudgingRules> = fc.record({
  intervalMs: fc.constant(INTERVAL),
  holdForMs: seconds(0, 30, 60, 3600),
  recoverForMs: seconds(0, 60, 90),
  unknownForMs: seconds(0, 60, 3600),
  whenUnknown: fc.constantFrom('Inconclusive', 'Fail'),
  steps: fc.subarray([...steps]),
  enforced: fc.boolean(),
});

type Act =
  | { readonly kind: 'Look'; readonly outcome: OutcomeKind; readonly readBack: boolean }
  | { readonly kind: 'Edit'; readonly rules: JudgingRules }
  | { readonly kind: 'Away' | 'Suspend' | 'Delete'; readonly slots: number; readonly rules: JudgingRules }
  | { readonly kind: 'SourceChanged' };

const pause = { slots: fc.integer({ min: 1, max: 4 }), rules: anyRules };
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('Look' as const),
      outcome: fc.constantFrom<OutcomeKind>('NotMet', 'NotMet', 'Met', 'Met', 'Met', 'Unknown'),
      readBack: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('Edit' as const), rules: anyRules }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('Away' as const, 'Suspend' as const, 'Delete' as const), ...pause }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'SourceChanged' as const }) },
);
const anyStory = fc.record({ rules: anyRules, acts: fc.array(anyAct, { minLength: 5, maxLength: 60 }) });

/** Events at slots 30 s, 60 s, ...; what people do happens 10 s after a slot. */
function eventsOf(acts: readonly Act[]): CriterionEvent[] {
  let slot = 0;
  return acts.flatMap((act): CriterionEvent[] => {
    const at = slot + 10 * SECOND;
    switch (act.kind) {
      case 'Look':
        slot += INTERVAL;
        return [{ kind: 'Slot', slot, outcome: act.outcome, ...(act.readBack ? { readBack: true } : {}) }];
      case 'Edit':
        return [{ kind: 'Changed', at, rules: act.rules }];
      case 'SourceChanged':
        return [{ kind: 'SourceChanged', at }];
      case 'Suspend':
        slot += act.slots * INTERVAL;
        return [
          { kind: 'Suspended', at },
          { kind: 'Resumed', at: slot + 10 * SECOND },
        ];
      case 'Away':
      case 'Delete': {
        const missed: CriterionEvent = {
          kind: 'Missed',
          from: slot + INTERVAL,
          to: slot + act.slots * INTERVAL,
          reason: 'NoHistory',
        };
        slot += act.slots * INTERVAL;
        if (act.kind === 'Away') return [missed];
        return [{ kind: 'Deleted', at }, { kind: 'Recreated', at: slot + 10 * SECOND, rules: act.rules }, missed];
      }
    }
  });
}

interface Look {
  readonly slot: number;
  readonly outcome: OutcomeKind;
  readonly readBack: boolean;
  /** The outcome as the verdict takes it. */
  readonly seen: OutcomeKind;
  /** Time since the look before that was not suspended. */
  readonly sinceMs: number;
  readonly rules: JudgingRules;
  readonly before: CriterionState;
  readonly after: CriterionState;
}

/** Runs a story and gives all looks; missed slots are looks that saw nothing. */
function looksOf(rules: JudgingRules, acts: readonly Act[]): Look[] {
  const looks: Look[] = [];
  let state = create('shop/availability', { at: 0, rules });
  let suspendedMs = 0;
  for (const event of eventsOf(acts).flatMap(slotwise)) {
    const before = state;
    state = apply(before, event).state;
    if (event.kind === 'Resumed') suspendedMs += event.at - before.suspendedAt!;
    if (event.kind !== 'Slot') continue;
    const { slot, outcome, readBack = false } = event;
    const seen = outcome === 'Unknown' && before.rules.whenUnknown === 'Fail' ? 'NotMet' : outcome;
    const sinceMs = slot - (looks.at(-1)?.slot ?? slot) - suspendedMs;
    looks.push({ slot, outcome, readBack, seen, sinceMs, rules: before.rules, before, after: state });
    suspendedMs = 0;
  }
  return looks;
}

function slotwise(event: CriterionEvent): CriterionEvent[] {
  if (event.kind !== 'Missed') return [event];
  const count = (event.to - event.from) / INTERVAL + 1;
  return Array.from({ length: count }, (_, index) => ({
    ...event,
    to: event.from + index * INTERVAL,
    from: event.from + index * INTERVAL,
  })).map(({ from, reason }) => ({ kind: 'Slot', slot: from, outcome: 'Unknown', reason, readBack: true, missed: true }));
}

/** How long evidence stood at `seen` before the last of these looks: each look counts until the next. */
const lasted = (looks: readonly Look[], seen: (outcome: OutcomeKind) => boolean): number =>
  looks.reduce((sum, look, index) => (index > 0 && seen(looks[index - 1]!.seen) ? sum + look.sinceMs : sum), 0);

test('an open deviation ends only with a look in time, after Met for recoverFor without one NotMet', () => {
  let ended = 0;
  fc.assert(
    fc.property(anyStory, ({ rules, acts }) => {
      const looks = looksOf(rules, acts);
      looks.forEach((look, index) => {
        if (!look.before.track.deviation || look.after.track.deviation) return;
        const sofar = looks.slice(0, index + 1);
        const relapse = sofar.findLastIndex(({ seen }) => seen === 'NotMet');
        const recovery = sofar.slice(relapse + 1).slice(sofar.slice(relapse + 1).findIndex(({ seen }) => seen === 'Met'));
        expect([look.outcome, look.readBack]).toEqual(['Met', false]);
        expect(lasted(recovery, (seen) => seen !== 'Unknown')).toBeGreaterThanOrEqual(look.rules.recoverForMs);
        ended += 1;
      });
    }),
    { numRuns: 500 },
  );
  expect(ended).toBeGreaterThan(50);
});

test('nothing but a look ends an open deviation: not an edit, a changed source, a suspension, nor a deletion and return', () => {
  fc.assert(
    fc.property(anyStory, ({ rules, acts }) => {
      let state = create('shop/availability', { at: 0, rules });
      for (const event of eventsOf(acts)) {
        const { track } = state;
        state = apply(state, event).state;
        if (event.kind !== 'Slot') expect(state.track.deviation?.from ?? track.deviation?.from).toBe(state.track.deviation?.from);
      }
    }),
  );
});

test('every step in force when a deviation began falls due once its clock reaches it', () => {
  let due = 0;
  fc.assert(
    fc.property(anyStory, ({ rules, acts }) => {
      const looks = looksOf(rules, acts);
      for (const [index, { outcome, after }] of looks.entries()) {
        const { deviation } = after.track;
        if (!deviation || outcome === 'Met') continue;
        const begun = looks.findIndex(({ slot }) => slot === deviation.from);
        const since = looks.slice(begun, index + 1);
        const told = new Set(after.episode?.told.map(({ key }) => key));
        for (const step of looks[begun]!.rules.steps) {
          if (step.kind !== 'After') continue;
          const clockMs = lasted(since, (seen) => step.onInconclusive || seen !== 'Unknown');
          if (clockMs < step.afterMs) continue;
          expect(told).toContain(stepKey(step));
          due += 1;
        }
      }
    }),
    { numRuns: 500 },
  );
  expect(due).toBeGreaterThan(500);
});

test('a long absence told at once comes to the same as slot by slot', () => {
  fc.assert(
    fc.property(anyStory, fc.integer({ min: 1, max: 400 }), ({ rules, acts }, count) => {
      const events = eventsOf(acts);
      const begun = events.reduce((sofar, event) => apply(sofar, event).state, create('shop/availability', { at: 0, rules }));
      const from = (begun.track.last?.slot ?? 0) + INTERVAL;
      const missed: CriterionEvent = { kind: 'Missed', from, to: from + (count - 1) * INTERVAL, reason: 'NoHistory' };
      const walked = slotwise(missed).reduce((sofar, event) => apply(sofar, event).state, begun);
      expect(apply(begun, missed).state).toEqual(walked);
    }),
    { numRuns: 50 },
  );
});

test('a state that was saved and read back goes on the same way', () => {
  const told = (
    events: readonly CriterionEvent[],
    rules: JudgingRules,
    between: (state: CriterionState) => CriterionState,
  ): unknown => {
    const facts: Fact[] = [];
    let state = create('shop/availability', { at: 0, rules });
    for (const event of events) {
      const applied = apply(between(state), event);
      state = applied.state;
      facts.push(...applied.facts);
    }
    return { state, facts };
  };
  fc.assert(
    fc.property(anyStory, ({ rules, acts }) => {
      const events = eventsOf(acts);
      const saved = told(events, rules, (state) => JSON.parse(JSON.stringify(state)) as CriterionState);
      expect(saved).toEqual(told(events, rules, (state) => state));
    }),
  );
});

test('the times of any criterion sum up to any period', () => {
  const periods = fc.record({ from: fc.integer({ min: -600, max: 1200 }), length: fc.nat(1200) });
  fc.assert(
    fc.property(anyStory, periods, ({ rules, acts }, { from, length }) => {
      const events = eventsOf(acts);
      const state = events.reduce((sofar, event) => apply(sofar, event).state, create('shop/availability', { at: 0, rules }));
      const period = { from: from * SECOND, to: (from + length) * SECOND };
      const known = Math.max(...events.map((event) => ('slot' in event ? event.slot : 'to' in event ? event.to : event.at)), 0);
      const times = timesOf(piecesOf(state.timeline, period, known));
      expect(Object.values(times).reduce((sum: number, time: number) => sum + time, 0)).toBe(length * SECOND);
    }),
  );
});

test('the times of a moving objective window are those of the window counted anew', () => {
  fc.assert(
    fc.property(anyStory, fc.constantFrom(60_000, 300_000, 3_600_000), ({ rules, acts }, windowMs) => {
      const objective = { target: '99.9', windowMs, unknownCountsAs: 'Excluded', of: 'Availability' } as const;
      let state = create('shop/availability', { at: 0, rules: { ...rules, objective } }, 60_000);
      for (const event of eventsOf(acts)) {
        state = apply(state, 'rules' in event ? { ...event, rules: { ...event.rules, objective } } : event).state;
        if (event.kind !== 'Slot' || !state.objectiveTimes) continue;
        const counted = timesOf(piecesOf(state.timeline, { from: event.slot - windowMs, to: event.slot }, event.slot));
        expect(state.objectiveTimes.times).toEqual(counted);
      }
    }),
    { numRuns: 200 },
  );
});
