import { statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

import { AssayError } from '../../platform/errors.ts';

import { FORMAT, SCHEMA, SCHEMA_VERSION } from './schema.ts';

/** Before it, SQLite can corrupt a WAL file that two connections reset at the same time. */
const OLDEST_LIBRARY = [3, 51, 3];
export const BUSY_TIMEOUT_MS = 5_000;
const NOT_A_DATABASE = 26; // SQLITE_NOTADB
/** Fewer half-empty pages under parts of some kilobytes than with 4096: up to 14 % smaller (measured). */
const PAGE_BYTES = 8192;

/** What reading needs of an open file. */
export type Looks = Pick<Database, 'prepare' | 'look'>;

/** An open file of the evidence log, and the right to write to it until somebody else opens it. */
export class Database {
  readonly path: string;
  readonly leaderEpoch: number;
  readonly #db: DatabaseSync;
  readonly #currentEpoch: StatementSync;

  private constructor(path: string, db: DatabaseSync) {
    this.path = path;
    this.#db = db;
    this.leaderEpoch = takeOver(db);
    this.#currentEpoch = db.prepare('SELECT leader_epoch FROM meta');
  }

  /**
   * Opens or creates the file, and takes it over from whoever has it open.
   * @throws AssayError STORE_INCOMPATIBLE when the file is not ours or of another version, STORE_FAILED when it can not be written
   */
  static open(path: string): Database {
    let db: DatabaseSync | undefined;
    try {
      db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
      checkLibrary((db.prepare('SELECT sqlite_version() AS version').get() as { version: string }).version);
      isNew(db); // before the first pragma writes into a file that is not ours
      db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`);
      db.exec('PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;');
      return new Database(path, db);
    } catch (error) {
      if (db?.isOpen) db.close();
      throw storeError('can not open the evidence store', error);
    }
  }

  prepare(sql: string): StatementSync {
    return this.#db.prepare(sql);
  }

  /**
   * Runs writes as one transaction: durable when this returns, or nothing of them is stored.
   * @throws AssayError STORE_FENCED when another operator has opened the store since, STORE_FAILED
   */
  transact(run: () => void): void {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      this.#checkFence();
      run();
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw storeError('can not write to the evidence store', error);
    }
  }

  /** Runs reads; what goes wrong becomes an AssayError STORE_FAILED. */
  look<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw storeError('can not read from the evidence store', error);
    }
  }

  /** Bytes of the file and of its write-ahead log. */
  sizeBytes(): number {
    const sizes = [this.path, `${this.path}-wal`].map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Moves the write-ahead log into the file and closes it; may be called again. */
  close(): void {
    if (!this.#db.isOpen) return;
    try {
      this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // What is committed stays in the write-ahead log, and the next one to open the store reads it there.
    }
    this.#db.close();
  }

  #checkFence(): void {
    const { leader_epoch: current } = this.#currentEpoch.get() as { leader_epoch: number };
    if (current === this.leaderEpoch) return;
    throw new AssayError(
      'STORE_FENCED',
      `the evidence store was taken over: leader epoch ${this.leaderEpoch} is followed by ${current}`,
    );
  }
}

/** @throws AssayError STORE_INCOMPATIBLE when this version of the SQLite library can damage the log */
export function checkLibrary(version: string): void {
  const numbers = version.split('.').map(Number);
  for (const [index, oldest] of OLDEST_LIBRARY.entries()) {
    const number = numbers[index] ?? 0;
    if (number > oldest) return;
    if (number < oldest) {
      const message = `SQLite ${version} of this Node can damage a write-ahead log; at least ${OLDEST_LIBRARY.join('.')} is needed`;
      throw new AssayError('STORE_INCOMPATIBLE', message);
    }
  }
}

/** Creates the tables of a new file, and counts this opening; the number is the leader epoch. */
function takeOver(db: DatabaseSync): number {
  db.exec('BEGIN IMMEDIATE');
  if (isNew(db)) db.exec(SCHEMA);
  const row = db.prepare('UPDATE meta SET leader_epoch = leader_epoch + 1 RETURNING leader_epoch').get();
  db.exec('COMMIT');
  return (row as { leader_epoch: number }).leader_epoch;
}

/**
 * Whether the file is still empty.
 * @throws AssayError STORE_INCOMPATIBLE when it holds something else than this version of the evidence log
 */
function isNew(db: DatabaseSync): boolean {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  if (tables.length === 0) return true;
  const ours = tables.some(({ name }) => name === 'meta');
  const meta = ours ? (db.prepare('SELECT * FROM meta').get() as { format?: unknown; version?: unknown } | undefined) : undefined;
  if (meta?.format !== FORMAT) throw new AssayError('STORE_INCOMPATIBLE', 'the file is not an evidence store');
  if (meta.version === SCHEMA_VERSION) return false;
  const message = `the evidence store is of version ${String(meta.version)}; this program reads version ${SCHEMA_VERSION}`;
  throw new AssayError('STORE_INCOMPATIBLE', message);
}

/** @throws AssayError STORE_INCOMPATIBLE when the file is not this version of the evidence log */
export function checkFormat(db: DatabaseSync): void {
  if (isNew(db)) throw new AssayError('STORE_INCOMPATIBLE', 'the file is not an evidence store');
}

/** What went wrong with a file, as an error of ours. */
export function storeError(what: string, cause: unknown): AssayError {
  if (cause instanceof AssayError) return cause;
  if ((cause as { errcode?: unknown } | undefined)?.errcode === NOT_A_DATABASE) {
    return new AssayError('STORE_INCOMPATIBLE', 'the file is not an evidence store', { cause });
  }
  return new AssayError('STORE_FAILED', what, { cause });
}
