import { type Clock, sleep, systemClock } from '../../platform/clock.ts';

/** How long to wait for a condition, and how often to look. */
export interface Waiting {
  readonly withinMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

/** Looks until the answer is true; answers false once `withinMs` have passed, and throws when the signal aborts. */
export async function waitUntil(check: () => Promise<boolean> | boolean, waiting: Waiting): Promise<boolean> {
  const { withinMs, everyMs = 50, signal, clock = systemClock } = waiting;
  const deadline = clock.now() + withinMs;
  for (;;) {
    signal?.throwIfAborted();
    if (await check()) return true;
    if (clock.now() >= deadline) return false;
    await sleep(clock, everyMs, signal);
  }
}
