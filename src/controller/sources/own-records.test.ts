import type { RecordsEvidence } from '../../api/evidence-kinds.ts';
import type { NewRecord } from '../../api/records.ts';
import { validate } from '../../api/validate.ts';
import { criterion as draft } from '../../api/validate.fixtures.ts';
import type { CertificationCriterion } from '../../api/criterion.ts';
import { brokenAt } from '../../domain/own-records.ts';
import { type EvidenceStore, openSqliteStore } from '../../evidence/index.ts';
import { systemClock } from '../../platform/clock.ts';
import { newOwnRecords } from './own-records.ts';

const SHOP = { namespace: 'shop', service: 'shop' };
const HOUR = 3_600_000;
const START = 1_790_000_000_000;
const RESOLVED: RecordsEvidence = { of: 'Deviation', require: 'resolved', within: '1h' };

let store: EvidenceStore;

beforeEach(() => {
  store = openSqliteStore({ path: ':memory:', clock: systemClock });
});

afterEach(() => store.close());

function specOf(evidence: object): CertificationCriterion['spec'] {
  const found = validate(draft({ evidence: [{ name: 'up', ...evidence }] }));
  if (found.kind !== 'Valid') throw new Error(found.problems.map(({ message }) => message).join());
  return (found.object as CertificationCriterion).spec;
}

const changed = (criterion: string, evidence: object): NewRecord => ({
  ...SHOP,
  kind: 'CriterionChanged',
  body: { criterion, change: 'Changed', at: START, uid: 'u', spec: specOf(evidence) },
});
const opened = (criterion: string): NewRecord => ({
  ...SHOP,
  kind: 'DeviationOpened',
  body: { criterion, id: `of-${criterion}`, from: START, at: START, reopened: false },
});
const closed = (criterion: string): NewRecord => ({
  ...SHOP,
  kind: 'DeviationClosed',
  body: {
    ...{ criterion, id: `of-${criterion}`, from: START, to: START + HOUR / 2, at: START + HOUR / 2, reason: 'Recovered' },
    ...{ unknownMs: 0, suspendedMs: 0 },
  },
});
const judges = { records: RESOLVED };
const asks = { prometheus: { source: 'prometheus', query: 'up' } };

test.each(
  Object.entries<{ records: NewRecord[]; want: number }>({
    'a deviation that was not resolved counts': { records: [changed('up', asks), opened('up')], want: 1 },
    'that of the criterion that judges them does not, or it would never end': {
      records: [changed('judge', judges), opened('judge')],
      want: 0,
    },
    'that of one that judges incidents does': {
      records: [changed('judge', { records: { ...RESOLVED, of: 'Incident' } }), opened('judge')],
      want: 1,
    },
    'one that stopped judging counts from then on': {
      records: [changed('judge', judges), changed('judge', asks), opened('judge')],
      want: 1,
    },
    'what began before a criterion judged goes on counting': {
      records: [changed('up', asks), opened('up'), changed('up', judges)],
      want: 1,
    },
    'and ends': { records: [changed('up', asks), opened('up'), changed('up', judges), closed('up')], want: 0 },
  }),
)('%s', async (_sentence, { records, want }) => {
  await store.append(records);
  expect(brokenAt(await newOwnRecords(store).itemsOf(SHOP), RESOLVED, START + 2 * HOUR)).toBe(want);
});
