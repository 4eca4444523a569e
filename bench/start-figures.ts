import type { Figure } from './table.ts';

/** One start that was measured. */
export interface Start {
  readonly hours: number;
  readonly observations: number;
  readonly bytes: number;
  readonly states: 'without saved states' | 'with saved states';
  readonly readySeconds: number;
  readonly firstSeconds: number;
  readonly allSeconds: number;
  readonly firstMb: number;
  readonly allMb: number;
  readonly peakMb: number;
}

const DAYS = 30;
const DAY_MS = 86_400_000;

/** What was measured, and what 30 days would make of it by the slope between the smallest and the largest log. */
export function startFigures(
  starts: readonly Start[],
  { criteria, intervalMs }: { readonly criteria: number; readonly intervalMs: number },
): Figure[] {
  const measured = starts.map((start): Figure => {
    const { hours, observations, states, firstSeconds, allSeconds, readySeconds, firstMb, allMb, peakMb } = start;
    const times = `ready ${readySeconds.toFixed(1)} s, all judged ${allSeconds.toFixed(1)} s`;
    const memory = `${firstMb.toFixed(0)} MB then, ${allMb.toFixed(0)} MB when all are judged, ${peakMb.toFixed(0)} MB at most`;
    return {
      name: `first slot judged, log of ${hours} h (${observations} observations), ${states}`,
      value: `${firstSeconds.toFixed(1)} s`,
      spread: `${times}; ${memory}`,
    };
  });
  const all = (DAYS * DAY_MS * criteria) / intervalMs;
  const extrapolated = (['without saved states', 'with saved states'] as const).flatMap((states): Figure[] => {
    const sizes = starts.filter((start) => start.states === states).sort((a, b) => a.observations - b.observations);
    const [small, large] = [sizes[0], sizes.at(-1)];
    if (small === undefined || large === undefined || small === large) return [];
    // Between small logs chance outweighs the slope; a longer log never makes a start faster.
    const slope = Math.max(0, (large.firstSeconds - small.firstSeconds) / (large.observations - small.observations));
    const seconds = large.firstSeconds + slope * (all - large.observations);
    return [
      {
        name: `first slot judged, ${DAYS} days, ${states}: by the slope`,
        value: `${seconds.toFixed(0)} s`,
        spread: `${(slope * 1e6).toFixed(2)} s a million of ${(all / 1e6).toFixed(0)} million observations`,
      },
    ];
  });
  const sizes = starts.filter(({ states }) => states === 'without saved states');
  const size = sizes.map(({ hours, bytes, observations }): Figure => {
    return {
      name: `log of ${hours} h`,
      value: `${(bytes / 1e6).toFixed(1)} MB`,
      spread: `${(bytes / observations).toFixed(0)} bytes an observation`,
    };
  });
  return [...size, ...measured, ...extrapolated];
}
