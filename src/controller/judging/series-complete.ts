import type { Condition } from '../../api/common.ts';
import { SERIES_REASONS } from '../../api/conditions.ts';
import { latestOf, mostOf } from '../../domain/series-peaks.ts';
import { countsSeries } from '../../sources/fewer-series.ts';
import type { Look } from '../../sources/observe.ts';
import type { KnownCriterion } from './known.ts';

type Reason = keyof typeof SERIES_REASONS;

/**
 * Whether the queries of a criterion give as many series as at most within the last 24 hours; undefined for a criterion without such
 * queries. How many they are stands in the observation: with numbers that move the time of transition would move too.
 */
export function seriesComplete(
  { spec, peaks }: Pick<KnownCriterion, 'spec' | 'peaks'>,
  look: Look | undefined,
  now: number,
): Omit<Condition, 'lastTransitionTime'> | undefined {
  const names = spec.evidence.filter(countsSeries).map(({ name }) => name);
  if (names.length === 0) return undefined;
  const seen = names.filter((name) => mostOf(peaks, name, now) > 0);
  const countOf = (name: string): number => (look?.unmatched.includes(name) ? 0 : latestOf(peaks, name, now));
  const fewer = seen.filter((name) => countOf(name) < mostOf(peaks, name, now));
  if (fewer.length > 0) return conditionOf('False', 'FewerSeries', `${fewer.join(', ')}: ${SERIES_REASONS.FewerSeries}`);
  if (seen.length < names.length) return conditionOf('Unknown', 'NoSeries', SERIES_REASONS.NoSeries);
  return conditionOf('True', 'AsMany', SERIES_REASONS.AsMany);
}

const conditionOf = (status: Condition['status'], reason: Reason, message: string): Omit<Condition, 'lastTransitionTime'> => ({
  type: 'SeriesComplete',
  status,
  reason,
  message,
});
