import type { FalcoAlert } from './falco-alert.ts';

/** An alert as the inbox keeps it. Numbers are given in the order of arrival, over all sources, and are never used twice. */
export interface ReceivedAlert {
  readonly seq: number;
  /** When it was stored, in milliseconds. Never falls while `seq` rises; its own time is `alert.time`. */
  readonly receivedAt: number;
  readonly alert: FalcoAlert;
}

/**
 * A span of time of one source, `from` exclusive and `to` inclusive, in milliseconds. An alert belongs to the window in which it was
 * received, whatever its own time says: so a late one is in exactly one of two windows that follow each other.
 */
export interface Window {
  readonly source: string;
  readonly from: number;
  readonly to: number;
}

/** Alerts of a window that are alike in everything that a question can ask for. */
export interface AlertGroup extends Pick<FalcoAlert, 'rule' | 'priority' | 'origin' | 'namespace' | 'tags'> {
  readonly count: number;
}

/** What a window holds, and how much of it was turned away. */
export interface WindowSummary {
  readonly groups: readonly AlertGroup[];
  /** False where there are more groups than are read. */
  readonly whole: boolean;
  /** Alerts that came and could not be kept, by the minute: those of each minute that the window touches. */
  readonly lost: number;
}

/** What became of alerts that were handed over: all of them are on disk, or none is. */
export type Appended =
  { readonly kind: 'Stored'; readonly stored: number; readonly duplicates: number } | { readonly kind: 'Full' };

/** Alerts that were pushed, by source. Every method throws `AssayError` STORE_FAILED when the file can not be used. */
export interface Inbox {
  /** Alerts that were received longer ago are forgotten. */
  readonly maxAgeMs: number;
  /** Resolves once the alerts are durable. One that is there already, by whatever way it came, is not stored twice. */
  append(source: string, alerts: readonly FalcoAlert[]): Promise<Appended>;
  /** Notes alerts that came and could not be kept; a window that touches this moment says so. */
  noteLost(source: string, alerts: number): void;
  /** Counts a window, which is closed by it: as far as it reaches into the past, nothing comes to it any more. */
  summary(window: Window): WindowSummary;
  /** The alerts of a window in the order of arrival, at most `limit` from after `afterSeq` (0) on. */
  alertsBetween(window: Window & { readonly limit: number; readonly afterSeq?: number }): readonly ReceivedAlert[];
  /** Writes something, to see whether that can be done. */
  check(): Promise<void>;
  /** Stores what is queued and closes the file. */
  close(): void;
}
