const HEARTBEAT_MS = 600_000;
// Criterion and report are written together; both heartbeats of all criteria stay under 4 writes a second.
const MS_A_CRITERION = 500;

/**
 * Says when a status is worth a write: at once when something changed that a reader would call a change, otherwise at most every
 * 10 minutes, stretched so that an installation stays under 5 writes a second.
 */
export class StatusPace {
  readonly #written = new Map<string, { readonly meaning: string; readonly at: number }>();

  /** Whether to write now; if so, it counts as written. */
  isDue(key: string, status: object, now: number): 'changed' | 'heartbeat' | 'no' {
    const meaning = meaningOf(status);
    const before = this.#written.get(key);
    const changed = before?.meaning !== meaning;
    const heartbeatMs = Math.max(HEARTBEAT_MS, this.#written.size * MS_A_CRITERION);
    if (!changed && now - before.at < heartbeatMs) return 'no';
    this.#written.set(key, { meaning, at: now });
    return changed ? 'changed' : 'heartbeat';
  }

  forget(key: string): void {
    this.#written.delete(key);
  }
}

// What moves with every evaluation: numbers in sentences, times of samples, shares of a rolling window.
const MOVING = new Set(['at', 'sampleAt', 'value', 'measured', 'objective', 'lastTransitionTime', 'series', 'failing']);

function meaningOf(status: object): string {
  return JSON.stringify(status, (key: string, value: unknown) => {
    if (MOVING.has(key)) return undefined;
    return key === 'message' && typeof value === 'string' ? value.replace(/\d+(\.\d+)?/g, '#') : value;
  });
}
