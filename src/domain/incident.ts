import { createHash } from 'node:crypto';

import type { Incident, IncidentSpec } from '../api/incident.ts';
import type { RecordBody } from '../api/records.ts';
import { type Handling, handlingAfter, isPassed } from './incident-handling.ts';

type Body = RecordBody<'IncidentChanged'>;

/** An incident as the log knows it. Times in milliseconds since 1970-01-01T00:00:00Z. */
export interface KnownIncident {
  readonly latest: Body;
  readonly openedAt: number;
  readonly endedAt?: number;
  /** How it ended last: resolved or dismissed. */
  readonly ending?: Body;
  readonly category?: string;
  readonly priority?: NonNullable<Body['priority']>;
  /** Digests of the updates that are on record: another word under a number that was used before is another update. */
  readonly updates: ReadonlySet<string>;
  /** Who acknowledged the resolution that stands, as `audience by`. */
  readonly acknowledgements: ReadonlySet<string>;
  readonly handling: Handling;
  readonly isDeleted: boolean;
  /** What happened since its object was last deleted, if it was, oldest first; the latest `MOST_ENTRIES`. */
  readonly timeline: readonly Body[];
}

export const MOST_ENTRIES = 50;

const UNKNOWN = { updates: new Set<string>(), acknowledgements: new Set<string>(), timeline: [] } as const;

/** What is known of an incident once this is on record. */
export function incidentAfter(before: KnownIncident | undefined, body: Body): KnownIncident {
  const begun: Omit<KnownIncident, 'latest' | 'handling' | 'isDeleted'> = before ?? { ...UNKNOWN, openedAt: body.at };
  const { updates, acknowledgements, timeline, endedAt, ...known } = begun;
  const { change, category, priority } = body;
  return {
    ...known,
    latest: body,
    ...(isOver(body.state) && { endedAt: endedAt ?? body.at }),
    ...((change === 'Resolved' || change === 'Dismissed') && { ending: body }),
    ...(category !== undefined && { category }),
    ...(priority !== undefined && { priority }),
    updates: added(updates, change === 'Updated' ? updateKey(body) : undefined),
    acknowledgements: acknowledgedAfter(acknowledgements, body),
    handling: handlingAfter(before?.handling, body),
    isDeleted: isDeletedAfter(before, change),
    timeline: timelineAfter(timeline, body),
  };
}

/** Of an object that is gone nobody sees a status, and the log keeps everything. */
function timelineAfter(before: readonly Body[], body: Body): readonly Body[] {
  return body.change === 'Deleted' ? [body] : [...before, body].slice(-MOST_ENTRIES);
}

/** That time passes brings no object back. */
function isDeletedAfter(before: KnownIncident | undefined, change: Body['change']): boolean {
  return change === 'Deleted' || (isPassed(change) && before?.isDeleted === true);
}

/** Whether nothing more is to be done. */
export const isOver = (state: Body['state']): boolean => state === 'Resolved' || state === 'Dismissed';

/** A resolution that did not hold is not the one that is read next. */
function acknowledgedAfter(before: ReadonlySet<string>, body: Body): ReadonlySet<string> {
  if (body.change === 'Reopened') return new Set();
  return added(before, body.change === 'Acknowledged' ? acknowledgementKey(body) : undefined);
}

/** Of bounded size: a text may be long, and there may be many. */
function updateKey({ update, by, audience, words, note, internalNote }: Partial<Body>): string {
  const said = JSON.stringify([update, by, audience, words ?? note ?? internalNote]);
  return createHash('sha256').update(said).digest('base64url');
}

const acknowledgementKey = ({ audience = '', by = '' }: Pick<Body, 'audience' | 'by'>): string => `${audience} ${by}`;

function added<T>(set: ReadonlySet<T>, value: T | undefined): ReadonlySet<T> {
  return value === undefined ? set : new Set([...set, value]);
}

/**
 * What an object says of an incident that is not on record yet, in the order in which it is put there. Nothing that is on record is
 * ever taken back: what was said stands, whatever the object says now. An incident is its name: an object that was made anew goes on
 * with it.
 */
export function incidentChanges(known: KnownIncident | undefined, incident: Incident, at: number): Body[] {
  if (!known || known.isDeleted || known.latest.uid === (incident.metadata.uid ?? '')) return changesOf(known, incident, at);
  const gone = incidentDeleted(known, at);
  return [...gone, ...changesOf(gone.reduce<KnownIncident>(incidentAfter, known), incident, at)];
}

function changesOf(known: KnownIncident | undefined, { metadata, spec }: Incident, at: number): Body[] {
  const state = spec.state ?? 'Open';
  const begun = known?.latest.state ?? (state === 'Suspected' ? state : 'Open');
  // Opened again and ended anew while nobody looked, or as the API server should not have let it.
  const endedAnew = begun === state && endings('Open', spec).some((ending) => endingKey(ending) !== endingKey(known?.ending));
  const turn = endedAnew ? 'Reopened' : turnOf(begun, state);
  const going = turn ? 'Open' : begun;
  const changes: Change[] = [
    ...beginnings(known, begun, spec),
    ...(turn ? [{ change: turn, state: going }] : []),
    ...newUpdates(known, spec).map((update) => ({ ...update, state: going })),
    ...endings(going, spec),
    ...newAcknowledgements(turn === 'Reopened' ? undefined : known, spec),
  ];
  return changes.map((change) => ({ incident: metadata.name, at, ...described(metadata.uid, spec), ...change }));
}

function beginnings(known: KnownIncident | undefined, state: Body['state'], spec: IncidentSpec): Change[] {
  if (!known) return [{ change: 'Opened', state, ...by(spec.reporter), ...origin(spec) }];
  return isChanged(known, spec) ? [{ change: 'Changed', state }] : [];
}

type Change = Pick<Body, 'change' | 'state'> & Partial<Body>;

function newUpdates(known: KnownIncident | undefined, { updates = [] }: IncidentSpec): Omit<Change, 'state'>[] {
  return updates
    .map(({ id, author, audience, text }) => ({
      change: 'Updated' as const,
      by: author,
      update: id,
      audience,
      ...said(audience, text),
    }))
    .filter((update) => known?.updates.has(updateKey(update)) !== true);
}

function endings(before: Body['state'], { state, resolution, resolver, dismissal }: IncidentSpec): Change[] {
  if (before === state) return [];
  if (state === 'Resolved' && resolution) return [{ change: 'Resolved', state, ...by(resolver), resolution }];
  if (state === 'Dismissed' && dismissal)
    return [{ change: 'Dismissed', state, ...by(dismissal.author), reason: dismissal.reason }];
  return [];
}

function endingKey({ by: author, reason, resolution }: Partial<Body> = {}): string {
  const { cause, measures, prevention } = resolution ?? {};
  return JSON.stringify([author, reason, cause, measures, prevention]);
}

/** Only what is resolved has a resolution that somebody can have read. */
function newAcknowledgements(known: KnownIncident | undefined, { state, acknowledgements = [] }: IncidentSpec): Change[] {
  if (state !== 'Resolved') return [];
  return acknowledgements
    .filter((each) => known?.acknowledgements.has(acknowledgementKey(each)) !== true)
    .map(({ audience, by: reader }) => ({ change: 'Acknowledged', state, audience, by: reader }));
}

/** What is put on record when the object is gone: the incident itself goes on. */
export function incidentDeleted({ latest, isDeleted }: KnownIncident, at: number): Body[] {
  if (isDeleted) return [];
  const { incident, state, severity, uid, title } = latest;
  return [{ incident, state, severity, uid, title, change: 'Deleted', at }];
}

const DEFAULT_SEVERITY = 'medium';

function described(
  uid = '',
  { title, severity = DEFAULT_SEVERITY, category, priority }: IncidentSpec,
): Pick<Body, 'uid' | 'title' | 'severity' | 'category' | 'priority'> {
  return { uid, title, severity, ...(category !== undefined && { category }), ...(priority !== undefined && { priority }) };
}

const by = (name: string | undefined): { by?: string } => (name === undefined ? {} : { by: name });
const origin = ({ origin: from }: IncidentSpec): Pick<Body, 'origin'> => (from === undefined ? {} : { origin: from });

function isChanged({ latest, category, priority, isDeleted }: KnownIncident, spec: IncidentSpec): boolean {
  const { title, severity = DEFAULT_SEVERITY } = spec;
  if (isDeleted || latest.title !== title || latest.severity !== severity) return true;
  // What is taken away was said all the same.
  return (spec.category ?? category) !== category || (spec.priority ?? priority) !== priority;
}

/** A suspicion that somebody confirms, or an incident that goes on after its end. */
function turnOf(before: Body['state'], after: Body['state']): Body['change'] | undefined {
  if (before === 'Suspected') return after === 'Open' || after === 'Resolved' ? 'Confirmed' : undefined;
  return isOver(before) && after !== before ? 'Reopened' : undefined;
}

/** An update for the team is not read by the authority, nor one for the authority by customers. */
function said(audience: string, text: string): Pick<Body, 'words' | 'note' | 'internalNote'> {
  if (audience === 'internal') return { internalNote: text };
  return audience === 'authority' ? { note: text } : { words: text };
}
