import type { Condition } from '../../api/common.ts';
import type {
  CertificationCriterion,
  CertificationCriterionSpec,
  CertificationCriterionStatus,
  OutcomeKind,
} from '../../api/criterion.ts';
import { apply, create, type CriterionEvent } from '../../domain/criterion.ts';
import { deviationId } from '../../domain/deviation-id.ts';
import { rulesOf } from '../../domain/rules.ts';
import type { Reading, Sample } from '../../domain/sample.ts';
import { lookOf, type Observation, unobservable } from '../../sources/observe.ts';
import { criterionStatus } from './criterion-status.ts';
import { type KnownCriterion, derivedFrom } from './known.ts';
import type { Plan } from './plan.ts';

const START = Date.UTC(2026, 0, 1, 12);
const SLOT = 30_000;
const READY: Plan = { kind: 'Ready', delayMs: 10_000 };

const spec: CertificationCriterionSpec = {
  title: 'The shop answers',
  service: 'shop',
  controls: [
    { catalog: 'BSI-C5', version: '2020', id: 'OPS-02' },
    { catalog: 'BSI-C5', version: '2020', id: 'OPS-17' },
    { catalog: 'BSI-C5', version: '2026', id: 'OPS-02' },
  ],
  interval: '30s',
  holdFor: '30s',
  recoverFor: '0s',
  unknownFor: '1m',
  evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
  escalation: [
    { after: '0s', audience: 'internal' },
    { after: '1h', audience: 'customers' },
  ],
};

function criterion(
  more: Partial<CertificationCriterionSpec> = {},
  status?: CertificationCriterionStatus,
): CertificationCriterion {
  return {
    apiVersion: 'assay.dev/v1alpha1',
    kind: 'CertificationCriterion',
    metadata: { name: 'up', namespace: 'shop', uid: 'one', generation: 7 },
    spec: { ...spec, ...more },
    ...(status ? { status } : {}),
  };
}

const looks = (...outcomes: OutcomeKind[]): CriterionEvent[] =>
  outcomes.map((outcome, index) => ({
    kind: 'Slot',
    slot: START + index * SLOT,
    outcome,
    warning: outcome,
    ...(outcome === 'Unknown' ? { reason: 'EmptyResult' as const } : {}),
  }));

function known(object: CertificationCriterion, events: readonly CriterionEvent[]): KnownCriterion {
  const created = create('shop/up', { at: START, rules: rulesOf(object.spec) });
  const state = events.reduce((before, event) => apply(before, event).state, created);
  const { spec: demanded } = object;
  return {
    namespace: 'shop',
    service: 'shop',
    name: 'up',
    uid: 'one',
    spec: demanded,
    changedAt: 0,
    ...derivedFrom({ namespace: 'shop', service: 'shop' }, demanded),
    sources: {},
    state,
  };
}

interface Given {
  readonly object?: CertificationCriterion;
  readonly events?: readonly CriterionEvent[];
  readonly plan?: Plan;
  readonly observation?: Observation;
  readonly verdict?: KnownCriterion['verdict'];
}

function statusOf({
  object = criterion(),
  events = [],
  plan = READY,
  observation,
  verdict,
}: Given): CertificationCriterionStatus {
  const subject = { ...known(object, events), ...(verdict ? { verdict } : {}) };
  return criterionStatus({
    object,
    known: subject,
    plan,
    observation: observation && lookOf(observation),
    now: START + 10 * SLOT,
  });
}

function conditionOf(given: Given, type: string): Partial<Condition> | undefined {
  return statusOf(given).conditions?.find((condition) => condition.type === type);
}

const samples = (...found: Sample[]): Reading => ({ kind: 'Samples', samples: found });
const observed = (reading: Reading): Observation => unobservable(spec, START + SLOT, reading);

describe('verdict and Passing follow what was judged', () => {
  const cases: Record<string, { events: readonly CriterionEvent[]; verdict: string; passing: Partial<Condition> }> = {
    'before anything was judged nothing passes': {
      events: [],
      verdict: 'Inconclusive',
      passing: { status: 'Unknown', reason: 'Pending' },
    },
    'Met is Pass': { events: looks('Met'), verdict: 'Pass', passing: { status: 'True', reason: 'Met' } },
    'NotMet under the hold is still Pass': {
      events: looks('Met', 'NotMet'),
      verdict: 'Pass',
      passing: { status: 'True', reason: 'Met' },
    },
    'NotMet for the hold is Fail': {
      events: looks('Met', 'NotMet', 'NotMet'),
      verdict: 'Fail',
      passing: { status: 'False', reason: 'NotMet' },
    },
    'no evidence for long enough is Inconclusive, with its reason': {
      events: looks('Met', 'Unknown', 'Unknown', 'Unknown'),
      verdict: 'Inconclusive',
      passing: { status: 'Unknown', reason: 'EmptyResult' },
    },
    'suspended is Suspended, whatever it was': {
      events: [...looks('Met'), { kind: 'Suspended', at: START + SLOT }],
      verdict: 'Suspended',
      passing: { status: 'Unknown', reason: 'Suspended' },
    },
  };

  test.each(Object.entries(cases))('%s', (_sentence, { events, verdict, passing }) => {
    expect(statusOf({ events }).verdict).toBe(verdict);
    expect(conditionOf({ events }, 'Passing')).toMatchObject({ ...passing, observedGeneration: 7 });
  });

  test('since is the slot at which the verdict became so', () => {
    expect(statusOf({ events: looks('Met', 'NotMet', 'NotMet', 'NotMet') }).since).toBe('2026-01-01T12:01:00Z');
  });
});

describe('Ready', () => {
  const suspend = { reason: 'moving house' };
  const refused = {
    kind: 'NotReady',
    delayMs: 0,
    reason: 'InvalidQuery',
    message: 'parse error',
    unknown: 'QueryFailed',
  } as const;
  const cases: Record<string, { given: Given; want: Partial<Condition> }> = {
    'a criterion that can be evaluated is': {
      given: {},
      want: { status: 'True', reason: 'Evaluating', message: 'evaluated every 30s' },
    },
    'one that can not says why': {
      given: { plan: refused },
      want: { status: 'False', reason: 'InvalidQuery', message: 'parse error' },
    },
    'a suspended one says for what reason': {
      given: { object: criterion({ suspend }), events: [{ kind: 'Suspended', at: START + SLOT }] },
      want: { status: 'False', reason: 'Suspended', message: 'nothing is evaluated: moving house' },
    },
  };
  test.each(Object.entries(cases))('%s', (_sentence, { given, want }) => expect(conditionOf(given, 'Ready')).toMatchObject(want));
});

describe('Warning', () => {
  const object = criterion({ rule: { threshold: { evidence: 'up', op: '==', value: 1, warn: { op: '<', value: 0.2 } } } });
  test.each(
    Object.entries({
      'is unknown before anything was judged': { events: [], want: { status: 'Unknown', reason: 'NoEvidence' } },
      'is False while its bound holds': { events: looks('Met'), want: { status: 'False', reason: 'BoundHolds' } },
      'is True once its bound is broken for the hold': {
        events: looks('Met', 'NotMet', 'NotMet'),
        want: { status: 'True', reason: 'BoundBroken' },
      },
    }),
  )('%s', (_sentence, { events, want }) => {
    const message = 'required < 0.2 to give no warning';
    expect(conditionOf({ object, events }, 'Warning')).toMatchObject({ ...want, message });
  });

  test('is not there without a bound for it, and goes when the bound goes', () => {
    const conditions = statusOf({ object, events: looks('Met') }).conditions ?? [];
    expect(conditionOf({ object: criterion({}, { conditions }) }, 'Warning')).toBeUndefined();
  });
});

describe('the objective', () => {
  const object = criterion({ objective: { target: '99.9', window: '30d' } });

  test('is not known before there is evidence', () => {
    expect(statusOf({ object }).objective).toMatchObject({ achieved: '-', window: '30d' });
    expect(conditionOf({ object }, 'ObjectiveMet')).toMatchObject({ status: 'Unknown', reason: 'NoEvidence' });
  });

  test('is reached while the share of the window is', () => {
    const events = looks('Met', 'Met');
    expect(statusOf({ object, events }).objective?.achieved).toBe('100.000');
    expect(conditionOf({ object, events }, 'ObjectiveMet')).toMatchObject({
      status: 'True',
      reason: 'Reached',
      message: 'required 99.9 % over 30d',
    });
  });

  test('is missed once it is not; what is unknown is a figure of its own', () => {
    const events = looks('Met', 'NotMet', 'Met', 'Met');
    // Of five minutes 90 s are met, 30 s not met; 180 s after the last look are unknown.
    expect(statusOf({ object, events }).objective).toEqual({ achieved: '75.000', window: '30d', unknown: '60.000' });
    expect(conditionOf({ object, events }, 'ObjectiveMet')).toMatchObject({ status: 'False', reason: 'Missed' });
  });

  test('is not there without one', () => {
    expect(statusOf({ events: looks('Met') })).not.toHaveProperty('objective');
    expect(conditionOf({ events: looks('Met') }, 'ObjectiveMet')).toBeUndefined();
  });
});

describe('what was seen', () => {
  test('value against bound, failing series and sample time', () => {
    const observation = observed(
      samples({ labels: { instance: 'a' }, value: 1, sampleAt: START }, { labels: { instance: 'b' }, value: 0, sampleAt: START }),
    );
    expect(statusOf({ observation })).toMatchObject({
      observation: {
        at: '2026-01-01T12:00:30Z',
        outcome: 'NotMet',
        message: 'up is 0, required == 1 (1 of 2 series: instance="b")',
      },
      evidence: [{ name: 'up', value: '0', series: 2, failing: 1, sampleAt: '2026-01-01T12:00:00Z' }],
      measured: '0 (== 1)',
    });
  });

  test('no value without evidence, but what was required and why', () => {
    const reading: Reading = { kind: 'Unavailable', reason: 'SourceUnreachable', message: 'no answer (ECONNREFUSED)' };
    const status = statusOf({ observation: observed(reading) });
    expect(status).toMatchObject({
      observation: { outcome: 'Unknown', reason: 'SourceUnreachable', message: 'up: no answer (ECONNREFUSED)' },
      measured: '- (== 1)',
    });
    expect(status.evidence).toEqual([{ name: 'up', series: 0, failing: 0 }]);
  });

  test('a message of any length fits what the API server takes', () => {
    const labels = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`label_${index}`, 'x'.repeat(100)]));
    const status = statusOf({ observation: observed(samples({ labels, value: 0 })) });
    expect(status.observation?.message.length).toBeLessThanOrEqual(1024);
    expect(status.observation?.message).toMatch(/^up is 0, required == 1/);
  });

  test('until the first look after a start it stays what the API server shows', () => {
    const shown = {
      observation: { at: '2026-01-01T11:00:00Z', outcome: 'Met' as const, message: 'up is 1, required == 1' },
      evidence: [{ name: 'up', value: '1', series: 1, failing: 0 }],
      measured: '1 (== 1)',
    };
    expect(statusOf({ object: criterion({}, shown), events: looks('Met') })).toMatchObject(shown);
  });
});

describe('the open deviation', () => {
  const events = looks('Met', 'NotMet', 'NotMet', 'NotMet');

  test('has its id, its start and who was told, not who will be', () => {
    const from = START + SLOT;
    expect(statusOf({ events }).deviation).toEqual({
      id: deviationId('shop/up', from),
      since: '2026-01-01T12:00:30Z',
      told: [{ audience: 'internal', at: '2026-01-01T12:01:00Z' }],
    });
  });

  test('is not there once it is over, nor under the hold', () => {
    expect(statusOf({ events: looks('Met', 'NotMet', 'NotMet', 'Met') })).not.toHaveProperty('deviation');
    expect(statusOf({ events: looks('Met', 'NotMet') })).not.toHaveProperty('deviation');
  });
});

describe('conditions stay in order', () => {
  const before = statusOf({ events: looks('Met') }).conditions ?? [];
  const later = (events: readonly CriterionEvent[]): Condition[] => {
    const object = criterion({}, { conditions: before });
    const input = { object, known: known(object, events), plan: READY, observation: undefined };
    return criterionStatus({ ...input, now: START + 100 * SLOT }).conditions ?? [];
  };

  test('a time of transition stays while nothing turns', () => expect(later(looks('Met', 'Met'))).toEqual(before));

  test('it moves for what turned, and only for that', () => {
    const [ready, passing] = later(looks('Met', 'NotMet', 'NotMet'));
    expect(ready).toEqual(before[0]);
    expect(passing).toMatchObject({ type: 'Passing', status: 'False', lastTransitionTime: '2026-01-01T12:50:00Z' });
  });

  test('the message of Passing does not move with the numbers that were seen', () => {
    const messages = [0, 0.25].map((value) => {
      const observation = observed(samples({ labels: {}, value }));
      return conditionOf({ events: looks('Met', 'NotMet', 'NotMet'), observation }, 'Passing')?.message;
    });
    expect(messages[0]).toBe(messages[1]);
  });
});

test('the generation that was seen, the controls once each, and the place of the verdict in the log', () => {
  const verdict = { seq: 12, digest: 'sha256:ab' };
  expect(statusOf({ verdict })).toMatchObject({ observedGeneration: 7, controls: 'OPS-02, OPS-17', record: verdict });
  expect(statusOf({})).not.toHaveProperty('record');
});
