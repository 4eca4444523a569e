import { type CalendarUnit, type Day, dayOf, type Days, dateOf, isoDay, unitAround, weekdayOf } from './calendar.ts';
import { dayNamed, readDate } from './dates.ts';
import type { UnclearReason } from './intent.ts';
import { daysOf } from './numbered-units.ts';
import { type Span, spanOf } from './spans.ts';
import type { TimeItem, TimeType } from './time-items.ts';
import { MONTHS, WEEKDAYS } from './words.ts';
import { latestOf } from './yearly.ts';

/** Days or hours that are asked for; or why it is unclear which, with words that would be clear. */
export type Asked =
  | { readonly kind: 'Days'; readonly days: Days }
  | { readonly kind: 'Since'; readonly from: Day }
  | { readonly kind: 'Hours'; readonly hours: number }
  | Problem;

export interface Problem {
  readonly kind: 'Problem';
  readonly reason: UnclearReason;
  /** What could be written instead. */
  readonly instead: readonly string[];
}

export const problem = (reason: UnclearReason, instead: readonly string[] = []): Problem => ({
  kind: 'Problem',
  reason,
  instead: Array.from(new Set(instead)),
});

const has = (items: readonly TimeItem[], type: TimeType): boolean => items.some((item) => item.type === type);
const find = (items: readonly TimeItem[], type: TimeType): TimeItem | undefined => items.find((item) => item.type === type);

/** What words of time ask for, weak ones left out. */
export function askedOf(items: readonly TimeItem[], today: Day): Asked {
  if (has(items, 'Clock')) return problem('WholeDaysOnly');
  const slashed = find(items, 'Slashed');
  if (slashed) return problem('AmbiguousPeriod', items.length === 1 ? bothDates(slashed.value, today) : []);
  const divider = items.findIndex(({ type }) => type === 'to' || type === 'and');
  const opening = items[0]?.type;
  const opened = opening === 'from' || opening === 'between' || opening === 'since';
  if (divider >= 0) return rangeOf(items.slice(opened ? 1 : 0, divider), items.slice(divider + 1), today);
  if (opening === 'since') return sinceOf(items.slice(1), today);
  return singleOf(items, today);
}

function singleOf(items: readonly TimeItem[], today: Day): Asked {
  if (isNamedAsToday(items, today)) return problem('AmbiguousPeriod', [isoDay(today), isoDay(today - 7)]);
  const span = spanOf(items, { today });
  if (span.kind === 'None') return problem(unreadable(items));
  if (span.kind === 'Hours') return span;
  return span.days.from > today
    ? problem(
        'InTheFuture',
        past(items, today, ({ from, to }) => `${isoDay(from)} .. ${isoDay(to - 1)}`),
      )
    : span;
}

/** Monday, on a Monday: today, or a week ago? */
function isNamedAsToday([first, ...more]: readonly TimeItem[], today: Day): boolean {
  return first?.type === 'Weekday' && more.length === 0 && Object.keys(WEEKDAYS)[weekdayOf(today)] === first.value;
}

/** Two spans that nothing joins are two questions; anything else is no time at all. */
function unreadable(items: readonly TimeItem[]): UnclearReason {
  const spans = items.filter(({ type }) => ['Day', 'Unit', 'Month', 'Weekday', 'Date', 'Quarter'].includes(type));
  return spans.length > 1 ? 'AmbiguousPeriod' : 'NotAPeriod';
}

/** What names no year and is still to come was perhaps meant for the last time that it was. */
function past(items: readonly TimeItem[], today: Day, unitText: (days: Days) => string): string[] {
  const [day, month] = [find(items, 'Number'), find(items, 'Month')];
  if (has(items, 'Year')) return [];
  if (!month) return pastUnit(items, today).map(unitText);
  const latest = latestOf(dayNamed({ day: day?.value ?? '1', month: month.value }), today);
  return latest === undefined ? [] : [isoDay(latest).slice(0, day ? undefined : 'yyyy-mm'.length)];
}

function pastUnit(items: readonly TimeItem[], today: Day): Days[] {
  if (has(items, 'next')) return [];
  const [number, quarter, unit] = [find(items, 'Number'), find(items, 'Quarter'), find(items, 'Unit')];
  const named = { unit: (unit?.value ?? 'quarter') as CalendarUnit, number: Number((quarter ?? number)?.value) };
  const latest = latestOf(daysOf(named), today);
  return latest === undefined ? [] : [latest];
}

/** 3/11 is the 3rd of November to some, the 11th of March to others. */
function bothDates(text: string, today: Day): string[] {
  const [first = '', second = '', year] = text.split('/');
  const names = Object.keys(MONTHS);
  return [
    [first, second],
    [second, first],
  ].flatMap(([day = '', month = '']) => {
    const named = { day, month: names[Number(month) - 1] ?? '' };
    const found = year === undefined ? latestOf(dayNamed(named), today) : readDate(`${named.day} ${named.month} ${year}`);
    return found === undefined || found > today ? [] : [isoDay(found)];
  });
}

function sinceOf(items: readonly TimeItem[], today: Day): Asked {
  const back = unitsBack(items, today);
  if (back !== undefined) return { kind: 'Since', from: back };
  if (isNamedAsToday(items, today))
    return problem(
      'AmbiguousPeriod',
      [today, today - 7].map((day) => `since ${isoDay(day)}`),
    );
  const span = spanOf(items, { today });
  if (span.kind === 'None') return problem(unreadable(items));
  if (span.kind === 'Hours') return span;
  return span.days.from > today
    ? problem(
        'InTheFuture',
        past(items, today, ({ from }) => isoDay(from)).map((day) => `since ${day}`),
      )
    : { kind: 'Since', from: span.days.from };
}

/** Since three days: from the day three days ago, not from the last whole ones. */
function unitsBack([count, unit, ...more]: readonly TimeItem[], today: Day): Day | undefined {
  const isCount = count?.type === 'Number' && !count.isOrdinal;
  if (!isCount || unit?.type !== 'Unit' || unit.value === 'hour' || more.length > 0) return undefined;
  return daysBack(today, Number(count.value), unit.value);
}

const MONTHS_OF: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };

function daysBack(today: Day, count: number, unit: string): Day {
  if (unit === 'day' || unit === 'week') return today - count * (unit === 'week' ? 7 : 1);
  const { year, month, day } = dateOf(today);
  const { from, to } = unitAround(dayOf(year, month - count * (MONTHS_OF[unit] ?? 1), 1), 'month');
  // Three months before 31 May February is over already.
  return Math.min(from + day, to) - 1;
}

function rangeOf(left: readonly TimeItem[], right: readonly TimeItem[], today: Day): Asked {
  if (left.length === 0 || right.length === 0) return problem('NotAPeriod');
  const start = spanOf(filled(left, right), { today });
  if (start.kind !== 'Days') return problem(notDays(start));
  const end = spanOf(filled(right, left), { today, notBefore: start.days.from });
  if (end.kind !== 'Days') return problem(notDays(end));
  const from = startBefore(start.days.from, end.days, { left, right });
  return checked({ from, to: end.days.to }, right, today);
}

const notDays = (span: Span): UnclearReason => (span.kind === 'Hours' ? 'WholeDaysOnly' : 'NotAPeriod');

/** The 1st to the 15th of November; the 1st of November to the 15th; week 45 to 47; October to December 2025. */
function filled(side: readonly TimeItem[], other: readonly TimeItem[]): readonly TimeItem[] {
  const year = find(other, 'Year');
  if (side.length === 1 && side[0]?.type === 'Number') {
    const [month, unit] = [find(other, 'Month'), numbered(other)];
    return [...(unit ? [unit] : []), side[0], ...(month ? [month] : []), ...(year ? [year] : [])];
  }
  return has(side, 'Month') && !has(side, 'Year') && year ? [...side, year] : side;
}

/** The unit of week 45 or of the 45th week, but not that of 45 weeks. */
const numbered = (items: readonly TimeItem[]): TimeItem | undefined =>
  items[0]?.type === 'Unit' || items[0]?.isOrdinal ? find(items, 'Unit') : undefined;

/** From 20 December to 5 January 2026 begins in 2025: the year was said of the end alone. */
function startBefore(from: Day, end: Days, { left, right }: { left: readonly TimeItem[]; right: readonly TimeItem[] }): Day {
  const borrowed = has(left, 'Month') && !has(left, 'Year') && has(right, 'Year');
  if (!borrowed || from < end.to) return from;
  const { year, month, day } = dateOf(from);
  return dayOf(year - 1, month, day);
}

function checked(days: Days, right: readonly TimeItem[], today: Day): Asked {
  const { from, to } = days;
  const words = (start: Day, end: Day): string => `${isoDay(start)} .. ${isoDay(end)}`;
  if (from > today) return problem('InTheFuture');
  if (to <= from) return problem('Reversed', [words(to - 1, from)]);
  // From Friday to Monday, on a Saturday: this Friday until now, or a week ago?
  if (right[0]?.type === 'Weekday' && to - 1 > today)
    return problem('AmbiguousPeriod', [words(from, today), words(from - 7, to - 8)]);
  // From 15 November to 1 November: turned around, or until a day to come?
  if (to - 1 > today && !has(right, 'Year') && has(right, 'Month') && dateOf(to - 1).year > dateOf(from).year)
    return problem('AmbiguousPeriod', [words(yearBefore(to - 1), from), words(from, today)]);
  return { kind: 'Days', days };
}

function yearBefore(date: Day): Day {
  const { year, month, day } = dateOf(date);
  return dayOf(year - 1, month, day);
}
