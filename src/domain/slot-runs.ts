import type { UnknownReason } from '../api/conditions.ts';
import type { Period } from './timeline.ts';

/** How the slots of a span came to be judged: asked for in time, asked for later, or not at all. */
export type SlotFate = 'observed' | 'readBack' | 'missed';

/** Slots `from, from + stepMs, ... to` that share one fate. */
export interface SlotRun {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly fate: SlotFate;
  readonly reason?: UnknownReason;
}

/** The runs with one more slot. */
export function addSlot(
  runs: readonly SlotRun[],
  slot: Omit<SlotRun, 'from' | 'to'> & { readonly slot: number },
): readonly SlotRun[] {
  const { slot: at, ...rest } = slot;
  const last = runs.at(-1);
  const goesOn =
    last?.fate === rest.fate && last.reason === rest.reason && last.stepMs === rest.stepMs && at === last.to + rest.stepMs;
  return goesOn ? [...runs.slice(0, -1), { ...last, to: at }] : [...runs, { ...rest, from: at, to: at }];
}

/** The runs with the last one going on until `to`. */
export function extendTo(runs: readonly SlotRun[], to: number): readonly SlotRun[] {
  const last = runs.at(-1);
  return last ? [...runs.slice(0, -1), { ...last, to }] : runs;
}

/** Forgets the runs that ended before `before`. */
export function forgetRuns(runs: readonly SlotRun[], before: number): readonly SlotRun[] {
  return runs[0] !== undefined && runs[0].to < before ? runs.filter(({ to }) => to >= before) : runs;
}

/** The runs cut to the slots that lie in the period. */
export function runsWithin(runs: readonly SlotRun[], { from, to }: Period): SlotRun[] {
  return runs.flatMap((run) => {
    const first = run.from + Math.max(0, Math.ceil((from - run.from) / run.stepMs)) * run.stepMs;
    const last = Math.min(run.to, run.from + Math.floor((to - 1 - run.from) / run.stepMs) * run.stepMs);
    return last < first ? [] : [{ ...run, from: first, to: last }];
  });
}

export const countOf = ({ from, to, stepMs }: SlotRun): number => Math.round((to - from) / stepMs) + 1;
