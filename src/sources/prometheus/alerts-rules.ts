import type { Labels, Reading } from '../../domain/sample.ts';
import { AssayError } from '../../platform/errors.ts';
import type { Unavailable } from '../evidence.ts';
import type { Trial } from './alerts-match.ts';
import { failureOf, unavailable } from './failure.ts';
import { badAnswer, fieldsOf } from './parse.ts';

/** One alerting rule as the server tells it; `evaluatedAt` in milliseconds, where it says so. */
export interface AlertingRule {
  readonly name: string;
  readonly labels: Labels;
  readonly health: string;
  readonly evaluatedAt?: number;
}

/** The alerting rules of an answer to `/api/v1/rules`. Throws `AssayError`. */
export function alertingRulesOf(data: unknown): readonly AlertingRule[] {
  const { groups } = fieldsOf(data, 'data');
  return listOf(groups, 'groups').flatMap((group) => listOf(fieldsOf(group, 'a group')['rules'], 'rules').flatMap(ruleOf));
}

/** A server that does not know the parameter tells its recording rules too. */
function ruleOf(item: unknown): AlertingRule[] {
  const { type, name, labels, health, lastEvaluation } = fieldsOf(item, 'a rule');
  if (type === 'recording') return [];
  if (typeof name !== 'string' || typeof health !== 'string') throw badAnswer('a rule without name or health');
  const evaluatedAt = typeof lastEvaluation === 'string' ? Date.parse(lastEvaluation) : NaN;
  return [{ name, labels: labelsOf(labels), health, ...(Number.isFinite(evaluatedAt) && { evaluatedAt }) }];
}

function labelsOf(value: unknown): Labels {
  const labels = value === undefined || value === null ? {} : fieldsOf(value, 'the labels of a rule');
  if (Object.values(labels).some((text) => typeof text !== 'string')) throw badAnswer('a label that is not a string');
  return labels as Labels;
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badAnswer(`no list for ${what}`);
  return value;
}

/** When the rules were told, and how old an evaluation may be; milliseconds. */
export interface Told {
  readonly at: number;
  readonly maxAgeMs: number;
}

// Characters of names times the size of the expression: half a second at worst, and a great deal for any usual expression.
export const MAX_WORK = 4_000_000;

/**
 * Why it means nothing that nothing fires; undefined where it does mean something: some rule could raise such an alert, and every
 * rule that could has been evaluated lately and without error.
 */
export function whySilenceIsNoAnswer(rules: readonly AlertingRule[], trials: readonly Trial[], told: Told): Reading | undefined {
  const work = { left: MAX_WORK };
  const could = (rule: AlertingRule): boolean => couldRaise(rule, trials, work);
  const complaints = rules.map((rule) => complaint(rule, told));
  try {
    // The few that are not well come first: one of them decides, and otherwise one that is well is enough.
    const broken = rules.findIndex((rule, index) => complaints[index] !== undefined && could(rule));
    if (broken >= 0) return complaints[broken];
    if (rules.some((rule, index) => complaints[index] === undefined && could(rule))) return undefined;
    return unknown('EmptyResult', 'no alerting rule matches: that nothing fires says nothing');
  } catch (error) {
    return unavailable(failureOf(error));
  }
}

/** What is known of the alerts of a rule. */
export type RaisedBy = Pick<AlertingRule, 'name' | 'labels'>;

const unknown = (reason: Unavailable['reason'], message: string): Unavailable => ({ kind: 'Unavailable', reason, message });

function complaint({ name, health, evaluatedAt }: AlertingRule, { at, maxAgeMs }: Told): Unavailable | undefined {
  const rule = `the rule ${shown(name)}`;
  if (health === 'unknown') return unknown('QueryFailed', `${rule} has not been evaluated yet`);
  if (health !== 'ok') return unknown('QueryFailed', `${rule} can not be evaluated`);
  if (evaluatedAt === undefined || at - evaluatedAt <= maxAgeMs) return undefined;
  return unknown('StaleData', `${rule} was last evaluated longer ago than maxAge`);
}

const MAX_SHOWN = 100;

function shown(name: string): string {
  const plain = name.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return plain.length <= MAX_SHOWN ? plain : `${plain.slice(0, MAX_SHOWN - 1).toWellFormed()}…`;
}

/** Whether nothing that is known of the rule's alerts contradicts the matchers; what its expression gives is not known. */
export function couldRaise(rule: RaisedBy, trials: readonly Trial[], work: { left: number }): boolean {
  return trials.every(({ label, size, holds }) => {
    const value = knownOf(rule, label);
    if (value === undefined) return true;
    work.left -= size * (value.length + 1);
    if (work.left >= 0) return holds(value);
    throw new AssayError('SOURCE_ANSWER_TOO_LARGE', 'there are too many alerting rules for regular expressions of this size');
  });
}

function knownOf({ name, labels }: RaisedBy, label: string): string | undefined {
  if (label === 'alertname') return name;
  const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
  // A template gives what it finds in the alert.
  return value?.includes('{{') === true ? undefined : value;
}
