import type { PolicyReportsEvidence, PolicyResult } from '../api/evidence-kinds.ts';
import type { Labels, Reading, Sample } from '../domain/sample.ts';
import type { Asker, ClusterObjects, ClusterReader, FoundObjects } from './cluster.ts';
import { printable } from '../domain/outcome.ts';
import { matchesAny } from './glob.ts';
import { type FoundResult, readReport, type ReadReport } from './policy-reports-results.ts';
import { kindNotAllowed, unavailableFor } from './resource-absence.ts';

// The first is counted in full, and of the second what the first does not hold: a tool may write the same results to both.
const APIS = [
  { apiVersion: 'openreports.io/v1alpha1', kinds: { Namespace: 'Report', Cluster: 'ClusterReport' } },
  { apiVersion: 'wgpolicyk8s.io/v1alpha2', kinds: { Namespace: 'PolicyReport', Cluster: 'ClusterPolicyReport' } },
] as const;

const DEFAULT_RESULTS: readonly PolicyResult[] = ['fail', 'error'];
const MAX_SERIES = 1_000;

/**
 * Counts results in the policy reports of Kyverno, Trivy, Kubescape, Falco and others, by result, severity and source. Reports
 * without a result that counts are 0; no report at all is no evidence.
 */
export const policyReportsReader: ClusterReader<PolicyReportsEvidence> = {
  read: async (query, objects, asker, signal) => {
    const found = await reportsOf(query, objects, asker, signal);
    const missing = found.find((each) => each.kind === 'NotFound' && each.reason !== 'NotServed');
    if (missing?.kind === 'NotFound') return unavailableFor(missing);
    if (found.every(({ kind }) => kind === 'NotFound')) return notServed;
    const reports = found.map((each) => (each.kind === 'Objects' ? each.objects.map(named).filter(({ isOwn }) => !isOwn) : []));
    return readingOf(query, reports);
  },
  check: async (query, objects, asker, signal) => {
    const found = await reportsOf(query, objects, asker, signal);
    const refused = found.find((each) => each.kind === 'NotFound' && each.reason === 'NotAllowed');
    return refused?.kind === 'NotFound' ? kindNotAllowed(refused.message) : undefined;
  },
};

const notServed: Reading = {
  kind: 'Unavailable',
  reason: 'SourceUnreachable',
  message:
    'the API server serves no policy reports: neither those of openreports.io/v1alpha1 nor those of wgpolicyk8s.io/v1alpha2',
};

function reportsOf(
  { scope = 'Namespace', selector }: PolicyReportsEvidence,
  objects: ClusterObjects,
  { namespace }: Asker,
  signal: AbortSignal,
): Promise<FoundObjects[]> {
  const wanted = APIS.map(({ apiVersion, kinds }) => ({
    apiVersion,
    kind: kinds[scope],
    namespace,
    ...(selector && { selector }),
  }));
  return Promise.all(wanted.map((each) => objects.list(each, signal)));
}

interface NamedReport extends ReadReport {
  readonly name: string;
}

const named = (report: Parameters<typeof readReport>[0]): NamedReport => ({
  ...readReport(report),
  name: printable(report.metadata.name),
});

function readingOf(query: PolicyReportsEvidence, [first = [], second = []]: readonly (readonly NamedReport[])[]): Reading {
  const reports = [...first, ...second];
  if (reports.length === 0) return { kind: 'Samples', samples: [] };
  const asked = query.results ?? DEFAULT_RESULTS;
  const partial = flawsOf(reports, asked);
  const flawed = partial === undefined ? {} : { partial };
  // Whoever is asked for by name and never wrote a result proves nothing by writing none.
  const isNamed = query.sources !== undefined || query.policies !== undefined;
  const wrote = reports.some(({ results }) => results.some((result) => isAbout(result, query)));
  if (isNamed && !wrote) return { kind: 'Samples', samples: [], ...flawed };
  const counting = (some: readonly NamedReport[]): FoundResult[] =>
    some.flatMap(({ results }) => results).filter((result) => counts(result, query, asked));
  const samples = samplesOf(withoutTwins(counting(first), counting(second)));
  if (samples.length > MAX_SERIES) {
    const message = `the policy reports name more than ${MAX_SERIES} sources`;
    return { kind: 'Unavailable', reason: 'TooManySeries', message };
  }
  return { kind: 'Samples', samples, ...flawed };
}

function counts(found: FoundResult, query: PolicyReportsEvidence, asked: readonly PolicyResult[]): boolean {
  const { result, severity } = found;
  const { severities } = query;
  if (!asked.includes(result)) return false;
  if (severities !== undefined && (severity === undefined || !severities.includes(severity))) return false;
  return isAbout(found, query);
}

/** Whether a result, whatever it says, is of the sources and policies that are asked for. */
const isAbout = ({ source, policy }: FoundResult, query: PolicyReportsEvidence): boolean =>
  matchesAny(query.sources, source) && matchesAny(query.policies, policy);

/** All of the first, and of the second what is not the twin of one of the first; within one API a result may well come twice. */
function withoutTwins(first: readonly FoundResult[], second: readonly FoundResult[]): FoundResult[] {
  const left = new Map<string, number>();
  for (const { identity } of first) left.set(identity, (left.get(identity) ?? 0) + 1);
  const own = second.filter(({ identity }) => {
    const twins = left.get(identity) ?? 0;
    if (twins > 0) left.set(identity, twins - 1);
    return twins === 0;
  });
  return [...first, ...own];
}

function samplesOf(results: readonly FoundResult[]): Sample[] {
  const groups = new Map<string, { labels: Labels; value: number }>();
  for (const { result, severity, source } of results) {
    const labels = {
      result,
      ...(severity && { severity }),
      ...(source !== undefined && { source: printable(source) }),
    };
    const key = JSON.stringify(labels);
    const group = groups.get(key) ?? { labels, value: 0 };
    group.value += 1;
    groups.set(key, group);
  }
  return groups.size === 0 ? [{ labels: {}, value: 0 }] : [...groups.values()];
}

/** What of the reports could not be counted, in a sentence; undefined when nothing is missing. */
function flawsOf(reports: readonly NamedReport[], asked: readonly PolicyResult[]): string | undefined {
  const sentence = (flawed: readonly NamedReport[], flaw: string): string[] =>
    flawed[0] ? [`${flawed.length} of ${reports.length} policy reports ${flaw} (the first is ${flawed[0].name})`] : [];
  const malformed = reports.filter((report) => report.malformed);
  const short = reports.filter(({ omits }) => asked.some((word) => omits.has(word)));
  const sentences = [
    ...sentence(malformed, 'hold something that is not of the documented format'),
    ...sentence(short, 'do not list every result that is asked for'),
  ];
  return sentences.length === 0 ? undefined : sentences.join('; ');
}

/** Names are labels and stand in messages: without control characters, and not longer than a person reads. */
