import type { SpawnedOperator } from '../../cluster/operator-world.ts';
import { ABSENCES, awayBeyondTheLease, awayWithinTheLease } from '../api-absence.ts';
import { openWatchedShop, type ShopScene } from '../shop-scene.ts';

// As test/faults/api-away.test.ts, for a whole minute: longer than requests wait, and longer than a lease of the usual length.

const AWAY_MS = 60_000;
const USUAL_LEASE_MS = 15_000;

let scene: ShopScene;
let operator: SpawnedOperator;

beforeAll(async () => {
  ({ scene, operator } = await openWatchedShop({ leaseDuration: '180s' }));
}, 120_000);
afterAll(() => scene.close(), 60_000);

test.each(Object.entries(ABSENCES))(
  'an API server %s within the lease: judging goes on, and all is told afterwards',
  (_how, absence) => awayWithinTheLease(scene, operator, { absence, forMs: AWAY_MS }),
  300_000,
);

test.each(Object.entries(ABSENCES))(
  'an API server %s after the lease ran out: the operator ends, is started again, and leaves no hole',
  async (_how, absence) => {
    await operator.stop();
    const { store } = operator;
    await awayBeyondTheLease(scene, { absence, store, leaseDurationMs: USUAL_LEASE_MS, forMs: AWAY_MS });
  },
  300_000,
);
