import type { LogRecord, NewObservation, NewRecord, RecordKind } from '../api/records.ts';

/** Where in a service's log something came to lie. */
export interface Position {
  readonly seq: number;
  /** Digest of the record head, `sha256:<hex>`. */
  readonly digest: string;
}

export interface ServiceName {
  readonly namespace: string;
  readonly service: string;
}

/** Which records are read: of one service, in log order. Bounds are inclusive; `slot` bounds apply to what a record speaks of. */
export interface RecordQuery extends ServiceName {
  readonly fromSeq?: number;
  readonly toSeq?: number;
  readonly fromSlot?: number;
  readonly toSlot?: number;
  readonly criterion?: string;
  readonly kinds?: readonly RecordKind[];
}

/** A saved state of a criterion: what folding the log up to, not including, record `seq` and its first `pending` open observations gave. */
export interface Snapshot {
  readonly criterion: string;
  readonly judgingVersion: number;
  readonly seq: number;
  readonly pending: number;
  readonly state: unknown;
}

/**
 * The evidence store: append-only, one log a service. What `append` acknowledged is durable; what it was given together becomes
 * durable together or not at all. Observations lie in the open batch of their service until they are sealed as one record.
 * @throws AssayError STORE_FAILED (nothing of the call is stored), STORE_FENCED (another operator took over)
 */
export interface EvidenceStore {
  /** Appends in order; answers for each entry where it lies (for an observation: the record that it will be sealed into, without digest). */
  append(entries: readonly (NewRecord | NewObservation)[]): Promise<readonly (Position | undefined)[]>;
  services(): Promise<readonly ServiceName[]>;
  /** Sealed records in log order. */
  read(query: RecordQuery): AsyncIterable<LogRecord>;
  /** The open batch of a service, in order. */
  pending(service: ServiceName): Promise<readonly NewObservation[]>;
  /** A durable number for a name and service: how far a reader of the log has got. */
  cursor(name: string, service: ServiceName): Promise<number>;
  setCursor(name: string, service: ServiceName, seq: number): Promise<void>;
  /** Saved states of a service; derived data, which may be dropped at any time. */
  snapshots(service: ServiceName): Promise<readonly Snapshot[]>;
  saveSnapshots(service: ServiceName, snapshots: readonly Snapshot[]): Promise<void>;
  sizeBytes(): Promise<number>;
  readonly leaderEpoch: number;
  close(): Promise<void>;
}
