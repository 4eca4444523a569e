import type { CertificationCriterionSpec, EscalationStep } from '../api/criterion.ts';
import { rulesOf, type Step, stepKey, stepText, unionOfSteps } from './rules.ts';

const spec = (further: Partial<CertificationCriterionSpec>): CertificationCriterionSpec => ({
  title: 'The shop answers',
  service: 'shop',
  controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
  evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
  ...further,
});

test('the defaults: a minute, a hold of two intervals, a recovery of three, unknown for 5m, internal told at once', () => {
  expect(rulesOf(spec({}))).toEqual({
    intervalMs: 60_000,
    holdForMs: 120_000,
    recoverForMs: 180_000,
    unknownForMs: 300_000,
    whenUnknown: 'Inconclusive',
    steps: [{ kind: 'After', audience: 'internal', afterMs: 0, onInconclusive: true }],
    enforced: true,
  });
});

test('hold and recovery follow the interval unless they are said', () => {
  expect(rulesOf(spec({ interval: '30s' }))).toMatchObject({ holdForMs: 60_000, recoverForMs: 90_000 });
  expect(rulesOf(spec({ interval: '30s', holdFor: '0s', recoverFor: '5m' }))).toMatchObject({
    holdForMs: 0,
    recoverForMs: 300_000,
  });
});

test('an objective looks back 30 days, leaves unknown time out and is about availability unless it says otherwise', () => {
  expect(rulesOf(spec({ objective: { target: '99.9' } })).objective).toEqual({
    target: '99.9',
    windowMs: 2_592_000_000,
    unknownCountsAs: 'Excluded',
    of: 'Availability',
  });
});

test('a dry run tells nobody, whatever steps it has', () => {
  const { steps, enforced } = rulesOf(spec({ mode: 'DryRun', escalation: [{ audience: 'authority', after: '15m' }] }));
  expect([steps, enforced]).toEqual([[], false]);
});

const steps = (...escalation: EscalationStep[]): readonly Step[] => rulesOf(spec({ escalation })).steps;

test.each(
  Object.entries({
    'the internal team is told that nobody can see': { step: { audience: 'internal' }, want: true },
    'so is the authority': { step: { audience: 'authority' }, want: true },
    'customers are not': { step: { audience: 'customers' }, want: false },
    'unless the step says so': { step: { audience: 'customers', verdicts: ['Fail', 'Inconclusive'] }, want: true },
    'nor the authority, if the step says so': { step: { audience: 'authority', verdicts: ['Fail'] }, want: false },
  } satisfies Record<string, { step: EscalationStep; want: boolean }>),
)('%s', (_sentence, { step, want }) => {
  expect(steps({ after: '15m', ...step })).toEqual([expect.objectContaining({ onInconclusive: want })]);
});

test('a step is known by audience and times, however the times are written', () => {
  const [after, accumulated] = steps(
    { audience: 'authority', after: '60s' },
    { audience: 'authority', accumulated: '15m', within: '1h' },
  );
  expect([stepKey(after!), stepKey(accumulated!)]).toEqual(['authority after 1m', 'authority 15m within 1h']);
  expect([stepText(after!), stepText(accumulated!)]).toEqual(['after 1m', '15m within 1h']);
});

describe('steps can only be added to', () => {
  const onFail = steps({ audience: 'authority', after: '15m', verdicts: ['Fail'] });
  const onBoth = steps({ audience: 'authority', after: '15m' });

  test.each(
    Object.entries({
      'a removed step stays': { before: onBoth, after: [], want: onBoth },
      'a new one is added': {
        before: onBoth,
        after: steps({ audience: 'x', after: '1m' }),
        want: [...onBoth, ...steps({ audience: 'x', after: '1m' })],
      },
      'a later one does not replace an earlier': {
        before: onBoth,
        after: steps({ audience: 'authority', after: '1h' }),
        want: [...onBoth, ...steps({ audience: 'authority', after: '1h' })],
      },
      'a narrowed one stays wide': { before: onBoth, after: onFail, want: onBoth },
      'a widened one is wide': { before: onFail, after: onBoth, want: onBoth },
    }),
  )('%s', (_sentence, { before, after, want }) => {
    expect(unionOfSteps(before, after)).toEqual(want);
  });
});
