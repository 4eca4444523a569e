import type { Reading, Sample } from '../../domain/sample.ts';
import { type Failure, unavailable } from './failure.ts';
import type { Series } from './parse.ts';

/** What a range query said for some slots: a reading for each, or that its times are not the slots. */
export type RangeAnswer =
  { readonly kind: 'Readings'; readonly readings: readonly Reading[] } | { readonly kind: 'OtherTimes' } | Failure;

/** The two ways of asking for a slot; `range` gets slots that lie one step apart. */
export interface Asking {
  instant(slot: number): Promise<Reading>;
  range(slots: readonly number[]): Promise<RangeAnswer>;
}

/** Prometheus answers at most this many points a series. */
const MAX_POINTS = 11_000;

/** A reading for each slot as an instant query there would give it. A source that stops answering is not asked for the rest. */
export async function readSlots(asking: Asking, slots: readonly number[], byRange: boolean): Promise<readonly Reading[]> {
  if (!byRange) return readEach(asking, slots);
  const readings: Reading[] = [];
  while (readings.length < slots.length && !silent(readings)) {
    readings.push(...(await readChunk(asking, slots.slice(readings.length, readings.length + MAX_POINTS))));
  }
  return filled(readings, slots);
}

async function readChunk(asking: Asking, slots: readonly number[]): Promise<readonly Reading[]> {
  if (slots.length < 2) return readEach(asking, slots);
  const answer = await asking.range(slots);
  switch (answer.kind) {
    case 'Readings':
      return answer.readings;
    case 'OtherTimes':
      return readEach(asking, slots);
    case 'Failure':
      return readAfterFailure(asking, slots, answer);
  }
}

/** Halves the question where that may help, so one bad slot costs only itself. */
async function readAfterFailure(asking: Asking, slots: readonly number[], failure: Failure): Promise<readonly Reading[]> {
  if (failure.code === 'QUERY_INVALID') {
    // Either the query is wrong, and then at the first slot too, or the server does not like the range.
    const first = await readEach(asking, slots.slice(0, 1));
    if (first[0]?.kind === 'Unavailable') return filled(first, slots);
  } else if (!failure.tryLess) {
    return slots.map(() => unavailable(failure));
  }
  const half = Math.ceil(slots.length / 2);
  const readings = [...(await readChunk(asking, slots.slice(0, half)))];
  if (!silent(readings)) readings.push(...(await readChunk(asking, slots.slice(half))));
  return filled(readings, slots);
}

async function readEach(asking: Asking, slots: readonly number[]): Promise<readonly Reading[]> {
  const readings: Reading[] = [];
  for (const slot of slots) {
    // One after the other, so that what is due now gets its turn in between.
    readings.push(await asking.instant(slot));
    if (silent(readings)) break;
  }
  return filled(readings, slots);
}

function silent(readings: readonly Reading[]): boolean {
  const last = readings.at(-1);
  return last?.kind === 'Unavailable' && last.reason === 'SourceUnreachable';
}

/** The last reading stands for the slots that were not asked for. */
function filled(readings: readonly Reading[], slots: readonly number[]): readonly Reading[] {
  const last = readings.at(-1);
  return last === undefined ? readings : slots.map((_, index) => readings[index] ?? last);
}

/** Samples of one slot; `histogram` where a series is none at that time. */
export interface SlotSamples {
  readonly samples: Sample[];
  histogram: boolean;
}

/** Deals the points of all series out to the slots; undefined when a point lies on no slot, or twice on one. */
export function dealOut(series: readonly Series[], slots: readonly number[]): readonly SlotSamples[] | undefined {
  const bySlot = new Map<number, SlotSamples>(slots.map((slot) => [slot, { samples: [], histogram: false }]));
  for (const { labels, points, histogramsAt } of series) {
    let previous = -Infinity;
    for (const { at, value } of points) {
      const there = bySlot.get(at);
      if (there === undefined || at <= previous) return undefined;
      there.samples.push({ labels, value });
      previous = at;
    }
    for (const at of histogramsAt) {
      const there = bySlot.get(at);
      if (there === undefined) return undefined;
      there.histogram = true;
    }
  }
  return [...bySlot.values()];
}
