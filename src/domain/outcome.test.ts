import type { EvidenceItem, Threshold } from '../api/criterion.ts';
import { judge, type JudgeInput, type Judgement, labelsKey } from './outcome.ts';
import type { Reading, Sample } from './sample.ts';

const SLOT = 1_000_000;

interface Case {
  readonly values?: readonly number[];
  readonly samples?: readonly Sample[];
  readonly reading?: Reading;
  readonly rule?: Partial<Threshold>;
  readonly item?: Partial<EvidenceItem>;
}

/** Judges `up == 1` over series that are told apart by a label `n`, unless the case says otherwise. */
function judged({ values = [], samples, reading, rule, item }: Case): ReturnType<typeof judge> {
  const series = samples ?? values.map((value, n) => ({ labels: { n: String(n) }, value }));
  const input: JudgeInput = {
    item: { name: 'up', ...item },
    threshold: { evidence: 'up', op: '==', value: 1, ...rule },
    reading: reading ?? { kind: 'Samples', samples: series },
    slot: SLOT,
    maxAgeMs: 300_000,
  };
  return judge(input);
}

const outcomeText = ({ outcome }: Judgement): string => (outcome.kind === 'Unknown' ? outcome.reason : outcome.kind);

const any = { match: 'Any' } as const;
const partial: Reading = { kind: 'Samples', samples: [{ labels: {}, value: 1 }], partial: 'a store did not answer' };

test.each(
  Object.entries({
    'all good is met': { values: [1, 1], want: 'Met' },
    'one bad of all is not met': { values: [1, 0], want: 'NotMet' },
    'one bad of all decides, whatever else is NaN': { values: [NaN, 0, 1], want: 'NotMet' },
    'one bad of all decides, whatever else is missing': { values: [0], rule: { minSeries: 3 }, want: 'NotMet' },
    'no bad and one NaN of all leaves it open': { values: [1, NaN], want: 'NotANumber' },
    '+Inf is undecided, also where it would hold': { values: [Infinity], rule: { op: '>', value: 0 }, want: 'NotANumber' },
    '-Inf is undecided, also where it would break': { values: [-Infinity], rule: { op: '>', value: 0 }, want: 'NotANumber' },
    'one good of any is met, whatever else is NaN': { values: [NaN, 1, 0], rule: any, want: 'Met' },
    'no good and one NaN of any leaves it open': { values: [0, NaN], rule: any, want: 'NotANumber' },
    'all bad of any is not met': { values: [0, 0], rule: any, want: 'NotMet' },
    'fewer series than needed are no evidence': { values: [1, 1], rule: { minSeries: 3 }, want: 'TooFewSeries' },
    'fewer series than needed are no evidence for any either': {
      values: [1],
      rule: { ...any, minSeries: 2 },
      want: 'TooFewSeries',
    },
    'as many series as needed are enough': { values: [1, 1, 1], rule: { minSeries: 3 }, want: 'Met' },
    'no series is unknown, never met': { values: [], want: 'EmptyResult' },
    'no series is zero where that is said': { values: [], item: { whenEmpty: 'Zero' }, rule: { value: 0 }, want: 'Met' },
    'that zero is judged like any other': { values: [], item: { whenEmpty: 'Zero' }, want: 'NotMet' },
    'that zero is one series': {
      values: [],
      item: { whenEmpty: 'Zero' },
      rule: { value: 0, minSeries: 2 },
      want: 'TooFewSeries',
    },
    'no answer is no zero': {
      reading: { kind: 'Unavailable', reason: 'SourceUnreachable', message: 'refused' },
      item: { whenEmpty: 'Zero' },
      want: 'SourceUnreachable',
    },
    'a partial answer is unknown': { reading: partial, want: 'PartialAnswer' },
    'a partial answer counts where that is said': { reading: partial, item: { allowPartial: true }, want: 'Met' },
    'two series with the same labels are a failed query': {
      samples: [
        { labels: { a: '1', b: '2' }, value: 1 },
        { labels: { b: '2', a: '1' }, value: 1 },
      ],
      want: 'QueryFailed',
    },
    'a sample as old as maxAge counts': { samples: [{ labels: {}, value: 1, sampleAt: SLOT - 300_000 }], want: 'Met' },
    'an older one does not': { samples: [{ labels: {}, value: 1, sampleAt: SLOT - 300_001 }], want: 'StaleData' },
    'a stale bad series does not decide': {
      samples: [
        { labels: { n: '0' }, value: 0, sampleAt: 0 },
        { labels: { n: '1' }, value: 1, sampleAt: SLOT },
      ],
      want: 'Met',
    },
    'stale series are missing series': {
      samples: [
        { labels: { n: '0' }, value: 1, sampleAt: 0 },
        { labels: { n: '1' }, value: 1, sampleAt: SLOT },
      ],
      rule: { minSeries: 2 },
      want: 'TooFewSeries',
    },
  } satisfies Record<string, Case & { want: string }>),
)('%s', (_sentence, { want, ...given }) => {
  expect(outcomeText(judged(given))).toBe(want);
});

describe('the message', () => {
  const down = (n: string): Sample => ({ labels: { __name__: 'up', instance: n }, value: 0 });

  test.each(
    Object.entries({
      'says what was seen and what is required': { values: [1], want: 'up is 1, required == 1' },
      'counts several series': { values: [1, 1], want: 'up is 1, required == 1 (2 series)' },
      'names the failing series without the name of the metric': {
        samples: [down('shop-1'), { labels: { instance: 'shop-2' }, value: 1 }],
        want: 'up is 0, required == 1 (1 of 2 series: instance="shop-1")',
      },
      'names five at most': {
        samples: ['a', 'b', 'c', 'd', 'e', 'f'].map(down),
        want: 'up is 0, required == 1 (6 of 6 series: instance="a"; instance="b"; instance="c"; instance="d"; instance="e")',
      },
      'lets no control character, line break or quote through': {
        samples: [down('a\nb\u001b[31m\u202e"c')],
        want: 'up is 0, required == 1 (instance="a?b?[31m?\\"c")',
      },
      'cuts a long label': { samples: [down('x'.repeat(500))], want: `up is 0, required == 1 (instance="${'x'.repeat(119)}…")` },
      'names the evidence of which nothing is known': {
        values: [],
        want: 'up: the answer holds no series',
      },
    } satisfies Record<string, Case & { want: string }>),
  )('%s', (_sentence, { want, ...given }) => {
    expect(judged(given).message).toBe(want);
  });

  test('shows the worst value against the bound', () => {
    const { measured, summary } = judged({ values: [90, 99, 85], rule: { op: '<', value: 80 } });
    expect(measured).toBe('99 (< 80)');
    expect(summary).toEqual({ name: 'up', series: 3, failing: 3, value: 99 });
  });
});

test.each(
  Object.entries({
    'a broken warning bound leaves the outcome alone': { values: [85], want: ['Met', 'NotMet'] },
    'a warning bound that holds': { values: [10], want: ['Met', 'Met'] },
    'without evidence both are unknown': { values: [], want: ['Unknown', 'Unknown'] },
  }),
)('%s', (_sentence, { values, want }) => {
  const { outcome, warning } = judged({ values, rule: { op: '<', value: 90, warn: { op: '<', value: 80 } } });
  expect([outcome.kind, warning]).toEqual(want);
});

test('labels make the same key in any order', () => {
  expect(labelsKey({ b: '2', a: '1' })).toBe(labelsKey({ a: '1', b: '2' }));
  expect(labelsKey({ a: '1' })).not.toBe(labelsKey({ a: '2' }));
});
