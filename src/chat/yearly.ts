import { dateOf, type Day } from './calendar.ts';

/** What comes once a year, or nearly: a date, a week, a month, a quarter. */
export interface Yearly<T> {
  /** The one year that was named. */
  readonly year: string | undefined;
  /** What a year has of it; undefined where it has none. */
  readonly inYear: (year: number) => T | undefined;
  readonly startOf: (one: T) => Day;
}

/** Each of them is back after eight years at most, as the 29th of February is. */
const MOST_YEARS = 8;
/** What is this near, in days, may be meant though it is still to come. */
const SOON = 31;

/**
 * The one that is meant: without a year the latest, as nobody asks for what is to come. Only whoever asks in November for 30 December may
 * mean either, and gets the one to come, of which nobody can tell anything.
 */
export function likely<T>(yearly: Yearly<T>, today: Day): T | undefined {
  const next = firstFrom(yearly, today);
  const isMeant = next !== undefined && (yearly.year !== undefined || yearly.startOf(next) - today <= SOON);
  return isMeant ? next : latestOf(yearly, today);
}

/** The latest that has begun. */
export function latestOf<T>(yearly: Yearly<T>, today: Day): T | undefined {
  return around(yearly, today).findLast((one) => yearly.startOf(one) <= today);
}

/** The first that begins not before a day; with a year the one of that year. */
export function firstFrom<T>(yearly: Yearly<T>, day: Day): T | undefined {
  return around(yearly, day).find((one) => yearly.year !== undefined || yearly.startOf(one) >= day);
}

/** In their order. */
function around<T>({ year, inYear }: Yearly<T>, day: Day): T[] {
  const middle = dateOf(day).year;
  const near = Array.from({ length: 2 * MOST_YEARS + 1 }, (_, index) => middle - MOST_YEARS + index);
  return (year === undefined ? near : [Number(year)]).flatMap((each) => inYear(each) ?? []);
}
