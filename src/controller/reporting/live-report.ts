import { API_VERSION, type KubeObject, type OwnerReference } from '../../api/common.ts';
import type { CertificationCriterion } from '../../api/criterion.ts';
import { CRITERION, REPORT } from '../../api/kinds.ts';
import type { EvidenceReport } from '../../api/report.ts';
import { createOwned, deleteObject, keyOf, setCondition, type StatusWriter, type Transport } from '../../kube/index.ts';
import { windowOf } from '../../domain/criterion.ts';
import { summarise } from '../../domain/period.ts';
import type { KnownCriterion } from '../judging/known.ts';
import type { Said } from './report-said.ts';
import { reportStatus } from './report-status.ts';
import { RESOURCES } from '../resources.ts';
import { generationOf } from '../words.ts';

export interface LiveReportParts {
  readonly transport: Transport;
  readonly statuses: StatusWriter;
  readonly existing: (key: string) => EvidenceReport | undefined;
}

/** What became of the live report. `Taken`: somebody else's object has its name. */
export type KeptReport = { readonly kind: 'Kept'; readonly report: EvidenceReport } | { readonly kind: 'Taken' };

const LIVE = { type: 'Live' } as const;

/**
 * Keeps the one live report of a criterion: named after it, owned by it, overwritten in place, never adopting an object that
 * somebody else made.
 */
export async function keepLiveReport(
  parts: LiveReportParts,
  criterion: CertificationCriterion,
  signal: AbortSignal,
): Promise<KeptReport> {
  const seen = liveReportSeen(parts, criterion);
  if (seen) return seen;
  const found = parts.existing(keyOf(criterion));
  if (found && ownership(found, criterion) === 'LeftOver')
    await deleteObject(parts.transport, RESOURCES.reports, { ...nameOf(criterion), uid: found.metadata.uid ?? '' });
  return createReport(parts, criterion, labelsOf(criterion), signal);
}

/** What the watch shows of it already; undefined where the API server has to be asked for something. */
export function liveReportSeen(
  { existing }: Pick<LiveReportParts, 'existing'>,
  criterion: CertificationCriterion,
): KeptReport | undefined {
  const found = existing(keyOf(criterion));
  if (!found) return undefined;
  const whose = ownership(found, criterion);
  if (whose === 'Foreign') return { kind: 'Taken' };
  return whose === 'Own' && hasLabels(found, labelsOf(criterion)) ? { kind: 'Kept', report: found } : undefined;
}

async function createReport(
  { transport }: LiveReportParts,
  criterion: CertificationCriterion,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<KeptReport> {
  const { name, namespace } = nameOf(criterion);
  const object = {
    apiVersion: API_VERSION,
    kind: REPORT.kind,
    metadata: { name, namespace, labels },
    spec: { service: criterion.spec.service, criteria: { names: [name] }, period: LIVE, audience: 'internal' },
  };
  const owner = ownerOf(name, criterion.metadata.uid ?? '');
  const owned = await createOwned({ transport, resource: RESOURCES.reports, object, owner, signal });
  return owned.kind === 'Applied' ? { kind: 'Kept', report: owned.object as EvidenceReport } : { kind: 'Taken' };
}

const nameOf = ({ metadata }: Pick<KubeObject, 'metadata'>): { name: string; namespace: string } => ({
  name: metadata.name,
  namespace: metadata.namespace ?? '',
});

function ownerOf(name: string, uid: string): OwnerReference {
  return { apiVersion: API_VERSION, kind: CRITERION.kind, name, uid, controller: true, blockOwnerDeletion: false };
}

/** What a live report is made of. */
export interface LiveState {
  readonly known: KnownCriterion;
  readonly said: Said;
  readonly measured?: string | undefined;
  readonly now: number;
}

/** The status of a live report but for its conditions. */
export type LiveStatus = ReturnType<typeof reportStatus>;

/** What a live report says of what is known. */
export function liveStatus({ known, said, measured, now }: LiveState): LiveStatus {
  const { state } = known;
  const knownUntil = Math.min(now, (state.track.last?.slot ?? now) + state.rules.intervalMs);
  const period = windowOf(state, knownUntil);
  const summary = summarise(state, period, knownUntil);
  const member = { known, summary, ...(measured === undefined ? {} : { measured }) };
  return reportStatus([member], period, LIVE, said);
}

/** All that a live report shows of what people said, in one text; empty where that is nothing. */
export function saidInLive({ adjusted, deviations = [] }: LiveStatus): string {
  const rows = deviations.map(({ id, change, incident, comments }) => ({ id, change, incident, comments }));
  const told = rows.filter(({ change, incident, comments }) => change ?? incident ?? comments);
  return told.length === 0 && adjusted === undefined ? '' : JSON.stringify([adjusted?.changes, told]);
}

/** Wants the live report to show this status. @param now in milliseconds since 1970-01-01T00:00:00Z */
export function writeLiveReport(
  { statuses }: LiveReportParts,
  report: EvidenceReport,
  { status, now, urgent }: { readonly status: LiveStatus; readonly now: number; readonly urgent: boolean },
): void {
  const observed = generationOf(report.metadata);
  const ready = { type: 'Ready', status: 'True', reason: 'Live', message: 'kept up to date with its criterion' } as const;
  const conditions = setCondition(report.status?.conditions, { ...ready, ...observed }, new Date(now));
  statuses.write({ resource: RESOURCES.reports, object: report, status: { ...observed, ...status, conditions }, urgent });
}

/** Whose a report is. `LeftOver`: of a criterion of this name that is gone; the garbage collector would remove it in time. */
function ownership({ metadata }: EvidenceReport, criterion: CertificationCriterion): 'Own' | 'LeftOver' | 'Foreign' {
  const owners = metadata.ownerReferences ?? [];
  if (owners.some(({ uid }) => uid === criterion.metadata.uid)) return 'Own';
  const { name } = criterion.metadata;
  const left = owners.some((owner) => owner.kind === CRITERION.kind && owner.apiVersion === API_VERSION && owner.name === name);
  return left ? 'LeftOver' : 'Foreign';
}

function hasLabels({ metadata }: EvidenceReport, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
}

/** Labels by which reports are found with `kubectl get evr -l`. */
function labelsOf({ spec }: CertificationCriterion): Record<string, string> {
  const catalogs = spec.controls.map(({ catalog, version }) => [`catalog.assay.dev/${catalog}-${version}`, 'true'] as const);
  return { 'assay.dev/service': spec.service, ...Object.fromEntries(catalogs) };
}
