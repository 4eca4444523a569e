import type { IncidentSpec } from '../api/incident.ts';
import type { RecordBody } from '../api/records.ts';
import { incidentAfter, incidentChanges, incidentDeleted, type KnownIncident } from './incident.ts';
import {
  DEFAULT_TIMES,
  dueOf,
  dueText,
  incidentPassed,
  nextPassing,
  overdueOf,
  passedText,
  type TimesBySeverity,
  withDue,
} from './incident-times.ts';

const START = Date.parse('2026-11-28T10:00:00Z');
const MINUTE = 60_000;
const at = (minute: number): number => START + minute * MINUTE;
const high = { reactMs: 10 * MINUTE, level2Ms: 20 * MINUTE, level3Ms: 30 * MINUTE, recoverMs: 40 * MINUTE };
const low = { reactMs: 100 * MINUTE, level2Ms: 200 * MINUTE, level3Ms: 300 * MINUTE, recoverMs: 400 * MINUTE };
const TIMES: TimesBySeverity = { ...DEFAULT_TIMES, high, low };

const RESOLVED = { state: 'Resolved', resolution: { cause: 'c', measures: 'm', prevention: 'p' } } as const;
const DISMISSED = { state: 'Dismissed', dismissal: { author: 'ada', reason: 'a drill' } } as const;
const UPDATE = { updates: [{ id: 1, author: 'ada', audience: 'internal', text: 'on it' }] };

/** What happens in a minute: how the object looks from then on, its deletion, or nothing but that the operator looks. */
type Step = readonly [minute: number, spec?: Partial<IncidentSpec> | 'deleted'];

/** What is known after these steps, as the operator goes through them: first what people did, then what passed. */
function lived(steps: readonly Step[]): { readonly known: KnownIncident; readonly records: RecordBody<'IncidentChanged'>[] } {
  let known: KnownIncident | undefined;
  const records: RecordBody<'IncidentChanged'>[] = [];
  const take = (bodies: readonly RecordBody<'IncidentChanged'>[]): void => {
    for (const body of bodies) known = incidentAfter(known, body);
    records.push(...bodies);
  };
  for (const [minute, spec] of steps) {
    if (spec === 'deleted') take(incidentDeleted(known!, at(minute)));
    else if (spec) take(withDue(known, incidentChanges(known, incidentOf(spec), at(minute)), TIMES));
    take(incidentPassed(known!, TIMES, at(minute)));
  }
  return { known: known!, records };
}

const incidentOf = (spec: Partial<IncidentSpec>) => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'Incident', metadata: { name: 'stuck', namespace: 'shop', uid: 'u-1' } },
  spec: { service: 'shop', title: 'Stuck', severity: 'high' as const, ...spec },
});

const SUSPECTED = { state: 'Suspected' } as const;

const passes: Record<string, { steps: Step[]; want: string[] }> = {
  'nothing passes before its time': { steps: [[0, SUSPECTED], [9.99]], want: [] },
  'nobody reacts to a suspicion': { steps: [[0, SUSPECTED], [10]], want: ['ReactionOverdue 10'] },
  'a suspicion that a person wrote down waits for a reaction too': {
    steps: [[0, { ...SUSPECTED, reporter: 'ada' }], [10]],
    want: ['ReactionOverdue 10'],
  },
  'whoever opens one as open has reacted': { steps: [[0, {}], [19]], want: [] },
  'confirming is a reaction': { steps: [[0, SUSPECTED], [5, {}], [19]], want: [] },
  'a word is a reaction, also of a suspicion': { steps: [[0, SUSPECTED], [5, { ...SUSPECTED, ...UPDATE }], [19]], want: [] },
  'a category is a reaction': { steps: [[0, SUSPECTED], [5, { ...SUSPECTED, category: 'Malware' }], [19]], want: [] },
  'a priority is a reaction': { steps: [[0, SUSPECTED], [5, { ...SUSPECTED, priority: 'P1' }], [19]], want: [] },
  'a deletion is none, and stops no clock': {
    steps: [[0, SUSPECTED], [5, 'deleted'], [10], [20], [41]],
    want: ['ReactionOverdue 10', 'Escalated 2 20', 'Escalated 3 30', 'RecoveryOverdue 40'],
  },
  'everything passes in order, each once': {
    steps: [[0, SUSPECTED], [10], [11], [20], [21], [30], [31], [40], [41], [999]],
    want: ['ReactionOverdue 10', 'Escalated 2 20', 'Escalated 3 30', 'RecoveryOverdue 40'],
  },
  'what passed while nobody looked is known later, with when it was due': {
    steps: [[0, SUSPECTED], [35]],
    want: ['ReactionOverdue 10', 'Escalated 2 20', 'Escalated 3 30'],
  },
  'what people did while nobody looked counts first': { steps: [[0, SUSPECTED], [35, RESOLVED], [99]], want: [] },
  'what is resolved is over': { steps: [[0, {}], [15, RESOLVED], [99]], want: [] },
  'what is dismissed is over': { steps: [[0, SUSPECTED], [5, DISMISSED], [99]], want: [] },
  'one that is opened again needs a reaction again, and its levels count anew': {
    steps: [[0, {}], [5, RESOLVED], [8, {}], [18], [28], [38]],
    want: ['ReactionOverdue 18', 'Escalated 2 28', 'Escalated 3 38'],
  },
  'the time to recover goes on from the first opening': {
    steps: [
      [0, {}],
      [5, RESOLVED],
      [50, { ...UPDATE }],
      [55, UPDATE],
    ],
    want: ['RecoveryOverdue 40'],
  },
  'a missed reaction is missed again after it was opened again': {
    steps: [[0, SUSPECTED], [10], [11, {}], [12, RESOLVED], [13, {}], [23]],
    want: ['ReactionOverdue 10', 'ReactionOverdue 23'],
  },
  'a level that was reached stays when it is opened again': {
    steps: [[0, {}], [20], [21, RESOLVED], [22, {}], [23, UPDATE], [42], [52]],
    want: ['Escalated 2 20', 'RecoveryOverdue 40', 'Escalated 3 52'],
  },
  'a higher severity has its times from the beginning': {
    steps: [
      [0, { severity: 'low' }],
      [25, { severity: 'high' }],
    ],
    want: ['Escalated 2 20'],
  },
  'a lower severity takes nothing back, and what passes again is missed again': {
    steps: [[0, {}], [41], [42, { severity: 'low' }], [399], [400]],
    want: ['Escalated 2 20', 'Escalated 3 30', 'RecoveryOverdue 40', 'RecoveryOverdue 400'],
  },
};

test.each(Object.entries(passes))('%s', (_sentence, { steps, want }) => {
  const passed = lived(steps).records.flatMap(({ change, due, level }) =>
    due === undefined ? [] : [[change, ...(level === undefined ? [] : [level]), (due - START) / MINUTE].join(' ')],
  );
  expect(passed).toEqual(want);
});

test('what passed says when it was known, and takes nothing of the incident with it', () => {
  const { known, records } = lived([[0, { ...SUSPECTED, category: 'Malware' }], [5, 'deleted'], [12]]);
  expect(records.at(-1)).toEqual({
    ...{ incident: 'stuck', state: 'Suspected', severity: 'high', uid: 'u-1', title: 'Stuck' },
    ...{ change: 'ReactionOverdue', at: at(12), due: at(10) },
  });
  expect(known).toMatchObject({ isDeleted: true, category: 'Malware', timeline: [{ change: 'Deleted' }, {}] });
});

test('it is on record by which times it is handled', () => {
  const { records } = lived([
    [0, SUSPECTED],
    [1, { category: 'Malware' }],
    [2, RESOLVED],
    [3, { severity: 'low' }],
  ]);
  const times = records.map(({ change, reactBy, recoverBy }) => [change, reactBy, recoverBy]);
  expect(times).toEqual([
    ['Opened', at(10), at(40)],
    ['Changed', undefined, at(40)],
    ['Confirmed', undefined, undefined],
    ['Resolved', undefined, undefined],
    ['Changed', undefined, undefined],
    ['Reopened', at(103), at(400)],
  ]);
});

const standings: Record<string, { steps: Step[]; minute: number; want: object }> = {
  'at the beginning': {
    steps: [[0, SUSPECTED]],
    minute: 0,
    want: { text: 'react by 2026-11-28T10:10:00Z', overdue: [], next: 10 },
  },
  'after a reaction': { steps: [[0, {}]], minute: 0, want: { text: 'recover by 2026-11-28T10:40:00Z', overdue: [], next: 20 } },
  'without a reaction': {
    ...{ steps: [[0, SUSPECTED], [10]], minute: 10 },
    want: { text: 'reaction overdue since 2026-11-28T10:10:00Z', overdue: ['Reaction'], next: 20 },
  },
  'after a late reaction nothing is overdue': {
    ...{ steps: [[0, SUSPECTED], [10], [11, {}]], minute: 11 },
    want: { text: 'recover by 2026-11-28T10:40:00Z', overdue: [], next: 20 },
  },
  'at the end of all times': {
    ...{ steps: [[0, SUSPECTED], [40]], minute: 40 },
    want: { text: 'recovery overdue since 2026-11-28T10:40:00Z', overdue: ['Reaction', 'Recovery'], next: undefined },
  },
  'once it is over': {
    steps: [
      [0, {}],
      [1, RESOLVED],
    ],
    minute: 99,
    want: { text: undefined, overdue: [], next: undefined },
  },
};

test.each(Object.entries(standings))('what is due %s', (_sentence, { steps, minute, want }) => {
  const { known } = lived(steps);
  const next = nextPassing(known, TIMES, at(minute));
  expect({
    text: dueText(known, TIMES, at(minute)),
    overdue: overdueOf(known, TIMES, at(minute)),
    next: next === undefined ? undefined : (next - START) / MINUTE,
  }).toEqual(want);
});

test('whoever looks when something comes to pass next misses nothing, and ends', () => {
  const steps: Step[] = [[0, SUSPECTED]];
  for (let next = nextPassing(lived(steps).known, TIMES, at(0)); next !== undefined && steps.length < 10;) {
    steps.push([(next - START) / MINUTE]);
    next = nextPassing(lived(steps).known, TIMES, next);
  }
  expect(steps.map(([minute]) => minute)).toEqual([0, 10, 20, 30, 40]);
  expect(lived(steps).known.handling).toMatchObject({ level: 3, reactionMissed: at(10), recoveryMissed: at(40) });
});

test('the worse it is, the sooner everything is due, and nothing before what comes before it', () => {
  const order = (['critical', 'high', 'medium', 'low'] as const).map((severity) => DEFAULT_TIMES[severity]);
  for (const { reactMs, level2Ms, level3Ms, recoverMs } of order)
    expect([reactMs, level2Ms, level3Ms, recoverMs]).toEqual([reactMs, level2Ms, level3Ms, recoverMs].sort((a, b) => a - b));
  for (const name of ['reactMs', 'level2Ms', 'level3Ms', 'recoverMs'] as const)
    expect(order.map((times) => times[name])).toEqual(order.map((times) => times[name]).sort((a, b) => a - b));
});

test('an incident that is over has no times', () => {
  expect(
    dueOf(
      lived([
        [0, {}],
        [1, RESOLVED],
      ]).known,
      TIMES,
    ),
  ).toBeUndefined();
});

test('what passed is said with when it was due, and nothing of anything else', () => {
  expect(passedText({ change: 'Escalated', level: 2, due: START })).toBe('level 2, due at 2026-11-28T10:00:00Z');
  expect(passedText({ change: 'RecoveryOverdue', due: START })).toBe('due at 2026-11-28T10:00:00Z');
  expect(passedText({ change: 'Opened', reactBy: START })).toBeUndefined();
});
