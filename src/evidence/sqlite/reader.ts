import { setImmediate } from 'node:timers/promises';
import type { SQLInputValue, StatementSync } from 'node:sqlite';

import { type Level, type LogRecord, RECORD_VERSION, type RecordHead, type RecordKind } from '../../api/records.ts';
import { damaged, epochOf, openRecord, type Part } from '../record.ts';
import type { RecordQuery } from '../store.ts';
import { concerns } from '../subject.ts';

import { type Body, BodyReader } from './bodies.ts';
import type { Looks } from './database.ts';

/** Records between two pauses in which the event loop goes on; with full batches a page takes some 20 ms. */
const PAGE_RECORDS = 16;
const READER_LEVEL: Level = 'internal';

interface RecordRow {
  readonly seq: number;
  readonly v: typeof RECORD_VERSION;
  readonly kind: RecordKind;
  readonly recorded_at: number;
  readonly slot: number | null;
  readonly spec_digest: string | null;
  readonly offset_ms: number | null;
  readonly digest: Uint8Array;
}

interface PartRow extends Body {
  readonly level: Level;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** What is read: the log `k` within these numbers, and what else a row must hold. */
interface Plan {
  readonly k: number;
  readonly from: number;
  readonly to: number;
  readonly conditions: string;
  readonly values: readonly SQLInputValue[];
}

/** Reads records of one service page by page; no transaction stays open between two pages. */
export class LogReader {
  readonly #db: Looks;
  readonly #parts: StatementSync;
  readonly #number: StatementSync;

  constructor(db: Looks) {
    this.#db = db;
    this.#parts = db.prepare('SELECT level, salt, hash, dictionary, body FROM part WHERE k = ? AND seq = ?');
    this.#number = db.prepare('SELECT k FROM service WHERE namespace = ? AND service = ?');
  }

  /** What the log holds now; what is appended during the reading is not read. */
  async *read(query: RecordQuery): AsyncGenerator<LogRecord, void, undefined> {
    const plan = this.#db.look(() => this.#plan(query));
    if (plan === undefined) return;
    const bodies = new BodyReader(this.#db);
    const page = this.#db.look(() => this.#pageStatement(plan));
    let { from } = plan;
    while (from <= plan.to) {
      const rows = this.#db.look(() => page.all(plan.k, from, plan.to, ...plan.values) as unknown as RecordRow[]);
      for (const row of rows) {
        const record = this.#db.look(() => this.#record(query, { ...row, k: plan.k }, bodies));
        if (query.criterion === undefined || concerns(record, query.criterion)) yield record;
      }
      from = rows.length < PAGE_RECORDS ? Infinity : (rows.at(-1)?.seq ?? Infinity) + 1;
      await setImmediate();
    }
  }

  #plan(query: RecordQuery): Plan | undefined {
    const service = this.#number.get(query.namespace, query.service) as { k: number } | undefined;
    if (service === undefined) return undefined;
    const slots: SQLInputValue[] = [query.fromSlot ?? Number.MIN_SAFE_INTEGER, query.toSlot ?? Number.MAX_SAFE_INTEGER];
    // Pages go by seq; the index over slots gives the numbers between which anything can match.
    const span = this.#db
      .prepare('SELECT min(seq) AS first, max(seq) AS last FROM record WHERE k = ? AND to_slot >= ? AND from_slot <= ?')
      .get(service.k, ...slots) as { first: number | null; last: number | null };
    if (span.first === null || span.last === null) return undefined;
    return {
      k: service.k,
      from: Math.max(span.first, query.fromSeq ?? 0),
      to: Math.min(span.last, query.toSeq ?? Infinity),
      ...conditions(query, slots),
    };
  }

  #pageStatement(plan: Plan): StatementSync {
    return this.#db.prepare(
      `SELECT seq, v, kind, recorded_at, slot, spec_digest, offset_ms, digest FROM record
       WHERE k = ? AND seq BETWEEN ? AND ? ${plan.conditions} ORDER BY seq LIMIT ${PAGE_RECORDS}`,
    );
  }

  #record({ namespace, service }: RecordQuery, row: RecordRow & { k: number }, bodies: BodyReader): LogRecord {
    const { k, seq } = row;
    const rows = this.#parts.all(k, seq) as unknown as PartRow[];
    const head = headOf({ namespace, service }, row, rows);
    const parts = rows.map((part): Part => {
      const { level, salt, hash } = part;
      try {
        return { level, salt, hash: digestOf(hash), text: bodies.text({ k, seq, level }, part) };
      } catch (error) {
        throw damaged(head, `its part for ${level} can not be decompressed`, error);
      }
    });
    return openRecord({ head, digest: digestOf(row.digest), parts }, READER_LEVEL);
  }
}

function headOf(name: { namespace: string; service: string }, row: RecordRow, parts: readonly PartRow[]): RecordHead {
  return {
    ...{
      v: row.v,
      kind: row.kind,
      ...name,
      seq: row.seq,
      epoch: epochOf(row.recorded_at),
      recordedAt: row.recorded_at,
    },
    ...(row.slot !== null && { slot: row.slot }),
    ...(row.spec_digest !== null && { specDigest: row.spec_digest }),
    ...(row.offset_ms !== null && { offset: row.offset_ms }),
    parts: Object.fromEntries(parts.map(({ level, hash }) => [level, digestOf(hash)])),
  };
}

function conditions(query: RecordQuery, slots: readonly SQLInputValue[]): Pick<Plan, 'conditions' | 'values'> {
  const all: [string, ...SQLInputValue[]][] = [['to_slot >= ? AND from_slot <= ?', ...slots]];
  if (query.criterion !== undefined) all.push(['(criterion = ? OR criterion IS NULL)', query.criterion]);
  if (query.kinds !== undefined) all.push([`kind IN (${query.kinds.map(() => '?').join(', ')})`, ...query.kinds]);
  // In these words the partial index is used, which skips the batches.
  if (query.kinds?.includes('Observations') === false) all.push(["kind <> 'Observations'"]);
  return { conditions: all.map(([sql]) => `AND ${sql}`).join(' '), values: all.flatMap(([, ...values]) => values) };
}

const digestOf = (bytes: Uint8Array): string => `sha256:${Buffer.from(bytes).toString('hex')}`;
