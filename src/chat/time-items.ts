import { lexicon, lexiconOf, phraseAt } from './lexicon.ts';
import type { Token } from './tokens.ts';
import { DAYS, MONTHS, NUMBERS, ORDINALS, TIME_JOINTS, UNITS, WEEKDAYS } from './words.ts';

/** What a word says of time; `Slashed` is 1/11, which is two dates, `Clock` a time of day. */
export type TimeType =
  | ('Day' | 'Unit' | 'Month' | 'Weekday' | 'Number' | 'Year' | 'Quarter' | 'Date' | 'Slashed' | 'Clock')
  | ('last' | 'this' | 'next' | 'ago' | 'before' | 'from' | 'since' | 'onwards' | 'between' | 'to' | 'and');

/** A word of time; `value` is in English, `at` the place of the first of its tokens. */
export interface TimeItem {
  readonly type: TimeType;
  readonly value: string;
  readonly at: number;
  readonly length: number;
  /** Of a number: the 47th, not 47. */
  readonly isOrdinal?: boolean;
}

/** `Ordinal` is a number, too. */
type Meaning = `${TimeType | 'Ordinal'}:${string}`;

const typed = (
  type: TimeType | 'Ordinal',
  table: Readonly<Record<string, Readonly<Record<string, string>>>>,
): [string, Meaning][] => Array.from(lexiconOf(table).phrases, ([phrase, value]) => [phrase, `${type}:${value}`]);

const joints = Array.from(lexiconOf(TIME_JOINTS).phrases, ([phrase, type]): [string, Meaning] => [phrase, `${type}:`]);

const LEXICON = lexicon<Meaning>([
  ...joints,
  ...typed('Number', NUMBERS),
  ...typed('Ordinal', ORDINALS),
  ...typed('Unit', UNITS),
  ...typed('Month', MONTHS),
  ...typed('Weekday', WEEKDAYS),
  ...typed('Day', DAYS),
]);

type Shape = readonly [pattern: RegExp, read: (groups: readonly string[]) => readonly Meaning[] | undefined];

const day = String.raw`(\d{1,2})`;
const iso = String.raw`\d{4}-\d{1,2}-\d{1,2}`;
const FIRST_YEAR = 1970;
const LAST_YEAR = 2199;
const fullYear = (digits: string): string => (digits.length === 2 ? `20${digits}` : digits);
const MONTH_NAMES = Object.keys(MONTHS);
const monthName = (month: string): string | undefined => MONTH_NAMES[Number(month) - 1];

/** How words of digits are read, the first that fits; 1.11. has the day first everywhere, 1/11 does not. */
const SHAPES: readonly Shape[] = [
  [new RegExp(`^(${iso})$`), ([date = '']) => [`Date:${date}`]],
  [new RegExp(`^(${iso})/(${iso})$`), ([from = '', to = '']) => [`Date:${from}`, 'to:', `Date:${to}`]],
  [/^(\d{4})-(\d{2})$/, ([year = '', month = '']) => monthItems(month, year)],
  [new RegExp(`^${day}\\.${day}\\.(\\d{4}|\\d{2})$`), ([d = '', m = '', y = '']) => dayMonth(d, m, fullYear(y))],
  [new RegExp(`^${day}\\.${day}$`), ([d = '', m = '']) => dayMonth(d, m)],
  [new RegExp(`^${day}[/-]${day}[/-](\\d{4}|\\d{2})$`), ([a = '', b = '', y = '']) => slashed(a, b, fullYear(y))],
  [new RegExp(`^${day}/${day}$`), ([a = '', b = '']) => slashed(a, b)],
  [/^(\d{4})$/, ([year = '']) => (Number(year) >= FIRST_YEAR && Number(year) <= LAST_YEAR ? [`Year:${year}`] : undefined)],
  [/^(\d{1,3})$/, ([number = '']) => [`Number:${Number(number)}`]],
  [/^(\d{1,2})(?:st|nd|rd|th)$/, ([number = '']) => [`Ordinal:${Number(number)}`]],
  [/^(\d{1,3})([hdw])$/, ([number = '', unit = '']) => [`Number:${Number(number)}`, `Unit:${LETTERS[unit] ?? ''}`]],
  [/^q([1-4])$/, ([quarter = '']) => [`Quarter:${quarter}`]],
  [/^kw(\d{1,2})$/, ([week = '']) => ['Unit:week', `Number:${Number(week)}`]],
  [/^(\d{1,2}(?::\d{2}){1,2}|\d{1,2}(?:am|pm|uhr)|uhr|noon|midnight|mittag|mitternacht)$/, ([clock = '']) => [`Clock:${clock}`]],
];
const LETTERS: Readonly<Record<string, string>> = { h: 'hour', d: 'day', w: 'week' };

function monthItems(month: string, year: string): Meaning[] | undefined {
  const name = monthName(month);
  return name === undefined ? undefined : [`Month:${name}`, `Year:${year}`];
}

function dayMonth(day: string, month: string, year?: string): Meaning[] | undefined {
  const name = monthName(month);
  if (name === undefined) return undefined;
  return [`Number:${Number(day)}`, `Month:${name}`, ...(year === undefined ? [] : ([`Year:${year}`] as const))];
}

function slashed(first: string, second: string, year?: string): readonly Meaning[] | undefined {
  if (first === second || Number(first) > 12) return dayMonth(first, second, year);
  if (Number(second) > 12) return dayMonth(second, first, year);
  return [`Slashed:${first}/${second}${year === undefined ? '' : `/${year}`}`];
}

function shapeOf(key: string): readonly Meaning[] | undefined {
  for (const [pattern, read] of SHAPES) {
    const match = pattern.exec(key);
    if (match) return read(match.slice(1));
  }
  return /^[\d.]{1,8}-[\d.]{1,10}$/.test(key) ? rangeShape(key) : undefined;
}

/** 1-15, 1.11-15.11: two words that no blank divides. */
function rangeShape(key: string): readonly Meaning[] | undefined {
  const [start, end] = key.split('-').map(shapeOf);
  return start && end && [...start, 'to:', ...end];
}

/** The words of time among tokens, in their order. */
export function timeItems(tokens: readonly Token[]): TimeItem[] {
  const items: TimeItem[] = [];
  for (let at = 0; at < tokens.length;) {
    const { meanings, length } = meaningsAt(tokens, at);
    items.push(...meanings.map((meaning) => ({ ...itemOf(meaning, at, length), ...ordinal(tokens[at]) })));
    at += length;
  }
  return items;
}

const ordinal = (token: Token | undefined): Pick<TimeItem, 'isOrdinal'> => (token?.isOrdinal ? { isOrdinal: true } : {});

function meaningsAt(tokens: readonly Token[], at: number): { meanings: readonly Meaning[]; length: number } {
  const key = tokens[at]?.key ?? '';
  // `may I see` is no month
  if (key === 'may' && ['i', 'we'].includes(tokens[at + 1]?.key ?? '')) return { meanings: [], length: 1 };
  const shape = shapeOf(key);
  if (shape) return { meanings: shape, length: 1 };
  const phrase = phraseAt(tokens, at, LEXICON);
  return phrase ? { meanings: [phrase.means], length: phrase.length } : { meanings: [], length: 1 };
}

function itemOf(meaning: Meaning, at: number, length: number): TimeItem {
  const colon = meaning.indexOf(':');
  const [type, value] = [meaning.slice(0, colon), meaning.slice(colon + 1)];
  if (type === 'Ordinal') return { type: 'Number', value, at, length, isOrdinal: true };
  return { type: type as TimeType, value, at, length };
}
