import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { DEATHS, DEATHS_IN_CI } from './deaths.ts';
import { dieAt } from './dying-process.ts';
import { openShopScene, shopLog, type ShopScene, untilItPasses } from './shop-scene.ts';
import { expectAllToHold } from './what-must-hold.ts';

// The operator is killed (kill -9) exactly where it hurts. After each death it starts again, and dies at the next point; at the end
// everything must hold as if nobody had died.

// So long nobody watches after a death: two slots that have to be read back, however quickly it starts again.
const DOWN_MS = 2_000;

let scene: ShopScene;
let store: string;

beforeAll(async () => {
  scene = await openShopScene();
  store = join(scene.world.session.dir, 'evidence.db');
}, 120_000);

afterAll(() => scene.close(), 60_000);

test.each(DEATHS_IN_CI)(
  'it dies %s',
  async (death) => {
    await dieAt(scene.world, store, DEATHS[death](scene));
    await setTimeout(DOWN_MS);
  },
  90_000,
);

test('in the end everything holds', async () => {
  await scene.open();
  const operator = await scene.world.spawnOperator({ store });
  await untilItPasses(store);
  await expectAllToHold({ api: scene.world.api, store });
  await operator.stop();
  const { records, observed } = await shopLog(store);
  expect(records.filter(({ kind }) => kind === 'VerdictChanged').length).toBeGreaterThan(2);
  expect(observed('front').filter(({ readBack }) => readBack).length).toBeGreaterThan(DEATHS_IN_CI.length);
}, 150_000);
