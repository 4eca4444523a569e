import { backoffMs } from '../../platform/backoff.ts';
import { type Clock, sleep } from '../../platform/clock.ts';
import type { Failed } from '../attempt.ts';
import type { Asked } from './homeserver.ts';

const BACKOFF = { minMs: 1_000, maxMs: 60_000 };

/** How long to wait after the `failures`-th failure in a row: as long as the homeserver asks for, and never at once. */
export function waitAfter(failed: Failed, failures: number): number {
  const askedMs = 'retryAfterMs' in failed ? (failed.retryAfterMs ?? 0) : 0;
  return Math.max(askedMs, backoffMs(BACKOFF, failures, Math.random));
}

export interface Patience {
  readonly clock: Clock;
  /** After that time it is not tried again. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** Tries until it is done, or fails for good; `attempt` gets how often it has failed. */
export async function patiently<T>(
  { clock, until, signal }: Patience,
  attempt: (failures: number) => Promise<Asked<T>>,
): Promise<Asked<T>> {
  for (let failures = 0; ; failures += 1) {
    const asked = await attempt(failures);
    if (asked.kind === 'Got' || !['NotNow', 'Unanswered'].includes(asked.result.kind)) return asked;
    const waitMs = waitAfter(asked.result, failures + 1);
    if (signal.aborted || clock.now() + waitMs > until) return asked;
    await sleep(clock, waitMs, signal);
  }
}
