import type { Incident, IncidentStatus } from '../api/incident.ts';
import type { RecordBody } from '../api/records.ts';
import { cut } from '../domain/cut.ts';
import { incidentChanges, incidentDeleted, type KnownIncident } from '../domain/incident.ts';
import { timeText } from '../domain/moment.ts';
import type { IncidentBooks } from './incident-book.ts';
import type { KeptKind, Said } from './kept-records.ts';
import { RESOURCES } from './resources.ts';

/** How Incidents are kept on record. */
export function keptIncidents(books: IncidentBooks): KeptKind<Incident, KnownIncident> {
  return {
    ...{ resource: RESOURCES.incidents, books, isUrgent: false },
    changes: (known, incident, at) => incidentChanges(known, incident, at).map(asSaid),
    deletion: (known, at) => incidentDeleted(known, at).map(asSaid),
    status: incidentStatus,
  };
}

const asSaid = (body: RecordBody<'IncidentChanged'>): Said => ({ kind: 'IncidentChanged', body });

/** What the status of an incident says, from what the log knows of it. */
function incidentStatus({ latest, openedAt, endedAt, timeline }: KnownIncident): IncidentStatus {
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
  return text === undefined ? undefined : cut(text, LONGEST_TEXT);
}

function describedText({ title, severity, category, priority }: RecordBody<'IncidentChanged'>): string {
  const more = [
    `severity ${severity}`,
    ...(category === undefined ? [] : [`category ${category}`]),
    ...(priority === undefined ? [] : [`priority ${priority}`]),
  ];
  return `${title} (${more.join(', ')})`;
}
