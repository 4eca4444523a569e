import { createHash } from 'node:crypto';

/**
 * Offset of a service's slots within their interval (judging.md, "Slots"): the first four bytes, big-endian, of the SHA-256 of
 * `namespace/service`, modulo the interval; `intervalMs` is a whole number of seconds, and so is the answer, in milliseconds.
 */
export function slotOffsetMs(namespace: string, service: string, intervalMs: number): number {
  const hash = createHash('sha256').update(`${namespace}/${service}`).digest().readUInt32BE(0);
  return (hash % (intervalMs / 1000)) * 1000;
}

/** Where slots lie: `k * intervalMs + offsetMs`. */
export interface SlotGrid {
  readonly intervalMs: number;
  readonly offsetMs: number;
}

/** The first slot not before `at`. */
export function slotAtOrAfter({ intervalMs, offsetMs }: SlotGrid, at: number): number {
  return Math.ceil((at - offsetMs) / intervalMs) * intervalMs + offsetMs;
}

/** The first slot after `at`. */
export function slotAfter(grid: SlotGrid, at: number): number {
  return slotAtOrAfter(grid, at + 1);
}
