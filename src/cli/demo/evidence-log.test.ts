import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { NewRecord } from '../../api/records.ts';
import { openSqliteStore } from '../../evidence/index.ts';
import { systemClock } from '../../platform/clock.ts';
import { type LogLook, readLog } from './evidence-log.ts';

const shop = { namespace: 'shop', service: 'shop' };
const criterion = 'shop-availability';

const changed = (from: 'Pass' | 'Fail', to: 'Pass' | 'Fail'): NewRecord => ({
  ...{ ...shop, kind: 'VerdictChanged' },
  body: { criterion, at: 0, from, to, reason: 'NotMet', message: '', controls: [], first: false },
});
const told = (audience: string): NewRecord => ({
  ...{ ...shop, kind: 'Notified' },
  body: { criterion, notice: 'EscalationDue', phase: 'Intent', audience, step: 'after 15s', at: 0, late: false, message: '' },
});
const closed = (reason: 'Recovered' | 'CriterionChanged'): NewRecord => ({
  ...{ ...shop, kind: 'DeviationClosed' },
  body: { criterion, id: '01J', from: 0, to: 1, at: 1, reason, unknownMs: 0, suspendedMs: 0 },
});
const opened: NewRecord = { ...shop, kind: 'DeviationOpened', body: { criterion, id: '01J', from: 0, at: 0, reopened: false } };

const STORY = [
  changed('Pass', 'Fail'),
  opened,
  told('internal'),
  told('authority'),
  told('customers'),
  changed('Fail', 'Pass'),
  closed('Recovered'),
];

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'demo-log-'))));
afterEach(() => rm(dir, { recursive: true }));

/** What is read from the log of an operator that wrote these records and stopped. */
async function looked(records: readonly NewRecord[]): Promise<LogLook> {
  const path = join(dir, 'evidence.db');
  const store = openSqliteStore({ path, clock: systemClock });
  await store.append(records);
  await store.close();
  return readLog(path, shop, systemClock);
}

test('a whole story: nothing is missing, and everybody who was told is there', async () => {
  const look = await looked(STORY);
  expect(look.missing).toEqual([]);
  expect(look.told.map(({ audience }) => audience)).toEqual(['internal', 'authority', 'customers']);
  expect(Object.fromEntries(look.counts)).toEqual({ VerdictChanged: 2, DeviationOpened: 1, Notified: 3, DeviationClosed: 1 });
});

test.each(
  Object.entries<{ records: readonly NewRecord[]; want: string }>({
    'the failure is missing': { records: without(0), want: 'VerdictChanged from Pass to Fail' },
    'the deviation is missing': { records: without(1), want: 'DeviationOpened' },
    'the customers were not told': { records: without(4), want: 'Notified, the step of customers' },
    'the recovery is missing': { records: without(5), want: 'VerdictChanged from Fail to Pass' },
    'the deviation ended otherwise': {
      records: [...without(6), closed('CriterionChanged')],
      want: 'DeviationClosed as Recovered',
    },
  }),
)('%s', async (_sentence, { records, want }) => expect((await looked(records)).missing).toEqual([want]));

function without(index: number): NewRecord[] {
  return STORY.filter((_, at) => at !== index);
}
