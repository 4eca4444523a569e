import { FALCO_PRIORITIES } from '../../api/evidence-kinds.ts';
import { type AlertGroup, isDrop, isInternal } from '../../inbox/index.ts';
import { matchesAny } from '../glob.ts';
import type { Questions } from '../source.ts';
import type { RuleCount } from './facts.ts';

export type FalcoQuestion = Questions['falco'];

/** What the alerts of a window say to a question. */
export interface Counted {
  /** Alerts that the question asks for, by rule. */
  readonly byRule: ReadonlyMap<string, number>;
  /** Alerts of the rules that it asks for, whatever their tags and namespaces: what Falco's counters can be compared with. */
  readonly comparable: ReadonlyMap<string, number>;
  /** Alerts that may be meant, but don't say so. */
  readonly unclear: number;
  /** Alerts in which Falco tells that it missed something. */
  readonly drops: number;
}

/** Counts groups of alerts; what Falco says of itself is none of them. */
export function countGroups(groups: readonly AlertGroup[], question: FalcoQuestion): Counted {
  const asked = groups.filter((group) => !isInternal(group) && matchesRule(group, question));
  const fits = asked.map((group) => ({ group, fit: bothOf(hasTag(group, question), inNamespace(group, question)) }));
  const sum = (some: readonly AlertGroup[]): number => some.reduce((total, { count }) => total + count, 0);
  return {
    byRule: byRuleOf(fits.filter(({ fit }) => fit === 'Yes').map(({ group }) => group)),
    comparable: byRuleOf(asked),
    unclear: sum(fits.filter(({ fit }) => fit === 'Unclear').map(({ group }) => group)),
    drops: sum(groups.filter(isDrop)),
  };
}

/** Whether a question asks for alerts of this rule and priority. */
export function matchesRule({ rule, priority }: Pick<RuleCount, 'rule' | 'priority'>, question: FalcoQuestion): boolean {
  const { rules, minimumPriority = 'Debug' } = question;
  return matchesAny(rules, rule) && FALCO_PRIORITIES.indexOf(priority) <= FALCO_PRIORITIES.indexOf(minimumPriority);
}

/** The sums of counts by rule. */
export function byRuleOf(counts: readonly { readonly rule: string; readonly count: number }[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { rule, count } of counts) sums.set(rule, (sums.get(rule) ?? 0) + count);
  return sums;
}

type Fit = 'Yes' | 'No' | 'Unclear';

function bothOf(one: Fit, other: Fit): Fit {
  if (one === 'No' || other === 'No') return 'No';
  return one === 'Yes' && other === 'Yes' ? 'Yes' : 'Unclear';
}

function hasTag({ tags }: AlertGroup, { tags: wanted }: FalcoQuestion): Fit {
  if (wanted === undefined) return 'Yes';
  if (tags === undefined) return 'Unclear';
  return wanted.some((tag) => tags.includes(tag)) ? 'Yes' : 'No';
}

function inNamespace({ namespace }: AlertGroup, { namespaces }: FalcoQuestion): Fit {
  if (namespaces === undefined) return 'Yes';
  if (namespace === undefined) return 'Unclear';
  return namespace !== '' && matchesAny(namespaces, namespace) ? 'Yes' : 'No';
}
