import type { LogRecord, RecordBody } from '../../api/records.ts';
import { spanText } from '../../domain/duration.ts';
import { isOver } from '../../domain/incident.ts';
import { isPassed, isReaction, PASSED } from '../../domain/incident-handling.ts';
import { passedText } from '../../domain/incident-times.ts';
import type { Addressed, Entry, Story } from './story.ts';

type IncidentRecord = Extract<LogRecord, { kind: 'IncidentChanged' }>;
type Body = RecordBody<'IncidentChanged'>;

/** The id of an incident's story: names are unique in a namespace only. */
export const incidentId = ({ head, body }: IncidentRecord): string => `${head.namespace}/${body.incident}`;

/**
 * The story of an incident after a record of it. The team hears of a suspicion, the authority from its confirmation on, customers from
 * the first word that is meant for them on, unless it is a mere suspicion still.
 */
export function incidentStory(before: Story | undefined, record: IncidentRecord): Story {
  const { head, body } = record;
  const { at, state, severity, title } = body;
  const begun: Story = before ?? {
    ...{ id: incidentId(record), kind: 'Incident', namespace: head.namespace, service: head.service, standing: 'Failing' },
    ...{ since: at, firstSeq: head.seq, seen: '', addressed: {}, history: [] },
  };
  const { ended, ...going } = begun;
  const hasEnded = isOver(state);
  const history = [...begun.history, entryOf(begun, body)];
  return {
    ...going,
    ...{ title, severity, standing: hasEnded ? 'Ended' : 'Failing', history, handling: handlingAfter(begun.handling, body) },
    ...(hasEnded && { ended: ended ?? { at, how: state } }),
    addressed: addressedAfter(begun, body),
  };
}

function handlingAfter(before: Story['handling'], body: Body): NonNullable<Story['handling']> {
  const { change, reactBy, recoverBy, level = 1 } = body;
  const { reactBy: awaited, ...begun } = before ?? { level };
  const next = reactBy ?? (isReaction(body) ? undefined : awaited);
  return {
    ...begun,
    ...(change === 'Escalated' && { level: Math.max(begun.level, level) }),
    ...(next !== undefined && { reactBy: next }),
    ...(recoverBy !== undefined && { recoverBy }),
  };
}

function addressedAfter({ addressed, history }: Story, { at, state, words, resolution }: Body): Story['addressed'] {
  const now: Addressed = { at, late: false };
  const isConfirmed = state === 'Open' || state === 'Resolved';
  // What was written for customers while it was a suspicion is theirs once it is none.
  const isForCustomers =
    (words ?? resolution) !== undefined || history.some((entry) => entry.turn && entry.words.customers !== undefined);
  return {
    internal: now,
    ...(isConfirmed && { authority: now }),
    ...(isConfirmed && isForCustomers && { customers: now }),
    ...addressed,
  };
}

const SAID: Readonly<Record<Body['change'], string>> = {
  ...{ Opened: 'opened', Confirmed: 'confirmed', Changed: 'changed', Updated: 'update', Resolved: 'resolved' },
  ...{
    Dismissed: 'dismissed',
    Reopened: 'opened again',
    Acknowledged: 'resolution acknowledged',
    Deleted: 'its object was deleted',
  },
  ...PASSED,
};
const RATED: readonly Body['change'][] = [
  'Opened',
  'Confirmed',
  'Changed',
  'Reopened',
  'ReactionOverdue',
  'Escalated',
  'RecoveryOverdue',
];

/** Nearly all that is said of an incident is worth a message. */
function entryOf({ since, addressed }: Story, body: Body): Entry {
  const { at, change, state } = body;
  const isQuiet = change === 'Acknowledged' || (change === 'Deleted' && isOver(state));
  const words = isPassed(change)
    ? // Also of a suspicion: the authority reads it with the rest once that is confirmed.
      { authority: `${headOf(body)}: ${passedText(body) ?? ''}` }
    : wordsOf(body, spanText(at - since), addressed.customers !== undefined);
  // Who works on it is a matter of the team; that it takes too long is the authority's too.
  const turnFor = change === 'ReactionOverdue' || change === 'Escalated' ? { turnFor: 'internal' } : {};
  return { at, words, ...(!isQuiet && { turn: true, ...turnFor }) };
}

function wordsOf(body: Body, lasted: string, areCustomersTold: boolean): Entry['words'] {
  const { words, note, internalNote, resolution, reason } = body;
  const head = headOf(body);
  if (internalNote !== undefined) return { internal: `${head}: ${internalNote}` };
  if (resolution) {
    const text = resolutionText(resolution);
    return { authority: `${head} after ${lasted}\n${text}`, customers: `resolved after ${lasted}\n${text}` };
  }
  if (words !== undefined) return { authority: `${head}: ${words}`, customers: words };
  const said = note ?? reason;
  if (said !== undefined) return { authority: `${head}: ${said}`, ...(areCustomersTold && goingOnFor(body, lasted)) };
  return body.state === 'Suspected' ? { internal: head } : { authority: head, ...(areCustomersTold && goingOnFor(body, lasted)) };
}

function headOf({ change, severity, by }: Body): string {
  return `${SAID[change]}${RATED.includes(change) ? ` (${severity})` : ''}${by === undefined ? '' : ` by ${by}`}`;
}

function resolutionText({ cause, measures, prevention }: NonNullable<Body['resolution']>): string {
  return `Cause: ${cause}\nDone: ${measures}\nSo that it does not happen again: ${prevention}`;
}

/** What customers hear who were told of it. */
function goingOnFor({ change }: Body, lasted: string): Entry['words'] {
  if (change === 'Dismissed') return { customers: `over after ${lasted}: it turned out to be no incident` };
  return change === 'Reopened' ? { customers: 'it goes on' } : {};
}
