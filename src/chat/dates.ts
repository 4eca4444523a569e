import { strict } from 'chrono-node/en';

import { dateOf, type Day, dayOf } from './calendar.ts';

/** A date as somebody names it: without a year it is one of several. */
export interface NamedDate {
  readonly day: string;
  /** In English. */
  readonly month: string;
  readonly year?: string;
}

/** Any day will do: only dates with a year are read. At noon, which every clock has. */
const REFERENCE = new Date(2000, 0, 1, 12);
/** The 29th of February is back after eight years at most. */
const MOST_YEARS = 8;

/** The day that a date in English with a year names, `15 november 2026` or `2026-11-15`; undefined for 31 February. */
export function readDate(text: string): Day | undefined {
  const [result] = strict.parse(text, REFERENCE);
  if (result?.text !== text || !result.start.isCertain('day')) return undefined;
  const [year, month, day] = (['year', 'month', 'day'] as const).map((part) => result.start.get(part) ?? NaN);
  return dayOf(year ?? NaN, month ?? NaN, day ?? NaN);
}

/** A date that is this near, in days, may be meant for the one to come. */
export const SOON = 31;

/**
 * The day that is meant: without a year the latest one, as nobody asks for what is to come. Only whoever asks in November for 30
 * December may mean either, and gets the one to come, of which nobody can tell anything.
 */
export function likelyDate(date: NamedDate, today: Day): Day | undefined {
  const next = firstDateFrom(date, today);
  return next !== undefined && (date.year !== undefined || next - today <= SOON) ? next : latestDate(date, today);
}

/** The latest such day that has begun. */
export function latestDate(date: NamedDate, today: Day): Day | undefined {
  return yearsAround(date.year, today)
    .flatMap((year) => dated(date, year))
    .filter((day) => day <= today)
    .sort((a, b) => b - a)[0];
}

/** The first such day that is not before another. */
export function firstDateFrom(date: NamedDate, from: Day): Day | undefined {
  return yearsAround(date.year, from)
    .flatMap((year) => dated(date, year))
    .filter((day) => date.year !== undefined || day >= from)
    .sort((a, b) => a - b)[0];
}

/** The years that are looked at, in their order: the one that was named, or all that are near. */
export function yearsAround(year: string | undefined, around: Day): number[] {
  if (year !== undefined) return [Number(year)];
  const middle = dateOf(around).year;
  return Array.from({ length: 2 * MOST_YEARS + 1 }, (_, index) => middle - MOST_YEARS + index);
}

function dated({ day, month }: NamedDate, year: number): Day[] {
  const read = readDate(`${day} ${month} ${year}`);
  return read === undefined ? [] : [read];
}
