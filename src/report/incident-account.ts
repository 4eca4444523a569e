import { Type, type Static } from 'typebox';

import { Fields, Severity, Timestamp } from '../api/common.ts';
import { IncidentOrigin, IncidentPriority, IncidentResolution, IncidentState } from '../api/incident.ts';
import { IncidentChange, type Level, LEVELS, type LogRecord, RECORD_KINDS, type RecordBody } from '../api/records.ts';
import { incidentAfter, type KnownIncident } from '../domain/incident.ts';
import { passedText } from '../domain/incident-times.ts';
import { timeText } from '../domain/moment.ts';

export type IncidentRecord = Extract<LogRecord, { kind: 'IncidentChanged' }>;
/** What a level may read of a record; which fields that are says the register. */
type Readable = Partial<RecordBody<'IncidentChanged'>> & Pick<RecordBody<'IncidentChanged'>, 'change' | 'at' | 'state'>;

export const INCIDENT_DOCUMENT = 'assay.dev/incident';
export const INCIDENT_DOCUMENT_VERSION = 1;

const Proof = Fields({
  seq: Type.Integer({ minimum: 0, description: 'Number of the record in the log of its service.' }),
  digest: Type.String({ description: 'Digest of the head of the record.' }),
});

const Entry = Fields({
  ...Proof.properties,
  at: Timestamp('When it was put on record.'),
  change: IncidentChange,
  by: Type.Optional(Type.String({ description: 'Who did it, where somebody says so.' })),
  audience: Type.Optional(Type.String({ description: 'Whom an update is for, or who acknowledged.' })),
  text: Type.Optional(Type.String({ description: 'What was said.' })),
  resolution: Type.Optional(IncidentResolution),
});
export type IncidentEntry = Static<typeof Entry>;

/** What is told of an incident to one level of audience: the document as JSON. */
export const IncidentAccount = Fields({
  document: Type.Literal(INCIDENT_DOCUMENT),
  version: Type.Literal(INCIDENT_DOCUMENT_VERSION),
  level: Type.Enum([...LEVELS], { type: 'string', description: 'Whom it is for; wider ones read less.' }),
  issuedAt: Timestamp('When it was made.'),
  namespace: Type.String(),
  service: Type.String(),
  incident: Type.String({ description: 'Name of the incident.' }),
  title: Type.Optional(Type.String()),
  severity: Severity,
  state: IncidentState,
  category: Type.Optional(Type.String()),
  priority: Type.Optional(IncidentPriority),
  origin: Type.Optional(IncidentOrigin),
  openedAt: Timestamp('When it was put on record.'),
  endedAt: Type.Optional(Timestamp('When it was resolved or dismissed.')),
  lastedSeconds: Type.Optional(Type.Integer({ minimum: 0 })),
  resolution: Type.Optional(IncidentResolution),
  timeline: Type.Array(Entry, { description: 'What happened, as far as the level reads it, oldest first.' }),
  records: Type.Array(Proof, { description: 'The records that it rests on.' }),
});
export type IncidentAccount = Static<typeof IncidentAccount>;

export interface AccountOptions {
  readonly level: Level;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly issuedAt: number;
}

/**
 * What a level of audience may know of an incident, from all its records in log order.
 * @throws RangeError without a record
 */
export function incidentAccount(records: readonly IncidentRecord[], { level, issuedAt }: AccountOptions): IncidentAccount {
  const [first] = records;
  const known = records.reduce<KnownIncident | undefined>((before, { body }) => incidentAfter(before, body), undefined);
  if (!first || !known) throw new RangeError('an incident of which nothing is on record has no document');
  const { namespace, service } = first.head;
  const shown = records.filter(({ body }) => isShown(body, level));
  return {
    ...{ document: INCIDENT_DOCUMENT, version: INCIDENT_DOCUMENT_VERSION, level, issuedAt: timeText(issuedAt) },
    ...{ namespace, service, incident: known.latest.incident },
    ...standing(records, known, level),
    ...times(known),
    timeline: shown.map((record) => entryOf(record, level)),
    // To customers not even the number of the others is told; whoever watches over the log sees that none is missing.
    records: (level === 'customers' ? shown : records).map(proofOf),
  };
}

const proofOf = ({ head: { seq }, digest }: IncidentRecord): Static<typeof Proof> => ({ seq, digest });

/** The fields of a record that the register allows a level to read, and no others. */
function readable(body: RecordBody<'IncidentChanged'>, level: Level): Readable {
  const levels = LEVELS.slice(0, LEVELS.indexOf(level) + 1);
  const allowed = new Set(levels.flatMap((each) => Object.keys(RECORD_KINDS.IncidentChanged[each].properties)));
  return Object.fromEntries(Object.entries(body).filter(([name]) => allowed.has(name))) as Readable;
}

/** Customers read what was said to them; the authority everything but what the team says among itself. */
function isShown(body: RecordBody<'IncidentChanged'>, level: Level): boolean {
  if (level === 'internal') return true;
  if (level === 'authority') return body.internalNote === undefined;
  return body.words !== undefined || body.resolution !== undefined || body.change === 'Reopened' || body.change === 'Dismissed';
}

function entryOf(record: IncidentRecord, level: Level): IncidentEntry {
  const { at, change, by, audience, resolution, ...body } = readable(record.body, level);
  const said = body.words ?? body.note ?? body.internalNote ?? body.reason ?? passedText(record.body);
  const text = change === 'Changed' ? describedText(body) : said;
  return {
    ...{ at: timeText(at), change },
    ...(by !== undefined && { by }),
    ...(audience !== undefined && { audience }),
    ...(text !== undefined && { text }),
    ...(resolution !== undefined && { resolution }),
    ...proofOf(record),
  };
}

function describedText({ title, severity, category, priority }: Partial<Readable>): string {
  const rated = [['severity', severity] as const, ['category', category] as const, ['priority', priority] as const];
  const said = rated.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
  return `${title ?? ''} (${said.join(', ')})`.trim();
}

type Standing = Pick<IncidentAccount, 'severity' | 'state' | 'title' | 'category' | 'priority' | 'origin' | 'resolution'>;

/** How it stands: of what was said several times the latest. */
function standing(records: readonly IncidentRecord[], { latest }: KnownIncident, level: Level): Standing {
  const { severity, state } = latest;
  const said = records.reduce<Partial<Readable>>((before, { body }) => ({ ...before, ...readable(body, level) }), {});
  const { title, category, priority, origin } = said;
  const resolution = state === 'Resolved' ? said.resolution : undefined;
  return {
    ...{ severity, state },
    ...(title !== undefined && { title }),
    ...(category !== undefined && { category }),
    ...(priority !== undefined && { priority }),
    ...(origin !== undefined && { origin }),
    ...(resolution !== undefined && { resolution }),
  };
}

function times({ openedAt, endedAt }: KnownIncident): Pick<IncidentAccount, 'openedAt' | 'endedAt' | 'lastedSeconds'> {
  if (endedAt === undefined) return { openedAt: timeText(openedAt) };
  const lastedSeconds = Math.max(0, Math.trunc((endedAt - openedAt) / 1000));
  return { openedAt: timeText(openedAt), endedAt: timeText(endedAt), lastedSeconds };
}
