import type { CertificationCriterionSpec } from '../api/criterion.ts';
import type { ObservedDetail } from '../api/records.ts';
import { applyTo, eventOf, eventsOf, type RecordContent } from './fold.ts';
import { rulesOf } from './rules.ts';

const spec: CertificationCriterionSpec = {
  title: 'The shop answers',
  service: 'shop',
  controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
  evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
};
const detail: ObservedDetail = { specDigest: `sha256:${'0'.repeat(64)}`, message: 'up is 1, required == 1', evidence: [] };

const observations = {
  observations: [
    { criterion: 'a', slot: 30_000, outcome: 'Met' as const },
    { criterion: 'b', slot: 30_000, outcome: 'Unknown' as const },
  ],
  details: [
    { ...detail, warning: 'NotMet' as const },
    { ...detail, reason: 'EmptyResult' as const },
  ],
};
const judged = [
  { criterion: 'a', event: { kind: 'Slot', slot: 30_000, outcome: 'Met', warning: 'NotMet' } },
  { criterion: 'b', event: { kind: 'Slot', slot: 30_000, outcome: 'Unknown', reason: 'EmptyResult' } },
];
const answered = [
  { name: 'up', queryDigest: detail.specDigest, count: 12, series: [] },
  { name: 'away', queryDigest: detail.specDigest, count: 0, series: [] },
];
const source = { source: 's', at: 5, digest: detail.specDigest, criteria: ['a', 'b'] };
const basis = { criterion: 'a', evidence: 'up', at: 5, digest: detail.specDigest, rules: [], weak: [] };
const changed = (change: 'Created' | 'Changed' | 'Suspended' | 'Deleted'): RecordContent => ({
  kind: 'CriterionChanged',
  body: { criterion: 'a', change, at: 5, uid: 'u', spec },
});
const gap = (slots: number): RecordContent => ({
  kind: 'Gap',
  body: { criterion: 'a', from: 0, to: 60_000, slots, reason: 'NoHistory', message: 'away' },
});

test.each(
  Object.entries({
    'observations are slots of their criteria': { record: { kind: 'Observations', body: observations }, want: judged },
    'what was read back is marked': {
      record: { kind: 'ReadBack', body: observations },
      want: judged.map(({ criterion, event }) => ({ criterion, event: { ...event, readBack: true } })),
    },
    'of an observation with series their number is told, by evidence item': {
      record: {
        kind: 'Observations',
        body: { observations: observations.observations.slice(0, 1), details: [{ ...detail, evidence: answered }] },
      },
      want: [
        {
          criterion: 'a',
          event: { kind: 'Slot', slot: 30_000, outcome: 'Met' },
          series: [{ name: 'up', series: 12 }],
        },
      ],
    },
    'a gap is missed slots': {
      record: gap(3),
      want: [{ criterion: 'a', event: { kind: 'Missed', from: 0, to: 60_000, reason: 'NoHistory' } }],
    },
    'a gap without a slot is nothing': { record: gap(0), want: [] },
    'a changed source changes the criteria that rest on it': {
      record: { kind: 'SourceChanged', body: { ...source, before: detail.specDigest } },
      want: ['a', 'b'].map((criterion) => ({ criterion, event: { kind: 'SourceChanged', at: 5 } })),
    },
    'the first sight of a source changes nothing': { record: { kind: 'SourceChanged', body: source }, want: [] },
    'changed rules behind a query count like a changed source': {
      record: { kind: 'BasisChanged', body: { ...basis, before: detail.specDigest } },
      want: [{ criterion: 'a', event: { kind: 'SourceChanged', at: 5 } }],
    },
    'the first sight of what a query rests on changes nothing': { record: { kind: 'BasisChanged', body: basis }, want: [] },
    'a created criterion brings its rules': {
      record: changed('Created'),
      want: [{ criterion: 'a', event: { kind: 'Created', at: 5, rules: rulesOf(spec) } }],
    },
    'so does a changed one': {
      record: changed('Changed'),
      want: [{ criterion: 'a', event: { kind: 'Changed', at: 5, rules: rulesOf(spec) } }],
    },
    'a suspension brings none': { record: changed('Suspended'), want: [{ criterion: 'a', event: { kind: 'Suspended', at: 5 } }] },
    'what followed from other records is nothing new': {
      record: { kind: 'OperatorStarted', body: { version: '1', judgingVersion: 1, leaderEpoch: 1 } },
      want: [],
    },
  } satisfies Record<string, { record: RecordContent; want: unknown[] }>),
)('%s', (_sentence, { record, want }) => {
  expect(eventsOf(record)).toEqual(want);
});

test('an observation that is not sealed yet means the same as one that is', () => {
  const observation = {
    kind: 'Observation',
    namespace: 'shop',
    service: 'shop',
    outcome: observations.observations[1]!,
    detail: observations.details[1]!,
  } as const;
  expect(eventOf(observation)).toEqual(judged[1]);
});

test('only its creation brings a criterion to life', () => {
  const created = { kind: 'Created', at: 5, rules: rulesOf(spec) } as const;
  expect(applyTo(undefined, 'shop/a', { kind: 'Slot', slot: 0, outcome: 'Met' })).toBeUndefined();
  const state = applyTo(undefined, 'shop/a', created, 60_000)?.state;
  expect(state).toMatchObject({ id: 'shop/a', keepMs: 60_000 });
  expect(applyTo(state, 'shop/a', { kind: 'Slot', slot: 0, outcome: 'Met' })?.state.track.verdict).toBe('Pass');
});
