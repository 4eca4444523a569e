import type { Condition } from '../../api/common.ts';
import type { CertificationCriterion, EvidenceItem } from '../../api/criterion.ts';
import type { Look } from '../../sources/observe.ts';
import { QueryMatches } from './query-matches.ts';

const query = (name: string): EvidenceItem => ({ name, prometheus: { source: 'prometheus', query: name } });
const criterion = (generation: number, evidence: EvidenceItem[], conditions: Condition[] = []): CertificationCriterion =>
  ({ metadata: { name: 'c', generation }, spec: { evidence }, status: { conditions } }) as unknown as CertificationCriterion;
const look = (matched: string[], unmatched: string[] = []): Look => ({ matched, unmatched }) as unknown as Look;
const shown = (status: Condition['status'], observedGeneration: number): Condition => ({
  ...{ type: 'QueryMatches', status, observedGeneration, reason: 'Matched', message: 'm' },
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

interface Case {
  readonly looks: readonly (readonly [generation: number, look: Look])[];
  readonly object: CertificationCriterion;
  readonly want: string | undefined;
}

test.each(
  Object.entries({
    'before the first answer nothing is known': { looks: [], object: criterion(1, [query('a')]), want: 'Unknown NothingAsked' },
    'a query that has found nothing yet is said': {
      looks: [[1, look([], ['a'])]],
      object: criterion(1, [query('a')]),
      want: 'False NeverMatched',
    },
    'one series is enough, whatever comes later': {
      looks: [
        [1, look(['a'])],
        [1, look([], ['a'])],
      ],
      object: criterion(1, [query('a')]),
      want: 'True Matched',
    },
    'every query has to': {
      looks: [[1, look(['a'], ['b'])]],
      object: criterion(1, [query('a'), query('b')]),
      want: 'False NeverMatched',
    },
    'what was found by an older spec does not count': {
      looks: [
        [1, look(['a'])],
        [2, look([], ['a'])],
      ],
      object: criterion(2, [query('a')]),
      want: 'False NeverMatched',
    },
    'a restart keeps what the status says': {
      looks: [[1, look([], ['a'])]],
      object: criterion(1, [query('a')], [shown('True', 1)]),
      want: 'True Matched',
    },
    'but not of another generation': {
      looks: [[2, look([], ['a'])]],
      object: criterion(2, [query('a')], [shown('True', 1)]),
      want: 'False NeverMatched',
    },
    'a source that is away leaves it as it was': {
      looks: [[1, look([])]],
      object: criterion(1, [query('a')], [{ ...shown('False', 1), reason: 'NeverMatched' }]),
      want: 'False NeverMatched',
    },
    'a criterion without queries has no such condition': {
      looks: [],
      object: criterion(1, [{ name: 's', source: { source: 'prometheus' } }]),
      want: undefined,
    },
  } satisfies Record<string, Case>),
)('%s', (_sentence, { looks, object, want }: Case) => {
  const matches = new QueryMatches();
  for (const [generation, each] of looks) matches.noted('ns/c', criterion(generation, object.spec.evidence), each);
  const found = matches.condition('ns/c', object, looks.at(-1)?.[1]);
  expect(found && `${found.status} ${found.reason}`).toBe(want);
});

test('what is gone is forgotten', () => {
  const matches = new QueryMatches();
  matches.noted('ns/c', criterion(1, [query('a')]), look(['a']));
  matches.forget('ns/c');
  expect(matches.condition('ns/c', criterion(1, [query('a')]), undefined)?.status).toBe('Unknown');
});
