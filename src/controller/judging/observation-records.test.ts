import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { ObservedDetail } from '../../api/records.ts';
import { create } from '../../domain/criterion.ts';
import { rulesOf } from '../../domain/rules.ts';
import type { Reading, Sample } from '../../domain/sample.ts';
import { slotOffsetMs } from '../../domain/slots.ts';
import { digest } from '../../evidence/index.ts';
import { type Observation, unobservable } from '../../sources/observe.ts';
import { type KnownCriterion, derivedFrom } from './known.ts';
import { observationOf, readBackOf } from './observation-records.ts';

const SLOT = Date.UTC(2026, 0, 1, 12);

const spec: CertificationCriterionSpec = {
  title: 'The shop answers',
  service: 'shop',
  controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
  interval: '30s',
  evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'probe_success{job="shop"}' } }],
  rule: { threshold: { evidence: 'up', op: '>=', value: 10, warn: { op: '>=', value: 20 } } },
};
const known: KnownCriterion = {
  namespace: 'shop',
  service: 'web',
  name: 'up',
  uid: 'one',
  spec,
  changedAt: 0,
  ...derivedFrom({ namespace: 'shop', service: 'web' }, spec),
  sources: {},
  state: create('shop/up', { at: SLOT, rules: rulesOf(spec) }),
};

const observed = (reading: Reading, slot = SLOT): Observation => unobservable(spec, slot, reading);
const samples = (...found: Sample[]): Reading => ({ kind: 'Samples', samples: found });
const sample = (value: number, instance = 'a'): Sample => ({ labels: { instance }, value });
const detailOf = (reading: Reading): ObservedDetail => observationOf(known, observed(reading)).detail;
const seriesOf = (reading: Reading): ObservedDetail['evidence'][number] | undefined => detailOf(reading).evidence[0];

test('everybody may know the outcome, and nothing of how it came about', () => {
  const { namespace, service, outcome } = observationOf(known, observed(samples(sample(3))));
  expect({ namespace, service, outcome }).toEqual({
    namespace: 'shop',
    service: 'web',
    outcome: { criterion: 'up', slot: SLOT, outcome: 'NotMet' },
  });
});

test('the authority may know by which demand, by which question and from what it was judged', () => {
  const reading: Reading = { ...samples({ ...sample(3), sampleAt: SLOT - 5000 }), sourceVersion: '3.16.0' } as Reading;
  expect(detailOf(reading)).toEqual({
    specDigest: known.specDigest,
    message: 'up is 3, required >= 10 (instance="a")',
    warning: 'NotMet',
    evidence: [
      {
        name: 'up',
        queryDigest: digest('probe_success{job="shop"}'),
        sourceVersion: '3.16.0',
        count: 1,
        series: [{ labels: { instance: 'a' }, value: '3', sampleAt: SLOT - 5000 }],
      },
    ],
  });
});

test('without evidence there is a reason, and the question that was asked', () => {
  const detail = detailOf({ kind: 'Unavailable', reason: 'SourceUnreachable', message: 'no answer (ECONNREFUSED)' });
  expect(detail).toMatchObject({ reason: 'SourceUnreachable', warning: 'Unknown', message: 'up: no answer (ECONNREFUSED)' });
  expect(detail.evidence).toEqual([{ name: 'up', queryDigest: digest('probe_success{job="shop"}'), count: 0, series: [] }]);
});

test('values are in the words of Prometheus, so that NaN and infinities stay what they are', () => {
  const values = [NaN, Infinity, -Infinity, 0.1, 1e21];
  const found = seriesOf(samples(...values.map((value, index) => sample(value, String(index)))));
  expect(found?.series.map(({ value }) => value)).toEqual(['NaN', '+Inf', '-Inf', '0.1', '1e+21']);
});

describe('of a big answer', () => {
  const many = (count: number): Sample[] => Array.from({ length: count }, (_, index) => sample(index, `i-${index}`));

  test.each([
    ['twenty series are kept whole', 20, 20, undefined],
    ['of more, the worst twenty and how many the others are', 25, 20, 5],
  ])('%s', (_sentence, count, kept, rest) => {
    const found = seriesOf(samples(...many(count).reverse()));
    expect(found).toMatchObject({ count });
    expect(found?.series).toHaveLength(kept);
    expect(found?.rest?.count).toBe(rest);
    if (rest !== undefined) expect(found?.series[0]?.value).toBe('0');
  });

  test('the digest of the others does not depend on the order of the answer', () => {
    // The last five are alike but for their labels.
    const found = many(25).map((each, index) => (index < 20 ? each : { ...each, value: 50 }));
    expect(seriesOf(samples(...found))?.rest).toEqual(seriesOf(samples(...found.toReversed()))?.rest);
  });

  test('it changes with a value among the others', () => {
    const others = many(25);
    const changed = others.map((each, index) => (index === 24 ? { ...each, value: 24.5 } : each));
    expect(seriesOf(samples(...others))?.rest?.digest).not.toBe(seriesOf(samples(...changed))?.rest?.digest);
  });

  test('it changes with a label among the others', () => {
    const others = many(25);
    const changed = others.map((each, index) => (index === 24 ? sample(24, 'another') : each));
    expect(seriesOf(samples(...others))?.rest?.digest).not.toBe(seriesOf(samples(...changed))?.rest?.digest);
  });
});

test('slots that were read back are one record, dated by the first, outcomes and details side by side', () => {
  const record = readBackOf(known, [observed(samples(sample(3))), observed(samples(sample(30)), SLOT + 30_000)]);
  expect(record).toMatchObject({
    kind: 'ReadBack',
    namespace: 'shop',
    service: 'web',
    slot: SLOT,
    specDigest: known.specDigest,
    offset: slotOffsetMs('shop', 'web', 30_000),
    body: {
      observations: [
        { criterion: 'up', slot: SLOT, outcome: 'NotMet' },
        { criterion: 'up', slot: SLOT + 30_000, outcome: 'Met' },
      ],
      details: [{ message: 'up is 3, required >= 10 (instance="a")' }, { message: 'up is 30, required >= 10' }],
    },
  });
});
