import { BAD_MANIFESTS, criterion, GOOD_MANIFESTS, report, source } from './validate.fixtures.ts';
import { BAD_RECORDED, GOOD_RECORDED, records } from './validate-recorded.fixtures.ts';
import { type Problem, validate } from './validate.ts';

const problemsOf = (object: unknown, old?: unknown): readonly Problem[] => {
  const result = validate(object, old);
  return result.kind === 'Invalid' ? result.problems : [];
};
const pathsOf = (object: unknown, old?: unknown): string[] => problemsOf(object, old).map(({ path }) => path);
const messagesOf = (object: unknown): string[] => problemsOf(object).map(({ message }) => message);

describe('what the API server refuses is refused, and the same fields are named', () => {
  test.each(Object.entries({ ...BAD_MANIFESTS, ...BAD_RECORDED }))('%s', (_sentence, { object, old, fields }) =>
    expect(pathsOf(object, old).sort()).toEqual([...fields].sort()),
  );
});

describe('what the API server takes is taken', () => {
  test.each(Object.entries({ ...GOOD_MANIFESTS, ...GOOD_RECORDED }))('%s', (_sentence, { object, old }) =>
    expect(problemsOf(object, old)).toEqual([]),
  );
});

test('defaults are filled in, on a copy', () => {
  const given = criterion({ objective: { target: '99.9' } });
  const before = structuredClone(given);
  const result = validate(given);
  expect(result).toMatchObject({
    kind: 'Valid',
    object: {
      spec: {
        severity: 'medium',
        interval: '1m',
        unknownFor: '5m',
        maxAge: '5m',
        whenUnknown: 'Inconclusive',
        mode: 'Enforced',
        escalation: [{ after: '0s', audience: 'internal' }],
        evidence: [{ whenEmpty: 'Unknown', allowPartial: false }],
        rule: { threshold: { match: 'All', minSeries: 1 } },
        objective: { window: '30d', unknownCountsAs: 'Excluded', of: 'Availability' },
      },
    },
  });
  expect(given).toEqual(before);
});

test('every mistake is told in one run', () => {
  const object = criterion({
    titel: 'The shop answers',
    interval: '5 min',
    severity: 'hihg',
    rule: { threshold: { evidence: 'down', op: '==', value: 1 } },
    escalation: [{ audience: 'internal' }],
  });
  delete object.spec.title;
  expect(pathsOf(object).sort()).toEqual([
    'spec.escalation[0]',
    'spec.interval',
    'spec.rule.threshold.evidence',
    'spec.severity',
    'spec.titel',
  ]);
});

test('a misspelt field is checked as what it stands for, and told of under its own name', () => {
  const object = criterion({ evidence: [{ name: 'up', promethues: { source: 'Prometheus', qery: 'up' } }] });
  expect(problemsOf(object).map(({ path, message }) => `${path}: ${message.slice(0, 40)}`)).toEqual([
    'spec.evidence[0].promethues: unknown field; did you mean prometheus?',
    'spec.evidence[0].promethues.qery: unknown field; did you mean query?',
    'spec.evidence[0].promethues.source: "Prometheus" is not a name: write lower-',
  ]);
});

test('a misspelt field beside the right one is a mistake of its own', () => {
  expect(pathsOf(criterion({ titel: 5 }))).toEqual(['spec.titel']);
});

describe('the message says what to write instead', () => {
  test.each(
    Object.entries({
      'a misspelt word': { object: criterion({ severity: 'hihg' }), want: 'did you mean high?' },
      'a word near to none': { object: criterion({ severity: 'urgent!' }), want: 'low, medium, high, critical' },
      'a number for a string': { object: criterion({ title: 5 }), want: 'put it in quotes' },
      'a quoted number': {
        object: criterion({ rule: { threshold: { evidence: 'up', op: '==', value: '1' } } }),
        want: 'write 1',
      },
      'records of what is none': { object: records({ of: 'Report' }), want: 'Incident' },
      'a demand that there is not': { object: records({ require: 'resovled' }), want: 'did you mean resolved?' },
      'a demand of other records': {
        object: records({ of: 'Deviation', require: 'classified' }),
        want: 'Deviation (resolved, toldTo)',
      },
      'a demand without its audience': {
        object: records({ require: 'toldTo' }),
        want: 'toldTo and acknowledged name an audience',
      },
      'a duration': { object: criterion({ maxAge: '5min' }), want: 'for example 30s, 15m or 30d' },
      'a missing field': {
        object: criterion({ rule: { threshold: { evidence: 'up', op: '==' } } }),
        want: 'The bound, in the unit',
      },
      'a kind that is near': {
        object: { ...criterion(), kind: 'CertificationCriteria' },
        want: 'did you mean CertificationCriterion?',
      },
      'a version that is not served': {
        object: { ...criterion(), apiVersion: 'assay.dev/v1' },
        want: 'write assay.dev/v1alpha1',
      },
      'no kind at all': { object: { apiVersion: 'assay.dev/v1alpha1' }, want: 'CertificationCriterion, EvidenceReport' },
      'no object at all': { object: 'hello', want: 'is not an object' },
    }),
  )('%s', (_sentence, { object, want }) => expect(messagesOf(object).join('\n')).toContain(want));
});

test('a status is neither checked nor lost', () => {
  const status = { verdict: 'Pass' };
  expect(validate({ ...report(), status })).toMatchObject({ kind: 'Valid', object: { status } });
});

test('rules on what may change need what stood there before', () => {
  expect(pathsOf(criterion({ service: 'till' }))).toEqual([]);
  expect(pathsOf(source(), source())).toEqual([]);
});

test('keys that come from outside do no harm', () => {
  const object = JSON.parse(
    '{"apiVersion":"assay.dev/v1alpha1","kind":"EvidenceSource","metadata":{"name":"a"},"__proto__":{"x":1}}',
  ) as unknown;
  expect(pathsOf(object)).toEqual(['__proto__', 'spec']);
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});
