import type { LogRecord, NewObservation, NewRecord, RecordKind } from '../api/records.ts';

/** Where in a service's log something came to lie. */
export interface Position {
  readonly seq: number;
  /** Digest of the record head, `sha256:<hex>`; an observation has none, as its batch is sealed later. */
  readonly digest?: string;
}

export interface ServiceName {
  readonly namespace: string;
  readonly service: string;
}

/**
 * Which records are read: of one service, in log order. Bounds are inclusive. Slot bounds ask for records that speak of any instant
 * within them: of their slot, of `at`, `from` and `to` of their body, of a slot in their batch; and of when they were recorded, where
 * they speak of nothing else. `criterion` asks for records that speak of it, be it among others: a batch comes whole, and the reader
 * picks from it.
 */
export interface RecordQuery extends ServiceName {
  readonly fromSeq?: number;
  readonly toSeq?: number;
  readonly fromSlot?: number;
  readonly toSlot?: number;
  readonly criterion?: string;
  readonly kinds?: readonly RecordKind[];
}

/** The saved state of one criterion, as plain JSON. */
export interface CriterionSnapshot {
  readonly criterion: string;
  readonly state: unknown;
}

/**
 * The saved states of a service: what folding its log gave up to, not including, record `seq`, and the first `pending` observations of
 * the batch that is or will be that record.
 */
export interface Snapshot {
  readonly judgingVersion: number;
  readonly seq: number;
  readonly pending: number;
  readonly criteria: readonly CriterionSnapshot[];
}

export type Urgency = 'Urgent' | 'Ordinary';

/**
 * The evidence store: append-only, one log a service. What `append` acknowledged is durable; what it was given together becomes
 * durable together or not at all. Observations lie in the open batch of their service until they are sealed as one record.
 * @throws AssayError STORE_FAILED (nothing of the call is stored), STORE_FENCED (another operator took over); TypeError for an entry that
 * breaks the schema of its kind, before anything is stored
 */
export interface EvidenceStore {
  /**
   * Appends in order; answers for each entry where it lies (for an observation: the record that it will be sealed into, without digest).
   * @param urgency `Urgent` where something waits for it that people wait for; otherwise it may wait a moment for others
   */
  append(entries: readonly (NewRecord | NewObservation)[], urgency?: Urgency): Promise<readonly Position[]>;
  /** The services that have a log, in the order in which they were first written. */
  services(): Promise<readonly ServiceName[]>;
  /** Sealed records in log order, as far as the log goes when the reading begins. */
  read(query: RecordQuery): AsyncIterable<LogRecord>;
  /** The open batch of a service, in order. */
  pending(service: ServiceName): Promise<readonly NewObservation[]>;
  /** A durable number for a name and service: how far a reader of the log has got; 0 until it is set. */
  cursor(name: string, service: ServiceName): Promise<number>;
  setCursor(name: string, service: ServiceName, seq: number): Promise<void>;
  /** The saved states of a service, if there are any; derived data, which may be dropped at any time. */
  snapshot(service: ServiceName): Promise<Snapshot | undefined>;
  /** Saves them as the states after everything whose append was called before, in place of those that were saved before. */
  saveSnapshot(service: ServiceName, snapshot: Pick<Snapshot, 'judgingVersion' | 'criteria'>): Promise<void>;
  sizeBytes(): Promise<number>;
  /** Counts the openings of the store; an append is refused once there is a later one. */
  readonly leaderEpoch: number;
  /** Makes durable what was appended, and lets go of the store. */
  close(): Promise<void>;
}
