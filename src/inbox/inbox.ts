import type { FalcoAlert } from './falco-alert.ts';
import type { Notification } from './notification.ts';

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

/** A span of time of one source, both ends included, in milliseconds. */
export interface Span {
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

/** An alert as Alertmanager told it, from when to when it fired; times in milliseconds. One alert may have several that overlap. */
export interface Episode {
  /** Labels as an object in JSON, in the order of their names: the same text for the same alert. */
  readonly labels: string;
  readonly startsAt: number;
  /** Exclusive; absent while it fires, as far as that was told. */
  readonly endedAt?: number;
  /** Stands for the group in which it was told. */
  readonly group: Uint8Array;
  /** Each notification of its group in between has told it as firing. */
  readonly firstToldAt: number;
  readonly lastToldAt: number;
}

/** Why something may not have been taken that was sent. */
export interface Gaps {
  /** Alerts that came and could not be kept. */
  readonly lost: number;
  /** Whether the inbox was closed at some moment in between. */
  readonly wasClosed: boolean;
  /** Whether something of the source had been received by the beginning. */
  readonly isBegun: boolean;
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
  /** As `append`, for what Alertmanager sends; a notification that says nothing new is a duplicate, and that it came is kept. */
  tell(source: string, notification: Notification): Promise<Appended>;
  /** Alerts of a source that fired at some moment between, as far as it is known now, at most `limit`. */
  episodes(span: Span & { readonly limit: number }): readonly Episode[];
  /** When an alert was last told as firing, not after `at`; undefined where it was not, or that is no longer kept. */
  toldBy(source: string, episode: Episode, at: number): number | undefined;
  /** What may be missing of what was sent in a span. */
  gaps(span: Span): Gaps;
  /** Writes something, to see whether that can be done. */
  check(): Promise<void>;
  /** Stores what is queued and closes the file. */
  close(): void;
}
