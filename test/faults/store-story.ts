import { DatabaseSync } from 'node:sqlite';

import type { CertificationCriterionSpec } from '../../src/api/criterion.ts';
import { slotOffsetMs } from '../../src/domain/slots.ts';
import { waitUntil } from '../../src/parts/index.ts';
import { FIRST_SLOT, type Series, writeHistory } from '../cluster/history.ts';
import type { Manifest } from '../cluster/kube-api.ts';
import { criterion, namespace, source } from '../cluster/manifests.ts';
import type { World } from '../cluster/operator-world.ts';
import { HandClock } from '../e2e/hand-clock.ts';
import { type HandDrivenOperator, startHandDriven } from '../e2e/hand-driven-operator.ts';

// A story in which everything happens that goes on record: told to an operator, it gives an evidence store with records of every kind.

export const SERVICE = 'till';
export const SLOT_MS = 30_000;
/** A namespace in which the slots of the service lie at whole intervals. */
export const NAMESPACE = Array.from({ length: 10_000 }, (_, index) => `store-${index}`).find(
  (name) => slotOffsetMs(name, SERVICE, SLOT_MS) === 0,
)!;
/** The last slot that is judged in the story; history goes on behind it. */
export const LAST_SLOT = 40;
const HISTORY_SLOTS = 60;
const WITHIN_MS = 30_000;

export const timeOfSlot = (slot: number): number => FIRST_SLOT + slot * SLOT_MS;

const COMMON: Partial<CertificationCriterionSpec> = {
  service: SERVICE,
  interval: '30s',
  holdFor: '30s',
  recoverFor: '30s',
  unknownFor: '1m',
  maxAge: '20s',
};

const CRITERIA: Record<string, { spec: Partial<CertificationCriterionSpec>; query?: string; isGood: (slot: number) => boolean }> =
  {
    steady: { spec: {}, isGood: () => true },
    flaky: {
      spec: {
        objective: { target: '90', window: '1h' },
        escalation: [
          { after: '0s', audience: 'internal' },
          { after: '1m', audience: 'customers' },
        ],
      },
      isGood: (slot) => slot < 8 || (slot >= 13 && slot < 36) || slot >= 44,
    },
    edited: { spec: {}, isGood: (slot) => slot < 30 },
    // A query with a weak part: what it rests on goes on record.
    removed: { spec: { maxAge: '5m' }, query: 'max_over_time(seen{criterion="removed"}[1s])', isGood: () => true },
  };

const BEGIN_AWAY = 20;
const END_AWAY = 25;
const BEGIN_BLIND = 27;
const END_BLIND = 34;

/** What Prometheus remembers: everything, but for a time in which it did not collect. */
export function writeStory(url: string): Promise<void> {
  const slots = Array.from({ length: HISTORY_SLOTS }, (_, slot) => slot);
  const up = slots.map((slot) => (slot > BEGIN_BLIND && slot < END_BLIND - 3 ? undefined : 1));
  const seen = Object.entries(CRITERIA).map(([name, { isGood }]): Series => ({
    labels: { __name__: 'seen', criterion: name },
    values: slots.map((slot) => Number(isGood(slot))),
  }));
  return writeHistory(url, [...seen, { labels: { __name__: 'up', job: 'till' }, values: up }]);
}

const keyOf = (name: string): string => `${NAMESPACE}/${name}`;

const sourceOf = (url: string, timeout: string): Manifest =>
  source('till', url, { timeout, heartbeat: 'count(time() - timestamp(up) < 20)' });

/** The criteria that the story leaves in force, and their source. */
export function manifests(url: string, timeout = '2s'): Manifest[] {
  return [
    namespace(NAMESPACE),
    sourceOf(url, timeout),
    ...Object.entries(CRITERIA).map(([name, { spec, query = `seen{criterion="${name}"}` }]) =>
      criterion(keyOf(name), { source: 'till', query }, { ...COMMON, ...spec }),
    ),
  ];
}

/** Moves the clock to a slot, and waits until all criteria in force are judged at it and everything that follows is done. */
export async function judgeAt(operator: HandDrivenOperator, clock: HandClock, slot: number): Promise<void> {
  const at = timeOfSlot(slot);
  if (clock.now() < at) clock.moveTo(at);
  const isDone = (): boolean => {
    const inForce = [...operator.ledger.list()].filter(({ state }) => state.standing === 'InForce');
    return inForce.length > 0 && inForce.every(({ state }) => state.track.last?.slot === at) && operator.isQuiet();
  };
  if (!(await waitUntil(isDone, { withinMs: WITHIN_MS, everyMs: 5 }))) throw new Error(`slot ${slot} is not judged`);
}

/** Tells the story to an operator; what it leaves in its store, as a kill would, is copied to `copy`. */
export async function tellStory(world: World, url: string, { store, copy }: { store: string; copy: string }): Promise<void> {
  const clock = new HandClock(timeOfSlot(0) - 10_000);
  const { kubeconfigPath: kubeconfig } = world.cluster;
  const start = (): Promise<HandDrivenOperator> => startHandDriven({ kubeconfig, store, clock });
  let operator = await start();
  const away = async (slot: number): Promise<void> => {
    await operator.stop();
    clock.moveTo(timeOfSlot(slot));
    operator = await start();
    await judgeAt(operator, clock, slot);
  };
  await world.api.apply(...manifests(url));
  await standing(operator, Object.keys(CRITERIA), 'InForce');
  for (let slot = 0; slot <= LAST_SLOT; slot += 1) {
    if (slot > BEGIN_AWAY && slot < END_AWAY) continue;
    if (slot > BEGIN_BLIND && slot < END_BLIND) continue;
    await (slot === END_AWAY || slot === END_BLIND ? away(slot) : judgeAt(operator, clock, slot));
    await ACTS[slot]?.({ world, operator, url });
  }
  const db = new DatabaseSync(store, { readOnly: true });
  db.prepare('VACUUM INTO ?').run(copy);
  db.close();
  await operator.stop();
}

interface Teller {
  readonly world: World;
  readonly operator: HandDrivenOperator;
  readonly url: string;
}

const patchEdited = ({ world }: Teller, spec: object): Promise<void> =>
  world.api.patch('CertificationCriterion', keyOf('edited'), { spec });

/** What people do after a slot. */
const ACTS: Readonly<Record<number, (teller: Teller) => Promise<void>>> = {
  10: async (teller) => {
    await patchEdited(teller, { suspend: { reason: 'told so' } });
    await standing(teller.operator, ['edited'], 'Suspended');
  },
  14: async (teller) => {
    await patchEdited(teller, { suspend: null });
    await standing(teller.operator, ['edited'], 'InForce');
  },
  15: async ({ world, operator }) => {
    await world.api.remove('CertificationCriterion', keyOf('removed'));
    await standing(operator, ['removed'], 'Deleted');
  },
  17: (teller) => untilOnRecord(teller.operator, () => patchEdited(teller, { title: 'Edited' })),
  35: ({ world, operator, url }) => untilOnRecord(operator, () => world.api.apply(sourceOf(url, '3s'))),
};

async function untilOnRecord(operator: HandDrivenOperator, change: () => Promise<void>): Promise<void> {
  const digests = (): string => {
    const known = operator.ledger.get(keyOf('edited'));
    return JSON.stringify([known?.specDigest, known?.sources]);
  };
  const before = digests();
  await change();
  const isKnown = (): boolean => digests() !== before && operator.isQuiet();
  if (!(await waitUntil(isKnown, { withinMs: WITHIN_MS, everyMs: 5 }))) throw new Error('a change is not on record');
}

async function standing(operator: HandDrivenOperator, names: readonly string[], wanted: string): Promise<void> {
  const isSo = (): boolean =>
    names.every((name) => operator.ledger.get(keyOf(name))?.state.standing === wanted) && operator.isQuiet();
  if (!(await waitUntil(isSo, { withinMs: WITHIN_MS, everyMs: 5 }))) throw new Error(`${names.join(', ')}: not ${wanted}`);
}
