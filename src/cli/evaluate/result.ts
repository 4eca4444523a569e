import type { OutcomeKind, Verdict } from '../../api/criterion.ts';
import type { DeviationEnd } from '../../api/records.ts';
import { numberText } from '../../domain/bound.ts';
import { type CriterionState, type VerdictReason, verdictOf } from '../../domain/criterion.ts';
import type { Times } from '../../domain/timeline.ts';
import type { Observation } from '../../sources/observe.ts';
import { timeText } from '../../domain/moment.ts';

/** What is printed of a criterion. The shape is documented in docs/evaluate.md and stable; times are RFC 3339. */
export interface Result {
  /** `namespace/name`. */
  readonly criterion: string;
  readonly outcome: OutcomeKind;
  readonly verdict: Verdict;
  readonly reason: VerdictReason;
  readonly message: string;
  readonly evidence: readonly EvidenceResult[];
}

export interface EvidenceResult {
  readonly name: string;
  /** Of the worst series; NaN, +Inf and -Inf in the words of Prometheus. */
  readonly value?: string;
  readonly series: number;
  readonly failing: number;
  readonly sampleAt?: string;
}

/** What a replay adds: `times` in seconds, figures in percent, cut to three decimals. */
export interface ReplayResult extends Result {
  readonly transitions: readonly { readonly at: string; readonly verdict: Verdict; readonly reason: VerdictReason }[];
  /** One that is still open has neither `to` nor `reason`. */
  readonly deviations: readonly { readonly from: string; readonly to?: string; readonly reason?: DeviationEnd }[];
  readonly steps: readonly { readonly at: string; readonly audience: string }[];
  readonly times: Times;
  readonly availability: string;
  readonly lower: string;
  readonly upper: string;
  readonly coverage: string;
}

/** A result with what only people read. */
export interface Judged<R extends Result = Result> {
  readonly result: R;
  /** The worst value against the bound: `0 (== 1)`. */
  readonly measured?: string;
}

/** What a state and its latest observation come to. */
export function judgedOf(state: CriterionState, { judgement, summaries }: Observation): Judged {
  const { outcome, message, measured } = judgement;
  const evidence = summaries.map(({ name, value, series, failing, sampleAt }) => ({
    name,
    ...(value === undefined ? {} : { value: numberText(value) }),
    series,
    failing,
    ...(sampleAt === undefined ? {} : { sampleAt: timeText(sampleAt) }),
  }));
  const result = {
    criterion: state.id,
    outcome: outcome.kind,
    verdict: verdictOf(state),
    reason: state.reason,
    message,
    evidence,
  };
  return { result, ...(measured === undefined ? {} : { measured }) };
}

/** What a state comes to while nothing was observed: the outcome is unknown, and the message says why. */
export function unjudged(state: CriterionState, message: string): Judged {
  const verdict = verdictOf(state);
  const reason = verdict === 'Suspended' ? 'Suspended' : state.reason;
  return { result: { criterion: state.id, outcome: 'Unknown', verdict, reason, message, evidence: [] } };
}

/** 1 when some criterion fails, else 2 when of some nothing is known, else 0; a suspended one is none of these. */
export function exitCodeOf(verdicts: readonly Verdict[]): 0 | 1 | 2 {
  if (verdicts.includes('Fail')) return 1;
  return verdicts.includes('Inconclusive') ? 2 : 0;
}
