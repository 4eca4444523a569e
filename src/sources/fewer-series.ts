import type { EvidenceItem } from '../api/criterion.ts';
import { fewerText, mostOf, peaksAfter, type SeriesCount, type SeriesPeaks } from '../domain/series-peaks.ts';
import type { Observation } from './observe.ts';
import { isCensus } from './prometheus/census.ts';

/** Whether fewer series of an item than before are worth a word. Where series are groups of what happened, fewer are usual. */
export const countsSeries = ({ prometheus }: EvidenceItem): boolean => prometheus !== undefined && isCensus(prometheus.query);

/**
 * Compares observations that follow each other: each then says of which queries it has fewer series than before, which changes no
 * outcome. Of an empty answer that is said only where it counts as zero: else the outcome says so.
 * @param before what is known of the time before the first one
 */
export function comparing(before?: SeriesPeaks): (observation: Observation) => Observation {
  let peaks = before;
  return (observation) => {
    const answers = answersOf(observation);
    const said = answers.flatMap((answer) => sayingOf(answer, mostOf(peaks, answer.name, observation.slot)));
    if (answers.length > 0) peaks = peaksAfter(peaks, observation.slot, answers);
    return said.length === 0 ? observation : withSaid(observation, said);
  };
}

interface Answer extends SeriesCount {
  readonly item: EvidenceItem;
}

function answersOf({ readings }: Observation): Answer[] {
  return readings.flatMap(({ item, reading }) =>
    item.prometheus && reading.kind === 'Samples' ? [{ item, name: item.name, series: reading.samples.length }] : [],
  );
}

function sayingOf({ item, ...count }: Answer, most: number): string[] {
  if (count.series >= most || (count.series === 0 && item.whenEmpty !== 'Zero')) return [];
  return countsSeries(item) ? [fewerText(count, most)] : [];
}

const MOST_SAID = 5;

function withSaid(observation: Observation, said: readonly string[]): Observation {
  const { judgement } = observation;
  const more = said.length > MOST_SAID ? [`and so have ${said.length - MOST_SAID} more items`] : [];
  const message = [judgement.message, ...said.slice(0, MOST_SAID), ...more].join('; ');
  return { ...observation, judgement: { ...judgement, message } };
}
