import { complaintsIn, type SpawnedOperator } from '../cluster/operator-world.ts';
import { killAgain } from './kill-again.ts';
import { CALM, openWatchedShop, shopLog, type ShopScene, untilItPasses, verdictsOf } from './shop-scene.ts';
import { expectAllToHold } from './what-must-hold.ts';

// kill -9 at any moment; test/faults/long does it hundreds of times.

const KILLS = 12;

let scene: ShopScene;
let operator: SpawnedOperator;

beforeAll(async () => {
  ({ scene, operator } = await openWatchedShop());
}, 120_000);

afterAll(() => scene.close(), 60_000);

test('killed at any moment, again and again: every slot is accounted for, nobody is told twice, and nothing is told that is not on record', async () => {
  await killAgain(scene, operator, KILLS);
  await scene.open();
  await operator.start();
  await untilItPasses(operator.store);
  await expectAllToHold({ api: scene.world.api, store: operator.store });
  const { records, observed } = await shopLog(operator.store);
  expect(verdictsOf(records, 'calm')).toEqual(['Pass']);
  expect((await scene.statusOf(CALM))?.verdict).toBe('Pass');
  expect(observed('front').filter(({ readBack }) => readBack).length).toBeGreaterThan(KILLS / 2);
  expect(complaintsIn(await operator.logged()).filter((line) => line.includes('"level":"error"'))).toEqual([]);
}, 240_000);
