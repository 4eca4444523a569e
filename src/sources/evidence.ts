import type { EvidenceItem } from '../api/criterion.ts';
import { EVIDENCE_KINDS, type EvidenceKind } from '../api/evidence-kinds.ts';
import type { Reading } from '../domain/sample.ts';
import type { EvidenceReader, Reachability } from './source.ts';

export type Unavailable = Extract<Reading, { kind: 'Unavailable' }>;

/** The sources by name, as whoever observes can reach them. */
export interface Sources {
  /** The reader of a source, or why there is none to ask now. */
  reader(name: string): EvidenceReader | Unavailable;
  /** Whether a source answers, as of `slot` or later. */
  reachability(name: string, slot: number, signal: AbortSignal): Promise<Reachability>;
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

/** How one kind of evidence is read. */
interface EvidenceAccess {
  /** Name of the source that the item asks. */
  source(item: EvidenceItem): string;
  /** What is asked, for people and for the digest in the log. */
  question(item: EvidenceItem): string;
  read(item: EvidenceItem, request: SlotRequest, sources: Sources, signal: AbortSignal): Promise<Reading>;
  readRange(item: EvidenceItem, range: SlotRange, sources: Sources, signal: AbortSignal): Promise<readonly Reading[]>;
}

const ACCESS: Record<EvidenceKind, EvidenceAccess> = {
  prometheus: {
    source: (item) => item.prometheus?.source ?? '',
    question: (item) => item.prometheus?.query ?? '',
    read: async (item, request, sources, signal) => {
      const reader = sources.reader(item.prometheus?.source ?? '');
      return 'kind' in reader ? reader : reader.read({ ...request, query: item.prometheus?.query ?? '' }, signal);
    },
    readRange: async (item, range, sources, signal) => {
      const reader = sources.reader(item.prometheus?.source ?? '');
      return 'kind' in reader
        ? slotsOf(range).map(() => reader)
        : reader.readRange({ ...range, query: item.prometheus?.query ?? '' }, signal);
    },
  },
  source: {
    source: (item) => item.source?.source ?? '',
    question: (item) => `reachability of ${item.source?.source ?? ''}`,
    read: async (item, { slot }, sources, signal) => {
      const found = await sources.reachability(item.source?.source ?? '', slot, signal);
      return { kind: 'Samples', samples: [{ labels: {}, value: found.kind === 'Answering' ? 1 : 0 }] };
    },
    // Whether something answered in the past can't be asked afterwards.
    readRange: (_item, range) =>
      Promise.resolve(
        slotsOf(range).map(() => ({
          kind: 'Unavailable',
          reason: 'NoHistory',
          message: 'past reachability can not be asked for',
        })),
      ),
  },
};

/** The slots of a range, both ends included. */
export function slotsOf({ from, to, stepMs }: Pick<SlotRange, 'from' | 'to' | 'stepMs'>): number[] {
  return Array.from({ length: Math.max(0, Math.floor((to - from) / stepMs) + 1) }, (_, index) => from + index * stepMs);
}

/** How an evidence item is read; the schema makes sure that it names exactly one kind. */
export function accessTo(item: EvidenceItem): EvidenceAccess {
  const kind = (Object.keys(EVIDENCE_KINDS) as EvidenceKind[]).find((name) => item[name] !== undefined);
  if (kind === undefined) throw new RangeError(`evidence item ${item.name} names no kind`);
  return ACCESS[kind];
}
