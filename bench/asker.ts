import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Stoppable } from '../src/parts/index.ts';
import type { Order } from './bare-client.ts';
import type { Shape } from './criteria.ts';

/** The bare client in a process of its own. */
export interface Asker extends Stoppable {
  readonly pid: number;
  /** Begins to ask, or ceases to. */
  order(order: Exclude<Order, 'count'>): void;
  /** How many questions were answered so far. */
  asked(): Promise<number>;
}

/** What it asks, and how often. */
export interface Asking {
  readonly criteria: number;
  readonly shape: Shape;
  readonly intervalMs: number;
}

/** Starts the bare client, which does not ask yet. */
export async function startAsker(url: string, { criteria, shape, intervalMs }: Asking): Promise<Asker> {
  const args = ['--url', url, '--criteria', String(criteria), '--shape', shape, '--interval', String(intervalMs)];
  const child = fork(join(import.meta.dirname, 'bare-client.ts'), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(child, 'spawn');
  const send = (order: Order): void => void child.send(order);
  return {
    pid: child.pid ?? 0,
    order: send,
    asked: async () => {
      const answer = once(child, 'message', { signal: AbortSignal.timeout(10_000) });
      send('count');
      const [asked] = (await answer) as [number];
      return asked;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
