import type { CertificationCriterionSpec, EvidenceItem } from '../api/criterion.ts';
import type { Reading } from '../domain/sample.ts';
import { comparing } from './fewer-series.ts';
import { type Observation, unobservable } from './observe.ts';

const SLOT = 30_000;

const spec = (...evidence: EvidenceItem[]): CertificationCriterionSpec => ({
  ...{ title: 'The shop answers', service: 'shop', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }] },
  evidence,
  rule: { threshold: { evidence: evidence[0]?.name ?? '', op: '==', value: 1 } },
});
const query = (name: string, text = name, more: Partial<EvidenceItem> = {}): EvidenceItem => ({
  ...{ name, prometheus: { source: 'prometheus', query: text } },
  ...more,
});
const UP = query('up');
const AWAY: Reading = { kind: 'Unavailable', reason: 'SourceUnreachable', message: 'no answer' };

/** That many series of value 1. */
const series = (count: number): Reading => ({
  kind: 'Samples',
  samples: Array.from({ length: count }, (_, index) => ({ labels: { instance: String(index) }, value: 1 })),
});

/** What is said in turn, each without what is said anyway. */
function said(of: CertificationCriterionSpec, ...readings: (Reading | number)[]): string[] {
  const compare = comparing();
  return readings.map((reading, index) => {
    const before = unobservable(of, index * SLOT, typeof reading === 'number' ? series(reading) : reading);
    const after = compare(before);
    expect(after).toMatchObject({ judgement: { outcome: before.judgement.outcome }, summaries: before.summaries });
    expect(after.judgement.message.startsWith(before.judgement.message)).toBe(true);
    return after.judgement.message.slice(before.judgement.message.length);
  });
}

const fewer = (from: number, to: number, name = 'up'): string =>
  `; ${name} has ${from - to} series fewer than at most in the last 24h: ${from} -> ${to}`;

test.each(
  Object.entries({
    'as many as ever': { of: spec(UP), looks: [3, 3], want: ['', ''] },
    'more than ever': { of: spec(UP), looks: [3, 4], want: ['', ''] },
    'fewer, until all are back': {
      of: spec(UP),
      looks: [12, 9, 9, 11, 12],
      want: ['', fewer(12, 9), fewer(12, 9), fewer(12, 11), ''],
    },
    'a slow slide': { of: spec(UP), looks: [12, 11, 10], want: ['', fewer(12, 11), fewer(12, 10)] },
    'a source that is away says nothing, and nothing is forgotten': {
      of: spec(UP),
      looks: [12, AWAY, 9],
      want: ['', '', fewer(12, 9)],
    },
    'no series at all is said by the outcome': { of: spec(UP), looks: [12, 0, 9], want: ['', '', fewer(12, 9)] },
    'but where that counts as zero': {
      of: spec(query('up', 'up', { whenEmpty: 'Zero' })),
      looks: [12, 0],
      want: ['', fewer(12, 0)],
    },
    'a query that leaves out what does not hold': { of: spec(query('up', 'up == 0')), looks: [12, 9], want: ['', ''] },
    'evidence that counts what happened': {
      of: spec({ name: 'up', logs: { source: 'logs', query: '*', groupBy: 'host' } }),
      looks: [12, 9],
      want: ['', ''],
    },
    'an item that no rule looks at': {
      of: spec(query('one', 'up == 1'), query('more')),
      looks: [12, 9],
      want: ['', fewer(12, 9, 'more')],
    },
    'seven items': {
      of: spec(...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => query(name))),
      looks: [2, 1],
      want: ['', `${['a', 'b', 'c', 'd', 'e'].map((name) => fewer(2, 1, name)).join('')}; and so have 2 more items`],
    },
  } satisfies Record<string, { of: CertificationCriterionSpec; looks: (Reading | number)[]; want: string[] }>),
)('%s', (_sentence, { of, looks, want }) => expect(said(of, ...looks)).toEqual(want));

test('what was known before counts, for a day', () => {
  const peaks = { up: [[0, 12]] } as const;
  const messageAt = (slot: number): string => {
    const observation: Observation = unobservable(spec(UP), slot, series(9));
    return comparing(peaks)(observation).judgement.message;
  };
  expect(messageAt(86_400_000)).toContain('12 -> 9');
  expect(messageAt(86_400_001)).toBe('up is 1, required == 1 (9 series)');
});
