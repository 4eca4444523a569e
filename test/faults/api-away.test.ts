import { ABSENCES, awayBeyondTheLease, awayWithinTheLease } from './api-absence.ts';
import { openWatchedShop, type ShopScene } from './shop-scene.ts';
import type { SpawnedOperator } from '../cluster/operator-world.ts';

// The API server is away. test/faults/long has the same for a whole minute.

const AWAY_MS = 10_000;

let scene: ShopScene;
let operator: SpawnedOperator;

beforeAll(async () => {
  ({ scene, operator } = await openWatchedShop({ leaseDuration: '120s' }));
}, 120_000);
afterAll(() => scene.close(), 60_000);

test.each(Object.entries(ABSENCES))(
  'an API server %s within the lease: judging goes on, and all is told afterwards',
  (_how, absence) => awayWithinTheLease(scene, operator, { absence, forMs: AWAY_MS }),
  240_000,
);

test('an API server away for longer than the lease: the operator ends, is started again, and leaves no hole', async () => {
  await operator.stop();
  const absence = ABSENCES['standing still (SIGSTOP), and going on']!;
  await awayBeyondTheLease(scene, { absence, store: operator.store, leaseDurationMs: 6_000, forMs: AWAY_MS });
}, 300_000);
