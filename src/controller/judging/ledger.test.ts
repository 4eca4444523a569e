import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CertificationCriterion } from '../../api/criterion.ts';
import type { OutcomeKind } from '../../api/criterion.ts';
import { type EvidenceStore, openSqliteStore } from '../../evidence/index.ts';
import { systemClock } from '../../platform/clock.ts';
import { unobservable } from '../../sources/observe.ts';
import { changeRecord, changesOf, subjectOf } from './changes.ts';
import type { KnownCriterion } from './known.ts';
import { Ledger } from './ledger.ts';
import { observationOf } from './observation-records.ts';

let dir: string;
let store: EvidenceStore;
const nobody = { told: () => undefined, stored: () => undefined, failed: () => undefined };

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'assay-ledger-'));
  store = openSqliteStore({ path: join(dir, 'evidence.db'), clock: systemClock, commitDelayMs: 0 });
});

afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

test('a ledger that is loaded knows what the one before knew', async () => {
  const ledger = new Ledger(store, nobody);
  await put(ledger, criterion('shop', 'u1'), 1_000);
  for (const [index, outcome] of (['Met', 'NotMet', 'NotMet', 'NotMet', 'Unknown', 'NotMet'] as const).entries()) {
    await see(ledger, (index + 1) * 30_000, outcome);
  }
  const known = ledger.get('n/up');
  expect(known?.state.track).toMatchObject({ verdict: 'Fail', deviation: { from: 60_000 } });
  expect(known?.verdict?.digest).toMatch(/^sha256:/);
  expect((await loaded()).get('n/up')).toEqual(known);
});

test('a criterion that moved to a service with an older log is known there after a restart', async () => {
  const ledger = new Ledger(store, nobody);
  await put(ledger, { ...criterion('bank', 'u0'), metadata: { name: 'other', namespace: 'n', uid: 'u0' } }, 500);
  await put(ledger, criterion('shop', 'u1'), 1_000);
  expect(await put(ledger, criterion('bank', 'u2'), 2_000)).toEqual(['Deleted', 'Created']);
  const again = await loaded();
  expect(again.get('n/up')).toMatchObject({ service: 'bank', uid: 'u2', state: { standing: 'InForce' } });
  expect(await put(again, criterion('bank', 'u2'), 3_000)).toEqual([]);
});

test.each([1, 2, 3, 7])(
  'states that are saved every %i entries, in the middle of a batch too, are what the whole log gives',
  async (entries) => {
    const ledger = new Ledger(store, nobody, entries);
    await put(ledger, criterion('shop', 'u1'), 1_000);
    await put(ledger, { ...criterion('shop', 'u3'), metadata: { name: 'other', namespace: 'n', uid: 'u3' } }, 1_500);
    const outcomes = ['Met', 'NotMet', 'NotMet', 'NotMet', 'Unknown', 'NotMet', 'Met', 'Met', 'Met', 'Met', 'Met'] as const;
    for (const [index, outcome] of outcomes.entries()) {
      await see(ledger, (index + 1) * 30_000, outcome);
      expect(inOrder(await loaded())).toEqual(inOrder(ledger));
    }
    expect((await store.snapshot({ namespace: 'n', service: 'shop' }))?.criteria).toHaveLength(2);
    expect(await put(ledger, criterion('bank', 'u2'), 400_000)).toEqual(['Deleted', 'Created']);
    await ledger.save();
    expect((await loaded()).get('n/up')).toEqual(ledger.get('n/up'));
  },
);

test('states are not saved while something is under way that they do not hold', async () => {
  const ledger = new Ledger(store, nobody);
  await put(ledger, criterion('shop', 'u1'), 1_000);
  const seeing = see(ledger, 30_000, 'Met');
  await ledger.save();
  await seeing;
  expect(await store.snapshot({ namespace: 'n', service: 'shop' })).toBeUndefined();
  await ledger.save();
  expect(await store.snapshot({ namespace: 'n', service: 'shop' })).toMatchObject({ judgingVersion: 1, pending: 0 });
});

test('saved states of another judging version are not used', async () => {
  const ledger = new Ledger(store, nobody);
  await put(ledger, criterion('shop', 'u1'), 1_000);
  await see(ledger, 30_000, 'Met');
  await store.saveSnapshot(
    { namespace: 'n', service: 'shop' },
    { judgingVersion: 0, criteria: [{ criterion: 'up', state: 'of old' }] },
  );
  expect(inOrder(await loaded())).toEqual(inOrder(ledger));
});

test('a lack of evidence from the beginning is told once it has lasted, although no verdict turns and nobody is to be told', async () => {
  let told = 0;
  const ledger = new Ledger(store, { ...nobody, told: () => (told += 1) });
  const { spec, ...object } = criterion('shop', 'u1');
  await put(ledger, { ...object, spec: { ...spec, unknownFor: '1m', escalation: [] } }, 1_000);
  const heard: number[] = [];
  for (const slot of [30_000, 60_000, 90_000, 120_000]) {
    await see(ledger, slot, 'Unknown');
    heard.push(told);
  }
  expect(heard).toEqual([1, 1, 2, 2]);
});

test('what could not be stored did not happen', async () => {
  const failures: unknown[] = [];
  const ledger = new Ledger(store, { ...nobody, failed: (error) => failures.push(error) });
  await put(ledger, criterion('shop', 'u1'), 1_000);
  const before = ledger.get('n/up');
  const later = openSqliteStore({ path: join(dir, 'evidence.db'), clock: systemClock, commitDelayMs: 0 });
  await expect(see(ledger, 30_000, 'Met')).rejects.toMatchObject({ code: 'STORE_FENCED' });
  await later.close();
  expect(failures).toHaveLength(1);
  expect(ledger.get('n/up')).toBe(before);
});

const inOrder = (ledger: Ledger): KnownCriterion[] => [...ledger.list()].sort((one, other) => (one.name < other.name ? -1 : 1));

async function loaded(): Promise<Ledger> {
  const ledger = new Ledger(store, nobody);
  await ledger.load();
  return ledger;
}

function criterion(service: string, uid: string): CertificationCriterion {
  return {
    apiVersion: 'assay.dev/v1alpha1',
    kind: 'CertificationCriterion',
    metadata: { name: 'up', namespace: 'n', uid },
    spec: {
      title: 'Up',
      service,
      controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
      interval: '30s',
      evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
      rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
    },
  };
}

async function put(ledger: Ledger, object: CertificationCriterion, now: number): Promise<string[]> {
  const { name, namespace = '' } = object.metadata;
  const changes = changesOf(object, ledger.get(`${namespace}/${name}`), now);
  for (const { change, at } of changes) {
    const subject = change === 'Deleted' ? ledger.get(`${namespace}/${name}`)! : subjectOf(object);
    const content = changeRecord(subject, change, at);
    await ledger.commit({ namespace, service: subject.service, criterion: name, content, message: '' });
  }
  return changes.map(({ change }) => change);
}

async function see(ledger: Ledger, slot: number, outcome: OutcomeKind): Promise<void> {
  const known = ledger.get('n/up')!;
  const samples = outcome === 'Unknown' ? [] : [{ labels: {}, value: outcome === 'Met' ? 1 : 0 }];
  const observation = unobservable(known.spec, slot, { kind: 'Samples', samples });
  const { namespace, service, name } = known;
  await ledger.commit({ namespace, service, criterion: name, content: observationOf(known, observation), message: '' });
}
