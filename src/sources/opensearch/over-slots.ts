import type { Reading } from '../../domain/sample.ts';

/**
 * One reading for each slot, in order, a few at a time. Once none of the few was answered, the slots that are left are not asked
 * for: each would wait for its own time-out.
 */
export async function readEach(
  slots: readonly number[],
  atOnce: number,
  read: (slot: number) => Promise<Reading>,
): Promise<readonly Reading[]> {
  const readings: Reading[] = [];
  let gone: Reading | undefined;
  for (let start = 0; start < slots.length; start += atOnce) {
    const last: Reading | undefined = gone;
    const found = await Promise.all(slots.slice(start, start + atOnce).map(async (slot) => last ?? (await read(slot))));
    readings.push(...found);
    if (found.every(isUnreachable)) gone = found.at(-1);
  }
  return readings;
}

const isUnreachable = (reading: Reading): boolean => reading.kind === 'Unavailable' && reading.reason === 'SourceUnreachable';
