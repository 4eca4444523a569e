import { type CalendarUnit, type Day, dayOf, type Days, dateOf, unitAround, weekdayOf } from './calendar.ts';
import { dayNamed, readDate } from './dates.ts';
import { daysOf } from './numbered-units.ts';
import type { TimeItem, TimeType } from './time-items.ts';
import { MONTHS, WEEKDAYS } from './words.ts';
import { firstFrom, likely, type Yearly } from './yearly.ts';

/** What a span says, or that it is none. `Hours` are the last so many before now. */
export type Span =
  { readonly kind: 'Days'; readonly days: Days } | { readonly kind: 'Hours'; readonly hours: number } | { readonly kind: 'None' };

/** Where a span stands: what it leaves out is taken from today, or, at the end of a range, from the range's start. */
export interface Place {
  readonly today: Day;
  readonly notBefore?: Day;
}

type Values = Readonly<Partial<Record<TimeType, string>>>;
type Reader = (values: Values, place: Place) => Days | undefined;

const MONTH_NAMES = Object.keys(MONTHS);
const WEEKDAY_NAMES = Object.keys(WEEKDAYS);
const LONGEST_COUNT = 1_000;

const whole = (day: Day | undefined): Days | undefined => (day === undefined ? undefined : { from: day, to: day + 1 });
const unitOf = ({ Unit }: Values): CalendarUnit => (Unit ?? 'day') as CalendarUnit;
const count = ({ Number: number = '1' }: Values): number => Math.min(Number(number), LONGEST_COUNT);

/** The last three weeks are the three that are over; the last three days end with yesterday. */
const lastUnits: Reader = (values, { today }) => ({
  from: unitAround(today, unitOf(values), -count(values)).from,
  to: unitAround(today, unitOf(values)).from,
});
const thisUnit: Reader = (values, { today }) => unitAround(today, unitOf(values));
const nextUnit: Reader = (values, { today }) => unitAround(today, unitOf(values), 1);
const unitsAgo: Reader = (values, { today }) => unitAround(today, unitOf(values), -count(values));

/** The latest one before today; today's own name means either today or a week ago and is no span (`period.ts` asks back). */
const lastWeekday: Reader = ({ Weekday = '' }, { today, notBefore }) => {
  const wanted = WEEKDAY_NAMES.indexOf(Weekday);
  if (notBefore !== undefined) return whole(notBefore + ((wanted - weekdayOf(notBefore) + 7) % 7));
  return whole(today - (((weekdayOf(today) - wanted + 6) % 7) + 1));
};
const thisWeekday: Reader = ({ Weekday = '' }, { today }) =>
  whole(unitAround(today, 'week').from + WEEKDAY_NAMES.indexOf(Weekday));
const nextWeekday: Reader = (values, place) => whole((lastWeekday(values, place)?.from ?? place.today) + 7);

const month: Reader = ({ Month = '', Year }, place) => {
  const day = meant(dayNamed({ day: '1', month: Month, ...(Year !== undefined && { year: Year }) }), place);
  return day === undefined ? undefined : unitAround(day, 'month');
};
const lastMonthNamed: Reader = ({ Month = '' }, { today }) => {
  const { year, month: current } = dateOf(today);
  const wanted = MONTH_NAMES.indexOf(Month) + 1;
  return unitAround(dayOf(wanted < current ? year : year - 1, wanted, 1), 'month');
};
const thisMonthNamed: Reader = ({ Month = '' }, { today }) =>
  unitAround(dayOf(dateOf(today).year, MONTH_NAMES.indexOf(Month) + 1, 1), 'month');

const date: Reader = ({ Number: day = '', Month = '', Year, Weekday }, place) => {
  const found = meant(dayNamed({ day, month: Month, ...(Year !== undefined && { year: Year }) }), place);
  if (found !== undefined && Weekday !== undefined && WEEKDAY_NAMES[weekdayOf(found)] !== Weekday) return undefined;
  return whole(found);
};
const fullDate: Reader = ({ Date: text = '', Weekday }) => {
  const found = readDate(text);
  if (found !== undefined && Weekday !== undefined && WEEKDAY_NAMES[weekdayOf(found)] !== Weekday) return undefined;
  return whole(found);
};

/** Behind the start of a range the first one, else the likely one. */
const meant = <T>(yearly: Yearly<T>, { today, notBefore }: Place): T | undefined =>
  notBefore === undefined ? likely(yearly, today) : firstFrom(yearly, notBefore);

/** Every form of a span, by the types of its words; the grammar of times is this table and the ranges of `period.ts`. */
const FORMS: Readonly<Record<string, Reader>> = {
  Day: ({ Day = '0' }, { today }) => whole(today + Number(Day)),
  'last Unit': lastUnits,
  'last Number Unit': lastUnits,
  'Number last Unit': lastUnits,
  'Number Unit': lastUnits,
  'this Unit': thisUnit,
  'next Unit': nextUnit,
  'next Number Unit': nextUnit,
  'Number Unit ago': unitsAgo,
  'Unit ago': unitsAgo,
  'before Number Unit': unitsAgo,
  Weekday: lastWeekday,
  'last Weekday': lastWeekday,
  'this Weekday': thisWeekday,
  'next Weekday': nextWeekday,
  Month: month,
  'Month Year': month,
  'last Month': lastMonthNamed,
  'this Month': thisMonthNamed,
  'next Month': (values, place) => ({ from: place.today + 1, to: (thisMonthNamed(values, place) ?? { to: 0 }).to + 366 }),
  Year: wholeYear,
  Quarter: quarter,
  'Quarter Year': quarter,
  'Unit Number': numberedUnit,
  'Unit Number Year': numberedUnit,
  'Ordinal Unit': numberedUnit,
  'Ordinal Unit Year': numberedUnit,
  'Unit Year': (values) => (values.Unit === 'year' ? wholeYear(values) : undefined),
  'Number Month': date,
  'Number Month Year': date,
  'Month Number': date,
  'Month Number Year': date,
  'Weekday Number Month': date,
  'Weekday Number Month Year': date,
  'Weekday Month Number': date,
  'Weekday Month Number Year': date,
  Date: fullDate,
  'Weekday Date': fullDate,
};

function wholeYear({ Year }: Values): Days {
  return unitAround(dayOf(Number(Year), 1, 1), 'year');
}

function quarter({ Quarter = '', Year }: Values, place: Place): Days | undefined {
  return numberedUnit({ Unit: 'quarter', Number: Quarter, ...(Year !== undefined && { Year }) }, place);
}

/** The 47th week, the first quarter, month 10: by its number in its year. */
function numberedUnit(values: Values, place: Place): Days | undefined {
  const named = { unit: unitOf(values), number: count(values), ...(values.Year !== undefined && { year: values.Year }) };
  return meant(daysOf(named), place);
}

const HOURS = new Set(['last Unit', 'last Number Unit', 'Number last Unit', 'Number Unit']);

/** The 47th week is one, 47 weeks are many; of a date the number counts either way. */
const typeIn = ({ type, isOrdinal }: TimeItem, index: number, items: readonly TimeItem[]): string =>
  isOrdinal && items[index + 1]?.type === 'Unit' ? 'Ordinal' : type;

/** The span that words of time name. */
export function spanOf(items: readonly TimeItem[], place: Place): Span {
  const form = items.map(typeIn).join(' ');
  const values: Values = Object.fromEntries(items.map(({ type, value }) => [type, value]));
  if (values.Number === '0') return { kind: 'None' };
  if (values.Unit === 'hour') return HOURS.has(form) ? { kind: 'Hours', hours: count(values) } : { kind: 'None' };
  const days = Object.hasOwn(FORMS, form) ? FORMS[form]?.(values, place) : undefined;
  return days === undefined ? { kind: 'None' } : { kind: 'Days', days };
}
