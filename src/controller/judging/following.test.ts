import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { CriterionChange } from '../../api/records.ts';
import { JUDGING_VERSION } from '../../domain/criterion.ts';
import { mostOf, peaksAfter, type SeriesPeaks } from '../../domain/series-peaks.ts';
import { type EvidenceStore, openSqliteStore } from '../../evidence/index.ts';
import { systemClock } from '../../platform/clock.ts';
import { comparing } from '../../sources/fewer-series.ts';
import { unobservable } from '../../sources/observe.ts';
import { changeRecord } from './changes.ts';
import { type KnownCriterion, savedOf } from './known.ts';
import { Ledger } from './ledger.ts';
import { observationOf, readBackOf } from './observation-records.ts';

// How many series a query had is remembered by the log alone: over restarts and edits.

const SLOT = 30_000;
const name = { namespace: 'n', service: 'shop', criterion: 'up' };
const nobody = { told: () => undefined, stored: () => undefined, failed: () => undefined };
const spec = (more: Partial<CertificationCriterionSpec> = {}): CertificationCriterionSpec => ({
  ...{ title: 'Up', service: 'shop', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }], interval: '30s' },
  evidence: [
    { name: 'up', prometheus: { source: 'prometheus', query: 'up' } },
    { name: 'alerts', alerts: { source: 'prometheus', matchers: ['a="b"'] } },
  ],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
  ...more,
});
const asking = (query: string, source = 'prometheus') => spec({ evidence: [{ name: 'up', prometheus: { source, query } }] });

let dir: string;
let store: EvidenceStore;
let ledger: Ledger;
let slot: number;

beforeEach(async () => {
  slot = 0;
  dir = mkdtempSync(join(tmpdir(), 'assay-following-'));
  store = openSqliteStore({ path: join(dir, 'evidence.db'), clock: systemClock, commitDelayMs: 0 });
  ledger = new Ledger(store, nobody);
  await put('Created', spec());
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

const known = (): KnownCriterion => ledger.get('n/up')!;

async function put(change: CriterionChange, of: CertificationCriterionSpec): Promise<void> {
  const content = changeRecord({ namespace: 'n', service: 'shop', name: 'up', uid: 'u', spec: of }, change, slot + 1);
  await ledger.commit({ ...name, content, message: '' });
}

const observed = (count: number) => {
  slot += SLOT;
  const samples = Array.from({ length: count }, (_, index) => ({ labels: { i: String(index) }, value: 1 }));
  return unobservable(known().spec, slot, { kind: 'Samples', samples });
};

/** Observes that many series as the operator does, and answers what is said of them. */
async function see(count: number): Promise<string> {
  const observation = comparing(known().peaks)(observed(count));
  await ledger.commit({ ...name, content: observationOf(known(), observation), message: '' });
  return /\d+ -> \d+/.exec(observation.judgement.message)?.[0] ?? '';
}

async function restarted(): Promise<void> {
  ledger = new Ledger(store, nobody);
  await ledger.load();
}

test('what was seen is said until it is seen again, and only of queries', async () => {
  expect([await see(12), await see(11), await see(9), await see(12)]).toEqual(['', '12 -> 11', '12 -> 9', '']);
  expect(Object.keys(known().peaks ?? {})).toEqual(['up']);
});

test.each(['folded from the log', 'saved'])('it outlives a restart: %s', async (how) => {
  await see(12);
  await see(10);
  if (how === 'saved') await ledger.save();
  await see(9);
  const before = known();
  await restarted();
  expect(known()).toEqual(before);
  expect(await see(9)).toBe('12 -> 9');
});

test('what the messages on record say follows from the numbers on record', async () => {
  for (const count of [12, 9, 10, 12, 3]) await see(count);
  const service = { namespace: 'n', service: 'shop' };
  const details = [];
  for await (const record of store.read(service)) {
    if (record.kind === 'Observations') details.push(...record.body.observations.map((_, index) => record.body.details[index]!));
  }
  details.push(...(await store.pending(service)).map(({ detail }) => detail));
  let peaks: SeriesPeaks | undefined;
  const derived = details.map(({ evidence }, index) => {
    const series = evidence[0]?.count ?? 0;
    peaks = peaksAfter(peaks, (index + 1) * SLOT, [{ name: 'up', series }]);
    const most = mostOf(peaks, 'up', (index + 1) * SLOT);
    return most > series ? `${most} -> ${series}` : '';
  });
  expect(derived).toEqual(['', '12 -> 9', '12 -> 10', '', '12 -> 3']);
  expect(details.map(({ message }) => /\d+ -> \d+/.exec(message)?.[0] ?? '')).toEqual(derived);
});

test('slots that were read back count like others', async () => {
  await see(12);
  const compare = comparing(known().peaks);
  const content = readBackOf(known(), [compare(observed(13)), compare(observed(9))]);
  await ledger.commit({ ...name, content, message: '' });
  expect(await see(10)).toBe('13 -> 10');
});

test.each<[string, CriterionChange, CertificationCriterionSpec, string]>([
  ['another title forgets nothing', 'Changed', spec({ title: 'Other' }), '12 -> 9'],
  ['another source forgets nothing: it may see less', 'Changed', asking('up', 'other'), '12 -> 9'],
  ['another query is another count', 'Changed', asking('up{job="shop"}'), ''],
  ['a name that returned forgets nothing', 'Recreated', spec(), '12 -> 9'],
  ['a criterion that is new has no past', 'Created', spec(), ''],
])('%s', async (_sentence, change, of, want) => {
  await see(12);
  if (change !== 'Changed') await put('Deleted', spec());
  await put(change, of);
  expect(await see(9)).toBe(want);
  const before = known();
  await restarted();
  expect(known()).toEqual(before);
});

test('states that were saved before numbers were remembered are taken as they are', async () => {
  await see(12);
  const { state, ...saved } = savedOf(known());
  const { peaks, ...old } = state as Record<string, unknown>;
  expect(peaks).toBeDefined();
  const service = { namespace: 'n', service: 'shop' };
  await store.saveSnapshot(service, { judgingVersion: JUDGING_VERSION, criteria: [{ ...saved, state: old }] });
  await restarted();
  expect(known().peaks).toBeUndefined();
  expect([await see(9), await see(8)]).toEqual(['', '9 -> 8']);
});
