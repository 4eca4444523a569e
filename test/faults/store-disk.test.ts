import { complaintsIn, eventually, metricIn, type SpawnedOperator } from '../cluster/operator-world.ts';
import { answerOf } from './replica.ts';
import { FRONT, openShopScene, shopLog, type ShopScene, untilItPasses, verdictsOf } from './shop-scene.ts';
import { openSmallDisk, type SmallDisk } from './small-disk.ts';
import { expectAllToHold } from './what-must-hold.ts';

// The disk of the evidence store is full, and it breaks. Nothing recorded means nothing told, but for one thing: that the store failed.

let scene: ShopScene;
let disk: SmallDisk;
let operator: SpawnedOperator;

beforeAll(async () => {
  scene = await openShopScene();
  disk = await openSmallDisk(scene.world);
  operator = await scene.world.spawnOperator({ store: disk.store });
  await untilItPasses(disk.store);
}, 120_000);

afterAll(() => scene.close(), 60_000);

const BROKEN = /^the evidence store can not be written: /;

const storeFailuresTold = async (): Promise<string[]> =>
  (await scene.world.api.events('Namespace', 'assay-system')).map(({ reason }) => reason);

async function expectFailureIsTold(times: number): Promise<void> {
  await eventually(async () => {
    const { status, text } = await answerOf(`${operator.url}/readyz`);
    expect(status).toBe(503);
    expect(text).toMatch(BROKEN);
    expect(await storeFailuresTold()).toEqual(Array.from({ length: times }, () => 'EvidenceStoreFailed'));
    expect(metricIn(await operator.metrics(), 'assay_store_failures_total')).toBeGreaterThan(0);
    const errors = complaintsIn(await operator.logged()).filter((line) => line.includes('"level":"error"'));
    expect(errors).toHaveLength(times);
    expect(errors.at(-1)).toContain('the evidence store can not be written: nothing is judged or told until it can');
  }, 40_000);
  expect((await answerOf(`${operator.url}/healthz`)).status).toBe(200);
}

const isReady = (): Promise<void> =>
  eventually(async () => expect((await answerOf(`${operator.url}/readyz`)).status).toBe(200), 60_000);

test('a full disk is told once, and nothing else is told until there is room again', async () => {
  await disk.fill(operator.daemon.pid);
  await expectFailureIsTold(1);
  const shown = await scene.statusOf(FRONT);
  const { records, observed } = await shopLog(disk.store);
  const told = (await scene.world.api.events('CertificationCriterion', FRONT)).length;
  await scene.turn();
  // Long enough for a Fail, had there been room.
  await eventually(async () => expect(await scene.ask('max_over_time(up{job="shop"}[5s]) == 0')).toHaveLength(1), 60_000);
  const later = await shopLog(disk.store);
  expect([later.records.length, later.observed().length]).toEqual([records.length, observed().length]);
  expect((await scene.world.api.events('CertificationCriterion', FRONT)).length).toBe(told);
  expect(await scene.statusOf(FRONT)).toMatchObject({ verdict: 'Pass', record: shown?.record });
  expect(await storeFailuresTold()).toHaveLength(1);
}, 180_000);

test('with room again judging goes on by itself, and what was missed is read back', async () => {
  await disk.empty(operator.daemon.pid);
  await isReady();
  await eventually(async () => {
    const { records, observed } = await shopLog(disk.store);
    expect(verdictsOf(records, 'front')).toEqual(['Pass', 'Fail']);
    expect(observed('front').filter(({ readBack }) => readBack).length).toBeGreaterThan(2);
  }, 60_000);
  await scene.turn();
  await untilItPasses(disk.store);
  await expectAllToHold({ api: scene.world.api, store: disk.store });
  expect(await operator.logged()).toContain('the evidence store can be written again');
}, 150_000);

test('a disk that turned read-only is told too; repaired, the operator goes on from what is on record', async () => {
  const before = (await shopLog(disk.store)).records.length;
  await disk.break(operator.daemon.pid);
  await expectFailureIsTold(2);
  operator.kill('SIGKILL');
  await operator.exited();
  await disk.repair();
  await operator.start();
  await untilItPasses(disk.store);
  await expectAllToHold({ api: scene.world.api, store: disk.store });
  expect((await shopLog(disk.store)).records.length).toBeGreaterThan(before);
}, 180_000);

test('with a full disk it does not start, and says why; with room it does', async () => {
  await operator.stop();
  await disk.fill(undefined);
  await expect(operator.start()).rejects.toThrow(/STORE_FAILED|can not open the evidence store/);
  await disk.empty(undefined);
  await operator.start();
  await untilItPasses(disk.store);
  await expectAllToHold({ api: scene.world.api, store: disk.store });
}, 150_000);
