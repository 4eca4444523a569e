import { type CalendarUnit, type Day, dayOf, type Days, dateOf, unitAround, weekOf } from './calendar.ts';
import { SOON, yearsAround } from './dates.ts';

/** A week, month or quarter as somebody numbers it: without a year it is one of several. */
export interface NumberedUnit {
  readonly unit: CalendarUnit;
  readonly number: number;
  readonly year?: string;
}

/** The one that is meant: without a year the latest that has begun, or the one to come if that is near (`likelyDate`). */
export function likelyUnit(named: NumberedUnit, today: Day): Days | undefined {
  const next = firstUnitFrom(named, today + 1);
  return next !== undefined && (named.year !== undefined || next.from - today <= SOON) ? next : latestUnit(named, today);
}

/** The latest one that has begun. */
export function latestUnit(named: NumberedUnit, today: Day): Days | undefined {
  return unitsOf(named, today).findLast(({ from }) => from <= today);
}

/** The first one that begins not before a day; with a year the one of that year. */
export function firstUnitFrom(named: NumberedUnit, day: Day): Days | undefined {
  return unitsOf(named, day).find(({ from }) => named.year !== undefined || from >= day);
}

const unitsOf = (named: NumberedUnit, around: Day): Days[] =>
  yearsAround(named.year, around).flatMap((year) => inYear(named, year) ?? []);

function inYear({ unit, number }: NumberedUnit, year: number): Days | undefined {
  switch (unit) {
    case 'week': {
      const days = weekOf(year, number);
      // A week belongs to the year that its Thursday lies in: not every year has a 53rd.
      return dateOf(days.from + 3).year === year ? days : undefined;
    }
    case 'month':
      return number <= 12 ? unitAround(dayOf(year, number, 1), unit) : undefined;
    case 'quarter':
      return number <= 4 ? unitAround(dayOf(year, 3 * number - 2, 1), unit) : undefined;
    case 'day':
    case 'year':
      return undefined;
  }
}
