import type { StatementSync } from 'node:sqlite';

import type { Database } from './database.ts';

/**
 * When the inbox was opened: from some moment before until then nothing was taken. This time waits in memory for the first write, since
 * a full disk is no reason not to begin.
 */
export class Openings {
  readonly #insert: StatementSync;
  readonly #since: StatementSync;
  readonly #drop: StatementSync;
  #waiting: number | undefined;

  constructor(db: Database, now: number) {
    this.#insert = db.prepare('INSERT INTO opening VALUES (?) ON CONFLICT DO NOTHING');
    this.#since = db.prepare('SELECT at FROM opening WHERE at > ?');
    this.#drop = db.prepare('DELETE FROM opening WHERE at < ?');
    this.#waiting = now;
  }

  /** What waits to be written: `write` belongs into a transaction, and `done` behind it. */
  pending(): { write: () => void; done: () => void } {
    const at = this.#waiting;
    return {
      write: () => {
        if (at !== undefined) this.#insert.run(at);
      },
      done: () => (this.#waiting = undefined),
    };
  }

  /** Those after a moment. */
  since(from: number): number[] {
    const written = (this.#since.all(from) as unknown as { at: number }[]).map(({ at }) => at);
    return this.#waiting !== undefined && this.#waiting > from ? [...written, this.#waiting] : written;
  }

  forget(before: number): void {
    this.#drop.run(before);
  }
}
