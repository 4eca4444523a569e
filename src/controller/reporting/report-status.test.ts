import type { CertificationCriterionSpec, OutcomeKind } from '../../api/criterion.ts';
import type { ReportPeriod } from '../../api/report.ts';
import { apply, create, type CriterionEvent } from '../../domain/criterion.ts';
import { deviationId } from '../../domain/deviation-id.ts';
import { summarise } from '../../domain/period.ts';
import { rulesOf } from '../../domain/rules.ts';
import type { Period } from '../../domain/timeline.ts';
import { type KnownCriterion, derivedFrom } from '../judging/known.ts';
import { NOTHING_SAID } from './report-said.ts';
import { type Reported, reportStatus } from './report-status.ts';

const START = Date.UTC(2026, 0, 1, 12);
const SLOT = 60_000;
const LIVE: ReportPeriod = { type: 'Live' };
const RANGE: ReportPeriod = { type: 'Range', from: '2026-01-01T12:00:00Z', to: '2026-01-01T12:20:00Z' };

interface Life {
  readonly name?: string;
  /** One letter a minute: M, N, U, and . for a slot that was missed, r for one that was read back as Met. */
  readonly looks: string;
  readonly spec?: Partial<CertificationCriterionSpec>;
  readonly then?: readonly CriterionEvent[];
  readonly measured?: string;
}

const OUTCOMES: Readonly<Record<string, OutcomeKind>> = { M: 'Met', N: 'NotMet', U: 'Unknown', r: 'Met' };

function eventOf(look: string, slot: number): CriterionEvent {
  const outcome = OUTCOMES[look];
  if (outcome === undefined) return { kind: 'Missed', from: slot, to: slot, reason: 'NoHistory' };
  return { kind: 'Slot', slot, outcome, readBack: look === 'r' };
}

function reported({ name = 'up', looks, spec: more = {}, then = [], measured }: Life, period: Period): Reported {
  const spec: CertificationCriterionSpec = {
    title: name,
    service: 'shop',
    controls: [{ catalog: 'BSI-C5', version: '2020', id: `OPS-${name}` }],
    interval: '1m',
    holdFor: '0s',
    recoverFor: '0s',
    unknownFor: '0s',
    evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
    rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
    ...more,
  };
  const events = Array.from(looks).map((look, index) => eventOf(look, START + index * SLOT));
  const created = create(`shop/${name}`, { at: START, rules: rulesOf(spec) });
  const state = [...events, ...then].reduce((before, event) => apply(before, event).state, created);
  const identity = {
    namespace: 'shop',
    service: 'shop',
    name,
    uid: 'one',
    spec,
    changedAt: 0,
    ...derivedFrom({ namespace: 'shop', service: 'shop' }, spec),
    sources: {},
  };
  const known: KnownCriterion = { ...identity, state };
  return { known, summary: summarise(state, period, period.to), ...(measured === undefined ? {} : { measured }) };
}

/** A report over the first `minutes` of these lives. */
function reportOf(spec: ReportPeriod, minutes: number, ...lives: Life[]): ReturnType<typeof reportStatus> {
  const period = { from: START, to: START + minutes * SLOT };
  return reportStatus(
    lives.map((life) => reported(life, period)),
    period,
    spec,
  );
}

const M20 = 'M'.repeat(20);

describe('the verdict', () => {
  const cases: Record<string, { spec: ReportPeriod; lives: Life[]; want: string }> = {
    'of a live report is what holds now, whatever was': { spec: LIVE, lives: [{ looks: `NNNN${'M'.repeat(16)}` }], want: 'Pass' },
    'of a past period is what was: a deviation fails it': {
      spec: RANGE,
      lives: [{ looks: `NNNN${'M'.repeat(16)}` }],
      want: 'Fail',
    },
    'of a past period without enough evidence is Inconclusive': {
      spec: RANGE,
      lives: [{ looks: `UU${'M'.repeat(18)}` }],
      want: 'Inconclusive',
    },
    'of a past period that always held is Pass': { spec: RANGE, lives: [{ looks: M20 }], want: 'Pass' },
    'is the worst of several: Fail before Inconclusive': {
      spec: LIVE,
      lives: [
        { name: 'a', looks: `${M20}U` },
        { name: 'b', looks: `${M20}N` },
        { name: 'c', looks: M20 },
      ],
      want: 'Fail',
    },
    'Inconclusive before Suspended': {
      spec: LIVE,
      lives: [
        { name: 'a', looks: `${M20}U` },
        { name: 'b', looks: M20, then: [{ kind: 'Suspended', at: START + 20 * SLOT }] },
      ],
      want: 'Inconclusive',
    },
    'Suspended before Pass: who does not look does not pass': {
      spec: LIVE,
      lives: [
        { name: 'a', looks: M20 },
        { name: 'b', looks: M20, then: [{ kind: 'Suspended', at: START + 20 * SLOT }] },
      ],
      want: 'Suspended',
    },
    'of nothing at all is Inconclusive': { spec: RANGE, lives: [], want: 'Inconclusive' },
    'an objective decides by its target, not by a deviation': {
      spec: RANGE,
      lives: [{ looks: `N${'M'.repeat(19)}`, spec: { objective: { target: '95' } } }],
      want: 'Pass',
    },
  };
  test.each(Object.entries(cases))('%s', (_sentence, { spec, lives, want }) =>
    expect(reportOf(spec, 20, ...lives).verdict).toBe(want),
  );
});

describe('the figures', () => {
  const figuresOf = (...lives: Life[]): object => {
    const { availability, bounds } = reportOf(RANGE, 20, ...lives);
    return { availability, ...bounds };
  };
  const cases: Record<string, { lives: Life[]; want: object }> = {
    'never stand alone: bounds and coverage beside them': {
      lives: [{ looks: `N${'M'.repeat(19)}` }],
      want: { availability: '95.000', lower: '95.000', upper: '95.000', coverage: '100.000' },
    },
    'unknown time is no figure of availability, but moves the bounds': {
      lives: [{ looks: `UN${'M'.repeat(18)}` }],
      want: { availability: '94.736', lower: '90.000', upper: '95.000', coverage: '95.000' },
    },
    'under the least coverage only the bounds are printed': {
      lives: [{ looks: `UUN${'M'.repeat(17)}` }],
      want: { availability: '85.000 to 95.000', lower: '85.000', upper: '95.000', coverage: '90.000' },
    },
    'without evidence there is none, and never 100': {
      lives: [],
      want: { availability: '-', lower: '-', upper: '-', coverage: '-' },
    },
    'the service is down when any of its criteria is': {
      lives: [
        { name: 'a', looks: `N${'M'.repeat(19)}` },
        { name: 'b', looks: `MN${'M'.repeat(18)}` },
      ],
      want: { availability: '90.000', lower: '90.000', upper: '90.000', coverage: '100.000' },
    },
    'a dry run, and an objective on something else, do not count for the service': {
      lives: [
        { name: 'a', looks: M20 },
        { name: 'b', looks: 'N'.repeat(20), spec: { mode: 'DryRun' } },
        { name: 'c', looks: 'N'.repeat(20), spec: { objective: { target: '99', of: 'Other' } } },
      ],
      want: { availability: '100.000', lower: '100.000', upper: '100.000', coverage: '100.000' },
    },
  };
  test.each(Object.entries(cases))('%s', (_sentence, { lives, want }) => expect(figuresOf(...lives)).toEqual(want));
});

test('each criterion has a row of its own', () => {
  const life = { looks: `MMNNMNU${'M'.repeat(13)}`, measured: '1 (== 1)' };
  expect(reportOf(RANGE, 20, life).criteria).toEqual([
    {
      name: 'up',
      controls: 'OPS-up',
      verdict: 'Fail',
      measured: '1 (== 1)',
      availability: '84.210',
      downtime: '3m',
      unknown: '1m',
      deviations: 2,
      longestDeviation: '2m',
    },
  ]);
});

describe('deviations', () => {
  test('are named with their span and how they ended, the newest first; an open one has no end', () => {
    const { deviations } = reportOf(RANGE, 6, { name: 'a', looks: 'MNMMMM' }, { name: 'b', looks: 'MMMMMN' });
    expect(deviations).toEqual([
      { id: deviationId('shop/b', START + 5 * SLOT), criterion: 'b', from: '2026-01-01T12:05:00Z' },
      {
        id: deviationId('shop/a', START + SLOT),
        criterion: 'a',
        from: '2026-01-01T12:01:00Z',
        to: '2026-01-01T12:02:00Z',
        reason: 'Recovered',
      },
    ]);
  });

  test('of many only the newest 20 are named, but all are counted', () => {
    const { deviations, criteria } = reportOf(RANGE, 50, { looks: 'NM'.repeat(25) });
    expect(deviations).toHaveLength(20);
    expect(deviations?.[0]?.from).toBe('2026-01-01T12:48:00Z');
    expect(criteria?.[0]?.deviations).toBe(25);
  });
});

describe('a change that was agreed', () => {
  const window = { from: START + 2 * SLOT, to: START + 4 * SLOT };
  const said = (adjustsFigures: boolean) => ({ ...NOTHING_SAID, explanations: [{ change: 'disk', window, adjustsFigures }] });
  const period = { from: START, to: START + 10 * SLOT };
  const status = (adjustsFigures: boolean) =>
    reportStatus([reported({ looks: 'MMNNNMMMMM' }, period)], period, RANGE, said(adjustsFigures));

  test('is named beside the deviation, and the figure is printed both ways', () => {
    const { availability, adjusted, verdict, deviations, criteria } = status(true);
    expect({ availability, adjusted }).toEqual({
      availability: '70.000',
      adjusted: { availability: '87.500', changes: ['disk'] },
    });
    expect(deviations).toMatchObject([{ criterion: 'up', change: 'disk' }]);
    // It hides nothing.
    expect([verdict, criteria?.[0]?.downtime]).toEqual(['Fail', '3m']);
  });

  test('adjusts nothing where it does not ask for it', () => {
    const shown = status(false);
    expect(shown.deviations).toMatchObject([{ change: 'disk' }]);
    expect(shown).not.toHaveProperty('adjusted');
  });
});

test('the evidence is counted: in time, read back, and missed with when and why', () => {
  expect(reportOf(RANGE, 8, { looks: 'MMrr..MM' }).evidence).toEqual({
    expected: 8,
    observed: 4,
    readBack: 2,
    gaps: [{ from: '2026-01-01T12:04:00Z', to: '2026-01-01T12:05:00Z', reason: 'NoHistory' }],
  });
});

describe('the columns', () => {
  test.each(
    Object.entries({
      'a live report says how far back it looks': { spec: LIVE, want: 'Live (20m)' },
      'a report of the last hours says so': { spec: { type: 'Last', last: '24h' } as const, want: 'Last 24h' },
      'a report of a range says from when to when': { spec: RANGE, want: '2026-01-01T12:00:00Z to 2026-01-01T12:20:00Z' },
    }),
  )('%s', (_sentence, { spec, want }) => expect(reportOf(spec, 20, { looks: M20 }).period).toBe(want));

  test('what was measured and since when is that of the worst criterion', () => {
    const lives = [
      { name: 'a', looks: M20, measured: '1 (== 1)' },
      { name: 'b', looks: `${'M'.repeat(19)}N`, measured: '0 (== 1)' },
    ];
    expect(reportOf(LIVE, 20, ...lives)).toMatchObject({
      controls: 'OPS-a, OPS-b',
      measured: '0 (== 1)',
      since: '2026-01-01T12:19:00Z',
    });
  });
});
