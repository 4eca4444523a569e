import type { Clock } from '../../platform/clock.ts';

/** What was there already, as far back as is remembered. */
export interface Seen {
  /** Whether it is here for the first time; afterwards it is not. */
  isFirst(id: string): boolean;
}

/** Remembers each for so long, and no more than so many: the oldest are forgotten. */
export function newSeen({ clock, ttlMs, most }: { readonly clock: Clock; readonly ttlMs: number; readonly most: number }): Seen {
  // In the order in which they came.
  const seen = new Map<string, number>();
  return {
    isFirst: (id) => {
      const now = clock.now();
      for (const [old, at] of seen) {
        if (now - at <= ttlMs) break;
        seen.delete(old);
      }
      if (seen.has(id)) return false;
      const [oldest] = seen.keys();
      if (seen.size >= most && oldest !== undefined) seen.delete(oldest);
      seen.set(id, now);
      return true;
    },
  };
}
