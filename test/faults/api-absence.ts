import { sleep, systemClock } from '../../src/platform/clock.ts';
import { eventually, metricIn, type SpawnedOperator, type World } from '../cluster/operator-world.ts';

import { fatesBetween, onRecord, untilJudged } from './api-scene.ts';
import { keepOperator, type KeptOperator } from './kept-operator.ts';
import { FRONT, type ShopScene, untilItPasses } from './shop-scene.ts';
import { expectAllToHold } from './what-must-hold.ts';

const READY_WITHIN_MS = 60_000;
const NOBODY_THERE_MS = 6_000;

/** How an API server goes away, and how it comes back. */
export interface Absence {
  go(scene: ShopScene): Promise<void>;
  return(scene: ShopScene): Promise<void>;
}

/** The ways in which an API server can be away. */
export const ABSENCES: Readonly<Record<string, Absence>> = {
  'killed, and started again': {
    go: async ({ world: { cluster } }) => {
      cluster.apiServer.kill('SIGKILL');
      await cluster.apiServer.exited();
    },
    return: ({ world }) => world.cluster.startApiServer(),
  },
  'standing still (SIGSTOP), and going on': {
    go: ({ world }) => signal(world, 'SIGSTOP'),
    return: ({ world }) => signal(world, 'SIGCONT'),
  },
};

function signal({ cluster }: World, name: NodeJS.Signals): Promise<void> {
  cluster.apiServer.kill(name);
  return Promise.resolve();
}

const verdictsOf = async (store: string): Promise<number> =>
  (await onRecord(store, 'front')).records.filter(({ kind }) => kind === 'VerdictChanged').length;

/**
 * The API server is away for less than the lease lasts: judging goes on, the operator stays ready, and what happened meanwhile is
 * shown and told afterwards.
 */
export async function awayWithinTheLease(
  scene: ShopScene,
  operator: SpawnedOperator,
  { absence, forMs }: { readonly absence: Absence; readonly forMs: number },
): Promise<void> {
  const { store } = operator;
  await untilJudged(store, 'front');
  const verdicts = await verdictsOf(store);
  const goneAt = Date.now();
  await absence.go(scene);
  await scene.turn();
  await eventually(async () => expect(await verdictsOf(store)).toBeGreaterThan(verdicts), forMs);
  await sleep(systemClock, Math.max(0, goneAt + forMs - Date.now()));
  const backAt = Date.now();
  // Answers 200 only while it is ready.
  expect(metricIn(await operator.metrics(), 'assay_leader')).toBe(1);
  expect(metricIn(await operator.metrics(), 'assay_kube_requests_total', { code: '0' })).toBeGreaterThan(0);
  await expect(readyStatus(operator)).resolves.toBe(200);
  await absence.return(scene);
  await eventually(async () => expect((await scene.statusOf(FRONT))?.record?.seq).toBeGreaterThan(0));
  await expectAllToHold({ api: scene.world.api, store });
  const fates = fatesBetween(await onRecord(store, 'front'), goneAt, backAt);
  expect(fates).not.toContain('missed');
  // A busy machine may be late now and then, and reads those slots back.
  expect(fates.filter((fate) => fate === 'observed').length).toBeGreaterThan(fates.length / 2);
}

/** Says with a failure why it is not. */
async function untilReady(operator: KeptOperator): Promise<void> {
  await eventually(async () => {
    const { status, text } = await operator.ready();
    expect(`${status} ${text}`).toMatch(/^200 /);
  }, READY_WITHIN_MS);
}

const readyStatus = async ({ url }: SpawnedOperator): Promise<number> => (await fetch(`${url}/readyz`)).status;

/**
 * The API server is away for longer than the lease lasts: the operator ends with exit code 3 and records nothing more; started again
 * it waits, and says so; once the API server is back it goes on, and what was missed is read back.
 */
export async function awayBeyondTheLease(
  scene: ShopScene,
  { absence, store, leaseDurationMs, forMs }: { absence: Absence; store: string; leaseDurationMs: number; forMs: number },
): Promise<void> {
  const operator = await keepOperator(scene.world, store, `${leaseDurationMs / 1000}s`);
  await untilReady(operator);
  await untilJudged(store, 'front');
  const goneAt = Date.now();
  await absence.go(scene);
  await eventually(() => expect(operator.exits.map(({ code }) => code)).toEqual([3]), leaseDurationMs + 20_000);
  const endedAt = operator.exits[0]?.atMs ?? 0;
  expect(await operator.logged()).toMatch(/lease .*was not renewed in time.*LEASE_LOST/s);
  await scene.turn();
  await eventually(async () => {
    const { status, text } = await operator.ready();
    expect(status).toBe(503);
    expect(text).toContain('lease');
  });
  // A busy machine notices the loss of its lease late; slots are read back only when nobody was there for some of them.
  await sleep(systemClock, Math.max(0, goneAt + forMs - Date.now(), endedAt + NOBODY_THERE_MS - Date.now()));
  const backAt = Date.now();
  await absence.return(scene);
  await untilReady(operator);
  await untilJudged(store, 'front');
  await scene.open();
  await untilItPasses(store);
  await expectAllToHold({ api: scene.world.api, store });
  expect(operator.exits).toHaveLength(1);
  const front = await onRecord(store, 'front');
  expect(front.records.filter(({ head }) => head.recordedAt > endedAt && head.recordedAt < backAt)).toEqual([]);
  const fates = fatesBetween(front, endedAt, backAt);
  expect(fates).not.toContain('missed');
  expect(fates).toContain('readBack');
  await operator.stop();
}
