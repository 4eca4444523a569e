import { API_VERSION, type OwnerReference } from '../api/common.ts';
import type { CertificationCriterion } from '../api/criterion.ts';
import { CRITERION, REPORT } from '../api/kinds.ts';
import type { EvidenceReport } from '../api/report.ts';
import { createOwned, deleteObject, setCondition, type StatusWriter, type Transport } from '../kube/index.ts';
import { windowOf } from '../domain/criterion.ts';
import { summarise } from '../domain/period.ts';
import type { KnownCriterion } from './known.ts';
import { reportStatus } from './report-status.ts';
import { RESOURCES } from './resources.ts';

export interface LiveReportParts {
  readonly transport: Transport;
  readonly statuses: StatusWriter;
  readonly existing: (key: string) => EvidenceReport | undefined;
}

/** What became of the live report. `Taken`: somebody else's object has its name. */
export type KeptReport =
  { readonly kind: 'Kept'; readonly report: EvidenceReport } | { readonly kind: 'Taken' } | { readonly kind: 'Failed' };

const LIVE = { type: 'Live' } as const;

/**
 * Keeps the one live report of a criterion: named after it, owned by it, overwritten in place, never adopting an object that
 * somebody else made.
 */
export async function keepLiveReport(
  { transport, existing }: LiveReportParts,
  criterion: CertificationCriterion,
  signal: AbortSignal,
): Promise<KeptReport> {
  const { name, namespace = '', uid = '' } = criterion.metadata;
  const owner: OwnerReference = {
    apiVersion: API_VERSION,
    kind: CRITERION.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: false,
  };
  const labels = labelsOf(criterion);
  const found = existing(`${namespace}/${name}`);
  if (found && isOwned(found, uid) && hasLabels(found, labels)) return { kind: 'Kept', report: found };
  if (found && !isOwned(found, uid)) {
    if (!isLeftOver(found, criterion)) return { kind: 'Taken' };
    await deleteObject(transport, RESOURCES.reports, { name, namespace, uid: found.metadata.uid ?? '' });
  }
  const object = {
    apiVersion: API_VERSION,
    kind: REPORT.kind,
    metadata: { name, namespace, labels },
    spec: { service: criterion.spec.service, criteria: { names: [name] }, period: LIVE, audience: 'internal' },
  };
  const owned = await createOwned({ transport, resource: RESOURCES.reports, object, owner, signal });
  return owned.kind === 'Applied' ? { kind: 'Kept', report: owned.object as EvidenceReport } : { kind: 'Taken' };
}

/** Wants the live report's status to say what is known now. */
export function writeLiveReport(
  { statuses }: LiveReportParts,
  report: EvidenceReport,
  { known, measured, now, urgent }: { known: KnownCriterion; measured: string | undefined; now: number; urgent: boolean },
): void {
  const { state } = known;
  const knownUntil = Math.min(now, (state.track.last?.slot ?? now) + state.rules.intervalMs);
  const period = windowOf(state, knownUntil);
  const summary = summarise(state, period, knownUntil);
  const member = { known, summary, ...(measured === undefined ? {} : { measured }) };
  const { generation } = report.metadata;
  const ready = { type: 'Ready', status: 'True', reason: 'Live', message: 'kept up to date with its criterion' } as const;
  const conditions = setCondition(
    report.status?.conditions,
    generation === undefined ? ready : { ...ready, observedGeneration: generation },
    new Date(now),
  );
  const status = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...reportStatus([member], period, LIVE),
    conditions,
  };
  statuses.write({ resource: RESOURCES.reports, object: report, status, urgent });
}

/** The live report of a criterion of this name that is gone: the garbage collector would remove it in time. */
function isLeftOver({ metadata }: EvidenceReport, { metadata: { name } }: CertificationCriterion): boolean {
  return (
    metadata.ownerReferences?.some(
      (owner) => owner.kind === CRITERION.kind && owner.apiVersion === API_VERSION && owner.name === name,
    ) ?? false
  );
}

const isOwned = ({ metadata }: EvidenceReport, uid: string): boolean =>
  metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;

function hasLabels({ metadata }: EvidenceReport, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
}

/** Labels by which reports are found with `kubectl get evr -l`. */
function labelsOf({ spec }: CertificationCriterion): Record<string, string> {
  const catalogs = spec.controls.map(({ catalog, version }) => [`catalog.assay.dev/${catalog}-${version}`, 'true'] as const);
  return { 'assay.dev/service': spec.service, ...Object.fromEntries(catalogs) };
}
