/**
 * How many series an evidence item had: slots (ms) and numbers, oldest first. The last is the latest number; each one before it is more
 * than all after it, so that the first within the look-back is the most of it.
 */
export type Peaks = readonly (readonly [slot: number, series: number])[];

/** The peaks of a criterion's evidence items, by name. */
export type SeriesPeaks = Readonly<Record<string, Peaks>>;

/** How many series the answer to an evidence item held. */
export interface SeriesCount {
  readonly name: string;
  readonly series: number;
}

/** How far back series are remembered. */
export const LOOK_BACK_MS = 86_400_000;
// Of a number that falls at every slot not each is kept: between two that are, a peak may be forgotten for this long.
const APART_MS = 3_600_000;

/** The peaks after one more slot. Of an answer without series nothing is to be counted: that has words of its own. */
export function peaksAfter(before: SeriesPeaks | undefined, slot: number, counts: readonly SeriesCount[]): SeriesPeaks {
  const counted = counts.filter(({ series }) => series > 0);
  return {
    ...before,
    ...Object.fromEntries(counted.map(({ name, series }) => [name, withCount(peaksOf(before, name), slot, series)])),
  };
}

/** The most series that an item had within the look-back from `at`; 0 where it had none. */
export function mostOf(peaks: SeriesPeaks | undefined, name: string, at: number): number {
  return peaksOf(peaks, name).find(([slot]) => slot >= at - LOOK_BACK_MS)?.[1] ?? 0;
}

/** The latest number of series of an item, if it is from within the look-back; else 0. */
export function latestOf(peaks: SeriesPeaks | undefined, name: string, at: number): number {
  const [slot, series] = peaksOf(peaks, name).at(-1) ?? [0, 0];
  return slot >= at - LOOK_BACK_MS ? series : 0;
}

/** That an item had more series: `up has 3 series fewer than at most in the last 24h: 12 -> 9`. */
export const fewerText = ({ name, series }: SeriesCount, most: number): string =>
  `${name} has ${most - series} series fewer than at most in the last 24h: ${most} -> ${series}`;

const peaksOf = (peaks: SeriesPeaks | undefined, name: string): Peaks =>
  peaks !== undefined && Object.hasOwn(peaks, name) ? (peaks[name] ?? []) : [];

function withCount(peaks: Peaks, slot: number, series: number): Peaks {
  const higher = peaks.filter(([at, number]) => at >= slot - LOOK_BACK_MS && number > series);
  const [former, latest] = [higher.at(-2), higher.at(-1)];
  const tooNear = former !== undefined && latest !== undefined && latest[0] - former[0] < APART_MS;
  return [...(tooNear ? higher.slice(0, -1) : higher), [slot, series]];
}
