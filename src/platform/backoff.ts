/** How long is waited after failures in a row: doubled each time, from `minMs` to `maxMs`. */
export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
}

/** The wait after the `failures`-th failure in a row (1, 2, ...), between half of it and all of it so that clients drift apart. */
export function backoffMs({ minMs, maxMs }: Backoff, failures: number, random: () => number): number {
  const fullMs = Math.min(maxMs, minMs * 2 ** Math.min(Math.max(failures - 1, 0), 30));
  return Math.round(fullMs * (0.5 + random() / 2));
}
