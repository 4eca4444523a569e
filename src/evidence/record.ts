import { randomBytes } from 'node:crypto';

import type { TObject } from 'typebox';

import {
  type Level,
  LEVELS,
  type LogRecord,
  type NewObservation,
  type NewRecord,
  ObservedDetail,
  ObservedOutcome,
  RECORD_KINDS,
  RECORD_VERSION,
  RecordHead,
  type RecordKind,
} from '../api/records.ts';
import { AssayError } from '../platform/errors.ts';

import { canonical, digest, sha256 } from './canonical.ts';
import type { Check } from './check.ts';
import { type Subject, subjectOf } from './subject.ts';

/*
 * The format of a record (evidence-log.md), version 1. It is never changed; another format gets another version.
 *
 *   body    the fields of a record, split by `RECORD_KINDS` into one object for each level of audience that its kind has
 *   text    canonical JSON (RFC 8785) of such an object, in UTF-8
 *   salt    16 random bytes, new for each part: without it a neighbour could guess a verdict and compare hashes
 *   hash    SHA-256 of the salt followed by the text
 *   head    `RecordHead`: what, whose, when, and the hash of each part; epoch = floor(recordedAt / 60000)
 *   digest  SHA-256 of the canonical JSON of the head; hashes and digests are written sha256:<hex>
 *
 * A batch of observations is `{ observations: [...] }` for customers and `{ details: [...] }` for the authority, both in the order in
 * which they were appended; its slot is that of the first.
 */

const SALT_BYTES = 16;
const EPOCH_MS = 60_000;
/** An open batch is sealed when it holds this many observations. */
export const MAX_BATCH = 256;

/** The minute of a time: whole minutes since 1970-01-01T00:00Z. */
export const epochOf = (ms: number): number => Math.floor(ms / EPOCH_MS);

/** Gives the salt of a part; 16 random bytes but in tests. */
export type NewSalt = () => Uint8Array;
export const randomSalt: NewSalt = () => randomBytes(SALT_BYTES);

/** A part as it is stored. */
export interface Part {
  readonly level: Level;
  readonly salt: Uint8Array;
  readonly hash: string;
  readonly text: string;
}

/** A record that is checked and hashed, but has no place in its log yet. */
export interface RecordDraft extends Subject {
  readonly kind: RecordKind;
  readonly namespace: string;
  readonly service: string;
  readonly slot?: number | undefined;
  readonly specDigest?: string | undefined;
  readonly offset?: number | undefined;
  readonly parts: readonly Part[];
}

/** An observation that is checked; `outcome` and `detail` are canonical JSON, so that a batch is made by joining them. */
export interface ObservationDraft {
  readonly kind: 'Observation';
  readonly namespace: string;
  readonly service: string;
  readonly slot: number;
  readonly outcome: string;
  readonly detail: string;
}

/** A record as it is stored. */
export interface StoredRecord {
  readonly head: RecordHead;
  readonly digest: string;
  readonly parts: readonly Part[];
}

/** What drafts are made with. */
export interface Drafting {
  readonly check: Check;
  readonly newSalt: NewSalt;
}

/**
 * Checks and hashes what is to be appended.
 * @throws TypeError when it breaks its schema or has no canonical form
 */
export function draft(entry: NewRecord | NewObservation, drafting: Drafting): RecordDraft | ObservationDraft {
  return entry.kind === 'Observation' ? draftObservation(entry, drafting.check) : draftRecord(entry, drafting);
}

function draftRecord(entry: NewRecord, { check, newSalt }: Drafting): RecordDraft {
  const { kind, namespace, service, slot, specDigest, offset, body } = entry;
  const made: RecordDraft = {
    ...{ kind, namespace, service, slot, specDigest, offset },
    ...subjectOf(body, slot),
    parts: split(kind, body, check).map(([level, fields]) => newPart(level, canonical(fields), newSalt)),
  };
  checkHead(made, check);
  return made;
}

function draftObservation(entry: NewObservation, check: Check): ObservationDraft {
  const { kind, namespace, service, outcome, detail } = entry;
  check(ObservedOutcome, outcome, 'the outcome of an observation');
  check(ObservedDetail, detail, 'the detail of an observation');
  checkHead({ kind: 'Observations', namespace, service, slot: outcome.slot, parts: [] }, check);
  return { kind, namespace, service, slot: outcome.slot, outcome: canonical(outcome), detail: canonical(detail) };
}

/** The record of a batch of one service. */
export function draftBatch(batch: readonly [ObservationDraft, ...ObservationDraft[]], newSalt: NewSalt): RecordDraft {
  const [{ namespace, service, slot }] = batch;
  const slots = batch.map((observation) => observation.slot);
  return {
    ...{ kind: 'Observations', namespace, service, slot },
    ...{ fromSlot: Math.min(...slots), toSlot: Math.max(...slots) },
    parts: [
      newPart('customers', `{"observations":[${batch.map(({ outcome }) => outcome).join(',')}]}`, newSalt),
      newPart('authority', `{"details":[${batch.map(({ detail }) => detail).join(',')}]}`, newSalt),
    ],
  };
}

/** The head of a draft at its place in the log, and the digest of the head. */
export function place(record: RecordDraft, seq: number, recordedAt: number): StoredRecord {
  const head = headOf(record, seq, recordedAt);
  return { head, digest: digest(head), parts: record.parts };
}

function headOf(record: RecordDraft, seq: number, recordedAt: number): RecordHead {
  const { kind, namespace, service, slot, specDigest, offset, parts } = record;
  return {
    ...{ v: RECORD_VERSION, kind, namespace, service, seq, epoch: epochOf(recordedAt), recordedAt },
    ...(slot !== undefined && { slot }),
    ...(specDigest !== undefined && { specDigest }),
    ...(offset !== undefined && { offset }),
    parts: Object.fromEntries(parts.map(({ level, hash }) => [level, hash])),
  };
}

/**
 * The way back: what a reader of a level reads of a stored record, every byte of it checked against head and digest.
 * @throws AssayError STORE_FAILED that names the record, when it is not what was stored
 */
export function openRecord({ head, digest: stored, parts }: StoredRecord, level: Level): LogRecord {
  if (digest(head) !== stored) throw damaged(head, 'its head does not match its digest');
  const body = Object.fromEntries(levelsUpTo(level).flatMap((each) => Object.entries(openPart(head, parts, each))));
  return { kind: head.kind, head, digest: stored, body } as LogRecord;
}

/** The error of a stored record that can not be read back. */
export function damaged(head: Pick<RecordHead, 'namespace' | 'service' | 'seq'>, why: string, cause?: unknown): AssayError {
  return new AssayError('STORE_FAILED', `record ${head.seq} of ${head.namespace}/${head.service} is damaged: ${why}`, { cause });
}

/** The levels whose parts a reader of `level` reads. */
const levelsUpTo = (level: Level): readonly Level[] => LEVELS.slice(0, LEVELS.indexOf(level) + 1);

function openPart(head: RecordHead, parts: readonly Part[], level: Level): object {
  const hash = head.parts[level];
  if (hash === undefined) return {};
  const part = parts.find((each) => each.level === level);
  if (part === undefined) throw damaged(head, `its part for ${level} is missing`);
  if (sha256(part.salt, part.text) !== hash) throw damaged(head, `its part for ${level} does not match its hash`);
  return JSON.parse(part.text) as object;
}

function newPart(level: Level, text: string, newSalt: NewSalt): Part {
  const salt = newSalt();
  return { level, salt, hash: sha256(salt, text), text };
}

function split(kind: Exclude<RecordKind, 'Observations'>, body: object, check: Check): [Level, object][] {
  const schemas: Partial<Record<Level, TObject>> = RECORD_KINDS[kind];
  const known = new Set<string>();
  const parts: [Level, object][] = [];
  for (const level of LEVELS) {
    const schema = schemas[level];
    if (schema === undefined) continue;
    const fields = Object.fromEntries(Object.entries(body).filter(([name]) => name in schema.properties));
    check(schema, fields, `the part for ${level} of ${kind}`);
    parts.push([level, fields]);
    for (const name of Object.keys(schema.properties)) known.add(name);
  }
  const stranger = Object.keys(body).find((name) => !known.has(name));
  if (stranger !== undefined) throw new TypeError(`${kind} breaks its schema: no level of audience reads ${stranger}`);
  return parts;
}

/** Checks what stands in the head but its place, so that nothing can go wrong any more once the record gets one. */
function checkHead(made: RecordDraft, check: Check): void {
  // The other words of the head are enumerated, or digests.
  if (![made.namespace, made.service].every((word) => word.isWellFormed()))
    throw new TypeError('the name of a service holds half a surrogate pair');
  check(RecordHead, headOf(made, 0, 0), `the head of ${made.kind}`);
}
