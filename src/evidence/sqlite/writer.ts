import type { StatementSync } from 'node:sqlite';

import type { Clock } from '../../platform/clock.ts';
import { draftBatch, epochOf, MAX_BATCH, type NewSalt, type ObservationDraft, place, type RecordDraft } from '../record.ts';
import type { Position, ServiceName } from '../store.ts';

import { BatchCompressor, compress } from './bodies.ts';
import type { Database } from './database.ts';

/** Where the log of a service ends; the next entry goes there. */
interface LogEnd {
  readonly k: number;
  nextSeq: number;
  /** Time of the latest entry; later ones are never dated before it, though the clock be set back. */
  recordedAt: number;
  /** Number of observations in the open batch, and when its first one was recorded. */
  open: number;
  openedAt: number;
}

interface PendingRow {
  readonly slot: number;
  readonly outcome: string;
  readonly detail: string;
}

/** Writes entries to the logs of their services. Every method is part of a transaction; after one that failed, `forget`. */
export class LogWriter {
  readonly #clock: Clock;
  readonly #newSalt: NewSalt;
  readonly #sql: Statements;
  readonly #compressor: BatchCompressor;
  readonly #ends = new Map<string, LogEnd>();

  constructor(db: Database, clock: Clock, newSalt: NewSalt) {
    this.#clock = clock;
    this.#newSalt = newSalt;
    this.#sql = prepareStatements(db);
    this.#compressor = new BatchCompressor(db);
  }

  /** Appends an entry, sealing the open batch before it where the rules of the log say so. */
  append(entry: RecordDraft | ObservationDraft): Position {
    const end = this.#end(entry);
    end.recordedAt = Math.max(end.recordedAt, this.#clock.now());
    const isObservation = entry.kind === 'Observation';
    if (end.open > 0 && (!isObservation || epochOf(end.openedAt) < epochOf(end.recordedAt))) this.#seal(end, entry);
    return isObservation ? this.#appendObservation(end, entry) : this.#appendRecord(end, entry);
  }

  /** The number of a service, given to it now if it has none; the number of its next record, and how many observations wait for it. */
  endOf(service: ServiceName): { readonly k: number; readonly seq: number; readonly pending: number } {
    const { k, nextSeq, open } = this.#end(service);
    return { k, seq: nextSeq, pending: open };
  }

  /** After a transaction that failed: what was counted in it is not there. */
  forget(): void {
    this.#ends.clear();
    this.#compressor.forget();
  }

  #appendObservation(end: LogEnd, entry: ObservationDraft): Position {
    const position = { seq: end.nextSeq };
    this.#sql.insertPending.run(end.k, end.recordedAt, entry.slot, entry.outcome, entry.detail);
    if (end.open === 0) end.openedAt = end.recordedAt;
    end.open += 1;
    if (end.open >= MAX_BATCH) this.#seal(end, entry);
    return position;
  }

  #seal(end: LogEnd, { namespace, service }: ServiceName): void {
    const rows = this.#sql.selectPending.all(end.k) as unknown as PendingRow[];
    const [first, ...others] = rows.map((row): ObservationDraft => ({ ...row, kind: 'Observation', namespace, service }));
    if (first === undefined) throw new Error('the open batch is empty');
    this.#appendRecord(end, draftBatch([first, ...others], this.#newSalt));
    this.#sql.deletePending.run(end.k);
    end.open = 0;
  }

  #appendRecord(end: LogEnd, draft: RecordDraft): Position {
    const { k, recordedAt } = end;
    const { head, digest, parts } = place(draft, end.nextSeq, recordedAt);
    this.#sql.insertRecord.run(
      ...[k, head.seq, head.v, head.kind, recordedAt, head.slot ?? null, head.specDigest ?? null, head.offset ?? null],
      ...[bytesOf(digest), draft.criterion ?? null, draft.fromSlot ?? recordedAt, draft.toSlot ?? recordedAt],
    );
    for (const { level, salt, hash, text } of parts) {
      const isBatch = head.kind === 'Observations';
      const { dictionary, body } = isBatch ? this.#compressor.compress({ k, seq: head.seq, level }, text) : compress(text);
      this.#sql.insertPart.run(k, head.seq, level, salt, bytesOf(hash), dictionary, body);
    }
    end.nextSeq += 1;
    return { seq: head.seq, digest };
  }

  #end(service: ServiceName): LogEnd {
    const name = `${service.namespace}/${service.service}`;
    const known = this.#ends.get(name);
    if (known !== undefined) return known;
    const end = this.#loadEnd(service);
    this.#ends.set(name, end);
    return end;
  }

  #loadEnd({ namespace, service }: ServiceName): LogEnd {
    const { k } = (this.#sql.selectService.get(namespace, service) ?? this.#sql.insertService.get(namespace, service)) as {
      k: number;
    };
    const last = this.#sql.selectLast.get(k) as { seq: number; recorded_at: number } | undefined;
    const open = this.#sql.selectOpen.get(k) as { count: number; first: number | null; latest: number | null };
    return {
      k,
      nextSeq: last === undefined ? 0 : last.seq + 1,
      recordedAt: Math.max(last?.recorded_at ?? 0, open.latest ?? 0),
      open: open.count,
      openedAt: open.first ?? 0,
    };
  }
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(db: Database): Record<StatementName, StatementSync> {
  return {
    selectService: db.prepare('SELECT k FROM service WHERE namespace = ? AND service = ?'),
    insertService: db.prepare('INSERT INTO service (namespace, service) VALUES (?, ?) RETURNING k'),
    selectLast: db.prepare('SELECT seq, recorded_at FROM record WHERE k = ? ORDER BY seq DESC LIMIT 1'),
    selectOpen: db.prepare(
      'SELECT count(*) AS count, min(recorded_at) AS first, max(recorded_at) AS latest FROM pending WHERE k = ?',
    ),
    selectPending: db.prepare('SELECT slot, outcome, detail FROM pending WHERE k = ? ORDER BY id'),
    insertPending: db.prepare('INSERT INTO pending (k, recorded_at, slot, outcome, detail) VALUES (?, ?, ?, ?, ?)'),
    deletePending: db.prepare('DELETE FROM pending WHERE k = ?'),
    insertRecord: db.prepare(
      `INSERT INTO record (k, seq, v, kind, recorded_at, slot, spec_digest, offset_ms, digest, criterion, from_slot, to_slot)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    insertPart: db.prepare('INSERT INTO part (k, seq, level, salt, hash, dictionary, body) VALUES (?, ?, ?, ?, ?, ?, ?)'),
  };
}

type StatementName =
  | 'selectService'
  | 'insertService'
  | 'selectLast'
  | 'selectOpen'
  | 'selectPending'
  | 'insertPending'
  | 'deletePending'
  | 'insertRecord'
  | 'insertPart';

const bytesOf = (digest: string): Uint8Array => Buffer.from(digest.slice('sha256:'.length), 'hex');
