import type { CriterionState } from './criterion.ts';
import { deviationId } from './deviation-id.ts';
import { type Figures, figuresOf, percentText, reaches } from './figures.ts';
import { countOf, runsWithin, type SlotRun } from './slot-runs.ts';
import { combine, type Period, type Piece, piecesOf, type Times, timesOf } from './timeline.ts';

export type PeriodVerdict = 'Pass' | 'Fail' | 'Inconclusive';

/** A deviation that overlaps a period; an open one has no `to`. */
export interface ReportedDeviation {
  readonly id: string;
  readonly from: number;
  readonly to?: number;
  readonly reason?: string;
}

/** What a period was for one criterion. */
export interface PeriodSummary {
  readonly verdict: PeriodVerdict;
  readonly pieces: readonly Piece[];
  readonly times: Times;
  readonly figures: Figures;
  /** Oldest first. */
  readonly deviations: readonly ReportedDeviation[];
  /** Length of the longest deviation within the period, in milliseconds. */
  readonly longestMs: number;
  readonly slots: { readonly observed: number; readonly readBack: number; readonly missed: readonly SlotRun[] };
}

/** Share of time with evidence below which a period without objective is Inconclusive, in percent. */
export const MIN_COVERAGE = '95';

/** Sums a period up (judging.md, "Availability of a period"). @param knownUntil nothing is known of what lies after it */
export function summarise(state: CriterionState, period: Period, knownUntil: number): PeriodSummary {
  const pieces = piecesOf(state.timeline, period, knownUntil);
  const times = timesOf(pieces);
  const figures = figuresOf(times, state.rules.objective?.unknownCountsAs);
  const deviations = deviationsWithin(state, period);
  const runs = runsWithin(state.slots, period);
  const lengths = deviations.map(({ from, to }) => Math.min(to ?? Infinity, period.to, knownUntil) - Math.max(from, period.from));
  return {
    verdict: periodVerdict(state, figures, deviations),
    pieces,
    times,
    figures,
    deviations,
    longestMs: Math.max(0, ...lengths),
    slots: {
      observed: total(runs, 'observed'),
      readBack: total(runs, 'readBack'),
      missed: runs.filter(({ fate }) => fate === 'missed'),
    },
  };
}

type Member = { readonly state: CriterionState; readonly pieces: readonly Piece[] };

/** Whether a criterion says something of the availability of its service: it is enforced, and its objective, if any, is of that. */
export function countsForAvailability({ rules }: Pick<CriterionState, 'rules'>): boolean {
  return rules.enforced && (rules.objective?.of ?? 'Availability') === 'Availability';
}

/** Availability in percent; under the least coverage only its bounds. */
export function availabilityText({ availability, coverage, lower, upper }: Figures): string {
  if (coverage.of === 0 || reaches(coverage, MIN_COVERAGE)) return percentText(availability);
  return `${percentText(lower)} to ${percentText(upper)}`;
}

/** The time of a service over its enforced criteria whose objective is of availability (the default), and how unknown time counts. */
export function serviceTime(members: readonly Member[]): {
  readonly pieces: readonly Piece[];
  readonly unknownCountsAs: 'Excluded' | 'Down';
} {
  const counted = members.filter(({ state }) => countsForAvailability(state));
  const down = counted.some(({ state }) => state.rules.objective?.unknownCountsAs === 'Down');
  return { pieces: combine(counted.map(({ pieces }) => pieces)), unknownCountsAs: down ? 'Down' : 'Excluded' };
}

/** Availability of a service (`serviceTime`). */
export function serviceFigures(members: readonly Member[]): Figures {
  const { pieces, unknownCountsAs } = serviceTime(members);
  return figuresOf(timesOf(pieces), unknownCountsAs);
}

/** The worst of several verdicts: Fail, then Inconclusive, then Pass. None is Inconclusive. */
export function worstOf(verdicts: readonly PeriodVerdict[]): PeriodVerdict {
  if (verdicts.includes('Fail')) return 'Fail';
  return verdicts.length === 0 || verdicts.includes('Inconclusive') ? 'Inconclusive' : 'Pass';
}

function periodVerdict(state: CriterionState, figures: Figures, deviations: readonly ReportedDeviation[]): PeriodVerdict {
  const { objective } = state.rules;
  if (figures.lower.of === 0) return 'Inconclusive';
  if (objective) {
    if (reaches(figures.lower, objective.target)) return 'Pass';
    return reaches(figures.upper, objective.target) ? 'Inconclusive' : 'Fail';
  }
  if (deviations.length > 0) return 'Fail';
  return reaches(figures.coverage, MIN_COVERAGE) ? 'Pass' : 'Inconclusive';
}

function deviationsWithin(state: CriterionState, { from, to }: Period): ReportedDeviation[] {
  const { deviation } = state.track;
  const open =
    deviation && state.standing !== 'Deleted' ? [{ id: deviationId(state.id, deviation.from), from: deviation.from }] : [];
  const all: ReportedDeviation[] = [...state.past, ...open];
  return all.filter((each) => each.from < to && (each.to ?? Infinity) > from);
}

function total(runs: readonly SlotRun[], fate: SlotRun['fate']): number {
  return runs.filter((run) => run.fate === fate).reduce((sum, run) => sum + countOf(run), 0);
}
