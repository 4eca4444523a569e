import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { systemClock } from '../../platform/clock.ts';
import { storeAndDie } from '../../platform/crashing.ts';
import { collect, NAMESPACE, slotsOf, START } from '../examples.ts';
import type { EvidenceStore } from '../store.ts';

import { openSqliteStore } from './store.ts';

const ROUNDS = 10;
const child = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

/** The numbers of the calls that a service's log holds; fails on a hole in its numbers. */
async function callsIn(store: EvidenceStore, service: string): Promise<number[]> {
  const name = { namespace: NAMESPACE, service };
  const records = await collect(store.read(name));
  expect(records.map(({ head }) => head.seq)).toEqual(records.map((_, index) => index));
  const open = (await store.pending(name)).map(({ outcome }) => outcome.slot);
  return [...records.flatMap(slotsOf), ...open].map((slot) => slot - START);
}

test('whenever the process is killed: what was acknowledged is there, nothing is there by half, no number is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-crash-'));
  const path = join(folder, 'evidence.db');
  let acknowledged: number[] = [];
  let next = 0;
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged = [...acknowledged, ...(await storeAndDie(child, [path, String(next)], 1 + Math.floor(Math.random() * 120)))];
    const store = openSqliteStore({ path, clock: systemClock });
    const [web, mail] = [await callsIn(store, 'web'), await callsIn(store, 'mail')];
    expect(new Set(mail).size).toBe(mail.length);
    expect(web).toEqual(mail.flatMap((call) => [call, call]));
    expect(acknowledged.filter((call) => !mail.includes(call))).toEqual([]);
    next = Math.max(...mail) + 1;
    await store.close();
  }
  rmSync(folder, { recursive: true });
}, 180_000);
