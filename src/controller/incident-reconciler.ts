import type { INCIDENT_READY_REASONS } from '../api/conditions.ts';
import type { Incident, IncidentStatus } from '../api/incident.ts';
import type { RecordBody } from '../api/records.ts';
import { incidentChanges, incidentDeleted, type KnownIncident } from '../domain/incident.ts';
import { timeText } from '../domain/moment.ts';
import type { EvidenceStore, ServiceName } from '../evidence/index.ts';
import { setCondition, type StatusWriter, type Store } from '../kube/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { IncidentBooks } from './incident-book.ts';
import { invalidSpecStatus } from './invalid-spec.ts';
import { RESOURCES } from './resources.ts';
import type { Kept } from './kept-records.ts';
import { Validated } from './validated.ts';
import { generationOf } from './words.ts';

export interface IncidentParts {
  readonly clock: Clock;
  readonly store: EvidenceStore;
  readonly books: IncidentBooks;
  readonly statuses: StatusWriter;
  /** Called when something was put on record: somebody may have to be told. */
  readonly told: (service: ServiceName) => void;
}

type Parts = IncidentParts & { readonly incidents: Store<Incident>; readonly validated: Validated };

/** Puts on record what Incidents say that is not there yet, and shows what is on record in their statuses. */
export function keptIncidents(given: IncidentParts): (incidents: Store<Incident>) => Kept {
  return (incidents) => {
    const parts = { ...given, incidents, validated: new Validated() };
    return { reconcile: (key) => reconcile(parts, key), lost: () => lostIncidents(parts) };
  };
}

async function reconcile(parts: Parts, key: string): Promise<undefined> {
  const incident = parts.incidents.get(key);
  if (!incident) {
    parts.validated.forget(key);
    await noteDeletion(parts, key);
    return;
  }
  const problem = parts.validated.problemOf(incident);
  if (problem === undefined) {
    await keep(parts, incident, key);
    return;
  }
  const status = invalidSpecStatus(incident, problem, parts.clock.now());
  parts.statuses.write({ resource: RESOURCES.incidents, object: incident, status, urgent: true });
}

async function keep(parts: Parts, incident: Incident, key: string): Promise<void> {
  const service = { namespace: incident.metadata.namespace ?? '', service: incident.spec.service };
  const known = (await parts.books.of(service)).get(incident.metadata.name);
  // The one of this name that happened to another service was deleted; first, so that a crash in between is mended by the next try.
  if (!known) await noteDeletion(parts, key);
  await record(parts, service, incidentChanges(known, incident, parts.clock.now()));
  const after = (await parts.books.of(service)).get(incident.metadata.name);
  if (after) show(parts, incident, after);
}

/** Keys of the incidents that are on record and whose object is gone: it was deleted while nobody looked. */
async function lostIncidents({ store, books, incidents }: Parts): Promise<string[]> {
  const lost: string[] = [];
  for (const service of await store.services()) {
    for (const [name, { isDeleted }] of await books.of(service)) {
      const key = `${service.namespace}/${name}`;
      if (!isDeleted && !incidents.get(key)) lost.push(key);
    }
  }
  return lost;
}

async function record(
  { store, told }: IncidentParts,
  service: ServiceName,
  bodies: RecordBody<'IncidentChanged'>[],
): Promise<void> {
  if (bodies.length === 0) return;
  await store.append(bodies.map((body) => ({ ...service, kind: 'IncidentChanged', slot: body.at, body })));
  told(service);
}

/** Of which service it was only the logs know. */
async function noteDeletion(parts: IncidentParts, key: string): Promise<void> {
  const [namespace = '', name = ''] = key.split('/');
  for (const service of await parts.store.services()) {
    if (service.namespace !== namespace) continue;
    const known = (await parts.books.of(service)).get(name);
    if (known) await record(parts, service, incidentDeleted(known, parts.clock.now()));
  }
}

function show({ statuses, clock }: IncidentParts, object: Incident, known: KnownIncident): void {
  const observed = generationOf(object.metadata);
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: 'Recorded' satisfies keyof typeof INCIDENT_READY_REASONS,
    message: 'everything that it says is on record',
    ...observed,
  } as const;
  const conditions = setCondition(object.status?.conditions, condition, new Date(clock.now()));
  statuses.write({ resource: RESOURCES.incidents, object, status: { ...observed, ...incidentStatus(known), conditions } });
}

/** What the status of an incident says, from what the log knows of it. */
export function incidentStatus({ latest, openedAt, endedAt, timeline }: KnownIncident): IncidentStatus {
  return {
    state: latest.state,
    openedAt: timeText(openedAt),
    ...(endedAt !== undefined && { endedAt: timeText(endedAt) }),
    timeline: timeline.map(entryOf),
  };
}

function entryOf(body: RecordBody<'IncidentChanged'>): NonNullable<IncidentStatus['timeline']>[number] {
  const { at, change, by, audience } = body;
  const text = textOf(body);
  return {
    at: timeText(at),
    change,
    ...(by !== undefined && { by }),
    ...(audience !== undefined && { audience }),
    ...(text !== undefined && { text }),
  };
}

// A status is read at a glance, and has to fit beside a long spec; the log keeps every word.
const LONGEST_TEXT = 512;

/** What was said, by whatever kind of change, or what it is now. */
function textOf(body: RecordBody<'IncidentChanged'>): string | undefined {
  const { change, words, note, internalNote, reason, resolution } = body;
  const text = change === 'Changed' ? describedText(body) : (words ?? note ?? internalNote ?? reason ?? resolution?.cause);
  return text === undefined || text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`;
}

function describedText({ title, severity, category, priority }: RecordBody<'IncidentChanged'>): string {
  const more = [
    `severity ${severity}`,
    ...(category === undefined ? [] : [`category ${category}`]),
    ...(priority === undefined ? [] : [`priority ${priority}`]),
  ];
  return `${title} (${more.join(', ')})`;
}
