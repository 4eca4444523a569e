import { hash } from 'node:crypto';

const HEARTBEAT_MS = 600_000;
// Criterion and report are written together; both heartbeats of all criteria stay under 4 writes a second.
const MS_A_CRITERION = 500;
// Long enough for what was written to be seen again.
const CONTRADICTED_MS = 30_000;

/** Why a status is worth a write. `Contradicted`: what is shown is not what was written last, so somebody else wrote. */
export type Due = 'Changed' | 'Contradicted' | 'Heartbeat' | 'No';

/** What the API server shows. */
export interface Shown {
  /** Tells an object from one that had its name before. */
  readonly uid?: string | undefined;
  /** The same object as long as nobody wrote it. */
  readonly status?: object | undefined;
}

interface Written {
  readonly uid: string | undefined;
  readonly meaning: string;
  readonly at: number;
  /** What the API server showed when it was looked at last. */
  shown: object | undefined;
  contradicted: boolean;
}

/**
 * Says when a status is worth a write: at once when something changed that a reader would call a change, otherwise at most every
 * 10 minutes, stretched so that an installation stays under 5 writes a second; after 30 seconds where somebody else wrote it.
 */
export class StatusPace {
  readonly #written = new Map<string, Written>();

  /** @param shown what the API server shows now */
  due(key: string, status: object, shown: Shown, now: number): Due {
    const meaning = meaningOf(status);
    const before = this.#written.get(key);
    // What was written for an object that is gone shows nothing of the one that has its name now.
    if (before === undefined || before.uid !== shown.uid) return showsAlready(shown, meaning) ? 'Heartbeat' : 'Changed';
    if (before.meaning !== meaning) return 'Changed';
    if (isContradicted(before, shown.status) && now - before.at >= CONTRADICTED_MS) return 'Contradicted';
    return now - before.at < this.#heartbeatMs ? 'No' : 'Heartbeat';
  }

  /** Whether nothing is due unless something changed. */
  rests(key: string, now: number): boolean {
    const before = this.#written.get(key);
    return before !== undefined && !before.contradicted && now - before.at < this.#heartbeatMs;
  }

  get #heartbeatMs(): number {
    return Math.max(HEARTBEAT_MS, this.#written.size * MS_A_CRITERION);
  }

  /** Only what was really handed over for writing counts as written. @param shown what the API server showed then */
  written(key: string, status: object, shown: Shown, now: number): void {
    this.#written.set(key, { uid: shown.uid, meaning: meaningOf(status), at: now, shown: shown.status, contradicted: false });
  }

  forget(key: string): void {
    this.#written.delete(key);
  }
}

const showsAlready = ({ status }: Shown, meaning: string): boolean => status !== undefined && meaningOf(status) === meaning;

/** Looks only at what is new: as long as a write waits, the API server shows what it showed before. */
function isContradicted(before: Written, shown: object | undefined): boolean {
  if (shown !== undefined && shown !== before.shown) {
    before.shown = shown;
    before.contradicted = meaningOf(shown) !== before.meaning;
  }
  return before.contradicted;
}

// What moves with every evaluation: numbers in sentences, times of samples, shares of a rolling window.
const MOVING = new Set([
  'at',
  'sampleAt',
  'value',
  'measured',
  'objective',
  'lastTransitionTime',
  'series',
  'failing',
  'lastContact',
  'latencyMs',
]);

/** A sentence without what moves in it. */
export const withoutNumbers = (sentence: string): string => sentence.replace(/\d+(\.\d+)?/g, '#');

/** A short text that differs where the meaning does: one is kept for each of thousands. */
function meaningOf(status: object): string {
  const text = canonical(status, (key, value) => {
    if (MOVING.has(key)) return undefined;
    return key === 'message' && typeof value === 'string' ? withoutNumbers(value) : value;
  });
  return hash('sha256', text, 'base64');
}

/** One text for one status: the API server hands fields back in an order of its own. */
function canonical(value: unknown, replace: (key: string, value: unknown) => unknown): string {
  return JSON.stringify(value, (key, member: unknown) => {
    const replaced = replace(key, member);
    if (typeof replaced !== 'object' || replaced === null || Array.isArray(replaced)) return replaced;
    return Object.fromEntries(Object.entries(replaced).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
