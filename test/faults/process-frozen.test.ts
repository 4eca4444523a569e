import { join } from 'node:path';

import { eventually } from '../cluster/operator-world.ts';
import { type ApiProxy, startApiProxy } from './api-proxy.ts';
import { type Replica, startReplica } from './replica.ts';
import { openShopScene, shopLog, type ShopScene, untilItPasses, verdictsOf } from './shop-scene.ts';
import { criteriaOnRecord, expectAllToHold } from './what-must-hold.ts';

// The leader is frozen (SIGSTOP: a long pause of its machine) past its lease while another replica waits for it, on the same store. It
// goes on in the belief that no time has passed, and must neither write a status nor append a record.

const LEASE_MS = 6_000;
const leaseDuration = `${LEASE_MS / 1000}s`;
const SLOW_MACHINE_MS = 20_000;

let scene: ShopScene;
let proxy: ApiProxy;
let store: string;
let leader: Replica;
let standby: Replica;

const isReady = (replica: Replica, withinMs = 60_000): Promise<void> =>
  eventually(async () => expect(await replica.ready()).toEqual({ status: 200, text: 'ok\n' }), withinMs);

/** What changes something, but for the lease itself. */
const writesSince = (atMs: number): string[] =>
  proxy.seen
    .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/leases/assay'))
    .flatMap(({ method, path, atMs: sentAt }) => (sentAt >= atMs ? [`${method} ${path}`] : []));

beforeAll(async () => {
  scene = await openShopScene();
  proxy = await startApiProxy(scene.world);
  store = join(scene.world.session.dir, 'evidence.db');
  leader = await startReplica(scene.world, { name: 'leader', store, leaseDuration, kubeconfig: proxy.kubeconfig });
  await isReady(leader);
  await untilItPasses(store);
  standby = await startReplica(scene.world, { name: 'standby', store, leaseDuration });
}, 150_000);

afterAll(async () => {
  await scene.close();
  await proxy.stop();
}, 60_000);

test('a replica that waits says for whom, is not ready, and leaves the store alone', async () => {
  await eventually(async () => expect((await standby.ready()).text).toMatch(/is held by leader/), 60_000);
  expect((await standby.ready()).status).toBe(503);
  expect((await leader.ready()).status).toBe(200);
}, 90_000);

test('it takes over soon after the lease of the frozen one has run out, and reads back what was missed', async () => {
  leader.kill('SIGSTOP');
  const frozenAt = Date.now();
  await scene.turn();
  await isReady(standby, LEASE_MS + SLOW_MACHINE_MS);
  // The lease counts from its last renewal, which was at most a retry before.
  expect(Date.now() - frozenAt).toBeGreaterThan(LEASE_MS / 2);
  await eventually(async () => {
    const { records, observed } = await shopLog(store);
    expect(verdictsOf(records, 'front').at(-1)).toBe('Fail');
    expect(observed('front').filter(({ readBack }) => readBack).length).toBeGreaterThan(0);
  }, 60_000);
}, 120_000);

test('the frozen one goes on, and ends without having written anything', async () => {
  await scene.turn();
  // Nobody tells it that it is deposed: it has to know by itself.
  proxy.interfere(({ path }) => (path.endsWith('/leases/assay') ? new Promise(() => undefined) : undefined));
  const goesOnAt = Date.now();
  leader.kill('SIGCONT');
  expect(await leader.ended).toEqual({ code: 3, signal: null });
  expect(writesSince(goesOnAt)).toEqual([]);
  expect(writesSince(0)).not.toEqual([]);
  expect(await leader.logged()).toContain('the operator can not go on and ends at once');
}, 60_000);

test('what the other one has on record and shows is whole', async () => {
  await untilItPasses(store);
  await expectAllToHold({ api: scene.world.api, store });
  expect((await criteriaOnRecord(store)).map(({ id }) => id).sort()).toEqual(['shop/calm', 'shop/front']);
}, 120_000);
