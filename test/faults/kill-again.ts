import { sleep, systemClock } from '../../src/platform/clock.ts';
import type { SpawnedOperator } from '../cluster/operator-world.ts';
import type { ShopScene } from './shop-scene.ts';

const LONGEST_WORK_MS = 1_500;

/**
 * Kills an operator (kill -9) at random moments, again and again, while the shop comes and goes: every other time while it starts,
 * however long that takes on this machine, else while it works. It is dead at the end.
 */
export async function killAgain(scene: ShopScene, operator: SpawnedOperator, times: number): Promise<void> {
  let startMs = 0;
  for (let kill = 0; kill < times; kill += 1) {
    operator.kill('SIGKILL');
    await operator.exited();
    const startedAt = Date.now();
    // Fails when it is killed while starting.
    const starting = operator.start().catch(() => undefined);
    if (kill % 2 === 0) {
      await starting;
      startMs = Date.now() - startedAt;
    }
    await sleep(systemClock, Math.random() * (kill % 2 === 0 ? LONGEST_WORK_MS : startMs));
    if (Math.random() < 1 / 3) await scene.turn();
    operator.kill('SIGKILL');
    await operator.exited();
    await starting;
  }
}
