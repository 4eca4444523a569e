import type { Reading, Sample } from '../../domain/sample.ts';
import { AssayError } from '../../platform/errors.ts';
import { badAnswer, fieldsOf } from '../prometheus/parse.ts';
import { labelOf, MAX_GROUPS } from './search.ts';

/** The reading that the answer of a count stands for. Throws `AssayError` for what is not the documented format. */
export function readingOf(json: unknown, groupBy: string | undefined): Reading {
  const answer = fieldsOf(json, 'the answer');
  const shards = shardsOf(answer);
  if (shards.total === 0)
    return { kind: 'Unavailable', reason: 'EmptyResult', message: 'no index matches the index of the source' };
  const partial = partialOf(answer, shards);
  const total = totalOf(answer);
  const samples = groupBy === undefined ? [lines(total)] : grouped(answer, groupBy, total);
  if (samples === 'TooMany') {
    return { kind: 'Unavailable', reason: 'TooManySeries', message: `the lines have more than ${MAX_GROUPS} groups` };
  }
  return { kind: 'Samples', samples, ...(partial !== undefined && { partial }) };
}

/** For each of `count` slots, whether lines were there. Throws `AssayError`. */
export function aliveOf(json: unknown, count: number): boolean[] {
  const { aggregations } = fieldsOf(json, 'the answer');
  const { buckets } = fieldsOf(fieldsOf(aggregations, 'aggregations')['slots'], 'the slots');
  const alive = Array.from({ length: count }, () => false);
  for (const bucket of listOf(buckets, 'buckets')) {
    const { key, doc_count } = fieldsOf(bucket, 'bucket');
    if (typeof key !== 'string' || !(Number(key) in alive)) throw badAnswer('a slot that was not asked for');
    alive[Number(key)] = countOf(doc_count) > 0;
  }
  return alive;
}

/** Throws QUERY_INVALID unless the answer (`_field_caps`) says that the field is a date in every index that has it. */
export function demandDate(json: unknown, field: string): void {
  const types = fieldsOf(fieldsOf(json, 'the answer')['fields'], 'fields')[field];
  const names = types === undefined ? [] : Object.keys(fieldsOf(types, 'the field')).filter((name) => name !== 'unmapped');
  if (names.length > 0 && names.every((name) => name === 'date' || name === 'date_nanos')) return;
  const seen = names.length === 0 ? 'no index has it' : 'it is of another type';
  // Else each count would be a zero that nobody counted.
  throw new AssayError('QUERY_INVALID', `timeField ${field} is not a date in the index of the source: ${seen}`);
}

interface Shards {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
}

function shardsOf(answer: Readonly<Record<string, unknown>>): Shards {
  const { total, successful, failed } = fieldsOf(answer['_shards'], '_shards');
  return { total: countOf(total), successful: countOf(successful), failed: countOf(failed) };
}

/** Why lines may be missing from the count, as the source says it. */
function partialOf(answer: Readonly<Record<string, unknown>>, { total, successful, failed }: Shards): string | undefined {
  const missing = Math.max(failed, total - successful);
  if (missing > 0) return `${missing} of ${total} shards gave no answer`;
  if (answer['timed_out'] !== false) return 'the source ran out of time before it had counted all lines';
  if (answer['terminated_early'] === true) return 'the source ended the count early';
  const clusters = answer['_clusters'];
  if (clusters !== undefined && clustersMissing(fieldsOf(clusters, '_clusters'))) return 'a remote cluster gave no answer';
  return undefined;
}

function clustersMissing(clusters: Readonly<Record<string, unknown>>): boolean {
  return ['skipped', 'partial', 'failed', 'running'].some((state) => clusters[state] !== undefined && clusters[state] !== 0);
}

function totalOf(answer: Readonly<Record<string, unknown>>): number {
  const { value, relation } = fieldsOf(fieldsOf(answer['hits'], 'hits')['total'], 'the total');
  if (relation !== 'eq') throw badAnswer('a total that is not exact');
  return countOf(value);
}

/** Lines by group; those without the field under no label; one sample of zero where there is no line. */
function grouped(answer: Readonly<Record<string, unknown>>, groupBy: string, total: number): Sample[] | 'TooMany' {
  const { groups, none } = fieldsOf(answer['aggregations'], 'aggregations');
  const { buckets, sum_other_doc_count } = fieldsOf(groups, 'the groups');
  if (countOf(sum_other_doc_count) > 0) return 'TooMany';
  const label = labelOf(groupBy);
  const samples = listOf(buckets, 'buckets').map((bucket) => {
    const { key, key_as_string, doc_count } = fieldsOf(bucket, 'bucket');
    return { labels: { [label]: textOf(key_as_string ?? key) }, value: countOf(doc_count) };
  });
  if (samples.length > MAX_GROUPS) return 'TooMany';
  const without = countOf(fieldsOf(none, 'the lines without the field')['doc_count']);
  if (without > 0 || samples.length === 0) samples.push(lines(without));
  if (total > samples.reduce((sum, { value }) => sum + value, 0)) throw badAnswer('groups that hold fewer lines than the total');
  return samples;
}

const lines = (value: number): { labels: Record<string, string>; value: number } => ({ labels: {}, value });

function textOf(key: unknown): string {
  if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'boolean') throw badAnswer('a group without a key');
  const text = String(key);
  // Half a surrogate pair fits no canonical JSON, and so no record.
  if (!text.isWellFormed()) throw badAnswer('a key that is not well-formed text');
  return text;
}

function countOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw badAnswer('a count that is not a whole number');
  return value;
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badAnswer(`no list for ${what}`);
  return value;
}
