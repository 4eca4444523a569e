import type { KubeObject } from '../api/common.ts';
import { POLICY_RESULTS, POLICY_SEVERITIES, type PolicyResult, type PolicySeverity } from '../api/evidence-kinds.ts';

/** The source of the results that this operator writes itself, where it is told to, and the label of its reports. */
export const OWN_RESULTS = 'assay';
export const OWN_REPORTS = { 'app.kubernetes.io/managed-by': 'assay' } as const;

/** One result of a report, as far as it is counted by. */
export interface FoundResult {
  readonly result: PolicyResult;
  readonly severity?: PolicySeverity;
  readonly source?: string;
  readonly policy: string;
  /** The same for what is the same result in a report of the other API. */
  readonly identity: string;
}

/** What a report holds. `malformed`: some of it is not of the documented format, and was left out. */
export interface ReadReport {
  readonly results: readonly FoundResult[];
  readonly malformed: boolean;
  /** Results that the report itself says it left out: by its limits, or as its summary counts more than it lists. */
  readonly omits: ReadonlySet<PolicyResult>;
  /** Whether it holds nothing but the verdicts of this operator. */
  readonly isOwn: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the results of a PolicyReport (wgpolicyk8s.io/v1alpha2) or a Report (openreports.io/v1alpha1), which are alike: results are
 * of the report's own scope and source unless they name theirs. A verdict of ours is evidence of nothing, and is left out. Never throws,
 * whatever the report holds.
 */
export function readReport(report: KubeObject): ReadReport {
  const fields = report as unknown as Fields;
  const listed = fields['results'] ?? [];
  if (!Array.isArray(listed)) return { results: [], malformed: true, omits: new Set(), isOwn: false };
  const read = (listed as unknown[]).map((each) => resultOf(each, fields));
  const results = read.flatMap(({ found }) => found ?? []);
  const others = results.filter(({ source }) => source !== OWN_RESULTS);
  return {
    results: others,
    malformed: read.some(({ malformed }) => malformed) || !isTextOrNone(fields['source']),
    omits: omitted(fields, listed.length, results),
    isOwn: listed.length > 0 && results.length === listed.length && others.length === 0,
  };
}

function resultOf(value: unknown, report: Fields): { readonly found?: FoundResult; readonly malformed: boolean } {
  if (!isFields(value)) return { malformed: true };
  const { policy, rule, result, source } = value;
  if (!isText(policy) || !isOneOf(POLICY_RESULTS, result)) return { malformed: true };
  const by = [source, report['source']].find(isText);
  const severity = severityIn(value);
  const found = {
    ...{ policy, result },
    ...(severity && { severity }),
    ...(by !== undefined && { source: by }),
    identity: JSON.stringify([by, policy, isText(rule) ? rule : '', result, subjectsText(value, report)]),
  };
  return { found, malformed: !isTextOrNone(rule) || !isTextOrNone(source) || (!isNone(value['severity']) && !severity) };
}

const severityIn = ({ severity }: Fields): PolicySeverity | undefined =>
  isOneOf(POLICY_SEVERITIES, severity) ? severity : undefined;

/** Go writes them as `resources`, the documentation of openreports.io calls them `subjects`. */
function subjectsText({ resources, subjects }: Fields, { scope }: Fields): string[] {
  const given = resources ?? subjects;
  const all = Array.isArray(given) && given.length > 0 ? (given as unknown[]) : [scope];
  return all
    .filter(isFields)
    .map(({ kind, namespace, name }) => JSON.stringify([kind, namespace, name]))
    .sort();
}

/** The limits and the summary of a report say what it does not hold. */
function omitted(report: Fields, length: number, results: readonly FoundResult[]): Set<PolicyResult> {
  const limits = fieldsIn(fieldsIn(report['configuration'])['limits']);
  const { maxResults, statusFilter } = limits;
  if (typeof maxResults === 'number' && maxResults > 0 && length >= maxResults) return new Set(POLICY_RESULTS);
  const kept = Array.isArray(statusFilter) && statusFilter.length > 0 ? (statusFilter as unknown[]) : POLICY_RESULTS;
  const summary = fieldsIn(report['summary']);
  const isShort = (word: PolicyResult): boolean => {
    const counted = summary[word];
    return typeof counted === 'number' && counted > results.filter(({ result }) => result === word).length;
  };
  return new Set(POLICY_RESULTS.filter((word) => !kept.includes(word) || isShort(word)));
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isNone = (value: unknown): boolean => value === undefined || value === null || value === '';
const isTextOrNone = (value: unknown): boolean => isNone(value) || typeof value === 'string';
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsIn = (value: unknown): Fields => (isFields(value) ? value : {});
const isOneOf = <T extends string>(words: readonly T[], value: unknown): value is T =>
  (words as readonly unknown[]).includes(value);
