import type { CertificationCriterion } from '../../../src/api/criterion.ts';
import type { EvidenceReport } from '../../../src/api/report.ts';
import { type CriterionState, verdictOf } from '../../../src/domain/criterion.ts';
import { deviationId } from '../../../src/domain/deviation-id.ts';
import { timeText } from '../../../src/domain/moment.ts';
import type { KubeApi } from '../../cluster/kube-api.ts';
import { folded } from '../../e2e/evidence.ts';

import { type CriterionLog } from './logs.ts';

/** Where what the API server has and shows is not what the log says. */
export async function shownComplaints(api: Pick<KubeApi, 'list'>, criteria: readonly CriterionLog[]): Promise<string[]> {
  const objects = new Map((await api.list('CertificationCriterion')).map((object) => [idOf(object), object]));
  const reports = new Map((await api.list('EvidenceReport')).map((object) => [idOf(object), object]));
  const inForce = criteria.flatMap((log): Standing[] => {
    const [first] = log.events;
    if (first?.kind !== 'Created') return [];
    const { state } = folded(
      log.events.map((event) => ({ criterion: log.name, event })),
      log.id,
    );
    return state.standing === 'Deleted' ? [] : [{ log, state }];
  });
  const known = new Set(inForce.map(({ log }) => log.id));
  return [
    ...[...objects].flatMap(([id, object]) => (known.has(id) || isInvalid(object) ? [] : [`${id} is there, and not on record`])),
    ...inForce.flatMap((standing) => complaintsOf(standing, objects.get(standing.log.id), reports.get(standing.log.id))),
  ];
}

interface Standing {
  readonly log: CriterionLog;
  readonly state: CriterionState;
}

const idOf = ({ metadata }: CertificationCriterion | EvidenceReport): string => `${metadata.namespace}/${metadata.name}`;

const isInvalid = ({ status }: CertificationCriterion): boolean =>
  status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'InvalidSpec') ?? false;

function complaintsOf(
  { log, state }: Standing,
  object: CertificationCriterion | undefined,
  report: EvidenceReport | undefined,
): string[] {
  if (!object) return [`${log.id} is in force on record, and not there`];
  if (isInvalid(object)) return [];
  return [...objectComplaints({ log, state }, object), ...reportComplaints(log, object, report)];
}

function objectComplaints({ log, state }: Standing, { metadata, status = {} }: CertificationCriterion): string[] {
  const changed = log.records.findLast((record) => record.kind === 'CriterionChanged');
  return [
    ...differences(log.id, 'uid', changed?.body.uid, metadata.uid),
    ...differences(log.id, 'generation', metadata.generation, status.observedGeneration),
    ...differences(log.id, 'verdict', verdictOf(state), status.verdict),
    ...differences(log.id, 'since', timeText(state.since), status.since),
    ...differences(log.id, 'deviation', deviationOf(state), status.deviation?.id),
    ...differences(log.id, 'record', placeOf(log), status.record),
  ];
}

const deviationOf = ({ id, track }: CriterionState): string | undefined =>
  track.deviation && deviationId(id, track.deviation.from);

function placeOf({ records }: CriterionLog): { seq: number; digest: string } | undefined {
  const latest = records.findLast(({ kind }) => kind === 'VerdictChanged');
  return latest && { seq: latest.head.seq, digest: latest.digest };
}

function differences(id: string, what: string, recorded: unknown, shown: unknown): string[] {
  const [right, wrong] = [recorded, shown].map(wordsFor);
  return right === wrong ? [] : [`${id}: the ${what} is ${right}, and ${wrong} is shown`];
}

function wordsFor(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(value, Object.keys(value).sort());
}

/** Each criterion has its live report, which says something; somebody else's object of that name is left alone. */
function reportComplaints(
  { id }: CriterionLog,
  { metadata }: CertificationCriterion,
  report: EvidenceReport | undefined,
): string[] {
  if (!report) return [`${id} has no live report`];
  const owners = report.metadata.ownerReferences ?? [];
  if (owners.length === 0) return [];
  if (!owners.some(({ uid }) => uid === metadata.uid)) return [`${id}: its live report belongs to an object that is gone`];
  return report.status === undefined ? [`${id}: its live report says nothing`] : [];
}
