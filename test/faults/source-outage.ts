import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { sleep, systemClock } from '../../src/platform/clock.ts';
import type { ShopScene } from './shop-scene.ts';

export interface Outage {
  readonly awayMs: number;
  /** Whether Prometheus still has its data afterwards, as on a volume that was lost. */
  readonly keepsData: boolean;
}

/** Prometheus is away for a while, and back. */
export async function outage({ prometheus }: ShopScene, { awayMs, keepsData }: Outage): Promise<void> {
  await prometheus.daemon.stop();
  await sleep(systemClock, awayMs);
  if (!keepsData) await rm(join(dirname(prometheus.daemon.logPath), 'data'), { recursive: true });
  await prometheus.daemon.start();
}
