import { metricIn, type SpawnedOperator } from '../cluster/operator-world.ts';

import { type ApiScene, openApiScene, untilJudged, untilVerdict } from './api-scene.ts';
import { expectAllToHold } from './what-must-hold.ts';

// Somebody else writes the status of a criterion too (kubectl patch --subresource=status in a loop): lies, each time others.

const FIGHT_MS = 10_000;

let scene: ApiScene;
let operator: SpawnedOperator;
let store: string;

beforeAll(async () => {
  scene = await openApiScene('front');
  operator = await scene.world.spawnOperator();
  ({ store } = operator);
  await untilVerdict(store, 'front', 'Pass');
  await expectAllToHold({ api: scene.world.api, store });
}, 150_000);
afterAll(() => scene.close(), 60_000);

async function lie(verdict: string): Promise<void> {
  const change = JSON.stringify({ status: { verdict, measured: `${Math.random()}` } });
  await scene.world.kubectl('patch', 'crit', 'front', '-n', 'shop', '--subresource=status', '--type=merge', '-p', change);
}

const statusWrites = async (): Promise<number> => {
  const text = await operator.metrics();
  return ['written', 'conflict', 'failed'].reduce(
    (sum, outcome) => sum + metricIn(text, 'assay_status_writes_total', { outcome }),
    0,
  );
};

test('while two write, the records go on, writes stay few, and the quarrel is logged; in the end the status is what the records say', async () => {
  const before = await statusWrites();
  const endsAt = Date.now() + FIGHT_MS;
  scene.measure('0');
  while (Date.now() < endsAt) await lie('Suspended');
  await untilVerdict(store, 'front', 'Fail');
  await untilJudged(store, 'front');
  // Of the criterion and of its report: three at once, then one in 10 s, each with a conflict or two.
  expect((await statusWrites()) - before).toBeLessThan(30);
  await expectAllToHold({ api: scene.world.api, store });
  // The last lie, after which nothing changes any more, does not stand either.
  await lie('Pass');
  await expectAllToHold({ api: scene.world.api, store });
  expect(await operator.logged()).toContain('"message":"a status is not what was written, and is written again"');
}, 400_000);
