import { type Day, dayAt, startOf } from './calendar.ts';
import type { AskedPeriod, Surroundings } from './intent.ts';
import { type Asked, askedOf, type Problem, problem } from './ranges.ts';
import { type TimeItem, timeItems, type TimeType } from './time-items.ts';
import type { Token } from './tokens.ts';

/** What a request says of time. `used` are the tokens that say it; of a problem those at fault. */
export type PeriodFound =
  | { readonly kind: 'None' }
  | { readonly kind: 'Found'; readonly period: AskedPeriod; readonly used: readonly Token[] }
  | (Problem & { readonly used: readonly Token[] });

type Clock = Pick<Surroundings, 'now' | 'timeZone'>;

const HOUR_MS = 3_600_000;

/**
 * The period that words speak of: whole days of the asker's time zone, except that nothing of the future is in it, so that today
 * ends now; the last hours are to the millisecond. What can be read in two ways is a problem, and so is more than one period.
 */
export function periodIn(tokens: readonly Token[], clock: Clock): PeriodFound {
  const items = strong(timeItems(tokens), tokens);
  if (!items.some(({ type }) => SAYS_WHEN.has(type)) && !speaksOfUnits(items)) return { kind: 'None' };
  const used = items.flatMap(({ at, length }) => tokens.slice(at, at + length));
  const asked = askedOf(items, dayAt(clock.now, clock.timeZone));
  const period = asked.kind === 'Problem' ? asked : periodOf(asked, clock);
  return 'kind' in period ? { ...period, used } : { kind: 'Found', period, used };
}

/** What is asked where nobody says when: today. */
export function todayOf(clock: Clock): AskedPeriod {
  return { from: startOf(dayAt(clock.now, clock.timeZone), clock.timeZone), to: clock.now };
}

function periodOf(asked: Exclude<Asked, Problem>, { now, timeZone }: Clock): AskedPeriod | Problem {
  if (asked.kind === 'Hours') return { from: now - asked.hours * HOUR_MS, to: now };
  const { from, to } = asked.kind === 'Since' ? { from: asked.from, to: undefined } : asked.days;
  return cutAt(now, startOf(from, timeZone), endOf(to, timeZone));
}

const endOf = (to: Day | undefined, timeZone: string): number => (to === undefined ? Infinity : startOf(to, timeZone));

function cutAt(now: number, from: number, to: number): AskedPeriod | Problem {
  if (from >= now) return problem('InTheFuture');
  // A country that changed the side of the date line left a day out.
  return from < to ? { from, to: Math.min(to, now) } : problem('NotAPeriod');
}

const SAYS_WHEN: ReadonlySet<TimeType> = new Set(['Day', 'Month', 'Weekday', 'Date', 'Slashed', 'Clock', 'Quarter', 'Year']);

const speaksOfUnits = (items: readonly TimeItem[]): boolean => items.some(({ type }) => type === 'Unit') && items.length > 1;

/** What may follow each word that says nothing of time by itself: `last week`, but not `last incident`. */
const FOLLOWED_BY: Readonly<Partial<Record<TimeType, readonly TimeType[]>>> = {
  last: ['Number', 'Unit', 'Weekday', 'Month'],
  this: ['Unit', 'Weekday', 'Month'],
  next: ['Number', 'Unit', 'Weekday', 'Month'],
  before: ['Number', 'Day', 'Weekday', 'Month', 'Date', 'Quarter', 'Year', 'Unit', 'this', 'last'],
};

/** The words that do say something of time: `from`, `in` and `this` are in many a sentence. */
function strong(items: readonly TimeItem[], tokens: readonly Token[]): TimeItem[] {
  const following = openEnded(items, tokens).filter((item, index, all) => {
    const wanted = FOLLOWED_BY[item.type];
    return wanted === undefined || isNext(all[index + 1], wanted);
  });
  const between = following.some(({ type }) => type === 'between');
  const joined = following.filter(({ type }) => between || type !== 'and');
  return withoutEdges(
    joined.filter((item, index) => index > 0 || opens(item, joined[1], tokens)),
    tokens,
  );
}

/** From Monday on, from Monday until now: since Monday. Elsewhere such words say nothing: all ends now. */
function openEnded(items: readonly TimeItem[], tokens: readonly Token[]): TimeItem[] {
  const on = items.findIndex(({ type }) => type === 'onwards');
  const from = items.slice(0, Math.max(on, 0)).findLastIndex(({ type }) => type === 'from');
  // `von shop gestern ... an` is `anzeigen`: what is from is said right behind it, and `an` right behind that.
  const said = items.slice(from, on + 1);
  const isOne = said.every((item, at) => at === 0 || isBehind(said[at - 1], item, tokens));
  const isOpen = from >= 0 && isOne && !items.some(({ type }) => type === 'to');
  return items.flatMap((item, index) =>
    item.type === 'onwards' ? [] : [isOpen && index === from ? { ...item, type: 'since' as const } : item],
  );
}

const ARTICLES = new Set(['the', 'der', 'dem', 'den', 'of']);
/** Names are no tokens any more: they show as a gap in the text. */
function isBehind(before: TimeItem | undefined, { at }: TimeItem, tokens: readonly Token[]): boolean {
  if (before === undefined) return false;
  const between = tokens.slice(before.at + before.length - 1, at + 1);
  return (
    between.slice(1, -1).every(({ key }) => ARTICLES.has(key)) &&
    between.every(({ from }, index) => index === 0 || from - (between[index - 1]?.to ?? 0) <= 2)
  );
}

const isNext = (item: TimeItem | undefined, wanted: readonly TimeType[]): boolean =>
  item !== undefined && wanted.includes(item.type);

/** No span opens with the `to` of `I want to see`, nor with the dash of `shop - yesterday`. */
function opens({ type, at, length }: TimeItem, next: TimeItem | undefined, tokens: readonly Token[]): boolean {
  return type !== 'to' || (tokens[at]?.kind === 'Word' && next?.at === at + length);
}

/** `from` speaks of time only where there is a `to`, and once: of `von shop vom 1. bis 15.` the first will do. */
function withoutEdges(items: readonly TimeItem[], tokens: readonly Token[]): TimeItem[] {
  const [from, to] = (['from', 'to'] as const).map((joint) => items.findIndex(({ type }) => type === joint));
  const kept = items.filter(({ type }, index) => type !== 'from' || (index === from && index < (to ?? -1)));
  const last = kept.at(-1);
  const dangling = last !== undefined && (last.type === 'since' || (last.type === 'to' && tokens[last.at]?.kind === 'Sign'));
  return dangling ? kept.slice(0, -1) : kept;
}
