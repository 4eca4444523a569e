import { createHash } from 'node:crypto';

import type { Clock } from '../platform/clock.ts';
import { GroupCommit } from '../platform/group-commit.ts';
import { Database } from './database.ts';
import { Episodes } from './episodes.ts';
import type { FalcoAlert } from './falco-alert.ts';
import type { AlertGroup, Appended, Episode, Gaps, Inbox, ReceivedAlert, Span, Window, WindowSummary } from './inbox.ts';
import { Losses } from './losses.ts';
import type { Notification } from './notification.ts';
import { Openings } from './openings.ts';
import { Sizes } from './sizes.ts';

/** `path` of the file; the bounds are of each source but `maxBytes`, which is of the texts of all alerts. */
export interface InboxOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly maxAlerts?: number;
  readonly maxBytes?: number;
  readonly maxAgeMs?: number;
  readonly onCommit?: (alerts: number, ms: number) => void;
}

const MAX_ALERTS = 100_000;
const MAX_BYTES = 512 * 1024 * 1024;
const MAX_AGE_MS = 7 * 86_400_000;
/** Old alerts go a few at a time, so that no append waits for a whole day to be deleted. */
const FORGET_AT_ONCE = 500;
const MAX_GROUPS = 5_000;
const KEY_BYTES = 16;

/** An alert that is not there yet, as it will be stored. */
interface Fresh {
  readonly alert: FalcoAlert;
  readonly key: Uint8Array;
  readonly body: string;
}

/** Opens the inbox in a file of SQLite, or creates it. @throws AssayError STORE_INCOMPATIBLE, STORE_FAILED */
export function openInbox(options: InboxOptions): Inbox {
  return new SqliteInbox(options);
}

class SqliteInbox implements Inbox {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #commits: GroupCommit;
  readonly #statements: ReturnType<typeof statementsOf>;
  readonly #losses: Losses;
  readonly #sizes: Sizes;
  readonly #episodes: Episodes;
  readonly #openings: Openings;
  readonly maxAgeMs: number;
  /** Alerts that are stored from now on are received after it: a window that was counted stays as it was. */
  #closedTo: number;

  constructor({ path, clock, maxAlerts = MAX_ALERTS, maxBytes = MAX_BYTES, maxAgeMs = MAX_AGE_MS, onCommit }: InboxOptions) {
    this.#db = Database.open(path);
    this.#clock = clock;
    this.maxAgeMs = maxAgeMs;
    this.#statements = statementsOf(this.#db);
    this.#losses = new Losses(this.#db);
    this.#sizes = new Sizes(this.#db, { maxAlerts, maxBytes });
    this.#episodes = new Episodes(this.#db, { losses: this.#losses, sizes: this.#sizes });
    this.#openings = new Openings(this.#db, clock.now());
    const { newest } = this.#statements.newest.get() as { newest: number | null };
    // The newest alert may share its millisecond with the next.
    this.#closedTo = (newest ?? 1) - 1;
    this.#commits = new GroupCommit({
      ...{ clock, delayMs: 0, onCommit: onCommit ?? (() => undefined) },
      transact: (run) => this.#transact(run),
    });
  }

  append(source: string, alerts: readonly FalcoAlert[]): Promise<Appended> {
    return this.#keep(source, alerts.length, () => this.#store(source, alerts));
  }

  tell(source: string, notification: Notification): Promise<Appended> {
    return this.#keep(source, notification.alerts.length, () => this.#tell(source, notification));
  }

  noteLost(source: string, alerts: number): void {
    this.#losses.note(source, this.#clock.now(), alerts);
  }

  summary({ source, from, to }: Window): WindowSummary {
    this.#closedTo = Math.max(this.#closedTo, Math.min(to, this.#clock.now()));
    return this.#db.look(() => {
      const rows = this.#statements.groups.all(source, from, to, MAX_GROUPS + 1) as unknown as GroupRow[];
      const lost = this.#losses.between(source, from, to);
      return { groups: rows.slice(0, MAX_GROUPS).map(groupOf), whole: rows.length <= MAX_GROUPS, lost };
    });
  }

  alertsBetween(window: Window & { readonly limit: number; readonly afterSeq?: number }): readonly ReceivedAlert[] {
    const { source, from, to, limit, afterSeq = 0 } = window;
    return this.#db.look(() =>
      this.#statements.alerts.all(source, from, to, afterSeq, limit).map((row) => receivedOf(row as unknown as AlertRow)),
    );
  }

  episodes(span: Span & { readonly limit: number }): readonly Episode[] {
    return this.#db.look(() => this.#episodes.between(span));
  }

  toldBy(source: string, episode: Episode, at: number): number | undefined {
    return this.#db.look(() => this.#episodes.toldBy(source, episode, at));
  }

  gaps({ source, from, to }: Span): Gaps {
    return this.#db.look(() => ({
      // The minutes that it touches.
      lost: this.#losses.between(source, from - 1, to),
      wasClosed: this.#openings.since(from).some((at) => (this.#episodes.lastBy(source, at) ?? from) <= to),
      isBegun: (this.#episodes.firstOf(source) ?? Infinity) <= from,
    }));
  }

  async check(): Promise<void> {
    await this.#commits.add(1, () => this.#statements.touch.run());
  }

  close(): void {
    // Losses that wait for a write come into the last commit.
    void this.check().catch(() => undefined);
    this.#commits.close();
    this.#db.close();
  }

  async #keep(source: string, alerts: number, store: () => Appended): Promise<Appended> {
    try {
      return await this.#commits.add(alerts, store);
    } catch (error) {
      this.noteLost(source, alerts);
      throw error;
    }
  }

  #transact(run: () => void): void {
    const waiting = [this.#losses.pending(), this.#openings.pending()];
    try {
      this.#db.transact(() => {
        for (const { write } of waiting) write();
        run();
      });
      this.#sizes.commit();
      for (const { done } of waiting) done();
    } catch (error) {
      this.#sizes.rollBack();
      throw error;
    }
  }

  #store(source: string, alerts: readonly FalcoAlert[]): Appended {
    this.#forgetOld(source);
    const now = Math.max(this.#clock.now(), this.#closedTo + 1);
    // Counted before anything is written: a list is stored as a whole or not at all.
    const fresh = this.#unknown(source, alerts);
    const bytes = fresh.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    if (fresh.length > 0 && !this.#sizes.hasRoomFor(source, fresh.length, bytes)) {
      this.#losses.write(source, now, alerts.length);
      return { kind: 'Full' };
    }
    const stored = fresh.filter((one) => this.#insert(source, now, one)).length;
    if (stored > 0) this.#closedTo = Math.max(this.#closedTo, now - 1);
    return { kind: 'Stored', stored, duplicates: alerts.length - stored };
  }

  #tell(source: string, notification: Notification): Appended {
    this.#forgetOld(source);
    const now = this.#clock.now();
    const told = this.#episodes.tell(source, notification, now);
    if (told !== 'Full') return { kind: 'Stored', ...told };
    this.#losses.write(source, now, notification.alerts.length);
    return { kind: 'Full' };
  }

  #unknown(source: string, alerts: readonly FalcoAlert[]): Fresh[] {
    return alerts.flatMap((alert) => {
      const key = keyOf(alert);
      return this.#statements.known.get(source, key) === undefined ? [{ alert, key, body: JSON.stringify(alert) }] : [];
    });
  }

  /** False for an alert that stands twice in one list. */
  #insert(source: string, now: number, { alert, key, body }: Fresh): boolean {
    const { rule, priority, origin, namespace = null, tags } = alert;
    const columns = [rule, priority, origin, namespace, tags === undefined ? null : JSON.stringify(tags), body] as const;
    if (Number(this.#statements.insert.run(source, key, now, ...columns).changes) === 0) return false;
    this.#sizes.add(source, 1, Buffer.byteLength(body));
    return true;
  }

  /** Also of those that fell silent: the room is common to all. */
  #forgetOld(source: string): void {
    const oldest = this.#clock.now() - this.maxAgeMs;
    for (const each of new Set([source, ...this.#sizes.sources()])) this.#forget(each, oldest);
    this.#openings.forget(oldest);
  }

  #forget(source: string, oldest: number): void {
    this.#episodes.forget(source, oldest);
    const { alerts, bytes } = this.#statements.old.get(source, oldest, FORGET_AT_ONCE) as {
      alerts: number;
      bytes: number | null;
    };
    this.#losses.forget(source, oldest);
    if (alerts === 0) return;
    this.#statements.forget.run(source, oldest, FORGET_AT_ONCE);
    this.#sizes.add(source, -alerts, -(bytes ?? 0));
  }
}

function statementsOf(db: Database) {
  const window = 'source = ? AND received_at > ? AND received_at <= ?';
  const old = 'SELECT seq FROM alert WHERE source = ? AND received_at <= ? ORDER BY received_at LIMIT ?';
  return {
    newest: db.prepare('SELECT MAX(received_at) AS newest FROM alert'),
    known: db.prepare('SELECT 1 FROM alert WHERE source = ? AND key = ?'),
    insert: db.prepare(
      'INSERT INTO alert (source, key, received_at, rule, priority, origin, namespace, tags, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    groups: db.prepare(
      `SELECT rule, priority, origin, namespace, tags, COUNT(*) AS count FROM alert WHERE ${window} GROUP BY rule, priority, origin, namespace, tags LIMIT ?`,
    ),
    alerts: db.prepare(`SELECT seq, received_at, body FROM alert WHERE ${window} AND seq > ? ORDER BY seq LIMIT ?`),
    old: db.prepare(`SELECT COUNT(*) AS alerts, SUM(octet_length(body)) AS bytes FROM alert WHERE seq IN (${old})`),
    forget: db.prepare(`DELETE FROM alert WHERE seq IN (${old})`),
    touch: db.prepare('UPDATE meta SET version = version'),
  };
}

type GroupRow = Omit<AlertGroup, 'namespace' | 'tags'> & { readonly namespace: string | null; readonly tags: string | null };

function groupOf({ namespace, tags, ...row }: GroupRow): AlertGroup {
  return {
    ...row,
    ...(namespace !== null && { namespace }),
    ...(tags !== null && { tags: JSON.parse(tags) as string[] }),
  };
}

interface AlertRow {
  readonly seq: number;
  readonly received_at: number;
  readonly body: string;
}

const receivedOf = ({ seq, received_at: receivedAt, body }: AlertRow): ReceivedAlert => ({
  seq,
  receivedAt,
  alert: JSON.parse(body) as FalcoAlert,
});

/** Keys hold text of any length; what stands for them is short, as it is stored twice. */
function keyOf({ key }: FalcoAlert): Uint8Array {
  return createHash('sha256').update(key).digest().subarray(0, KEY_BYTES);
}
