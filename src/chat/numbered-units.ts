import { type CalendarUnit, dayOf, type Days, dateOf, unitAround, weekOf } from './calendar.ts';
import type { Yearly } from './yearly.ts';

/** A week, month or quarter as somebody numbers it: without a year it is one of several. */
export interface NumberedUnit {
  readonly unit: CalendarUnit;
  readonly number: number;
  readonly year?: string;
}

/** The days of a numbered unit, year by year. */
export const daysOf = (named: NumberedUnit): Yearly<Days> => ({
  year: named.year,
  inYear: (year) => inYear(named, year),
  startOf: ({ from }) => from,
});

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
