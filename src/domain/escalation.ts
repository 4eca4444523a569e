import type { OutcomeKind } from '../api/criterion.ts';
import { type AfterStep, type AccumulatedStep, type Step, stepKey, unionOfSteps } from './rules.ts';
import { piecesOf, timesOf, type Timeline } from './timeline.ts';
import type { Track } from './track.ts';

/** A step that fell due. */
export interface DueStep {
  readonly step: Step;
  readonly at: number;
}

/**
 * From the first gap or deviation until Met ends it: what each audience is told once. A gap and a deviation that follow each other
 * without Met are one.
 */
export interface Episode {
  readonly id: string;
  readonly from: number;
  /** Suspended time since `from`. */
  readonly suspendedMs: number;
  /** Steps that fell due, by their key. */
  readonly told: readonly { readonly key: string; readonly audience: string; readonly at: number }[];
}

/** A step that was in the rules until `removedAt`. */
export interface FormerStep {
  readonly step: Step;
  readonly removedAt: number;
}

/**
 * The steps that count: those of the rules, and those that were in force when what is going on began. So they can only be added
 * to while it goes on.
 */
export function stepsInForce(
  current: readonly Step[],
  former: readonly FormerStep[],
  { track, episode }: { readonly track: Track; readonly episode?: Episode | undefined },
): readonly Step[] {
  if (former.length === 0) return current;
  const began = Math.min(episode?.from ?? Infinity, track.badSince ?? Infinity, track.unknownSince ?? Infinity);
  return unionOfSteps(
    former.filter(({ removedAt }) => removedAt > began).map(({ step }) => step),
    current,
  );
}

/** When each accumulated step was last due, by its key. */
export type LastAccumulated = Readonly<Record<string, number>>;

export interface EscalationInput {
  readonly slot: number;
  readonly outcome: OutcomeKind;
  readonly track: Track;
  readonly timeline: Timeline;
  readonly episode: Episode | undefined;
  readonly steps: readonly Step[];
  readonly lastAccumulated: LastAccumulated;
}

/** The steps that fall due at this slot, in the order in which they are written. */
export function dueSteps(input: EscalationInput): DueStep[] {
  if (input.outcome === 'Met') return [];
  return input.steps
    .filter((step) => (step.kind === 'After' ? isDue(step, input) : hasAccumulated(step, input)))
    .map((step) => ({ step, at: input.slot }));
}

function isDue(step: AfterStep, { slot, track, episode }: EscalationInput): boolean {
  if (!episode || episode.told.some(({ key }) => key === stepKey(step))) return false;
  const { deviation } = track;
  if (step.onInconclusive) return Boolean(deviation ?? track.gap) && slot - episode.from - episode.suspendedMs >= step.afterMs;
  return deviation !== undefined && slot - deviation.from - deviation.suspendedMs - deviation.unknownMs >= step.afterMs;
}

function hasAccumulated(step: AccumulatedStep, { slot, outcome, timeline, lastAccumulated }: EscalationInput): boolean {
  const last = lastAccumulated[stepKey(step)];
  if (outcome !== 'NotMet' || (last !== undefined && slot - last < step.withinMs)) return false;
  const { notMet } = timesOf(piecesOf(timeline, { from: slot - step.withinMs, to: slot }, slot));
  return notMet >= step.accumulatedMs;
}
