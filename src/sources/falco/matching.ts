import { FALCO_PRIORITIES, type FalcoPriority } from '../../api/evidence-kinds.ts';
import { type AlertGroup, isDrop, isInternal } from '../../inbox/index.ts';
import { matchesAny } from '../glob.ts';
import type { Questions } from '../source.ts';
import type { RuleCount } from './facts.ts';

export type FalcoQuestion = Questions['falco'];

/** What alerts, pushed or counted, say to a question. */
export interface Counted {
  /** Alerts that the question asks for, by rule. */
  readonly byRule: ReadonlyMap<string, number>;
  /** Alerts of the rules that it asks for, whatever their tags and namespaces: what Falco's counters can be compared with. */
  readonly comparable: ReadonlyMap<string, number>;
  /** Alerts that may be meant, but don't say so, by rule. */
  readonly unclear: ReadonlyMap<string, number>;
  /** Alerts in which Falco tells that it missed something. */
  readonly drops: number;
}

/** Alerts that are alike in everything that a question can ask for, pushed or counted. */
type Group = Omit<AlertGroup, 'priority'> & Pick<RuleCount, 'priority' | 'tagsAreLabels'>;

/** Counts groups of alerts; what Falco says of itself is none of them. */
export function countGroups(groups: readonly Group[], question: FalcoQuestion): Counted {
  const fits = groups
    .filter((group) => !isInternal(group))
    .map((group) => ({ group, ofRule: isOfRule(group, question), fit: fitOf(group, question) }));
  const those = (some: typeof fits): ReadonlyMap<string, number> => sumsOf(some.map(({ group }) => group));
  return {
    byRule: those(fits.filter(({ fit }) => fit === 'Yes')),
    comparable: those(fits.filter(({ ofRule }) => ofRule !== 'No')),
    unclear: those(fits.filter(({ fit }) => fit === 'Unclear')),
    drops: groups.filter(isDrop).reduce((total, { count }) => total + count, 0),
  };
}

/** The sums of counts by rule. */
function sumsOf(counts: readonly { readonly rule: string; readonly count: number }[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { rule, count } of counts) sums.set(rule, (sums.get(rule) ?? 0) + count);
  return sums;
}

/**
 * What several that count the same alerts say together: of each rule the most that one of them has counted, since none counts an
 * alert that was not raised. Unclear is of a rule as much as the one that says most of its alerts leaves open.
 */
export function together(counted: readonly Counted[]): Counted {
  const [only] = counted;
  if (only !== undefined && counted.length === 1) return only;
  const most = (of: (one: Counted) => ReadonlyMap<string, number>, rule: string): number =>
    Math.max(0, ...counted.map((one) => of(one).get(rule) ?? 0));
  const rules = [...new Set(counted.flatMap(({ comparable }) => [...comparable.keys()]))];
  const byRule = (count: (rule: string) => number): ReadonlyMap<string, number> =>
    new Map(rules.map((rule) => [rule, count(rule)] as const).filter(([, sum]) => sum > 0));
  const answeredBy = ({ comparable, unclear }: Counted, rule: string): number =>
    (comparable.get(rule) ?? 0) - (unclear.get(rule) ?? 0);
  const raised = (rule: string): number => most((one) => one.comparable, rule);
  return {
    byRule: byRule((rule) => most((one) => one.byRule, rule)),
    comparable: byRule(raised),
    unclear: byRule((rule) => raised(rule) - Math.max(...counted.map((one) => answeredBy(one, rule)))),
    drops: Math.max(0, ...counted.map(({ drops }) => drops)),
  };
}

type Fit = 'Yes' | 'No' | 'Unclear';

const fitOf = (group: Group, question: FalcoQuestion): Fit =>
  allOf(isOfRule(group, question), hasTag(group, question), inNamespace(group, question));

function allOf(...fits: readonly Fit[]): Fit {
  if (fits.includes('No')) return 'No';
  return fits.includes('Unclear') ? 'Unclear' : 'Yes';
}

function isOfRule({ rule, priority }: Group, { rules, minimumPriority }: FalcoQuestion): Fit {
  if (!matchesAny(rules, rule)) return 'No';
  if (minimumPriority === undefined) return 'Yes';
  return priority === undefined ? 'Unclear' : urgent(priority, minimumPriority);
}

const urgent = (priority: FalcoPriority, minimum: FalcoPriority): Fit =>
  FALCO_PRIORITIES.indexOf(priority) <= FALCO_PRIORITIES.indexOf(minimum) ? 'Yes' : 'No';

function hasTag({ tags, tagsAreLabels }: Group, { tags: wanted }: FalcoQuestion): Fit {
  if (wanted === undefined) return 'Yes';
  if (tags === undefined) return 'Unclear';
  const written = tagsAreLabels ? tags.map(asLabel) : tags;
  return wanted.some((tag) => written.includes(tagsAreLabels ? asLabel(tag) : tag)) ? 'Yes' : 'No';
}

/** A tag as the name of a label has it: `PCI_DSS_11.5.1` is `PCI_DSS_11_5_1` there. */
const asLabel = (tag: string): string => tag.replace(/[^a-zA-Z0-9]+/g, '_');

function inNamespace({ namespace }: Group, { namespaces }: FalcoQuestion): Fit {
  if (namespaces === undefined) return 'Yes';
  if (namespace === undefined) return 'Unclear';
  return namespace !== '' && matchesAny(namespaces, namespace) ? 'Yes' : 'No';
}
