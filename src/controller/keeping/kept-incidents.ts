import type { Incident, IncidentStatus } from '../../api/incident.ts';
import type { RecordBody } from '../../api/records.ts';
import { cut } from '../../domain/cut.ts';
import { incidentChanges, incidentDeleted, type KnownIncident } from '../../domain/incident.ts';
import {
  dueOf,
  dueText,
  incidentPassed,
  nextPassing,
  overdueOf,
  passedText,
  type TimesBySeverity,
  withDue,
} from '../../domain/incident-times.ts';
import { timeText } from '../../domain/moment.ts';
import type { IncidentBooks } from './incident-book.ts';
import type { KeptKind, Said } from './kept-records.ts';
import { RESOURCES } from '../resources.ts';

/** How Incidents are kept on record, and by which times they are to be handled. */
export function keptIncidents(books: IncidentBooks, times: TimesBySeverity): KeptKind<Incident, KnownIncident> {
  return {
    ...{ resource: RESOURCES.incidents, books, isUrgent: false },
    changes: (known, incident, at) => withDue(known, incidentChanges(known, incident, at), times).map(asSaid),
    deletion: (known, at) => incidentDeleted(known, at).map(asSaid),
    passed: (known, now) => incidentPassed(known, times, now).map(asSaid),
    status: (known, now) => ({ ...incidentStatus(known), ...timesStatus(known, times, now) }),
    turnsAt: (known, now) => nextPassing(known, times, now),
  };
}

const asSaid = (body: RecordBody<'IncidentChanged'>): Said => ({ kind: 'IncidentChanged', body });

/** What the status of an incident says, from what the log knows of it. */
function incidentStatus({ latest, openedAt, endedAt, handling, timeline }: KnownIncident): IncidentStatus {
  return {
    state: latest.state,
    level: handling.level,
    openedAt: timeText(openedAt),
    ...(endedAt !== undefined && { endedAt: timeText(endedAt) }),
    timeline: timeline.map(entryOf),
  };
}

/** What is due of it; nothing once it is over. */
function timesStatus(known: KnownIncident, times: TimesBySeverity, now: number): IncidentStatus {
  const { reactBy, recoverBy } = dueOf(known, times) ?? {};
  const overdue = overdueOf(known, times, now);
  const due = dueText(known, times, now);
  return {
    ...(reactBy !== undefined && { reactBy: timeText(reactBy) }),
    ...(recoverBy !== undefined && { recoverBy: timeText(recoverBy) }),
    ...(overdue.length > 0 && { overdue }),
    ...(due !== undefined && { due }),
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
  const said = words ?? note ?? internalNote ?? reason ?? resolution?.cause ?? passedText(body);
  const text = change === 'Changed' ? describedText(body) : said;
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
