import type { Reading, Sample } from '../../domain/sample.ts';
import { AssayError } from '../../platform/errors.ts';
import { badAnswer, fieldsOf, samplesOf } from '../prometheus/parse.ts';

/** More groups than this are not counted apart. */
const MAX_GROUPS = 1_000;

/** The reading that the answer of a count stands for; no series is zero lines. Throws `AssayError` for another format. */
export function readingOf(json: unknown, slot: number, groupBy: string | undefined): Reading {
  const envelope = fieldsOf(json, 'the envelope');
  if (envelope['status'] !== 'success') throw badAnswer('no status of success');
  const samples = countsOf(envelope['data'], slot);
  if (samples.length > MAX_GROUPS) {
    return { kind: 'Unavailable', reason: 'TooManySeries', message: `the lines have more than ${MAX_GROUPS} groups` };
  }
  for (const { labels, value } of samples) {
    if (!Number.isSafeInteger(value) || value < 0) throw badAnswer('a count that is not a whole number');
    if (Object.keys(labels).some((label) => label !== groupBy)) throw badAnswer('a label by which was not counted');
  }
  const counted = samples.length === 0 ? [{ labels: {}, value: 0 }] : samples;
  return { kind: 'Samples', samples: counted, ...(warned(envelope) && { partial: 'the source gave warnings with its answer' }) };
}

function countsOf(data: unknown, slot: number): readonly Sample[] {
  const { resultType } = fieldsOf(data, 'data');
  if (resultType !== 'vector') throw new AssayError('SOURCE_BAD_ANSWER', 'the answer is not a count: it is of another type');
  return samplesOf(data, slot);
}

function warned({ warnings }: Readonly<Record<string, unknown>>): boolean {
  return !(warnings === undefined || warnings === null || (Array.isArray(warnings) && warnings.length === 0));
}
