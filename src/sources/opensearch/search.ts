import type { LogsEvidence } from '../../api/evidence-kinds.ts';
import { durationMs } from '../../domain/duration.ts';

/** Which lines are asked for. */
export type LogsQuestion = Omit<LogsEvidence, 'source'>;

/** Where the lines are, within the server. */
export interface LogsPlace {
  readonly index: string;
  readonly timeField: string;
}

/** More groups than this are not counted apart. */
export const MAX_GROUPS = 1_000;

const DEFAULT_WINDOW = '5m';

/** The window of a question in milliseconds; the lines of (slot - window, slot] count. */
export const windowMsOf = ({ window }: Pick<LogsQuestion, 'window'>): number => durationMs(window ?? DEFAULT_WINDOW);

/** The present as an end of a range: `[now-5m TO now]`, `>=now-1h`. As a word (`message:now`) it is one like any other. */
const PRESENT = /[[{]\s*"?now\b|\bTO\s+"?now\b|[<>]=?\s*"?now\b/;

/** What is wrong with a query whatever the server says; undefined when nothing is. */
export function problemIn({ query }: Pick<LogsQuestion, 'query'>): string | undefined {
  if (!PRESENT.test(query)) return undefined;
  return 'the query string asks for the present (now): past slots are asked for too, and the window says which time counts';
}

// An absent index is an error and not a zero; an absent shard is said in the answer.
const SEARCH = 'ignore_unavailable=false&allow_no_indices=false&allow_partial_search_results=true';

/** Path of a search. The failures of single shards, of which the answer could hold hundreds, are counted and not named. */
export const searchPath = ({ index }: LogsPlace): string =>
  `/${indexPath(index)}/_search?${SEARCH}&filter_path=-_shards.failures,-_clusters.details`;

/** Path of the question of what type the time field has. */
export const timeFieldPath = ({ index, timeField }: LogsPlace): string =>
  `/${indexPath(index)}/_field_caps?fields=${encodeURIComponent(timeField)}&ignore_unavailable=false&allow_no_indices=false`;

const indexPath = (index: string): string => index.split(',').map(encodeURIComponent).join(',');

/** The count of one slot. */
export function countBody(question: LogsQuestion, slot: number, place: LogsPlace): object {
  const from = slot - windowMsOf(question);
  const time = { range: { [place.timeField]: { gt: from, lte: slot, format: 'epoch_millis' } } };
  return { size: 0, track_total_hits: true, query: { bool: { filter: [matching(question.query), time] } }, ...groups(question) };
}

/**
 * The same query and groups of any time, ended after one line a shard. A time outside of what an index holds would be answered
 * without a look at the query.
 */
export function checkBody(question: LogsQuestion): object {
  return { size: 0, track_total_hits: false, terminate_after: 1, query: matching(question.query), ...groups(question) };
}

/** For each slot, how many lines lie in the time before it; `query` narrows which. */
export function heartbeatBody(slots: readonly number[], aliveMs: number, query: string | undefined, place: LogsPlace): object {
  const [from, to] = [Math.min(...slots) - aliveMs, Math.max(...slots)];
  const time = { range: { [place.timeField]: { gt: from, lte: to, format: 'epoch_millis' } } };
  // From is included here and to is not.
  const ranges = slots.map((slot, index) => ({ key: `${index}`, from: `${slot - aliveMs + 1}`, to: `${slot + 1}` }));
  return {
    size: 0,
    track_total_hits: false,
    query: { bool: { filter: [...(query === undefined ? [] : [matching(query)]), time] } },
    aggs: { slots: { date_range: { field: place.timeField, format: 'epoch_millis', ranges } } },
  };
}

/** `lenient` would turn a value that a field can not hold into "no line matches": a zero that nobody counted. */
function matching(query: string): object {
  return {
    query_string: { query, default_operator: 'OR', analyze_wildcard: true, allow_leading_wildcard: false, lenient: false },
  };
}

function groups({ groupBy: field }: LogsQuestion): object {
  return field === undefined ? {} : { aggs: { groups: { terms: { field, size: MAX_GROUPS } }, none: { missing: { field } } } };
}

/** The label that stands for a field: `kubernetes.labels.app.keyword` is `app`. */
export function labelOf(field: string): string {
  const last = field
    .replace(/\.(keyword|raw)$/, '')
    .split('.')
    .at(-1);
  return (last === undefined || last === '' ? field : last).replace(/[^A-Za-z0-9_]/g, '_');
}
