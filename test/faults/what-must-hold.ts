/**
 * What must hold after any fault, read from the evidence store and the API server: one oracle for all fault tests.
 *
 *   await expectAllToHold({ api: world.api, store: operator.store });       // waits until things are calm; fails with the complaints
 *   expect(await complaintsAbout({ api: world.api, store })).toEqual([]);   // as things are now
 *
 * 1. Each slot of each criterion, from its creation to the last one judged, was observed, read back, missed or suspended, once.
 * 2. Each record that must be told has its Event, once; each Event has its record.
 * 3. Judging the records once more gives the verdicts, deviations and notices on record, and what the API server shows.
 * 4. Records are numbered without holes, and every byte of them matches its digest.
 *
 * The operator may run or not: the store is read from a copy.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { type EvidenceStore, openSqliteStore } from '../../src/evidence/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { KubeApi } from '../cluster/kube-api.ts';
import { eventually } from '../cluster/operator-world.ts';
import { readLog } from '../e2e/evidence.ts';

import { eventComplaints } from './what-must-hold/events.ts';
import { type CriterionLog, criteriaIn, type ServiceRecords } from './what-must-hold/logs.ts';
import { numberComplaints } from './what-must-hold/numbers.ts';
import { shownComplaints } from './what-must-hold/shown.ts';
import { slotComplaints } from './what-must-hold/slots.ts';
import { verdictComplaints } from './what-must-hold/verdicts.ts';

/** What the oracle looks at. */
export interface Evidence {
  readonly api: Pick<KubeApi, 'list'>;
  /** Path of the evidence store. */
  readonly store: string;
}

/** All that is wrong, in sentences; none when all holds. While the operator works some of them only mean "not yet". */
export async function complaintsAbout({ api, store }: Evidence): Promise<string[]> {
  const read = await readServices(store);
  if (typeof read === 'string') return [read];
  const criteria = read.flatMap(criteriaIn);
  return [
    ...numberComplaints(read),
    ...criteria.flatMap(slotComplaints),
    ...criteria.flatMap(verdictComplaints),
    ...(await eventComplaints(api, criteria)),
    ...(await shownComplaints(api, criteria)),
  ];
}

/** Fails with the complaints that are left after `withinMs`: a status that could not be written is tried again within a minute. */
export async function expectAllToHold(evidence: Evidence, withinMs = 120_000): Promise<void> {
  await eventually(async () => expect((await complaintsAbout(evidence)).slice(0, MOST_SHOWN)).toEqual([]), withinMs);
}

const MOST_SHOWN = 20;

/** What the log holds of each criterion of each service, for tests that ask more than what must always hold. */
export async function criteriaOnRecord(store: string): Promise<CriterionLog[]> {
  const read = await readServices(store);
  if (typeof read === 'string') throw new Error(read);
  return read.flatMap(criteriaIn);
}

/** The logs of all services, from a copy; or the sentence that says why they can't be read. */
async function readServices(path: string): Promise<ServiceRecords[] | string> {
  const dir = await mkdtemp(join(tmpdir(), 'assay-oracle-'));
  try {
    const copy = join(dir, 'evidence.db');
    copyStore(path, copy);
    return await readAll(openSqliteStore({ path: copy, clock: systemClock }));
  } catch (error) {
    return `the store can not be read: ${String(error)}`;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function copyStore(from: string, to: string): void {
  const original = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
  try {
    original.prepare('VACUUM INTO ?').run(to);
  } finally {
    original.close();
  }
}

async function readAll(store: EvidenceStore): Promise<ServiceRecords[]> {
  try {
    const logs: ServiceRecords[] = [];
    for (const service of await store.services()) logs.push({ ...service, ...(await readLog(store, service)) });
    return logs;
  } finally {
    await store.close();
  }
}
