import { createHash } from 'node:crypto';

import type { Severity } from '../api/common.ts';
import type { CertificationCriterionSpec } from '../api/criterion.ts';
import { FALCO_PRIORITIES, type FalcoPriority } from '../api/evidence-kinds.ts';
import type { IncidentSpec } from '../api/incident.ts';
import type { RecordBody } from '../api/records.ts';
import { cut } from './cut.ts';
import { timeText } from './moment.ts';

/** From which severity of its criterion on a deviation opens an incident; `never`: none opens by itself, of alerts neither. */
export const OPEN_INCIDENTS = ['never', 'critical', 'high', 'medium', 'low'] as const;
export type OpenIncidents = (typeof OPEN_INCIDENTS)[number];

/** An incident that nobody has looked at yet, and the name that it always gets. */
export interface Opening {
  readonly name: string;
  readonly spec: IncidentSpec & { readonly severity: Severity };
}

/** Who reports what opens by itself. */
export const REPORTER = 'assay';

/** What became known longer ago opens nothing, unless it still goes on: whoever switches this on is not shown the past. */
export const OPENS_WITHIN_MS = 24 * 3_600_000;

export interface OpeningRules {
  readonly from: OpenIncidents;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
}

/** A deviation as the log tells it, and what is known of its criterion. */
export interface OpenedDeviation {
  readonly body: RecordBody<'DeviationOpened'>;
  readonly spec: CertificationCriterionSpec;
  readonly isGoingOn: boolean;
}

const DEFAULT_SEVERITY = 'medium';
const LONGEST_TITLE = 150;

/** The incident that a deviation opens; undefined where it opens none. */
export function openingOfDeviation({ body, spec, isGoingOn }: OpenedDeviation, { from, now }: OpeningRules): Opening | undefined {
  const { criterion, id, from: begun, at } = body;
  const severity = spec.severity ?? DEFAULT_SEVERITY;
  if (spec.mode === 'DryRun' || !reaches(severity, from) || isAboutIncidents(spec)) return undefined;
  if (!isGoingOn && now - at > OPENS_WITHIN_MS) return undefined;
  const start = timeText(begun);
  return {
    // Customers read names: what a criterion is called is not theirs.
    name: `${spec.service}-${start.slice(0, 'yyyy-mm-dd'.length)}-${hashOf(JSON.stringify([criterion, begun]))}`,
    spec: opened({
      ...{ service: spec.service, severity, title: `Not met since ${start}: ${spec.title}` },
      // An origin takes names of 63 characters and no dots; the id tells whose it is all the same.
      origin: { ...(isShort(criterion) && { criterion }), deviation: id },
    }),
  };
}

/** That incidents were not handled in time is no other incident: it would itself have to be handled. */
const isAboutIncidents = ({ evidence }: CertificationCriterionSpec): boolean =>
  evidence.some(({ records }) => records?.of === 'Incident');

const reaches = (severity: Severity, from: OpenIncidents): boolean =>
  OPEN_INCIDENTS.indexOf(severity) <= OPEN_INCIDENTS.indexOf(from);

const isShort = (name: string): boolean => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);

/** An alert of Falco, as far as it opens an incident. */
export interface SeenAlert {
  readonly rule: string;
  readonly priority: FalcoPriority;
  readonly hostname: string;
  readonly namespace?: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
  readonly receivedAt: number;
}

/** The incident that an alert of Falco opens in a service: one for each rule, workload and day (UTC), for Critical and above. */
export function openingOfAlert(service: string, alert: SeenAlert, { from, now }: OpeningRules): Opening | undefined {
  const { rule, priority, receivedAt } = alert;
  const isGrave = FALCO_PRIORITIES.indexOf(priority) <= FALCO_PRIORITIES.indexOf('Critical');
  if (from === 'never' || !isGrave || now - receivedAt > OPENS_WITHIN_MS) return undefined;
  const day = timeText(receivedAt).slice(0, 'yyyy-mm-dd'.length);
  const workload = workloadOf(alert);
  return {
    // Nor what a rule is called and where it matched.
    name: `falco-${day}-${hashOf(JSON.stringify([service, rule, workload]))}`,
    spec: opened({
      ...{ service, severity: 'critical', title: `Falco reports on ${workload}: ${rule}` },
      origin: { rule: cut(rule, 253), workload: cut(workload, 512) },
    }),
  };
}

// The endings of the pods of a Deployment, which change with each of them: the hash of its template and five characters of chance.
const POD_OF_DEPLOYMENT = /-[bcdf-hj-np-tv-z24-9]{6,10}-[bcdf-hj-np-tv-z24-9]{5}$/;

/** Where an alert comes from, the same for all pods of a Deployment. */
function workloadOf({ namespace = '', hostname, fields }: SeenAlert): string {
  const pod = fields['k8s.pod.name'];
  if (namespace === '' || typeof pod !== 'string' || pod === '' || pod === '<NA>') return `host ${hostname}`.trim();
  return `${namespace}/${pod.replace(POD_OF_DEPLOYMENT, '')}`;
}

function opened(spec: Pick<IncidentSpec, 'service' | 'title' | 'origin'> & { severity: Severity }): Opening['spec'] {
  return { ...spec, title: cut(spec.title, LONGEST_TITLE), state: 'Suspected', reporter: REPORTER };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10);
