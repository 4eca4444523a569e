import type { StatementSync } from 'node:sqlite';

import type { Database } from './database.ts';

const MINUTE_MS = 60_000;
/** Minutes that wait to be written; a file that can't be written for longer loses the oldest of them, not that there were any. */
const MAX_PENDING = 10_000;

/**
 * Alerts that came and could not be kept, by source and minute. They wait in memory for the next write, since it may be the file
 * itself that could not be written.
 */
export class Losses {
  readonly #write: StatementSync;
  readonly #sum: StatementSync;
  readonly #drop: StatementSync;
  readonly #waiting = new Map<string, { readonly source: string; readonly minute: number; alerts: number }>();

  constructor(db: Database) {
    this.#write = db.prepare(
      'INSERT INTO loss VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET alerts = loss.alerts + excluded.alerts',
    );
    this.#sum = db.prepare('SELECT SUM(alerts) AS alerts FROM loss WHERE source = ? AND minute BETWEEN ? AND ?');
    this.#drop = db.prepare('DELETE FROM loss WHERE source = ? AND minute < ?');
  }

  note(source: string, at: number, alerts: number): void {
    const minute = minuteOf(at);
    const key = `${minute} ${source}`;
    const known = this.#waiting.get(key);
    if (known !== undefined) known.alerts += alerts;
    else this.#waiting.set(key, { source, minute, alerts });
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MAX_PENDING && oldest !== undefined) this.#waiting.delete(oldest);
  }

  /** Writes a loss that is known inside of a transaction. */
  write(source: string, at: number, alerts: number): void {
    this.#write.run(source, minuteOf(at), alerts);
  }

  /** What waits now: `write` belongs into a transaction, and `done` behind it. */
  pending(): { write: () => void; done: () => void } {
    const waiting = [...this.#waiting.entries()].map(([key, loss]) => ({ key, ...loss }));
    return {
      write: () => waiting.forEach(({ source, minute, alerts }) => this.#write.run(source, minute, alerts)),
      done: () => waiting.forEach(({ key }) => this.#waiting.delete(key)),
    };
  }

  /** Alerts lost in the minutes that a window touches. */
  between(source: string, from: number, to: number): number {
    const [first, last] = [minuteOf(from + 1), minuteOf(to)];
    const { alerts } = this.#sum.get(source, first, last) as { alerts: number | null };
    const waiting = [...this.#waiting.values()].filter(
      (loss) => loss.source === source && loss.minute >= first && loss.minute <= last,
    );
    return waiting.reduce((sum, loss) => sum + loss.alerts, alerts ?? 0);
  }

  forget(source: string, before: number): void {
    this.#drop.run(source, minuteOf(before));
  }
}

const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS);
