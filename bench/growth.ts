import { sleep, systemClock } from '../src/platform/clock.ts';
import { metricIn } from '../test/cluster/operator-world.ts';
import type { BenchOperator } from './bench-world.ts';
import { median, type Point, slopeAnHour } from './statistics.ts';
import { type Figure, tell } from './table.ts';
import { openFilesOf, usageOf } from './usage.ts';

/** What the operator holds at one moment. */
export interface Held {
  readonly atMs: number;
  readonly residentMb: number;
  readonly heapMb: number;
  readonly sockets: number;
  readonly files: number;
  /** What keeps the event loop of Node going: timers, sockets, requests. */
  readonly handles: number;
}

const MB = 1e6;
const least = (values: readonly number[]): number => Math.min(...values);
// What lies within this is no growth.
const BREATH = 1.1;

/** Looks at what the operator holds again and again, for so long. */
export async function sampleGrowth(operator: BenchOperator, lengthMs: number, everyMs: number): Promise<Held[]> {
  const samples: Held[] = [];
  const end = Date.now() + lengthMs;
  while (Date.now() < end) {
    const text = await operator.metrics();
    const files = openFilesOf(operator.pid);
    const held = {
      atMs: Date.now(),
      residentMb: usageOf(operator.pid).residentBytes / MB,
      heapMb: metricIn(text, 'nodejs_heap_size_used_bytes') / MB,
      sockets: files.sockets,
      files: files.all,
      handles: metricIn(text, 'nodejs_active_resources_total'),
    };
    tell(JSON.stringify(held));
    samples.push(held);
    await sleep(systemClock, everyMs);
  }
  return samples;
}

/** How the last third of the time compares with the second, as the first is the start; none of none. */
export function growthFigures(samples: readonly Held[]): Figure[] {
  if (samples.length === 0) return [];
  const third = Math.floor(samples.length / 3);
  const row = (name: string, unit: string, of: (held: Held) => number, typical = median): Figure => {
    const later = samples.slice(third).map((held): Point => ({ atMs: held.atMs, value: of(held) }));
    const middle = typical(samples.slice(third, 2 * third).map(of));
    const last = typical(samples.slice(2 * third).map(of));
    const slope = `${slopeAnHour(later).toFixed(1)}${unit} an hour`;
    return {
      name,
      value: `${last.toFixed(0)}${unit}`,
      spread: `${middle.toFixed(0)}${unit} in the second third; slope ${slope}`,
      target: { text: 'no growth', met: last <= middle * BREATH },
    };
  };
  return [
    row('resident memory, last third', ' MB', ({ residentMb }) => residentMb),
    row('heap in use, least, last third', ' MB', ({ heapMb }) => heapMb, least),
    row('sockets, last third', '', ({ sockets }) => sockets),
    row('open files, last third', '', ({ files }) => files),
    row('handles, last third', '', ({ handles }) => handles),
  ];
}
