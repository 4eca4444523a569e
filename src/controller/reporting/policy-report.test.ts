import fc from 'fast-check';

import type { KubeObject } from '../../api/common.ts';
import type { CertificationCriterionSpec, OutcomeKind } from '../../api/criterion.ts';
import type { PolicyResult } from '../../api/evidence-kinds.ts';
import { apply, create, type CriterionEvent } from '../../domain/criterion.ts';
import { deviationId } from '../../domain/deviation-id.ts';
import { rulesOf } from '../../domain/rules.ts';
import { readReport } from '../../sources/policy-reports-results.ts';
import { derivedFrom, type KnownCriterion } from '../judging/known.ts';
import { contentOf, isOwn, REPORT_APIS, reportsOf, RESULTS_A_REPORT, seen } from './policy-report.ts';
import { resultOf } from './policy-report-result.ts';

const START = Date.UTC(2026, 0, 1, 12);
const SLOT = 30_000;
const [OPEN, OLD] = [REPORT_APIS[0]!, REPORT_APIS[1]!];
const SHOP = { namespace: 'shop', service: 'front' };

interface Life {
  readonly name?: string;
  /** One letter a slot: M, N, U. */
  readonly looks?: string;
  readonly spec?: Partial<CertificationCriterionSpec>;
  readonly then?: readonly CriterionEvent[];
}

const OUTCOMES: Readonly<Record<string, OutcomeKind>> = { M: 'Met', N: 'NotMet', U: 'Unknown' };
const at = (slot: number): number => START + slot * SLOT;

function known({ name = 'up', looks = '', spec: more = {}, then = [] }: Life): KnownCriterion {
  const spec: CertificationCriterionSpec = {
    title: 'The shop answers',
    service: 'front',
    controls: [
      { catalog: 'BSI-C5', version: '2020', id: 'OPS-02' },
      { catalog: 'BSI-C5', version: '2026', id: 'OPS-02' },
      { catalog: 'BSI-C5', version: '2020', id: 'OPS-17' },
    ],
    severity: 'high',
    ...{ interval: '30s', holdFor: '30s', recoverFor: '0s', unknownFor: '30s' },
    evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
    rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
    ...more,
  };
  const slots = Array.from(looks).map((look, index): CriterionEvent => {
    const outcome = OUTCOMES[look]!;
    return { kind: 'Slot', slot: at(index), outcome, ...(outcome === 'Unknown' && { reason: REASONS[index % 2]! }) };
  });
  const created = create(`shop/${name}`, { at: START, rules: rulesOf(spec) });
  const state = [...slots, ...then].reduce((before, event) => apply(before, event).state, created);
  const identity = { ...SHOP, name, uid: `uid-of-${name}`, spec, changedAt: START, sources: {} };
  return { ...identity, ...derivedFrom(SHOP, spec), state };
}

const REASONS = ['EmptyResult', 'SourceUnreachable'] as const;

const suspended = { suspend: { reason: 'maintenance' } };
const verdicts: Record<string, [life: Life, result: PolicyResult, message: RegExp]> = {
  'a Pass is a pass': [{ looks: 'M' }, 'pass', /^The shop answers: holds: up == 1$/],
  'a Fail is a fail': [{ looks: 'MNN' }, 'fail', /^The shop answers: does not hold: up == 1$/],
  'a Fail for want of evidence does not say what nobody knows': [
    { looks: 'MUU', spec: { whenUnknown: 'Fail' } },
    'fail',
    /: does not hold, or nobody can tell: up == 1$/,
  ],
  'Inconclusive is an error: it could not be evaluated': [
    { looks: 'MUU' },
    'error',
    /: not known for want of evidence: up == 1$/,
  ],
  'so is a lack of evidence from the beginning, once it has lasted': [{ looks: 'UU' }, 'error', /want of evidence/],
  'what is only pending is skipped': [{}, 'skip', /: nothing was judged yet, or not for long enough$/],
  'also while nothing is known but not for long enough': [{ looks: 'U' }, 'skip', /not for long enough$/],
  'Suspended is skipped': [
    { looks: 'MNN', spec: suspended, then: [{ kind: 'Suspended', at: at(3) }] },
    'skip',
    /: nothing is evaluated: maintenance$/,
  ],
  'a dry run that fails is a warning': [
    { looks: 'MNN', spec: { mode: 'DryRun' } },
    'warn',
    /^The shop answers \(dry run\): does/,
  ],
  'a dry run that knows nothing is skipped': [{ looks: 'MUU', spec: { mode: 'DryRun' } }, 'skip', /\(dry run\): not known/],
  'a dry run that passes passes': [{ looks: 'M', spec: { mode: 'DryRun' } }, 'pass', /\(dry run\): holds/],
};

test.each(Object.entries(verdicts))('%s', (_sentence, [life, result, message]) => {
  expect(resultOf(known(life))).toMatchObject({
    result,
    message: expect.stringMatching(message) as unknown,
    scored: life.spec?.mode !== 'DryRun',
  });
});

test('a result names the criterion, its controls, and its deviation', () => {
  expect(resultOf(known({ looks: 'MNN' }))).toEqual({
    ...{ source: 'assay', policy: 'up', rule: 'OPS-02, OPS-17', category: 'BSI-C5 2020, BSI-C5 2026', severity: 'high' },
    ...{ result: 'fail', scored: true, message: 'The shop answers: does not hold: up == 1' },
    timestamp: { seconds: at(2) / 1000, nanos: 0 },
    resources: [
      {
        ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'CertificationCriterion' },
        ...{ namespace: 'shop', name: 'up', uid: 'uid-of-up' },
      },
    ],
    properties: { resultID: deviationId('shop/up', at(1)), service: 'front', verdict: 'Fail' },
  });
});

test('a timestamp holds milliseconds as nanoseconds', () => {
  const then: CriterionEvent[] = [{ kind: 'Suspended', at: at(1) + 7 }];
  expect(resultOf(known({ looks: 'M', then })).timestamp).toEqual({ seconds: at(1) / 1000, nanos: 7_000_000 });
});

test('the result is the same, whatever is seen, as long as the verdict is the same', () => {
  const outcomes = fc.array(fc.constantFrom('M', 'N', 'U'), { maxLength: 30 });
  fc.assert(
    fc.property(outcomes, fc.constantFrom('M', 'N', 'U'), (looks, next) => {
      const spec = { recoverFor: '1m', unknownFor: '1m' };
      const [before, after] = [looks.join(''), looks.join('') + next].map((each) => known({ looks: each, spec }));
      const isSame = before!.state.track.verdict === after!.state.track.verdict && before!.state.decided === after!.state.decided;
      if (isSame) expect(resultOf(after!)).toEqual(resultOf(before!));
      else expect(resultOf(after!).properties['resultID']).not.toBe(resultOf(before!).properties['resultID']);
    }),
    { numRuns: 500 },
  );
});

test('a deviation that goes on after a time without evidence is known again by its id', () => {
  const [first, blind, again] = ['MNN', 'MNNUU', 'MNNUUN'].map((looks) => resultOf(known({ looks })).properties['resultID']);
  expect(again).toBe(first);
  expect(blind).not.toBe(first);
});

test('what was warned of in a dry run is news once it counts', () => {
  const spec = { mode: 'DryRun' } as const;
  expect(resultOf(known({ looks: 'MNN', spec })).properties['resultID']).not.toBe(
    resultOf(known({ looks: 'MNN' })).properties['resultID'],
  );
});

const some = [
  known({ name: 'b', looks: 'MNN' }),
  known({ name: 'a', looks: 'M' }),
  known({ name: 'gone', looks: 'M', then: [{ kind: 'Deleted', at: at(1) }] }),
];

test('a report holds the criteria that there are, by name, and counts them', () => {
  const [report, ...others] = reportsOf(OLD, SHOP, some);
  expect(others).toEqual([]);
  expect(report).toMatchObject({
    ...{ apiVersion: 'wgpolicyk8s.io/v1alpha2', kind: 'PolicyReport' },
    metadata: {
      ...{ name: 'assay-front', namespace: 'shop' },
      labels: { 'app.kubernetes.io/managed-by': 'assay', 'assay.dev/service': 'front' },
    },
    summary: { pass: 1, fail: 1, warn: 0, error: 0, skip: 0 },
    results: [
      { policy: 'a', result: 'pass' },
      { policy: 'b', result: 'fail' },
    ],
  });
  expect(report).not.toHaveProperty('source');
  expect(reportsOf(OPEN, SHOP, some)[0]).toMatchObject({
    apiVersion: 'openreports.io/v1alpha1',
    kind: 'Report',
    source: 'assay',
  });
});

test('a service without criteria has no report', () => {
  expect(reportsOf(OPEN, SHOP, some.slice(2))).toEqual([]);
});

test('many criteria are spread over as few reports as hold them, under names that no other service has', () => {
  const many = Array.from({ length: 2 * RESULTS_A_REPORT + 1 }, (_, index) => known({ name: `c${index}`, looks: 'M' }));
  const reports = reportsOf(OPEN, SHOP, many);
  expect(reports.map(({ metadata, results, summary }) => [metadata.name, results.length, summary.pass])).toEqual([
    ['assay-front', 200, 200],
    ['assay-front.2', 200, 200],
    ['assay-front.3', 1, 1],
  ]);
  expect(new Set(reports.flatMap(({ results }) => results.map(({ policy }) => policy))).size).toBe(many.length);
});

test('a report of the longest texts fits into what etcd takes', () => {
  const long = (length: number): string => '\u{10348}'.repeat(length / 2);
  const controls = Array.from({ length: 16 }, (_, index) => ({
    ...{ catalog: 'C'.repeat(39), version: '2'.repeat(19), id: `${index}${long(62)}` },
  }));
  const spec = { title: long(200), controls, rule: { expression: long(2048) }, suspend: { reason: long(512) } };
  const then: CriterionEvent[] = [{ kind: 'Suspended', at: at(1) }];
  const lives = [{ looks: 'M' }, { looks: 'M', then }].map((life) => known({ ...life, spec, name: 'n'.repeat(63) }));
  for (const each of lives) {
    const [report] = reportsOf(OPEN, SHOP, Array<KnownCriterion>(RESULTS_A_REPORT).fill(each));
    expect(report?.results).toHaveLength(RESULTS_A_REPORT);
    expect(Buffer.byteLength(JSON.stringify(report))).toBeLessThan(1_000_000);
  }
});

describe('a report that was found', () => {
  const [report] = reportsOf(OPEN, SHOP, some);
  const by = (manager: string, operation: string): KubeObject =>
    ({
      ...report,
      metadata: { ...report!.metadata, uid: 'u', managedFields: [{ manager, operation }] },
    }) as unknown as KubeObject;

  test('says the same in whatever order its fields come back', () => {
    const { summary, results, ...rest } = JSON.parse(JSON.stringify(report)) as KubeObject & {
      summary: object;
      results: object[];
    };
    const turned = (fields: object): object => Object.fromEntries(Object.entries(fields).reverse());
    const back = { results: results.map(turned), summary: turned(summary), ...rest };
    expect(contentOf(back)).toBe(contentOf(report!));
  });

  const edits: Record<string, object> = {
    'a result': { results: [] },
    'the summary': { summary: { ...report!.summary, fail: 0 } },
    'the source': { source: 'somebody' },
    'a label': { metadata: { ...report!.metadata, labels: { 'app.kubernetes.io/managed-by': 'assay' } } },
  };
  test.each(Object.entries(edits))('says something else after a change of %s', (_what, edit) => {
    expect(contentOf({ ...report!, ...edit })).not.toBe(contentOf(report!));
  });

  test('is ours if we applied it, whatever its labels say', () => {
    expect(seen(by('assay', 'Apply'))).toMatchObject({ service: SHOP, metadata: { name: 'assay-front', uid: 'u' } });
    expect([by('assay', 'Update'), by('kubectl', 'Apply'), report!].map(isOwn)).toEqual([false, false, false]);
    expect(seen(by('kubectl', 'Apply'))).not.toHaveProperty('service');
    const named = (name: string): KubeObject => ({
      ...by('assay', 'Apply'),
      metadata: { ...by('assay', 'Apply').metadata, name },
    });
    expect(seen(named('assay-front.2'))).toMatchObject({ service: SHOP });
    expect(seen(named('others'))).not.toHaveProperty('service');
  });

  test('is evidence of nothing', () => {
    expect(readReport(report!)).toMatchObject({ results: [], malformed: false, isOwn: true });
    const mixed = { ...report!, results: [...report!.results, { policy: 'p', result: 'fail', source: 'kyverno' }] };
    expect(readReport(mixed)).toMatchObject({ results: [{ source: 'kyverno' }], isOwn: false });
  });
});
