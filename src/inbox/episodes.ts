import type { StatementSync } from 'node:sqlite';

import type { Database } from './database.ts';
import type { Episode } from './inbox.ts';
import type { Losses } from './losses.ts';
import { digestOf, type Notification, type ToldAlert } from './notification.ts';
import type { Sizes } from './sizes.ts';

/** Old ones go a few at a time, so that nobody waits for a whole day to be deleted. */
const FORGET_AT_ONCE = 500;
/** Times of notifications that are kept of each source; without the older ones less of the past is proven. */
const MAX_NOTIFICATIONS = 100_000;
const TRIM_EVERY = 1_000;
/**
 * An alert that its group is told without, for so long, is not sent any more: it is muted, or has ended while it was. One of several
 * Alertmanagers may send what it knew a while before the others, and again where it was refused, but not for longer.
 */
const MISSING_AFTER_MS = 600_000;

interface Room {
  readonly losses: Losses;
  readonly sizes: Sizes;
}

/** What is to be done with an alert that was told. */
type Step =
  | { readonly kind: 'Extend'; readonly id: number; readonly startsAt: number }
  | { readonly kind: 'End'; readonly key: Uint8Array; readonly endedAt: number }
  | {
      readonly kind: 'Insert';
      readonly key: Uint8Array;
      readonly startsAt: number;
      readonly endedAt?: number;
      readonly labels: string;
    }
  | { readonly kind: 'Known' };

/**
 * Alerts as Alertmanager told them, from when to when each fired. Told again, as it is at each repetition, an alert is the same row with
 * another `last_told`, as long as no notification of its group came without it: when it was told follows from those of the group.
 */
export class Episodes {
  readonly #statements: ReturnType<typeof statementsOf>;
  readonly #room: Room;
  #told = 0;

  constructor(db: Database, room: Room) {
    this.#statements = statementsOf(db);
    this.#room = room;
  }

  /** Takes a notification as a whole, or nothing of it where there is no room; belongs into a transaction. */
  tell(source: string, { group, alerts, truncated }: Notification, now: number): { stored: number; duplicates: number } | 'Full' {
    const before = this.#newestOf(this.#statements.newestOfGroup, source, group);
    // Not before the one before: a clock may be set back.
    const at = Math.max(now, this.#newestOf(this.#statements.newest, source) ?? 0);
    const steps = alerts.map((alert) => this.#stepOf(source, alert, { group, before, at }));
    const inserts = steps.filter((step) => step.kind === 'Insert');
    const bytes = inserts.reduce((sum, { labels }) => sum + Buffer.byteLength(labels), 0);
    if (inserts.length > 0 && !this.#room.sizes.hasRoomFor(source, inserts.length, bytes)) return 'Full';
    for (const step of steps) this.#take(source, step, { group, at });
    this.#statements.notify.run(source, group, at);
    if (truncated > 0) this.#room.losses.write(source, at, truncated);
    else this.#statements.endMissing.run(at, source, group, at - MISSING_AFTER_MS);
    this.#room.sizes.add(source, inserts.length, bytes);
    this.#trim(source);
    const duplicates = steps.filter(({ kind }) => kind === 'Extend' || kind === 'Known').length;
    return { stored: alerts.length - duplicates, duplicates };
  }

  /** Those that fire at some moment between, both ends included. */
  between({ source, from, to, limit }: { source: string; from: number; to: number; limit: number }): Episode[] {
    return this.#statements.between.all(source, to, from, limit).map((row) => episodeOf(row as unknown as Row));
  }

  /** When an alert was last told as firing, not after `at`. */
  toldBy(source: string, { group, firstToldAt, lastToldAt }: Episode, at: number): number | undefined {
    if (lastToldAt <= at) return lastToldAt;
    return this.#newestOf(this.#statements.newestWithin, source, group, firstToldAt, at);
  }

  /** The first notification of a source that is kept. */
  firstOf(source: string): number | undefined {
    return this.#newestOf(this.#statements.oldest, source);
  }

  /** The last one of a source that was received by then. */
  lastBy(source: string, at: number): number | undefined {
    return this.#newestOf(this.#statements.newestBy, source, at);
  }

  /** Forgets some of those that ended, or were last told, longer ago. */
  forget(source: string, oldest: number): void {
    this.#statements.forgetNotifications.run(source, oldest);
    const rows = this.#statements.forget.all(source, oldest, oldest, FORGET_AT_ONCE) as unknown as { bytes: number }[];
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
    if (rows.length > 0) this.#room.sizes.add(source, -rows.length, -bytes);
  }

  #stepOf(source: string, alert: ToldAlert, told: { group: Uint8Array; before: number | undefined; at: number }): Step {
    const labels = JSON.stringify(alert.labels);
    const key = digestOf(labels);
    // What is told has begun, and ended, by now, whatever the sender's clock says.
    const startsAt = Math.min(alert.startsAt, told.at);
    if (alert.endedAt !== undefined)
      return this.#ended(source, { key, startsAt, endedAt: Math.min(alert.endedAt, told.at), labels });
    const open = this.#statements.open.get(source, key, told.group) as { id: number; last_told: number } | undefined;
    if (open !== undefined && open.last_told === told.before) return { kind: 'Extend', id: open.id, startsAt };
    return { kind: 'Insert', key, startsAt, labels };
  }

  #ended(source: string, alert: { key: Uint8Array; startsAt: number; endedAt: number; labels: string }): Step {
    const { key, endedAt } = alert;
    if (this.#statements.hasOpen.get(source, key, endedAt) !== undefined) return { kind: 'End', key, endedAt };
    return this.#statements.hasEnded.get(source, key, endedAt) === undefined ? { kind: 'Insert', ...alert } : { kind: 'Known' };
  }

  #take(source: string, step: Step, { group, at }: { group: Uint8Array; at: number }): void {
    switch (step.kind) {
      case 'Extend':
        this.#statements.extend.run(at, step.startsAt, step.id);
        return;
      case 'End':
        this.#statements.end.run(step.endedAt, source, step.key, step.endedAt);
        return;
      case 'Insert':
        this.#statements.insert.run(source, step.key, group, step.startsAt, step.endedAt ?? null, at, at, step.labels);
        return;
      case 'Known':
        return;
    }
  }

  #trim(source: string): void {
    this.#told += 1;
    if (this.#told % TRIM_EVERY === 0) this.#statements.trim.run(source, source, MAX_NOTIFICATIONS);
  }

  #newestOf(statement: StatementSync, ...parameters: (string | number | Uint8Array)[]): number | undefined {
    const { at } = statement.get(...parameters) as { at: number | null };
    return at ?? undefined;
  }
}

function statementsOf(db: Database) {
  const newest = 'SELECT MAX(received_at) AS at FROM notification WHERE source = ?';
  const open = 'source = ? AND key = ? AND ended_at IS NULL';
  return {
    newest: db.prepare(newest),
    newestBy: db.prepare(`${newest} AND received_at <= ?`),
    newestOfGroup: db.prepare(`${newest} AND grp = ?`),
    newestWithin: db.prepare(`${newest} AND grp = ? AND received_at BETWEEN ? AND ?`),
    oldest: db.prepare('SELECT MIN(received_at) AS at FROM notification WHERE source = ?'),
    notify: db.prepare('INSERT INTO notification VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    open: db.prepare(`SELECT id, last_told FROM episode WHERE ${open} AND grp = ? ORDER BY last_told DESC, id DESC LIMIT 1`),
    hasOpen: db.prepare(`SELECT 1 FROM episode WHERE ${open} AND starts_at <= ?`),
    hasEnded: db.prepare('SELECT 1 FROM episode WHERE source = ? AND key = ? AND ended_at = ?'),
    extend: db.prepare('UPDATE episode SET last_told = ?, starts_at = MIN(starts_at, ?) WHERE id = ?'),
    end: db.prepare(`UPDATE episode SET ended_at = ? WHERE ${open} AND starts_at <= ?`),
    endMissing: db.prepare(
      'UPDATE episode SET ended_at = ? WHERE source = ? AND grp = ? AND ended_at IS NULL AND last_told <= ?',
    ),
    insert: db.prepare(
      'INSERT INTO episode (source, key, grp, starts_at, ended_at, first_told, last_told, labels) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    between: db.prepare(
      'SELECT * FROM episode WHERE source = ? AND starts_at <= ? AND (ended_at IS NULL OR ended_at > ?) LIMIT ?',
    ),
    forget: db.prepare(
      `DELETE FROM episode WHERE id IN (
         SELECT id FROM episode WHERE source = ? AND (ended_at <= ? OR (ended_at IS NULL AND last_told <= ?)) LIMIT ?
       ) RETURNING octet_length(labels) AS bytes`,
    ),
    forgetNotifications: db.prepare('DELETE FROM notification WHERE source = ? AND received_at <= ?'),
    trim: db.prepare(
      `DELETE FROM notification WHERE source = ? AND received_at < (
         SELECT received_at FROM notification WHERE source = ? ORDER BY received_at DESC LIMIT 1 OFFSET ?
       )`,
    ),
  };
}

interface Row {
  readonly grp: Uint8Array;
  readonly starts_at: number;
  readonly ended_at: number | null;
  readonly first_told: number;
  readonly last_told: number;
  readonly labels: string;
}

const episodeOf = ({ grp, starts_at: startsAt, ended_at, first_told, last_told, labels }: Row): Episode => ({
  ...{ labels, startsAt, group: grp, firstToldAt: first_told, lastToldAt: last_told },
  ...(ended_at !== null && { endedAt: ended_at }),
});
