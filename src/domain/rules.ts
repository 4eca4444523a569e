import type { CertificationCriterionSpec, EscalationStep, Objective as ObjectiveSpec } from '../api/criterion.ts';
import { durationMs, durationText } from './duration.ts';

/** Tells `audience` once the clock of a deviation reaches `afterMs`. */
export interface AfterStep {
  readonly kind: 'After';
  readonly audience: string;
  readonly afterMs: number;
  /** Whether time without evidence counts too (`verdicts: [Fail, Inconclusive]`). */
  readonly onInconclusive: boolean;
}

/** Tells `audience` once the time not met within the last `withinMs` adds up to `accumulatedMs`. */
export interface AccumulatedStep {
  readonly kind: 'Accumulated';
  readonly audience: string;
  readonly accumulatedMs: number;
  readonly withinMs: number;
}

export type Step = AfterStep | AccumulatedStep;

export interface Objective {
  /** The target in percent, as written: `99.9`. */
  readonly target: string;
  readonly windowMs: number;
  readonly unknownCountsAs: 'Excluded' | 'Down';
  readonly of: 'Availability' | 'Other';
}

/** All of a criterion that judging over time needs, with every default filled in. Times in milliseconds. */
export interface JudgingRules {
  readonly intervalMs: number;
  readonly holdForMs: number;
  readonly recoverForMs: number;
  readonly unknownForMs: number;
  readonly whenUnknown: 'Inconclusive' | 'Fail';
  readonly steps: readonly Step[];
  readonly objective?: Objective;
  /** Whether it counts for its service's figures: Enforced, not DryRun. */
  readonly enforced: boolean;
}

/** The defaults of judging.md: a hold of two intervals, a recovery of three, unknown for 5m. */
export function rulesOf(spec: CertificationCriterionSpec): JudgingRules {
  const intervalMs = durationMs(spec.interval ?? '1m');
  const enforced = spec.mode !== 'DryRun';
  return {
    intervalMs,
    holdForMs: spec.holdFor === undefined ? 2 * intervalMs : durationMs(spec.holdFor),
    recoverForMs: spec.recoverFor === undefined ? 3 * intervalMs : durationMs(spec.recoverFor),
    unknownForMs: durationMs(spec.unknownFor ?? '5m'),
    whenUnknown: spec.whenUnknown ?? 'Inconclusive',
    // A dry run is told to nobody: it has no steps.
    steps: enforced ? (spec.escalation ?? [{ after: '0s', audience: 'internal' }]).map(stepOf) : [],
    ...(spec.objective ? { objective: objectiveOf(spec.objective) } : {}),
    enforced,
  };
}

function objectiveOf(spec: ObjectiveSpec): Objective {
  return {
    target: spec.target,
    windowMs: durationMs(spec.window ?? '30d'),
    unknownCountsAs: spec.unknownCountsAs ?? 'Excluded',
    of: spec.of ?? 'Availability',
  };
}

function stepOf(step: EscalationStep): Step {
  const { audience } = step;
  if (step.accumulated !== undefined && step.within !== undefined) {
    return { kind: 'Accumulated', audience, accumulatedMs: durationMs(step.accumulated), withinMs: durationMs(step.within) };
  }
  const onInconclusive = step.verdicts
    ? step.verdicts.includes('Inconclusive')
    : audience === 'internal' || audience === 'authority';
  return { kind: 'After', audience, afterMs: durationMs(step.after ?? '0s'), onInconclusive };
}

/** What makes two steps the same one: audience and times. */
export function stepKey(step: Step): string {
  return step.kind === 'After'
    ? `${step.audience} after ${durationText(step.afterMs)}`
    : `${step.audience} ${durationText(step.accumulatedMs)} within ${durationText(step.withinMs)}`;
}

/** The step without its audience, in words: `after 15m`, `15m within 1h`. */
export function stepText(step: Step): string {
  return stepKey(step).slice(step.audience.length + 1);
}

/** Steps can only be added to: all of both, and what one of two equal ones counts, the result counts. */
export function unionOfSteps(before: readonly Step[], after: readonly Step[]): readonly Step[] {
  const union = new Map<string, Step>();
  for (const step of [...before, ...after]) {
    const same = union.get(stepKey(step));
    union.set(stepKey(step), same?.kind === 'After' && same.onInconclusive ? same : step);
  }
  return [...union.values()];
}
