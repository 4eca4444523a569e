import type { CertificationCriterionSpec, EvidenceItem } from '../../api/criterion.ts';
import type { SeriesPeaks } from '../../domain/series-peaks.ts';
import type { Look } from '../../sources/observe.ts';
import { seriesComplete } from './series-complete.ts';

const NOW = 100 * 86_400_000;
const query = (name: string, text = name): EvidenceItem => ({ name, prometheus: { source: 'prometheus', query: text } });
const UNMATCHED = { matched: [], unmatched: ['up'] } as unknown as Look;
const MATCHED = { matched: ['up'], unmatched: [] } as unknown as Look;

interface Case {
  readonly items: readonly EvidenceItem[];
  readonly peaks?: SeriesPeaks;
  readonly look?: Look;
  readonly want: string | undefined;
}

test.each(
  Object.entries({
    'a criterion without queries has no such condition': { items: [{ name: 's', source: { source: 'x' } }], want: undefined },
    'nor has one whose query leaves out what does not hold': { items: [query('up', 'up == 0')], want: undefined },
    'before the first answer nothing is known': { items: [query('up')], want: 'Unknown NoSeries' },
    'as many as ever': { items: [query('up')], peaks: { up: [[NOW, 12]] }, want: 'True AsMany' },
    fewer: {
      items: [query('up')],
      peaks: {
        up: [
          [NOW - 60_000, 12],
          [NOW, 9],
        ],
      },
      want: 'False FewerSeries up',
    },
    'fewer than longer ago is not fewer': {
      items: [query('up')],
      peaks: {
        up: [
          [NOW - 86_400_001, 12],
          [NOW, 9],
        ],
      },
      want: 'True AsMany',
    },
    'one of several': {
      items: [query('a'), query('b')],
      peaks: {
        a: [[NOW, 3]],
        b: [
          [NOW - 60_000, 2],
          [NOW, 1],
        ],
      },
      want: 'False FewerSeries b',
    },
    'one of several of which nothing is known yet': {
      items: [query('a'), query('b')],
      peaks: { a: [[NOW, 3]] },
      want: 'Unknown NoSeries',
    },
    'none at all where there were some': {
      items: [query('up')],
      peaks: { up: [[NOW - 60_000, 12]] },
      look: UNMATCHED,
      want: 'False FewerSeries up',
    },
    'an answer with as many': { items: [query('up')], peaks: { up: [[NOW, 12]] }, look: MATCHED, want: 'True AsMany' },
    'nobody could ask for a day': { items: [query('up')], peaks: { up: [[NOW - 86_400_001, 12]] }, want: 'Unknown NoSeries' },
  } satisfies Record<string, Case>),
)('%s', (_sentence, { items, peaks, look, want }: Case) => {
  const spec = { evidence: items } as unknown as CertificationCriterionSpec;
  const found = seriesComplete({ spec, ...(peaks && { peaks }) }, look, NOW);
  const names = found?.status === 'False' ? ` ${found.message.split(':')[0]}` : '';
  expect(found && `${found.status} ${found.reason}${names}`).toBe(want);
  expect(found?.message ?? '').not.toMatch(/\b(12|9)\b/);
});
