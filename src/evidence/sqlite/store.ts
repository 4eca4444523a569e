import type { StatementSync } from 'node:sqlite';

import type { LogRecord, NewObservation, NewRecord, ObservedDetail, ObservedOutcome } from '../../api/records.ts';
import type { Clock } from '../../platform/clock.ts';
import { newCheck } from '../check.ts';
import { draft, type Drafting, randomSalt } from '../record.ts';
import type { EvidenceStore, Position, RecordQuery, ServiceName, Snapshot, Urgency } from '../store.ts';

import { Database } from './database.ts';
import { GroupCommit } from '../../platform/group-commit.ts';
import { LogReader } from './reader.ts';
import { LogWriter } from './writer.ts';

const COMMIT_DELAY_MS = 20;

export interface SqliteOptions {
  /** The file; its folder exists. Never on a network file system. */
  readonly path: string;
  readonly clock: Clock;
  /** How long an append waits for others to share its commit (default 20); 0: until the next turn of the event loop. */
  readonly commitDelayMs?: number;
  /** Called after each commit with the number of entries in it and how long it held up the event loop. */
  readonly onCommit?: (entries: number, ms: number) => void;
}

/**
 * Opens the evidence log in a SQLite file, creating it if there is none, and fences off whoever has it open.
 * @throws AssayError STORE_INCOMPATIBLE, STORE_FAILED
 */
export function openSqliteStore(options: SqliteOptions): EvidenceStore {
  return new SqliteStore(Database.open(options.path), options);
}

/** The store on an open file. */
export class SqliteStore implements EvidenceStore {
  readonly leaderEpoch: number;
  readonly #db: Database;
  readonly #writer: LogWriter;
  readonly #reader: LogReader;
  readonly #commits: GroupCommit;
  readonly #drafting: Drafting = { check: newCheck(), newSalt: randomSalt };
  readonly #sql: ReturnType<typeof prepareStatements>;

  constructor(db: Database, { clock, commitDelayMs = COMMIT_DELAY_MS, onCommit = () => undefined }: Omit<SqliteOptions, 'path'>) {
    this.leaderEpoch = db.leaderEpoch;
    this.#db = db;
    this.#writer = new LogWriter(db, clock, this.#drafting.newSalt);
    this.#reader = new LogReader(db);
    this.#commits = new GroupCommit({ clock, delayMs: commitDelayMs, transact: (run) => this.#transact(run), onCommit });
    this.#sql = prepareStatements(db);
  }

  async append(entries: readonly (NewRecord | NewObservation)[], urgency: Urgency = 'Ordinary'): Promise<readonly Position[]> {
    const drafts = entries.map((entry) => draft(entry, this.#drafting));
    const write = (): Position[] => drafts.map((each) => this.#writer.append(each));
    return this.#commits.add(drafts.length, write, urgency === 'Urgent');
  }

  services(): Promise<readonly ServiceName[]> {
    return this.#answer(() => this.#sql.services.all().map((row) => ({ ...row })) as unknown as ServiceName[]);
  }

  read(query: RecordQuery): AsyncIterable<LogRecord> {
    return this.#reader.read(query);
  }

  pending({ namespace, service }: ServiceName): Promise<readonly NewObservation[]> {
    return this.#answer(() => {
      const rows = this.#sql.pending.all(namespace, service) as unknown as { outcome: string; detail: string }[];
      return rows.map(({ outcome, detail }) => ({
        ...{ kind: 'Observation', namespace, service },
        outcome: JSON.parse(outcome) as ObservedOutcome,
        detail: JSON.parse(detail) as ObservedDetail,
      }));
    });
  }

  cursor(name: string, { namespace, service }: ServiceName): Promise<number> {
    return this.#answer(() => (this.#sql.cursor.get(name, namespace, service) as { seq: number } | undefined)?.seq ?? 0);
  }

  async setCursor(name: string, service: ServiceName, seq: number): Promise<void> {
    await this.#commits.add(1, () => this.#sql.setCursor.run(name, this.#writer.endOf(service).k, seq));
  }

  snapshot({ namespace, service }: ServiceName): Promise<Snapshot | undefined> {
    return this.#answer(() => {
      const rows = this.#sql.snapshots.all(namespace, service) as unknown as SnapshotRow[];
      const [first] = rows;
      if (first === undefined) return undefined;
      const { judgingVersion, seq, pending } = first;
      const criteria = rows.map(({ criterion, state }) => ({ criterion, state: JSON.parse(state) as unknown }));
      return { judgingVersion, seq, pending, criteria };
    });
  }

  async saveSnapshot(service: ServiceName, { judgingVersion, criteria }: Omit<Snapshot, 'seq' | 'pending'>): Promise<void> {
    const rows = criteria.map(({ criterion, state }) => ({ criterion, state: JSON.stringify(state) }));
    await this.#commits.add(rows.length, () => {
      const { k, seq, pending } = this.#writer.endOf(service);
      this.#sql.dropSnapshots.run(k);
      for (const { criterion, state } of rows) this.#sql.saveSnapshot.run(k, criterion, judgingVersion, seq, pending, state);
    });
  }

  sizeBytes(): Promise<number> {
    return this.#answer(() => this.#db.sizeBytes());
  }

  close(): Promise<void> {
    return this.#answer(() => {
      this.#commits.close();
      this.#db.close();
    });
  }

  #transact(run: () => void): void {
    try {
      this.#db.transact(run);
    } catch (error) {
      this.#writer.forget();
      throw error;
    }
  }

  /** The answer of a read; SQLite answers at once, the port allows for stores that do not. */
  #answer<T>(run: () => T): Promise<T> {
    return new Promise((resolve) => resolve(this.#db.look(run)));
  }
}

interface SnapshotRow {
  readonly criterion: string;
  readonly judgingVersion: number;
  readonly seq: number;
  readonly pending: number;
  readonly state: string;
}

function prepareStatements(
  db: Database,
): Record<'services' | 'pending' | 'cursor' | 'setCursor' | 'snapshots' | 'dropSnapshots' | 'saveSnapshot', StatementSync> {
  const ofService = 'JOIN service USING (k) WHERE';
  return {
    services: db.prepare('SELECT namespace, service FROM service ORDER BY k'),
    pending: db.prepare(`SELECT outcome, detail FROM pending ${ofService} namespace = ? AND service = ? ORDER BY id`),
    cursor: db.prepare(`SELECT seq FROM cursor ${ofService} name = ? AND namespace = ? AND service = ?`),
    setCursor: db.prepare('INSERT OR REPLACE INTO cursor (name, k, seq) VALUES (?, ?, ?)'),
    snapshots: db.prepare(
      `SELECT criterion, judging_version AS judgingVersion, seq, pending, state FROM snapshot
       ${ofService} namespace = ? AND service = ? ORDER BY criterion`,
    ),
    dropSnapshots: db.prepare('DELETE FROM snapshot WHERE k = ?'),
    saveSnapshot: db.prepare(
      'INSERT INTO snapshot (k, criterion, judging_version, seq, pending, state) VALUES (?, ?, ?, ?, ?, ?)',
    ),
  };
}
