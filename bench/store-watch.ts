import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** An observation as the evidence log has it; times in milliseconds. */
export interface Recorded {
  readonly service: string;
  readonly criterion: string;
  readonly slot: number;
  readonly recordedAt: number;
}

const LOOK_MS = 200;
// An observation that is recorded while a look is under way is seen by the next.
const OVERLAP_MS = 2_000;

const OPEN = `SELECT service, outcome ->> '$.criterion' AS criterion, slot, recorded_at AS recordedAt
  FROM pending JOIN service USING (k) WHERE recorded_at >= ?`;
const READ_BACK = `SELECT service, criterion, slot, recorded_at AS recordedAt
  FROM record JOIN service USING (k) WHERE kind = 'ReadBack' AND recorded_at >= ?`;

/**
 * Watches from outside, through a connection of its own that only reads, what a running operator puts on record. A batch that is opened and
 * sealed between two looks is not seen: at these paces, one in some thousands.
 */
export class StoreWatch {
  readonly #db: DatabaseSync;
  readonly #statements: readonly StatementSync[];
  readonly #seen = new Set<string>();
  readonly #recorded: Recorded[] = [];
  readonly #timer: NodeJS.Timeout;
  #since: number;

  /** Begins with what is recorded from now on. */
  constructor(path: string, since: number) {
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    this.#statements = [OPEN, READ_BACK].map((sql) => this.#db.prepare(sql));
    this.#since = since;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** What was recorded so far, in the order in which it was seen. */
  get recorded(): readonly Recorded[] {
    return this.#recorded;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#db.close();
  }

  #look(): void {
    const from = this.#since;
    for (const row of this.#statements.flatMap((statement) => statement.all(from) as unknown as Recorded[])) {
      const key = `${row.service}/${row.criterion}@${row.slot}`;
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.#recorded.push(row);
      this.#since = Math.max(this.#since, row.recordedAt - OVERLAP_MS);
    }
  }
}
