import { AssayError } from '../../platform/errors.ts';

/** One sample of the text format of Prometheus; its time stamp, if it has one, is left out. */
export interface Metric {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const MAX_METRICS = 20_000;
const MAX_LABELS = 64;
const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*(.*)$/s;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(,?)/sy;
const VALUE = /^[ \t]*(\S+)(?:[ \t]+-?\d+)?[ \t]*$/;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,5})?$/;
const WORDS: Readonly<Record<string, number>> = { NaN: NaN, '+Inf': Infinity, Inf: Infinity, '-Inf': -Infinity };
const ESCAPED: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

/**
 * Reads the text format of Prometheus (version 0.0.4), strictly: one line that is none of it refuses the whole text, as another
 * server may have sent it. Throws `AssayError` SOURCE_BAD_ANSWER.
 */
export function metricsOf(text: string): readonly Metric[] {
  const metrics: Metric[] = [];
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    if (metrics.length >= MAX_METRICS) throw new AssayError('SOURCE_ANSWER_TOO_LARGE', `more than ${MAX_METRICS} metrics`);
    metrics.push(metricOf(trimmed));
  }
  return metrics;
}

function metricOf(line: string): Metric {
  const [, name, rest] = LINE.exec(line) ?? [];
  if (name === undefined || rest === undefined) throw unreadable();
  const { labels, end } = rest.startsWith('{') ? labelsOf(rest) : { labels: {}, end: 0 };
  const [, value = ''] = VALUE.exec(rest.slice(end)) ?? [];
  return { name, labels, value: valueOf(value) };
}

function labelsOf(text: string): { labels: Record<string, string>; end: number } {
  const found: [string, string][] = [];
  let at = 1;
  let more = true;
  while (more) {
    LABEL.lastIndex = at;
    const [all, name, value, comma] = LABEL.exec(text) ?? [];
    if (all === undefined || name === undefined || value === undefined) break;
    found.push([name, unescaped(value)]);
    at += all.length;
    more = comma === ',';
  }
  const closing = /^[ \t]*\}/.exec(text.slice(at));
  const labels = Object.fromEntries(found);
  const isWhole = closing !== null && found.length <= MAX_LABELS && Object.keys(labels).length === found.length;
  if (!isWhole) throw unreadable();
  return { labels, end: at + closing[0].length };
}

function unescaped(value: string): string {
  if (!value.isWellFormed()) throw unreadable();
  return value.includes('\\') ? value.replace(/\\./g, (pair) => ESCAPED[pair] ?? pair) : value;
}

function valueOf(text: string): number {
  const word = Object.hasOwn(WORDS, text) ? WORDS[text] : undefined;
  if (word !== undefined) return word;
  if (!DECIMAL.test(text)) throw unreadable();
  return Number(text);
}

const unreadable = (): AssayError =>
  new AssayError('SOURCE_BAD_ANSWER', 'the answer is not of the documented format: it holds a line that is no metric');
