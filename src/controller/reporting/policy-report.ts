import { hash } from 'node:crypto';

import type { KubeObject, ObjectMeta } from '../../api/common.ts';
import { POLICY_RESULTS, type PolicyResult } from '../../api/evidence-kinds.ts';
import type { ServiceName } from '../../evidence/index.ts';
import { FIELD_MANAGER } from '../../kube/index.ts';
import { OWN_REPORTS, OWN_RESULTS } from '../../sources/policy-reports-results.ts';
import type { KnownCriterion } from '../judging/known.ts';
import { resultOf, type VerdictResult } from './policy-report-result.ts';

/** An API of policy reports, by its group and version and its kind. */
export interface ReportApi {
  readonly apiVersion: string;
  readonly kind: string;
  /** Whether a report names its source once for all results; the older API would drop the field. */
  readonly namesSource: boolean;
}

/** The first that is there is written, and never both. */
export const REPORT_APIS: readonly ReportApi[] = [
  { apiVersion: 'openreports.io/v1alpha1', kind: 'Report', namesSource: true },
  { apiVersion: 'wgpolicyk8s.io/v1alpha2', kind: 'PolicyReport', namesSource: false },
];

/** A report of verdicts. */
export interface VerdictReport extends KubeObject {
  readonly metadata: ObjectMeta & { readonly name: string; readonly namespace: string };
  readonly source?: string;
  readonly summary: Readonly<Record<PolicyResult, number>>;
  readonly results: readonly VerdictResult[];
  readonly [field: string]: unknown;
}

/** So many results, of the longest texts there can be, fit into what the API server stores in one object. */
export const RESULTS_A_REPORT = 200;

const SERVICE_LABEL = 'assay.dev/service';

/** The reports of a service: its criteria in the order of their names, in as few reports as hold them. None for one without criteria. */
export function reportsOf(api: ReportApi, service: ServiceName, criteria: readonly KnownCriterion[]): VerdictReport[] {
  const shown = criteria.filter(({ state }) => state.standing !== 'Deleted').sort(byName);
  const count = Math.ceil(shown.length / RESULTS_A_REPORT);
  return Array.from({ length: count }, (_, index) => {
    const from = index * RESULTS_A_REPORT;
    return reportOf(api, { ...service, number: index + 1 }, shown.slice(from, from + RESULTS_A_REPORT).map(resultOf));
  });
}

const byName = (one: KnownCriterion, other: KnownCriterion): number => (one.name < other.name ? -1 : 1);

function reportOf(api: ReportApi, of: ServiceName & { number: number }, results: readonly VerdictResult[]): VerdictReport {
  const { apiVersion, kind, namesSource } = api;
  return {
    ...{ apiVersion, kind },
    metadata: {
      ...{ name: reportName(of.service, of.number), namespace: of.namespace },
      labels: { ...OWN_REPORTS, [SERVICE_LABEL]: of.service },
    },
    ...(namesSource && { source: OWN_RESULTS }),
    summary: summaryOf(results),
    results,
  };
}

/** `assay-shop`, `assay-shop.2`, ...: no service has a dot in its name, so that no two services share a report. */
const reportName = (service: string, number: number): string => `assay-${service}${number === 1 ? '' : `.${number}`}`;

function summaryOf(results: readonly VerdictResult[]): Record<PolicyResult, number> {
  const counted = POLICY_RESULTS.map((word) => [word, results.filter(({ result }) => result === word).length]);
  return Object.fromEntries(counted) as Record<PolicyResult, number>;
}

/** What is kept of a report that was found: whose it is, and a digest of what it says. */
export interface SeenReport extends KubeObject {
  /** The service that it is about; absent where this operator did not write it. */
  readonly service?: ServiceName;
  readonly content: string;
}

/** What matters of a report that the API server has. */
export function seen(object: KubeObject): SeenReport {
  const { name, namespace = '', uid, resourceVersion } = object.metadata;
  const service = /^assay-([^.]+)(\.[0-9]+)?$/.exec(name)?.[1];
  return {
    ...{ apiVersion: object.apiVersion, kind: object.kind },
    metadata: {
      ...{ name, namespace },
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    ...(isOwn(object) && service !== undefined && { service: { namespace, service } }),
    content: contentOf(object),
  };
}

/** Whether this operator wrote it, whatever its labels say now: the API server keeps book of who applied something. */
export function isOwn({ metadata }: KubeObject): boolean {
  const { managedFields } = metadata as { readonly managedFields?: unknown };
  const entries = Array.isArray(managedFields) ? (managedFields as { manager?: unknown; operation?: unknown }[]) : [];
  return entries.some(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply');
}

/** A digest of what a report says, and of whose it says it is: the same, in whatever order the fields come back. */
export function contentOf(report: KubeObject): string {
  const { source, summary, results, metadata } = report as Partial<VerdictReport> & KubeObject;
  const labels = Object.keys({ ...OWN_REPORTS, [SERVICE_LABEL]: '' }).map((label) => metadata.labels?.[label]);
  const text = JSON.stringify([labels, source, summary, results], (_key, member: unknown) => inOrder(member));
  return hash('sha256', text, 'base64');
}

function inOrder(member: unknown): unknown {
  if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
  return Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)));
}
