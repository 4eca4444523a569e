import type { EvidenceItem } from '../api/criterion.ts';
import { EVIDENCE_KINDS, type EvidenceKind } from '../api/evidence-kinds.ts';
import type { Programs } from '../domain/expression-program.ts';
import type { Reading } from '../domain/sample.ts';
import { messageOf } from '../platform/errors.ts';
import { attested } from './attestation.ts';
import type { Asker, ClusterObjects, ClusterReader, ClusterRefusal } from './cluster.ts';
import { type OwnRecords, readingAt } from './own-records.ts';
import { policyReportsReader } from './policy-reports.ts';
import { resourceReader } from './resource.ts';
import type { AskedKind, Basis, EvidenceReader, KindReader, Questions, Reachability, Refusal, Unavailable } from './source.ts';

export type { Unavailable } from './source.ts';

/** The sources by name, as whoever observes can reach them. */
export interface Sources {
  /** The time of whoever observes, in milliseconds. */
  now(): number;
  /** The reader of a source, or why there is none to ask now. */
  reader(name: string): EvidenceReader | Unavailable;
  /** Whether a source answers, as of `slot` or later. */
  reachability(name: string, slot: number, signal: AbortSignal): Promise<Reachability>;
  /** Expressions that were read before. */
  readonly programs?: Programs;
  /** The objects of the cluster that this runs in; absent outside of one. */
  readonly objects?: ClusterObjects | undefined;
  /** The evidence log; absent where nobody keeps one. */
  readonly records?: OwnRecords | undefined;
}

export interface SlotRequest {
  readonly slot: number;
  readonly maxAgeMs: number;
}

export interface SlotRange {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly maxAgeMs: number;
}

/** Of whom, and until when, something is asked. */
export interface Asking {
  readonly sources: Sources;
  /** Objects are read in its namespace only, records of its service only. */
  readonly asker: Asker & { readonly service: string };
  readonly signal: AbortSignal;
}

/** How one kind of evidence is read. */
interface EvidenceAccess {
  /** Name of the source that the item asks; undefined for a kind that asks none. */
  source(item: EvidenceItem): string | undefined;
  /** What is asked, for people and for the digest in the log. */
  question(item: EvidenceItem): string;
  read(item: EvidenceItem, request: SlotRequest, asking: Asking): Promise<Reading>;
  readRange(item: EvidenceItem, range: SlotRange, asking: Asking): Promise<readonly Reading[]>;
  /** Whether it can be asked as it is written; undefined when it can. */
  check(item: EvidenceItem, maxAgeMs: number, asking: Asking): Promise<Refusal | ClusterRefusal | undefined>;
  /** What the answers rest on; undefined where nothing of that can be asked. */
  basis?(item: EvidenceItem, sources: Pick<Sources, 'reader'>, signal: AbortSignal): Promise<Basis | Unavailable | undefined>;
}

/** How each kind of evidence is read. */
const ACCESS: Record<EvidenceKind, EvidenceAccess> = {
  prometheus: fromSource(
    'prometheus',
    (item) => item.prometheus?.query ?? '',
    (query) => query,
  ),
  alerts: fromSource('alerts', (item) => without('source', item.alerts), asJson),
  logs: fromSource('logs', (item) => without('source', item.logs), asJson),
  falco: fromSource('falco', (item) => without('source', item.falco), asJson),
  policyReports: fromCluster((item) => item.policyReports, policyReportsReader),
  resource: fromCluster((item) => item.resource, resourceReader),
  source: {
    source: (item) => item.source?.source,
    question: (item) => `reachability of ${item.source?.source ?? ''}`,
    read: async (item, { slot, maxAgeMs }, { sources, signal }) => {
      if (sources.now() - slot > maxAgeMs) return NOTHING_PAST;
      const found = await sources.reachability(item.source?.source ?? '', slot, signal);
      return { kind: 'Samples', samples: [{ labels: {}, value: found.kind === 'Answering' ? 1 : 0 }] };
    },
    readRange: (_item, range) => Promise.resolve(nothingPast(range, 'past reachability can not be asked for')),
    check: nothingToCheck,
  },
  records: {
    source: () => undefined,
    question: (item) => asJson(item.records),
    read: async (item, { slot }, asking) => (await onRecord(item, [slot], asking))[0] ?? NO_LOG,
    readRange: (item, range, asking) => onRecord(item, slotsOf(range), asking),
    check: nothingToCheck,
  },
  attestation: {
    source: () => undefined,
    question: (item) => asJson(item.attestation),
    read: (item, { slot }) => Promise.resolve(attestedBy(item, slot)),
    readRange: (item, range) => Promise.resolve(slotsOf(range).map((slot) => attestedBy(item, slot))),
    check: nothingToCheck,
  },
};

/** Evidence that an EvidenceSource has. */
function fromSource<K extends AskedKind>(
  kind: K,
  queryOf: (item: EvidenceItem) => Questions[K],
  textOf: (query: Questions[K]) => string,
): EvidenceAccess {
  const source = (item: EvidenceItem): string | undefined => item[kind]?.source;
  const readerFor = (item: EvidenceItem, sources: Pick<Sources, 'reader'>): KindReader<Questions[K]> | Unavailable => {
    const name = source(item) ?? '';
    const reader = sources.reader(name);
    if (!('kinds' in reader)) return reader;
    // Typed by the key, which the compiler does not follow through an index.
    const found = reader.kinds[kind];
    return found ?? unavailable(`the EvidenceSource ${name} has no evidence of kind ${kind}`);
  };
  return {
    source,
    question: (item) => textOf(queryOf(item)),
    read: async (item, request, { sources, signal }) => {
      const reader = readerFor(item, sources);
      return 'kind' in reader ? reader : reader.read({ ...request, query: queryOf(item) }, signal);
    },
    readRange: async (item, range, { sources, signal }) => {
      const reader = readerFor(item, sources);
      return 'kind' in reader ? slotsOf(range).map(() => reader) : reader.readRange({ ...range, query: queryOf(item) }, signal);
    },
    check: async (item, maxAgeMs, { sources, signal }) => {
      const reader = readerFor(item, sources);
      return 'kind' in reader ? undefined : reader.check({ query: queryOf(item), maxAgeMs }, signal);
    },
    basis: async (item, sources, signal) => {
      const reader = readerFor(item, sources);
      return 'kind' in reader ? undefined : reader.basis?.(queryOf(item), signal);
    },
  };
}

/** Evidence that the cluster itself holds, as it is now. */
function fromCluster<Q extends object>(queryOf: (item: EvidenceItem) => Q | undefined, reader: ClusterReader<Q>): EvidenceAccess {
  return {
    source: () => undefined,
    question: (item) => asJson(queryOf(item)),
    read: async (item, { slot, maxAgeMs }, { sources, asker, signal }) => {
      const query = queryOf(item);
      const { objects } = sources;
      if (sources.now() - slot > maxAgeMs) return NOTHING_PAST;
      if (objects === undefined || query === undefined) return unavailable('objects of a cluster can be read in one only');
      return reader.read(query, objects, asker, signal);
    },
    readRange: (_item, range) => Promise.resolve(nothingPast(range, 'past objects can not be asked for')),
    check: async (item, _maxAgeMs, { sources: { objects }, asker, signal }) => {
      const query = queryOf(item);
      return objects && query && reader.check(query, objects, asker, signal);
    },
  };
}

async function onRecord({ records }: EvidenceItem, slots: readonly number[], { sources, asker }: Asking): Promise<Reading[]> {
  if (records === undefined || sources.records === undefined) return slots.map(() => NO_LOG);
  try {
    const items = [...(await sources.records.itemsOf(asker))];
    return slots.map((slot) => readingAt(items, records, slot));
  } catch (error) {
    const failed = unavailable(messageOf(error));
    return slots.map(() => failed);
  }
}

const NO_LOG: Unavailable = {
  kind: 'Unavailable',
  reason: 'NoHistory',
  message: 'there is no evidence log here: records can be judged by the operator only',
};

function nothingToCheck(): Promise<undefined> {
  return Promise.resolve(undefined);
}

const unavailable = (message: string): Unavailable => ({ kind: 'Unavailable', reason: 'SourceUnreachable', message });

function attestedBy({ attestation }: EvidenceItem, slot: number): Reading {
  return attestation ? attested(attestation, slot) : unavailable('nothing is attested');
}

/** For evidence that only the present has: what is so now says nothing of a slot that is long over. */
const NOTHING_PAST: Unavailable = { kind: 'Unavailable', reason: 'NoHistory', message: 'the past can not be asked for' };

/** For evidence that only the present has. */
export function nothingPast(range: Pick<SlotRange, 'from' | 'to' | 'stepMs'>, message: string): Unavailable[] {
  return slotsOf(range).map(() => ({ kind: 'Unavailable', reason: 'NoHistory', message }));
}

function without<T extends object, K extends keyof T>(key: K, object: T | undefined): Omit<T, K> {
  const { [key]: _left, ...rest } = object ?? ({} as T);
  return rest;
}

/** One text for one question: fields in the order of their names. */
function asJson(value: object | undefined): string {
  const ordered = (_key: string, member: unknown): unknown =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member;
  return JSON.stringify(value ?? {}, ordered);
}

/** The slots of a range, both ends included. */
export function slotsOf({ from, to, stepMs }: Pick<SlotRange, 'from' | 'to' | 'stepMs'>): number[] {
  return Array.from({ length: Math.max(0, Math.floor((to - from) / stepMs) + 1) }, (_, index) => from + index * stepMs);
}

/** How an evidence item is read; the schema makes sure that it names exactly one kind. */
export function accessTo(item: EvidenceItem): EvidenceAccess {
  return ACCESS[kindOf(item)];
}

/** The kind of an evidence item. */
export function kindOf(item: EvidenceItem): EvidenceKind {
  const kind = (Object.keys(EVIDENCE_KINDS) as EvidenceKind[]).find((name) => item[name] !== undefined);
  if (kind === undefined) throw new RangeError(`evidence item ${item.name} names no kind`);
  return kind;
}

/** The names of the sources that evidence items ask, each once. */
export function sourcesOf(items: readonly EvidenceItem[]): string[] {
  return [...new Set(items.flatMap((item) => accessTo(item).source(item) ?? []))];
}
