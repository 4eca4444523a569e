import { isInTime, type KnownChange } from './change.ts';
import { type Figures, figuresOf } from './figures.ts';
import { type Period, type Piece, timesOf } from './timeline.ts';

/** A window in which an approved change explains what does not hold. It explains: it hides nothing, and changes no verdict. */
export interface Explanation {
  readonly change: string;
  readonly window: Period;
  readonly adjustsFigures: boolean;
}

/**
 * What the changes of a service explain, by window: of each approval that was on record before its window opened, and that nobody
 * took back before it was over. What is not approved, or was too late, explains nothing.
 */
export function explanationsOf(changes: Iterable<readonly [name: string, change: KnownChange]>): Explanation[] {
  return [...changes]
    .flatMap(([change, { approval, stood }]) =>
      [...stood, ...(approval ? [approval] : [])]
        .filter(isInTime)
        .map(({ window, adjustsFigures }) => ({ change, window, adjustsFigures })),
    )
    .sort((a, b) => a.window.from - b.window.from);
}

/** Those whose windows overlap a deviation; one without `to` still goes on. */
export function explaining(
  explanations: readonly Explanation[],
  { from, to = Infinity }: { readonly from: number; readonly to?: number },
): Explanation[] {
  return explanations.filter(({ window }) => window.from < to && window.to > from);
}

/** Figures as they are, and, where a change adjusts them, without the time not met in the windows of those changes. */
export interface BothWays {
  readonly plain: Figures;
  readonly adjusted?: Figures;
}

/**
 * The figures of a period both ways. Only what was not met in a window leaves figure and denominator: what was met counts on, and
 * what nobody saw stays unknown.
 */
export function figuresBothWays(
  pieces: readonly Piece[],
  explanations: readonly Explanation[],
  unknownCountsAs: 'Excluded' | 'Down' = 'Excluded',
): BothWays {
  const times = timesOf(pieces);
  const plain = figuresOf(times, unknownCountsAs);
  const agreedMs = notMetWithin(pieces, explanations);
  if (agreedMs === 0) return { plain };
  return { plain, adjusted: figuresOf({ ...times, notMet: times.notMet - agreedMs }, unknownCountsAs) };
}

/** Those that adjust the figures of this time: they ask for it, and something was not met in their windows. */
export function adjusting(pieces: readonly Piece[], explanations: readonly Explanation[]): Explanation[] {
  const notMet = pieces.filter(({ kind }) => kind === 'notMet');
  return explanations.filter(
    ({ adjustsFigures, window }) => adjustsFigures && notMet.some((piece) => overlapMs(window, piece) > 0),
  );
}

/** How long it was not met in windows of changes that adjust figures; where windows overlap each moment counts once. */
function notMetWithin(pieces: readonly Piece[], explanations: readonly Explanation[]): number {
  const windows = united(adjusting(pieces, explanations).map(({ window }) => window));
  const notMet = pieces.filter(({ kind }) => kind === 'notMet');
  return windows.flatMap((window) => notMet.map((piece) => overlapMs(window, piece))).reduce((sum, ms) => sum + ms, 0);
}

const overlapMs = (a: Period, b: Period): number => Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));

/** The same time in windows that do not touch each other, oldest first. */
function united(windows: readonly Period[]): Period[] {
  const made: Period[] = [];
  for (const window of [...windows].sort((a, b) => a.from - b.from)) {
    const last = made.at(-1);
    if (last && window.from <= last.to) made[made.length - 1] = { from: last.from, to: Math.max(last.to, window.to) };
    else made.push(window);
  }
  return made;
}
