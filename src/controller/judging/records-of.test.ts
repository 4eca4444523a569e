import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import { apply, create, type CriterionState, type Fact } from '../../domain/criterion.ts';
import { rulesOf } from '../../domain/rules.ts';
import { slotOffsetMs } from '../../domain/slots.ts';
import { newCheck } from '../../evidence/check.ts';
import { draft, randomSalt } from '../../evidence/record.ts';
import { type KnownCriterion, derivedFrom, specDigestOf } from './known.ts';
import { frameOf, recordsOf } from './records-of.ts';

const AT = Date.UTC(2026, 0, 1, 12);
const ID = '01KDTJDB80000000000000000X';
const MESSAGE = 'up is 0, required == 1';

const spec: CertificationCriterionSpec = {
  title: 'The shop answers',
  service: 'web',
  controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
  interval: '30s',
  holdFor: '0s',
  evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
};

const calm = create('shop/up', { at: AT - 600_000, rules: rulesOf(spec) });
/** Its deviation began twenty minutes before. */
const failing: CriterionState = apply(calm, { kind: 'Slot', slot: AT - 1_200_000, outcome: 'NotMet' }).state;
const known = (state: CriterionState): KnownCriterion => ({
  namespace: 'shop',
  service: 'web',
  name: 'up',
  uid: 'one',
  spec,
  changedAt: 0,
  ...derivedFrom({ namespace: 'shop', service: 'web' }, spec),
  sources: {},
  state,
});

const after15m = { kind: 'After', audience: 'customers', afterMs: 900_000, onInconclusive: false } as const;
const within1h = { kind: 'Accumulated', audience: 'authority', accumulatedMs: 900_000, withinMs: 3_600_000 } as const;
const span = { from: AT - 60_000, unknownMs: 1000, suspendedMs: 2000 };
const notified = { criterion: 'up', phase: 'Intent', at: AT, deviation: ID };

const cases: Record<string, { fact: Fact; state?: CriterionState; kind: string; body: object }> = {
  'a change of verdict, with what was seen and what it is good for': {
    fact: { kind: 'VerdictChanged', at: AT, from: 'Pass', to: 'Fail', reason: 'NotMet', first: false },
    kind: 'VerdictChanged',
    body: {
      ...{ criterion: 'up', at: AT, from: 'Pass', to: 'Fail', reason: 'NotMet' },
      ...{ message: MESSAGE, controls: spec.controls, first: false },
    },
  },
  'a deviation that opened: since when, and when that was known': {
    fact: { kind: 'DeviationOpened', at: AT, id: ID, from: AT - 60_000, reopened: true },
    kind: 'DeviationOpened',
    body: { criterion: 'up', id: ID, from: AT - 60_000, at: AT, reopened: true },
  },
  'a deviation that closed: when it ended, and when that was known': {
    fact: { kind: 'DeviationClosed', at: AT, id: ID, to: AT - 30_000, reason: 'Recovered', span },
    kind: 'DeviationClosed',
    body: {
      ...{ criterion: 'up', id: ID, from: AT - 60_000, to: AT - 30_000, at: AT },
      ...{ reason: 'Recovered', unknownMs: 1000, suspendedMs: 2000 },
    },
  },
  'a step that fell due, with how long it has lasted': {
    fact: { kind: 'StepDue', at: AT, step: after15m, id: ID, late: false },
    state: failing,
    kind: 'Notified',
    body: {
      ...{ ...notified, notice: 'EscalationDue', audience: 'customers', step: 'after 15m', late: false },
      message: `for 20m: ${MESSAGE}`,
    },
  },
  'a step that is told late says so': {
    fact: { kind: 'StepDue', at: AT, step: after15m, id: ID, late: true },
    state: failing,
    kind: 'Notified',
    body: {
      ...{ ...notified, notice: 'EscalationDue', audience: 'customers', step: 'after 15m', late: true },
      message: `for 20m: ${MESSAGE}`,
    },
  },
  'flapping under the hold, with how much of what time': {
    fact: { kind: 'StepDue', at: AT, step: within1h, late: false },
    kind: 'Notified',
    body: {
      ...{ criterion: 'up', phase: 'Intent', at: AT, notice: 'EscalationDue' },
      ...{ audience: 'authority', step: '15m within 1h', late: false, message: `not met for 15m within 1h: ${MESSAGE}` },
    },
  },
  'the end, to whoever was told': {
    fact: { kind: 'EndTold', at: AT, audience: 'customers', id: ID, reason: 'CriterionDeleted' },
    kind: 'Notified',
    body: { ...notified, notice: 'DeviationEnded', audience: 'customers', late: false, message: 'ended: CriterionDeleted' },
  },
  'a change while something is going on': {
    fact: { kind: 'ChangeTold', at: AT, audience: 'authority', id: ID },
    kind: 'Notified',
    body: {
      ...{ ...notified, notice: 'CriterionChanged', audience: 'authority', late: false },
      message: expect.stringMatching(/^the criterion was changed while/) as unknown,
    },
  },
  'an objective that is missed': {
    fact: { kind: 'ObjectiveChanged', at: AT, met: false, achieved: '99.899', target: '99.9' },
    kind: 'ObjectiveChanged',
    body: { criterion: 'up', at: AT, met: false, achieved: '99.899', target: '99.9' },
  },
};

describe.each(Object.entries(cases))('%s', (_sentence, { fact, state = calm, kind, body }) => {
  const [record] = recordsOf([fact], known(state), MESSAGE);

  test('becomes a record', () => {
    expect(record).toEqual({
      ...{ kind, namespace: 'shop', service: 'web', slot: AT, specDigest: specDigestOf(spec) },
      ...{ offset: slotOffsetMs('shop', 'web', 30_000), body },
    });
  });

  test('that the log takes', () => {
    expect(() => draft(record!, { check: newCheck(), newSalt: randomSalt })).not.toThrow();
  });
});

test('several facts become records in the same order', () => {
  const { state, facts } = apply(calm, { kind: 'Slot', slot: AT, outcome: 'NotMet' });
  const kinds = recordsOf(facts, known(state), MESSAGE).map((record) => record.kind);
  expect(kinds).toEqual(['VerdictChanged', 'DeviationOpened', 'Notified']);
});

test('the offset is that of the interval in force', () => {
  const hourly = derivedFrom({ namespace: 'shop', service: 'web' }, { ...spec, interval: '1h' });
  expect(frameOf({ ...known(calm), ...hourly }, AT).offset).toBe(slotOffsetMs('shop', 'web', 3_600_000));
});
