import type { Labels } from '../../domain/sample.ts';
import { badAnswer, fieldsOf } from './parse.ts';

/** One recording rule as the server tells it: what it records under which name, and the labels that it adds. */
export interface RecordingRule {
  readonly record: string;
  readonly query: string;
  readonly labels: Labels;
}

/** One alerting rule as the server tells it: what it looks for, for how long (seconds), and the labels of its alerts. */
export interface AlertRule {
  readonly alert: string;
  readonly query: string;
  readonly forSeconds: number;
  readonly keepFiringForSeconds: number;
  readonly labels: Labels;
}

/** The recording rules of an answer to `/api/v1/rules`. Throws `AssayError`. */
export function recordingRulesOf(data: unknown): readonly RecordingRule[] {
  return rulesIn(data).flatMap(ruleOf);
}

/** The alerting rules of such an answer. Throws `AssayError`. */
export function alertRulesOf(data: unknown): readonly AlertRule[] {
  return rulesIn(data).flatMap(alertOf);
}

function rulesIn(data: unknown): readonly unknown[] {
  const { groups } = fieldsOf(data, 'data');
  return listOf(groups, 'groups').flatMap((group) => listOf(fieldsOf(group, 'a group')['rules'], 'rules'));
}

/** A server that does not know the parameter tells its alerting rules too. */
function ruleOf(item: unknown): RecordingRule[] {
  const { type, name, query, labels } = fieldsOf(item, 'a rule');
  if (type === 'alerting') return [];
  if (type !== 'recording') throw badAnswer('a rule of an unknown type');
  if (!isText(name) || !isText(query)) throw badAnswer('a rule without name or query');
  return [{ record: name, query, labels: labelsOf(labels) }];
}

/** A server that does not know the parameter tells its recording rules too; one that is older knows no `keep_firing_for`. */
function alertOf(item: unknown): AlertRule[] {
  const { type, name, query, labels, duration = 0, keepFiringFor = 0 } = fieldsOf(item, 'a rule');
  if (type === 'recording') return [];
  if (type !== 'alerting') throw badAnswer('a rule of an unknown type');
  if (!isText(name) || !isText(query)) throw badAnswer('a rule without name or query');
  if (typeof duration !== 'number' || typeof keepFiringFor !== 'number') throw badAnswer('a rule with a time that is no number');
  return [{ alert: name, query, forSeconds: duration, keepFiringForSeconds: keepFiringFor, labels: labelsOf(labels) }];
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
