import type { Severity } from '../api/common.ts';

export type Language = 'en' | 'de';

/** A span of time that somebody asks about, in milliseconds since 1970-01-01T00:00:00Z; `to` is not part of it, and never lies in the future. */
export interface AskedPeriod {
  readonly from: number;
  readonly to: number;
}

/** Whom an update is for; each reads what those after it read, too. */
export type UpdateAudience = 'customers' | 'authority' | 'internal';

export type Resolution = { readonly [part in 'cause' | 'measures' | 'prevention']?: string };

/** What a comment speaks of. */
export type Commented =
  { readonly kind: 'Criterion'; readonly criterion: string } | { readonly kind: 'Deviation'; readonly deviation: string };

export type Acknowledged = Commented | { readonly kind: 'Incident'; readonly incident: string };

/** What somebody wants. Texts are plain: lines without control characters, but no platform's markup is escaped in them. */
export type Intent =
  | { readonly kind: 'Availability'; readonly service?: string; readonly period: AskedPeriod }
  | { readonly kind: 'Status'; readonly service?: string }
  | { readonly kind: 'Failing'; readonly service?: string }
  | { readonly kind: 'ListIncidents'; readonly service?: string }
  | { readonly kind: 'ShowIncident'; readonly incident: string }
  | { readonly kind: 'ListChanges'; readonly service?: string }
  | { readonly kind: 'OpenIncident'; readonly service: string; readonly title: string; readonly severity?: Severity }
  | { readonly kind: 'UpdateIncident'; readonly incident: string; readonly text: string; readonly audience: UpdateAudience }
  | ({ readonly kind: 'ResolveIncident'; readonly incident: string } & Resolution)
  | { readonly kind: 'DismissIncident'; readonly incident: string; readonly reason: string }
  /** That a suspicion is an incident. */
  | { readonly kind: 'ConfirmIncident'; readonly incident: string }
  | { readonly kind: 'ReopenIncident'; readonly incident: string }
  | { readonly kind: 'Comment'; readonly on: Commented; readonly text: string }
  /** That an audience is not to be told of it, and why. */
  | { readonly kind: 'Withhold'; readonly on: Commented; readonly text: string; readonly audience: UpdateAudience }
  /** Without `on` it speaks of the thread that it is said in. */
  | { readonly kind: 'Acknowledge'; readonly on?: Acknowledged }
  /** A yes to what was asked, and a no. */
  | { readonly kind: 'Confirm' }
  | { readonly kind: 'Cancel' }
  | { readonly kind: 'Help'; readonly topic?: Command };

export type Command = Intent['kind'];

export type UnclearReason =
  | 'Empty'
  | 'TooLong'
  | 'UnknownCommand'
  | 'UnknownWord'
  | 'UnknownService'
  | 'UnknownIncident'
  | 'UnknownCriterion'
  | 'AmbiguousName'
  | 'MissingService'
  | 'MissingIncident'
  | 'MissingCriterion'
  | 'MissingText'
  | 'MissingAudience'
  | 'AmbiguousPeriod'
  | 'NotAPeriod'
  | 'Reversed'
  | 'WholeDaysOnly'
  | 'InTheFuture'
  | 'NoPeriodHere';

/** What is not understood, and whole requests that may have been meant, the likeliest first. Nothing is guessed. */
export interface Unclear {
  readonly kind: 'Unclear';
  readonly reason: UnclearReason;
  /** The words that were not understood, as they were written; empty where something is missing. */
  readonly part: string;
  readonly suggestions: readonly string[];
}

/** What the asker may know of; suggestions are made from nothing else. */
export interface Surroundings {
  /** The moment of the question, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  /** Where the asker's days begin and end: a name of the IANA data base, such as Europe/Berlin. */
  readonly timeZone: string;
  /** `name`, or `namespace/name`. */
  readonly services: readonly string[];
  /** Absent: any name is taken for a criterion's. */
  readonly criteria?: readonly string[];
  /** Absent: any name is taken for an incident's. */
  readonly incidents?: readonly string[];
}
