import { DatabaseSync, type StatementSync } from 'node:sqlite';

import { AssayError } from '../platform/errors.ts';

const FORMAT = 'assay inbox';
const VERSION = 1;
const BUSY_TIMEOUT_MS = 5_000;
const NOT_A_DATABASE = 26; // SQLITE_NOTADB

// A number of `alert` is never used again, even when the newest are gone. `minute` is when alerts were lost, in minutes since 1970.
const SCHEMA = `
  CREATE TABLE meta (format TEXT NOT NULL, version INTEGER NOT NULL) STRICT;
  INSERT INTO meta VALUES ('${FORMAT}', ${VERSION});
  CREATE TABLE alert (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    key BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    rule TEXT NOT NULL,
    priority TEXT NOT NULL,
    origin TEXT NOT NULL,
    namespace TEXT,
    tags TEXT,
    body TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX alert_once ON alert (source, key);
  CREATE INDEX alert_by_time ON alert (source, received_at);
  CREATE TABLE loss (
    source TEXT NOT NULL,
    minute INTEGER NOT NULL,
    alerts INTEGER NOT NULL,
    PRIMARY KEY (source, minute)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * What came later, and files from before get when they are opened: notifications of Alertmanager and the alerts in them, each from when
 * to when it fired and was told; and when the inbox was opened, since what is pushed in between is not taken.
 */
const ADDED = `
  CREATE TABLE IF NOT EXISTS notification (
    source TEXT NOT NULL,
    grp BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (source, grp, received_at)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS notification_by_time ON notification (source, received_at);
  CREATE TABLE IF NOT EXISTS episode (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    key BLOB NOT NULL,
    grp BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    ended_at INTEGER,
    first_told INTEGER NOT NULL,
    last_told INTEGER NOT NULL,
    labels TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS episode_of_alert ON episode (source, key, ended_at);
  CREATE INDEX IF NOT EXISTS episode_by_end ON episode (source, ended_at, last_told);
  CREATE INDEX IF NOT EXISTS episode_of_group ON episode (source, grp, last_told) WHERE ended_at IS NULL;
  CREATE TABLE IF NOT EXISTS opening (at INTEGER PRIMARY KEY) STRICT;
`;

/** An open file of the inbox; what goes wrong with it is an `AssayError`. */
export class Database {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * Opens or creates the file.
   * @throws AssayError STORE_INCOMPATIBLE when the file is not ours or of another version, STORE_FAILED when it can not be written
   */
  static open(path: string): Database {
    let db: DatabaseSync | undefined;
    try {
      db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
      const fresh = isNew(db); // before the first pragma writes into a file that is not ours
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;');
      if (fresh || isOld(db)) db.exec(`BEGIN IMMEDIATE; ${fresh ? SCHEMA : ''} ${ADDED} COMMIT;`);
      return new Database(db);
    } catch (error) {
      if (db?.isOpen) db.close();
      throw storeError('can not open the inbox', error);
    }
  }

  prepare(sql: string): StatementSync {
    return this.#db.prepare(sql);
  }

  /** Runs writes as one transaction: durable when this returns, or nothing of them is stored. */
  transact(run: () => void): void {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      run();
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw storeError('can not write to the inbox', error);
    }
  }

  /** Runs reads. */
  look<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw storeError('can not read from the inbox', error);
    }
  }

  /** Closes it; may be called again. The last connection moves the write-ahead log into the file. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

function isNew(db: DatabaseSync): boolean {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  if (tables.length === 0) return true;
  const ours = tables.some(({ name }) => name === 'meta');
  const meta = ours ? (db.prepare('SELECT * FROM meta').get() as { format?: unknown; version?: unknown } | undefined) : undefined;
  if (meta?.format !== FORMAT) throw new AssayError('STORE_INCOMPATIBLE', 'the file is not an inbox');
  if (meta.version === VERSION) return false;
  const message = `the inbox is of version ${String(meta.version)}; this program reads version ${VERSION}`;
  throw new AssayError('STORE_INCOMPATIBLE', message);
}

/** A full disk keeps nobody from opening a file that has it all. */
function isOld(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'opening'").get() === undefined;
}

function storeError(what: string, cause: unknown): AssayError {
  if (cause instanceof AssayError) return cause;
  if ((cause as { errcode?: unknown } | undefined)?.errcode === NOT_A_DATABASE) {
    return new AssayError('STORE_INCOMPATIBLE', 'the file is not an inbox', { cause });
  }
  return new AssayError('STORE_FAILED', what, { cause });
}
