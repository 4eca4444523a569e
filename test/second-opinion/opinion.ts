/** What one look at a slot said. */
export type Outcome = 'Met' | 'NotMet' | 'Unknown';

export type Verdict = 'Pass' | 'Fail' | 'Inconclusive' | 'Suspended';

export interface AfterStep {
  readonly audience: string;
  readonly afterMs: number;
  readonly on: readonly ('Fail' | 'Inconclusive')[];
}

export interface AccumulatedStep {
  readonly audience: string;
  readonly accumulatedMs: number;
  readonly withinMs: number;
}

export type Step = AfterStep | AccumulatedStep;

/** What of a criterion's spec bears on judging over time. */
export interface Rules {
  readonly intervalMs: number;
  readonly holdForMs: number;
  readonly recoverForMs: number;
  readonly unknownForMs: number;
  readonly whenUnknown: 'Inconclusive' | 'Fail';
  readonly mode: 'Enforced' | 'DryRun';
  readonly steps: readonly Step[];
  readonly unknownCountsAs: 'Excluded' | 'Down';
}

/**
 * One record of a criterion's life, in the order of the log. `Missed` names the first and the last slot that could not
 * be read back, of the interval of the rules that precede it in the log; what was missed while the criterion was deleted
 * follows its `Recreated`. A suspended criterion is resumed before it is deleted.
 */
export type Event =
  | { readonly kind: 'Created'; readonly at: number; readonly rules: Rules }
  | { readonly kind: 'Slot'; readonly slot: number; readonly outcome: Outcome; readonly readBack?: true }
  | { readonly kind: 'Missed'; readonly from: number; readonly to: number; readonly reason: string }
  | { readonly kind: 'Changed'; readonly at: number; readonly rules: Rules }
  | { readonly kind: 'Suspended'; readonly at: number }
  | { readonly kind: 'Resumed'; readonly at: number }
  | { readonly kind: 'Deleted'; readonly at: number }
  | { readonly kind: 'Recreated'; readonly at: number; readonly rules: Rules };

/** From inclusive, to exclusive, in milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Input {
  /** The rules that the first event, `Created`, carries as well. */
  readonly rules: Rules;
  readonly events: readonly Event[];
  readonly period: Span;
  readonly knownUntil: number;
}

/** Milliseconds of a period by what stood then. */
export interface Times {
  readonly met: number;
  readonly notMet: number;
  readonly unknown: number;
  readonly suspended: number;
  readonly unobserved: number;
}

export interface DeviationOpinion {
  readonly from: number;
  readonly to?: number;
  readonly reason?: 'Recovered' | 'CriterionChanged' | 'CriterionDeleted';
}

export interface Notice {
  readonly at: number;
  readonly audience: string;
}

/** What falls together at one slot or event stands in the order of the audiences' names, then of the kinds. */
export interface Opinion {
  readonly transitions: readonly { readonly at: number; readonly verdict: Verdict }[];
  readonly deviations: readonly DeviationOpinion[];
  readonly gapsOpened: readonly { readonly from: number }[];
  readonly steps: readonly (Notice & { readonly kind: 'After' | 'Accumulated' })[];
  readonly ends: readonly Notice[];
  readonly changeNotices: readonly Notice[];
  readonly times: Times;
  readonly availability: string;
  readonly lower: string;
  readonly upper: string;
  readonly coverage: string;
}
