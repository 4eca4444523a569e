import { strict } from 'chrono-node/en';

import { type Day, dayOf } from './calendar.ts';
import type { Yearly } from './yearly.ts';

/** A date as somebody names it: without a year it is one of several. */
export interface NamedDate {
  readonly day: string;
  /** In English. */
  readonly month: string;
  readonly year?: string;
}

/** Any day will do: only dates with a year are read. At noon, which every clock has. */
const REFERENCE = new Date(2000, 0, 1, 12);

/** The day that a date in English with a year names, `15 november 2026` or `2026-11-15`; undefined for 31 February. */
export function readDate(text: string): Day | undefined {
  const [result] = strict.parse(text, REFERENCE);
  if (result?.text !== text || !result.start.isCertain('day')) return undefined;
  const [year, month, day] = (['year', 'month', 'day'] as const).map((part) => result.start.get(part) ?? NaN);
  return dayOf(year ?? NaN, month ?? NaN, day ?? NaN);
}

/** The day of a named date, year by year. */
export const dayNamed = ({ day, month, year }: NamedDate): Yearly<Day> => ({
  year,
  inYear: (of) => readDate(`${day} ${month} ${of}`),
  startOf: (one) => one,
});
