import { join } from 'node:path';

import { DEATHS } from '../deaths.ts';
import { dieAt } from '../dying-process.ts';
import { openShopScene, type ShopScene, untilItPasses } from '../shop-scene.ts';
import { expectAllToHold } from '../what-must-hold.ts';

// All deaths in every other order, with Prometheus away before some of them, so that gaps have to be put on record too.

const ROUNDS = 8;
const HEARTBEAT_LASTS_MS = 6_000;

let scene: ShopScene;
let store: string;

beforeAll(async () => {
  scene = await openShopScene();
  store = join(scene.world.session.dir, 'evidence.db');
}, 120_000);

afterAll(() => scene.close(), 60_000);

const shuffled = <T>(all: readonly T[]): T[] =>
  all
    .map((one) => ({ one, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);

/** Prometheus is away while nobody judges: the next operator finds slots that can't be read back. */
async function loseHistory(): Promise<void> {
  await scene.prometheus.daemon.stop();
  await new Promise((resolve) => setTimeout(resolve, HEARTBEAT_LASTS_MS));
  await scene.prometheus.daemon.start();
}

test.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))(
  'after round %d of all deaths everything holds',
  async () => {
    for (const death of shuffled(Object.values(DEATHS))) await dieAt(scene.world, store, death(scene));
    for (const point of ['before append Gap', 'after append Gap']) {
      await loseHistory();
      await dieAt(scene.world, store, { point });
    }
    await scene.open();
    const operator = await scene.world.spawnOperator({ store });
    await untilItPasses(store);
    await expectAllToHold({ api: scene.world.api, store });
    await operator.stop();
  },
  600_000,
);
