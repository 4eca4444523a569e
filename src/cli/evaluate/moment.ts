import { durationMs } from '../../domain/duration.ts';
import { AssayError } from '../../platform/errors.ts';

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;
const RELATIVE = /^(?:now)?([+-])(\d+[smhd])$/;
const UNIX_SECONDS = /^\d{1,11}(\.\d{1,3})?$/;

/**
 * The instant that a flag names, in milliseconds: RFC 3339, Unix seconds, `now`, or a time before now (`-15m`).
 * @throws AssayError USAGE for anything else
 */
export function momentOf(flag: string, text: string, now: number): number {
  if (text === 'now') return now;
  const relative = RELATIVE.exec(text);
  if (relative) return now + (relative[1] === '-' ? -1 : 1) * durationMs(relative[2] ?? '');
  if (UNIX_SECONDS.test(text)) return Math.round(Number(text) * 1000);
  const day = RFC_3339.exec(text)?.[1];
  if (day !== undefined && isDay(day) && !Number.isNaN(Date.parse(text))) return Date.parse(text);
  throw new AssayError('USAGE', `${flag} is no time: write 2026-11-22T10:00:00Z, Unix seconds, now, or -15m`);
}

/** Whether the day is in the calendar: `Date` takes the 30th of February for a day of March. */
function isDay(day: string): boolean {
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
}
