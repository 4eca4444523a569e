import type { Labels } from '../../domain/sample.ts';
import { badAnswer, fieldsOf } from './parse.ts';

/** One recording rule as the server tells it: what it records under which name, and the labels that it adds. */
export interface RecordingRule {
  readonly record: string;
  readonly query: string;
  readonly labels: Labels;
}

/** The recording rules of an answer to `/api/v1/rules`. Throws `AssayError`. */
export function recordingRulesOf(data: unknown): readonly RecordingRule[] {
  const { groups } = fieldsOf(data, 'data');
  return listOf(groups, 'groups').flatMap((group) => listOf(fieldsOf(group, 'a group')['rules'], 'rules').flatMap(ruleOf));
}

/** A server that does not know the parameter tells its alerting rules too. */
function ruleOf(item: unknown): RecordingRule[] {
  const { type, name, query, labels } = fieldsOf(item, 'a rule');
  if (type === 'alerting') return [];
  if (type !== 'recording') throw badAnswer('a rule of an unknown type');
  if (!isText(name) || !isText(query)) throw badAnswer('a rule without name or query');
  return [{ record: name, query, labels: labelsOf(labels) }];
}

function labelsOf(value: unknown): Labels {
  const labels = value === undefined || value === null ? {} : fieldsOf(value, 'the labels of a rule');
  if (!Object.entries(labels).flat().every(isText)) throw badAnswer('a label that is not well-formed text');
  return labels as Labels;
}

// Half a surrogate pair fits no canonical JSON, and so no record.
const isText = (value: unknown): value is string => typeof value === 'string' && value.isWellFormed();

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badAnswer(`no list for ${what}`);
  return value;
}
