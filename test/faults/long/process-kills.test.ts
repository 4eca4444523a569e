import type { SpawnedOperator } from '../../cluster/operator-world.ts';
import { killAgain } from '../kill-again.ts';
import { openWatchedShop, shopLog, type ShopScene, untilItPasses, verdictsOf } from '../shop-scene.ts';
import { expectAllToHold } from '../what-must-hold.ts';

const ROUNDS = 10;
const KILLS_A_ROUND = 40;

let scene: ShopScene;
let operator: SpawnedOperator;

beforeAll(async () => {
  ({ scene, operator } = await openWatchedShop());
}, 120_000);

afterAll(() => scene.close(), 60_000);

test.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))(
  'after %d rounds of 40 kills everything holds',
  async () => {
    await killAgain(scene, operator, KILLS_A_ROUND);
    await scene.open();
    await operator.start();
    await untilItPasses(operator.store);
    await expectAllToHold({ api: scene.world.api, store: operator.store });
    expect(verdictsOf((await shopLog(operator.store)).records, 'calm')).toEqual(['Pass']);
  },
  400_000,
);
