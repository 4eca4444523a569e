import type { Labels, Sample } from '../../domain/sample.ts';
import { AssayError } from '../../platform/errors.ts';

/** One series of a range answer, with the times in milliseconds. */
export interface Series {
  readonly labels: Labels;
  readonly points: readonly { readonly at: number; readonly value: number }[];
  /** Times at which the series is a histogram instead of a number. */
  readonly histogramsAt: readonly number[];
}

/** The samples of an instant answer (`data` of the envelope), which must be about this instant. Throws `AssayError`. */
export function samplesOf(data: unknown, slot: number): readonly Sample[] {
  const { resultType, result } = fieldsOf(data, 'data');
  switch (resultType) {
    case 'scalar':
      return [{ labels: {}, value: valueAt(result, slot) }];
    case 'vector':
      return listOf(result, 'result').map((item) => sampleOf(item, slot));
    case 'matrix':
      throw new AssayError('QUERY_INVALID', 'the query gives a range of samples for each series, not one number');
    case 'string':
      throw new AssayError('QUERY_INVALID', 'the query gives a string, not a number');
    default:
      throw badAnswer('an unknown resultType');
  }
}

/** The series of a range answer. Throws `AssayError`. */
export function seriesOf(data: unknown): readonly Series[] {
  const { resultType, result } = fieldsOf(data, 'data');
  if (resultType !== 'matrix') throw badAnswer('a resultType other than matrix for a range');
  return listOf(result, 'result').map((item) => {
    const { metric, values = [], histograms = [] } = fieldsOf(item, 'series');
    return {
      labels: labelsOf(metric),
      points: listOf(values, 'values').map(pointOf),
      histogramsAt: listOf(histograms, 'histograms').map((pair) => timeOf(listOf(pair, 'histogram')[0])),
    };
  });
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,5})?$/;
const WORDS: ReadonlyMap<unknown, number> = new Map([
  ['NaN', NaN],
  ['Inf', Infinity],
  ['+Inf', Infinity],
  ['-Inf', -Infinity],
]);

/** A number as Prometheus writes it: a string, so that NaN and infinities fit. Throws for all else, also for what no double holds. */
export function numberOf(text: unknown): number {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const value = typeof text === 'string' && DECIMAL.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value)) throw badAnswer('a value that is not a number');
  return value;
}

/** The error for a histogram where a number is needed. */
export const notANumber = (): AssayError =>
  new AssayError('SOURCE_BAD_ANSWER', 'a series is a native histogram, not a number; use histogram_quantile() or the like');

function sampleOf(item: unknown, slot: number): Sample {
  const { metric, value, histogram } = fieldsOf(item, 'sample');
  if (histogram !== undefined) throw notANumber();
  return { labels: labelsOf(metric), value: valueAt(value, slot) };
}

function valueAt(pair: unknown, slot: number): number {
  const { at, value } = pointOf(pair);
  if (at !== slot) throw badAnswer('a sample for another time than was asked for');
  return value;
}

function pointOf(pair: unknown): { at: number; value: number } {
  const list = listOf(pair, 'sample');
  if (list.length !== 2) throw badAnswer('a sample that is not a pair of time and value');
  return { at: timeOf(list[0]), value: numberOf(list[1]) };
}

function timeOf(seconds: unknown): number {
  if (typeof seconds !== 'number') throw badAnswer('a time that is not a number');
  return Math.round(seconds * 1000);
}

function labelsOf(metric: unknown): Labels {
  const labels = fieldsOf(metric, 'metric');
  for (const name in labels) {
    const value = labels[name];
    if (typeof value !== 'string') throw badAnswer('a label that is not a string');
    // Half a surrogate pair fits no canonical JSON, and so no record.
    if (!name.isWellFormed() || !value.isWellFormed()) throw badAnswer('a label that is not well-formed text');
  }
  return labels as Labels;
}

/** Narrows to an object with named fields. */
export function fieldsOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badAnswer(`no object for ${what}`);
  return value as Record<string, unknown>;
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badAnswer(`no list for ${what}`);
  return value;
}

/** The error for an answer that breaks the documented format; `what` is in our words. */
export const badAnswer = (what: string): AssayError =>
  new AssayError('SOURCE_BAD_ANSWER', `the answer is not of the documented format: it holds ${what}`);
