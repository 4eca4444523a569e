import type { CriterionState } from './criterion.ts';
import { adjusting, type BothWays, type Explanation, figuresBothWays } from './explained.ts';
import { countsForAvailability, type PeriodSummary, type ReportedDeviation, serviceTime } from './period.ts';
import { type Piece, type Times, timesOf } from './timeline.ts';

/** What a period was for one criterion, for whoever asks. Spans in milliseconds. */
export interface CriterionPeriod extends BothWays {
  readonly name: string;
  /** Whether it is part of the availability of its service. */
  readonly counts: boolean;
  readonly times: Times;
  /** From when on it was watched in the period; absent where it never was. */
  readonly watchedFrom?: number;
  readonly deviations: readonly ReportedDeviation[];
}

/** What a period was for a service. */
export interface ServicePeriod extends BothWays {
  readonly times: Times;
  /** From when on it was watched in the period; absent where it never was. */
  readonly watchedFrom?: number;
  /** How many times it was not met, for however long. */
  readonly disruptions: number;
  readonly longestMs: number;
  /** The changes that adjust its figures. */
  readonly changes: readonly string[];
  readonly criteria: readonly CriterionPeriod[];
}

/** A criterion as it was in a period. */
export interface PeriodMember {
  readonly name: string;
  readonly state: CriterionState;
  readonly summary: PeriodSummary;
}

/** Sums up a period of a service, as its reports do. */
export function servicePeriod(members: readonly PeriodMember[], explanations: readonly Explanation[]): ServicePeriod {
  const { pieces, unknownCountsAs } = serviceTime(members.map(({ state, summary }) => ({ state, pieces: summary.pieces })));
  const lengths = disruptionsIn(pieces);
  return {
    ...figuresBothWays(pieces, explanations, unknownCountsAs),
    times: timesOf(pieces),
    ...watchedFrom(pieces),
    disruptions: lengths.length,
    longestMs: Math.max(0, ...lengths),
    changes: [...new Set(adjusting(pieces, explanations).map(({ change }) => change))],
    criteria: members.map((member) => criterionPeriod(member, explanations)),
  };
}

function criterionPeriod({ name, state, summary }: PeriodMember, explanations: readonly Explanation[]): CriterionPeriod {
  const { pieces, times, deviations } = summary;
  const both = figuresBothWays(pieces, explanations, state.rules.objective?.unknownCountsAs);
  return { name, counts: countsForAvailability(state), ...both, times, ...watchedFrom(pieces), deviations };
}

function watchedFrom(pieces: readonly Piece[]): { readonly watchedFrom?: number } {
  const first = pieces.find(({ kind }) => kind !== 'unobserved');
  return first === undefined ? {} : { watchedFrom: first.from };
}

/** How long each span lasted in which it was not met without a break. */
function disruptionsIn(pieces: readonly Piece[]): number[] {
  const lengths: number[] = [];
  let before: Piece['kind'] | undefined;
  for (const { kind, from, to } of pieces) {
    if (kind === 'notMet' && before === 'notMet') lengths.push((lengths.pop() ?? 0) + to - from);
    else if (kind === 'notMet') lengths.push(to - from);
    before = kind;
  }
  return lengths;
}
