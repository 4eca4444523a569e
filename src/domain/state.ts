import type { UnknownReason } from '../api/conditions.ts';
import type { OutcomeKind, Verdict } from '../api/criterion.ts';
import type { DeviationEnd } from '../api/records.ts';
import type { Episode, FormerStep, LastAccumulated } from './escalation.ts';
import type { JudgingRules, Step } from './rules.ts';
import type { SlotRun } from './slot-runs.ts';
import { emptyTimeline, mark, type Period, type Timeline, type Times } from './timeline.ts';
import { newTrack, type OpenSpan, type Track } from './track.ts';

/** Raised whenever the same records could give another verdict than before; stands in the log and beside saved states. */
export const JUDGING_VERSION = 1;

/** Why a verdict is what it is: that the rule holds or not, why nothing is known, or that nothing was judged yet. */
export type VerdictReason = 'Pending' | 'Met' | 'NotMet' | 'Suspended' | UnknownReason;

/** All that the past means for the next slot of a criterion. Plain data: it can be saved and read back. */
export interface CriterionState {
  /** `namespace/name`. */
  readonly id: string;
  readonly rules: JudgingRules;
  readonly standing: 'InForce' | 'Suspended' | 'Deleted';
  /** Since when the verdict that is shown (Suspended included) is what it is. */
  readonly since: number;
  readonly reason: VerdictReason;
  readonly track: Track;
  /** The clocks of the warning bound, which change no verdict. */
  readonly warning: Track;
  /** Steps of escalation that an edit took out of the rules while something was going on. */
  readonly formerSteps: readonly FormerStep[];
  readonly episode?: Episode;
  /** Whether there ever was a verdict or a lasting lack of evidence: what comes before is the initial Pending. */
  readonly decided: boolean;
  /** Whether the criterion was changed while its deviation was open. */
  readonly changed: boolean;
  readonly lastAccumulated: LastAccumulated;
  readonly timeline: Timeline;
  /** How each slot came to be judged. */
  readonly slots: readonly SlotRun[];
  /** Deviations that are over, oldest first. */
  readonly past: readonly PastDeviation[];
  readonly objectiveMet?: boolean;
  /** The times of the objective's window as it ended at the latest slot. */
  readonly objectiveTimes?: { readonly times: Times; readonly endedAt: number; readonly lengthMs: number };
  readonly suspendedAt?: number;
  readonly deletedAt?: number;
  /** When the name of the deleted criterion returned: slots up to here were missed, whatever a source says of them. */
  readonly returnedAt?: number;
  /** Slots up to here are not judged: the creation, or the end of a suspension. */
  readonly notBefore: number;
  /** How far back time line, slots and past deviations are kept, beside what objective and steps ask for. */
  readonly keepMs: number;
}

export interface PastDeviation {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly reason: DeviationEnd;
}

/** What happens to a criterion, in the order of the log. `at` and slots in milliseconds. */
export type CriterionEvent =
  | { readonly kind: 'Created'; readonly at: number; readonly rules: JudgingRules }
  | { readonly kind: 'Changed' | 'Recreated'; readonly at: number; readonly rules: JudgingRules }
  | { readonly kind: 'Suspended' | 'Resumed' | 'Deleted' | 'SourceChanged'; readonly at: number }
  | SlotJudged
  | { readonly kind: 'Missed'; readonly from: number; readonly to: number; readonly reason: UnknownReason };

export interface SlotJudged {
  readonly kind: 'Slot';
  readonly slot: number;
  readonly outcome: OutcomeKind;
  readonly reason?: UnknownReason;
  readonly warning?: OutcomeKind;
  readonly readBack?: boolean;
  /** Nobody looked, and nothing could be read back. */
  readonly missed?: boolean;
}

/** What became known by an event; each becomes a record. */
export type Fact =
  | {
      readonly kind: 'VerdictChanged';
      readonly at: number;
      readonly from: Verdict;
      readonly to: Verdict;
      readonly reason: VerdictReason;
      readonly first: boolean;
    }
  | {
      readonly kind: 'DeviationOpened';
      readonly at: number;
      readonly id: string;
      readonly from: number;
      readonly reopened: boolean;
    }
  | {
      readonly kind: 'DeviationClosed';
      readonly at: number;
      readonly id: string;
      readonly to: number;
      readonly reason: DeviationEnd;
      readonly span: OpenSpan;
    }
  | { readonly kind: 'StepDue'; readonly at: number; readonly step: Step; readonly id?: string; readonly late: boolean }
  | {
      readonly kind: 'EndTold';
      readonly at: number;
      readonly audience: string;
      readonly id: string;
      readonly reason: DeviationEnd;
    }
  | { readonly kind: 'ChangeTold'; readonly at: number; readonly audience: string; readonly id?: string }
  | {
      readonly kind: 'ObjectiveChanged';
      readonly at: number;
      readonly met: boolean;
      readonly achieved: string;
      readonly target: string;
    };

export interface Applied {
  readonly state: CriterionState;
  readonly facts: readonly Fact[];
}

/** The state of a criterion that was just created. `keepMs`: how much of the past its state remembers, 30 days unless said. */
export function create(
  id: string,
  event: { readonly at: number; readonly rules: JudgingRules },
  keepMs = DEFAULT_WINDOW_MS,
): CriterionState {
  return {
    id,
    rules: event.rules,
    standing: 'InForce',
    since: event.at,
    notBefore: event.at - 1,
    reason: 'Pending',
    track: newTrack,
    warning: newTrack,
    formerSteps: [],
    decided: false,
    changed: false,
    lastAccumulated: {},
    timeline: mark(emptyTimeline, event.at, 'unknown'),
    slots: [],
    past: [],
    keepMs,
  };
}

/** The verdict that is shown. */
export function verdictOf(state: CriterionState): Verdict {
  return state.standing === 'Suspended' ? 'Suspended' : state.track.verdict;
}

/** The rolling period of the objective, or of 30 days without one, that ends at `to`. */
export function windowOf(state: CriterionState, to: number): Period {
  return { from: to - (state.rules.objective?.windowMs ?? DEFAULT_WINDOW_MS), to };
}

const DEFAULT_WINDOW_MS = 30 * 86_400_000;
