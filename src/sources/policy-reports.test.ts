import fc from 'fast-check';

import type { KubeObject } from '../api/common.ts';
import type { PolicyReportsEvidence } from '../api/evidence-kinds.ts';
import type { Reading } from '../domain/sample.ts';
import type { ClusterObjects, FoundObjects, WantedObjects } from './cluster.ts';
import { falco, kubescape, kyverno, kyvernoOpen, trivy } from './policy-reports.fixtures.ts';
import { policyReportsReader } from './policy-reports.ts';

const never = new AbortController().signal;
const shop = { namespace: 'shop' };

type Served = Record<string, readonly KubeObject[] | Extract<FoundObjects, { kind: 'NotFound' }>>;
const notFound = (reason: 'NotServed' | 'NotAllowed' | 'Unreachable' | 'TooMany', message: string = reason) =>
  ({ kind: 'NotFound', reason, message }) as const;

/** A cluster that holds these objects, by kind; a kind that is not named is not served. */
function cluster(served: Served, asked: WantedObjects[] = []): ClusterObjects {
  return {
    list: (wanted) => {
      asked.push(wanted);
      const found = served[wanted.kind] ?? notFound('NotServed');
      return Promise.resolve('kind' in found ? found : { kind: 'Objects', objects: found });
    },
  };
}

const read = (served: Served, query: PolicyReportsEvidence = {}): Promise<Reading> =>
  policyReportsReader.read(query, cluster(served), shop, never);

/** Counts by `result severity source`, or the reading where there are none. */
async function counted(reports: readonly KubeObject[], query: PolicyReportsEvidence = {}): Promise<unknown> {
  const reading = await read(
    {
      Report: reports.filter(({ kind }) => kind === 'Report'),
      PolicyReport: reports.filter(({ kind }) => kind === 'PolicyReport'),
    },
    query,
  );
  if (reading.kind !== 'Samples' || reading.partial !== undefined) return reading;
  return Object.fromEntries(
    reading.samples.map(({ labels, value }) => [
      [labels['result'], labels['severity'], labels['source']].filter((each) => each !== undefined).join(' '),
      value,
    ]),
  );
}

const withResults = (results: unknown, more: object = {}): KubeObject =>
  ({ ...kyverno, summary: {}, ...more, results }) as KubeObject;

const all = [kyverno, trivy, falco, kubescape];
const others = [
  ['fail high Trivy Vulnerability', 1],
  ['fail critical Trivy Vulnerability', 2],
  ['fail high Falco', 1],
];

const cases: Record<string, { reports?: readonly KubeObject[]; query?: PolicyReportsEvidence; want: unknown }> = {
  'failures and errors count, by result, severity and source': {
    want: {
      ...Object.fromEntries(others),
      ...{ 'fail medium kyverno': 1, 'fail Kubescape': 1, 'error high Kubescape': 1 },
    },
  },
  'other results count where they are asked for': {
    query: { results: ['pass', 'warn', 'skip'] },
    want: { 'pass kyverno': 1, 'warn low Trivy Vulnerability': 1, 'skip Trivy Vulnerability': 1 },
  },
  'a result without severity counts only where no severity is asked for': {
    query: { severities: ['critical', 'high'] },
    want: { ...Object.fromEntries(others), 'error high Kubescape': 1 },
  },
  'only results of these sources': { query: { sources: ['trivy*', 'ky?erno'] }, want: { 'fail medium kyverno': 1 } },
  'only results of these policies': {
    query: { policies: ['CVE-*', 'C-0016'] },
    want: { 'fail critical Trivy Vulnerability': 2, 'fail high Trivy Vulnerability': 1, 'fail Kubescape': 1 },
  },
  'reports without a result that counts are zero': { query: { severities: ['info'] }, want: { '': 0 } },
  'of a policy that nobody wrote about nothing is known': { query: { policies: ['nothing'] }, want: {} },
  'nor of a source that never wrote': { query: { sources: ['falco*'] }, want: {} },
  'a report without results is zero': { reports: [withResults([])], want: { '': 0 } },
  'a report that has no list of results at all is zero': {
    reports: [{ apiVersion: 'v', kind: 'Report', metadata: { name: 'empty' } }],
    want: { '': 0 },
  },
  'no report at all is no evidence': { reports: [], want: {} },
  'the same result in both APIs counts once': { reports: [kyverno, kyvernoOpen], want: { 'fail medium kyverno': 1 } },
  'what one of the APIs alone holds counts too': {
    reports: [kyvernoOpen, kyverno, trivy],
    query: { severities: ['critical', 'medium'] },
    want: { 'fail medium kyverno': 1, 'fail critical Trivy Vulnerability': 2 },
  },
  'of another object the same result is another one': {
    reports: [kyvernoOpen, { ...kyverno, scope: { kind: 'Deployment', name: 'back', namespace: 'shop' } } as KubeObject],
    want: { 'fail medium kyverno': 2 },
  },
};

test.each(Object.entries(cases))('%s', async (_sentence, { reports = all, query, want }) => {
  expect(await counted(reports, query)).toEqual(want);
});

const one = { policy: 'p', result: 'fail', source: 's' };
const format = /^1 of 2 policy reports hold something that is not of the documented format \(the first is 4c1a\)$/;
const short = /^1 of 2 policy reports do not list every result that is asked for \(the first is 4c1a\)$/;

const flawed: Record<string, { report: KubeObject; query?: PolicyReportsEvidence; says: RegExp | undefined }> = {
  'results that are no list': { report: withResults('none'), says: format },
  'a result that is no object': { report: withResults([one, 'two']), says: format },
  'a result of an unknown word': { report: withResults([one, { ...one, result: 'FAIL' }]), says: format },
  'a result without a policy': { report: withResults([{ ...one, policy: 7 }]), says: format },
  'a severity of an unknown word': { report: withResults([{ ...one, severity: 'CRITICAL' }]), says: format },
  'a source that is no text': { report: withResults([{ ...one, source: {} }]), says: format },
  'a summary that counts more failures than are listed': { report: withResults([one], { summary: { fail: 2 } }), says: short },
  'a summary that counts more of what nobody asked for': {
    report: withResults([one], { summary: { pass: 9 } }),
    says: undefined,
  },
  'a report at the limit of its size': {
    report: withResults([one], { configuration: { limits: { maxResults: 1 } } }),
    says: short,
  },
  'a report that by its limits lists no errors': {
    report: withResults([one], { configuration: { limits: { maxResults: 0, statusFilter: ['fail'] } } }),
    says: short,
  },
};

describe('is partial, and says why', () => {
  test.each(Object.entries(flawed))('%s', async (_sentence, { report, says }) => {
    const reading = await read({ PolicyReport: [report, trivy] });
    expect(reading).toMatchObject({ kind: 'Samples' });
    const said = reading.kind === 'Samples' ? reading.partial : undefined;
    if (says === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(says);
  });

  test('also where nobody who was asked for wrote: what can not be read may be theirs', async () => {
    const reading = await read({ PolicyReport: [withResults('none'), trivy] }, { policies: ['nothing'] });
    expect(reading).toMatchObject({ kind: 'Samples', samples: [], partial: expect.stringMatching(format) as unknown });
  });
});

test('what a report says never reaches a label uncut', async () => {
  const source = `a\u0000\u202e${'x'.repeat(5_000)}\ud800`;
  const reading = await read({ Report: [withResults([{ ...one, source }])] });
  const [sample] = reading.kind === 'Samples' ? reading.samples : [];
  expect(sample?.labels['source']).toMatch(/^a\?\?x{116}…$/);
});

const verdict = { policy: 'up', result: 'fail', source: 'assay' };
const own = withResults([verdict], { summary: { fail: 1 } });
const loops: Record<string, { reports: readonly KubeObject[]; query?: PolicyReportsEvidence; want: unknown }> = {
  'a report of them is as good as none': { reports: [own], want: {} },
  'nor do they count beside other reports': { reports: [own, kyverno], want: { 'fail medium kyverno': 1 } },
  'nor within the report of somebody else': { reports: [withResults([verdict, one])], want: { 'fail s': 1 } },
  'nor by the source of the whole report': {
    reports: [withResults([{ policy: 'up', result: 'fail' }], { source: 'assay' })],
    want: {},
  },
  'nor if they are asked for by name': { reports: [own, kyverno], query: { sources: ['assay'] }, want: {} },
};

describe('verdicts of this operator are no evidence', () => {
  test.each(Object.entries(loops))('%s', async (_sentence, { reports, query, want }) => {
    expect(await counted(reports, query)).toEqual(want);
  });
});

test('more sources than anybody reads are no evidence', async () => {
  const results = Array.from({ length: 1_001 }, (_, index) => ({ ...one, source: `s${index}` }));
  expect(await read({ Report: [withResults(results)] })).toMatchObject({ reason: 'TooManySeries' });
});

test('never throws, whatever a report holds', async () => {
  const keys = fc.constantFrom(
    'results',
    'summary',
    'scope',
    'source',
    'configuration',
    'policy',
    'result',
    'severity',
    'resources',
  );
  const { anything } = fc.letrec((tie) => ({
    anything: fc.oneof({ depthSize: 'small' }, fc.jsonValue(), fc.constantFrom('fail', 'p'), tie('fields'), tie('list')),
    fields: fc.dictionary(keys, tie('anything')),
    list: fc.array(tie('anything'), { maxLength: 3 }),
  }));
  await fc.assert(
    fc.asyncProperty(fc.dictionary(keys, anything), async (fields) => {
      const report = { apiVersion: 'v', kind: 'Report', metadata: { name: 'r' }, ...fields } as KubeObject;
      expect(await read({ Report: [report] })).toMatchObject({ kind: 'Samples' });
    }),
  );
});

const reports = { Report: [], PolicyReport: [kyverno] };
const absences: Record<string, { served: Served; reading: object; refusal?: object }> = {
  'where no API serves reports': {
    served: {},
    reading: {
      kind: 'Unavailable',
      reason: 'SourceUnreachable',
      message: expect.stringMatching(/serves no policy reports/) as unknown,
    },
  },
  'where one of them may not be read, although the other may': {
    served: { ...reports, Report: notFound('NotAllowed', 'the operator may not') },
    reading: { kind: 'Unavailable', reason: 'SourceUnreachable', message: 'the operator may not' },
    refusal: { reason: 'KindNotAllowed', message: 'the operator may not' },
  },
  'where one of them can not be reached now': {
    served: { ...reports, PolicyReport: notFound('Unreachable', 'no answer') },
    reading: { kind: 'Unavailable', reason: 'SourceUnreachable', message: 'no answer' },
  },
  'where there are too many': {
    served: { PolicyReport: notFound('TooMany', 'too many') },
    reading: { kind: 'Unavailable', reason: 'TooManySeries', message: 'too many' },
  },
  'where one of them is not served': { served: { PolicyReport: [kyverno] }, reading: { kind: 'Samples' } },
};

describe('is no evidence', () => {
  test.each(Object.entries(absences))('%s', async (_sentence, { served, reading, refusal }) => {
    expect(await read(served)).toMatchObject(reading);
    expect(await policyReportsReader.check({}, cluster(served), shop, never)).toEqual(refusal);
  });
});

test('asks for reports of the own namespace, by their labels, or for those of the cluster', async () => {
  const asked: WantedObjects[] = [];
  const selector = { matchLabels: { app: 'shop' } };
  await policyReportsReader.read({ selector }, cluster({}, asked), shop, never);
  await policyReportsReader.read({ scope: 'Cluster' }, cluster({}, asked), shop, never);
  const [open, old] = ['openreports.io/v1alpha1', 'wgpolicyk8s.io/v1alpha2'] as const;
  expect(asked).toEqual([
    { apiVersion: open, kind: 'Report', namespace: 'shop', selector },
    { apiVersion: old, kind: 'PolicyReport', namespace: 'shop', selector },
    { apiVersion: open, kind: 'ClusterReport', namespace: 'shop' },
    { apiVersion: old, kind: 'ClusterPolicyReport', namespace: 'shop' },
  ]);
});
