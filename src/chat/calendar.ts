/** A day of the calendar, as the number of days since 1970-01-01. */
export type Day = number;
/** From the first of the days to the one before `to`. */
export interface Days {
  readonly from: Day;
  readonly to: Day;
}

export type CalendarUnit = 'day' | 'week' | 'month' | 'quarter' | 'year';

const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday; a week begins on Monday. */
const FIRST_WEEKDAY = 3;
const MONTHS_IN: Readonly<Record<'month' | 'quarter' | 'year', number>> = { month: 1, quarter: 3, year: 12 };

/** @param month 1 to 12, or beyond: 13 is January of the next year */
export const dayOf = (year: number, month: number, day: number): Day => Date.UTC(year, month - 1, day) / DAY_MS;

export function dateOf(day: Day): { readonly year: number; readonly month: number; readonly day: number } {
  const date = new Date(day * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** `2026-11-01`. */
export const isoDay = (day: Day): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** 0 (Monday) to 6. */
export const weekdayOf = (day: Day): number => (((day + FIRST_WEEKDAY) % 7) + 7) % 7;

/** The unit that a day lies in, or one so many units away from it. */
export function unitAround(day: Day, unit: CalendarUnit, shift = 0): Days {
  if (unit === 'day') return { from: day + shift, to: day + shift + 1 };
  if (unit === 'week') {
    const monday = day - weekdayOf(day) + 7 * shift;
    return { from: monday, to: monday + 7 };
  }
  const { year, month } = dateOf(day);
  const length = MONTHS_IN[unit];
  const first = Math.floor((month - 1) / length) * length + 1 + shift * length;
  return { from: dayOf(year, first, 1), to: dayOf(year, first + length, 1) };
}

/** A week by its number: the first is the one that the 4th of January lies in. */
export function weekOf(year: number, week: number): Days {
  return unitAround(dayOf(year, 1, 4), 'week', week - 1);
}

/** The day of a moment as a time zone's calendar has it. @throws RangeError for a time zone that nobody knows */
export function dayAt(ms: number, timeZone: string): Day {
  return Math.floor((ms + offsetMs(ms, timeZone)) / DAY_MS);
}

/** No clock is further from Greenwich than this. */
const FURTHEST_MS = 16 * 3_600_000;

/** The first moment of a day in a time zone: midnight, or where a clock skips it the moment after. Looked for, as offsets change. */
export function startOf(day: Day, timeZone: string): number {
  let [before, after] = [day * DAY_MS - FURTHEST_MS, day * DAY_MS + FURTHEST_MS];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dayAt(middle, timeZone) < day) before = middle;
    else after = middle;
  }
  return after;
}

function offsetMs(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB-u-ca-gregory-nu-latn', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  }).formatToParts(ms);
  const part = (type: string): number => Number(parts.find((each) => each.type === type)?.value ?? 0);
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall - Math.floor(ms / 1000) * 1000;
}
