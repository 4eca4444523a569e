import type { EvidenceReportStatus, ReportPeriod } from '../../api/report.ts';
import { durationText, spanText } from '../../domain/duration.ts';
import { figuresBothWays } from '../../domain/explained.ts';
import { percentText } from '../../domain/figures.ts';
import { availabilityText, type PeriodSummary, serviceTime, worstOf } from '../../domain/period.ts';
import type { Period } from '../../domain/timeline.ts';
import { verdictOf } from '../../domain/criterion.ts';
import type { KnownCriterion } from '../judging/known.ts';
import { timeText } from '../../domain/moment.ts';
import { adjustedOf, NOTHING_SAID, type Said, saidOf } from './report-said.ts';
import { controlsText } from '../words.ts';

/** A criterion in a report: what the log knows of it, what the period was, and the latest value. */
export interface Reported {
  readonly known: KnownCriterion;
  readonly summary: PeriodSummary;
  readonly measured?: string;
}

const NEWEST = 20;
/** As many criteria as the CRD takes. */
export const MOST_ROWS = 256;

/** The status of a report but for its conditions. Pure. */
export function reportStatus(
  members: readonly Reported[],
  period: Period,
  spec: ReportPeriod,
  said: Said = NOTHING_SAID,
): Omit<EvidenceReportStatus, 'conditions'> {
  const live = spec.type === 'Live';
  const { pieces, unknownCountsAs } = serviceTime(
    members.map(({ known, summary }) => ({ state: known.state, pieces: summary.pieces })),
  );
  const { plain: figures, adjusted } = figuresBothWays(pieces, said.explanations, unknownCountsAs);
  const verdict = live ? worstNow(members) : worstOf(members.map(({ summary }) => summary.verdict));
  const shown = members.find(({ known }) => live && verdictOf(known.state) === verdict) ?? members[0];
  return {
    verdict,
    availability: availabilityText(figures),
    ...(adjusted && { adjusted: { availability: availabilityText(adjusted), changes: adjustedOf(said, pieces) } }),
    criteria: members.slice(0, MOST_ROWS).map((member) => criterionRow(member, live)),
    deviations: deviationRows(members, said, period.to),
    bounds: { lower: percentText(figures.lower), upper: percentText(figures.upper), coverage: percentText(figures.coverage) },
    evidence: evidenceOf(members),
    controls: controlsText(members.flatMap(({ known }) => known.spec.controls)),
    period: periodText(period, spec),
    ...(shown?.measured === undefined ? {} : { measured: shown.measured }),
    ...(shown ? { since: timeText(shown.known.state.since) } : {}),
  };
}

const SEVERITY = ['Fail', 'Inconclusive', 'Suspended', 'Pass'] as const;

function worstNow(members: readonly Reported[]): (typeof SEVERITY)[number] {
  const verdicts = members.map(({ known }) => verdictOf(known.state));
  return SEVERITY.find((verdict) => verdicts.includes(verdict)) ?? 'Inconclusive';
}

function criterionRow(
  { known, summary, measured }: Reported,
  live: boolean,
): NonNullable<EvidenceReportStatus['criteria']>[number] {
  return {
    name: known.name,
    controls: controlsText(known.spec.controls),
    verdict: live ? verdictOf(known.state) : summary.verdict,
    ...(measured === undefined ? {} : { measured }),
    availability: availabilityText(summary.figures),
    downtime: spanText(summary.times.notMet),
    unknown: spanText(summary.times.unknown),
    deviations: summary.deviations.length,
    longestDeviation: spanText(summary.longestMs),
  };
}

function deviationRows(members: readonly Reported[], said: Said, until: number): NonNullable<EvidenceReportStatus['deviations']> {
  return members
    .flatMap(({ known, summary }) => summary.deviations.map((deviation) => ({ ...deviation, criterion: known.name })))
    .sort((a, b) => b.from - a.from)
    .slice(0, NEWEST)
    .map(({ id, criterion, from, to, reason }) => ({
      id,
      criterion,
      from: timeText(from),
      ...(to === undefined ? {} : { to: timeText(to) }),
      ...(reason === undefined ? {} : { reason }),
      ...saidOf(said, { id, criterion, from, ...(to !== undefined && { to }) }, until),
    }));
}

function evidenceOf(members: readonly Reported[]): NonNullable<EvidenceReportStatus['evidence']> {
  const sum = (count: (summary: PeriodSummary) => number): number =>
    members.reduce((all, { summary }) => all + count(summary), 0);
  const missed = members.flatMap(({ summary }) => summary.slots.missed).sort((a, b) => b.from - a.from);
  const missedSlots = missed.reduce((all, { from, to, stepMs }) => all + Math.round((to - from) / stepMs) + 1, 0);
  const observed = sum(({ slots }) => slots.observed);
  const readBack = sum(({ slots }) => slots.readBack);
  return {
    expected: observed + readBack + missedSlots,
    observed,
    readBack,
    gaps: missed
      .slice(0, NEWEST)
      .map(({ from, to, reason }) => ({ from: timeText(from), to: timeText(to), reason: reason ?? 'NoHistory' })),
  };
}

function periodText({ from, to }: Period, { type, last }: ReportPeriod): string {
  if (type === 'Live') return `Live (${durationText(to - from)})`;
  if (type === 'Last') return `Last ${last ?? ''}`;
  return `${timeText(from)} to ${timeText(to)}`;
}
