import type { Severity } from '../api/common.ts';
import type { RecordBody } from '../api/records.ts';
import { isPassed, type SupportLevel } from './incident-handling.ts';
import { incidentAfter, isOver, type KnownIncident } from './incident.ts';
import { timeText } from './moment.ts';

type Body = RecordBody<'IncidentChanged'>;

/** How soon an incident is to be handled, in milliseconds; none is shorter than the one before it. */
export interface IncidentTimes {
  /** Until a person does something about it. */
  readonly reactMs: number;
  /** Until level 2 works on it, and level 3. */
  readonly level2Ms: number;
  readonly level3Ms: number;
  /** Until it is resolved. */
  readonly recoverMs: number;
}

export type TimesBySeverity = Readonly<Record<Severity, IncidentTimes>>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What counts where nobody says otherwise: for services that somebody looks after at any hour. */
export const DEFAULT_TIMES: TimesBySeverity = {
  critical: { reactMs: 15 * MINUTE, level2Ms: HOUR, level3Ms: 4 * HOUR, recoverMs: 8 * HOUR },
  high: { reactMs: HOUR, level2Ms: 4 * HOUR, level3Ms: 8 * HOUR, recoverMs: DAY },
  medium: { reactMs: 8 * HOUR, level2Ms: 2 * DAY, level3Ms: 3 * DAY, recoverMs: 5 * DAY },
  low: { reactMs: DAY, level2Ms: 7 * DAY, level3Ms: 14 * DAY, recoverMs: 30 * DAY },
};

/** When what is due of an incident that is not over. Times in milliseconds since 1970-01-01T00:00:00Z. */
export interface IncidentDue {
  /** Undefined once somebody has reacted. */
  readonly reactBy?: number;
  readonly level2At: number;
  readonly level3At: number;
  readonly recoverBy: number;
}

/**
 * When what is due of an incident, by the severity that it has now; undefined once it is over. Of one that was opened again reaction and
 * levels count from then on, while the time to recover goes on counting from its first opening.
 */
export function dueOf({ latest, openedAt, handling }: KnownIncident, times: TimesBySeverity): IncidentDue | undefined {
  if (isOver(latest.state)) return undefined;
  const { reactMs, level2Ms, level3Ms, recoverMs } = times[latest.severity];
  const { goingSince, hasReacted } = handling;
  return {
    ...(!hasReacted && { reactBy: goingSince + reactMs }),
    ...{ level2At: goingSince + level2Ms, level3At: goingSince + level3Ms, recoverBy: openedAt + recoverMs },
  };
}

interface Moment extends Pick<Body, 'change'> {
  readonly due: number;
  readonly level?: Exclude<SupportLevel, 1>;
  readonly isRecorded: boolean;
}

/** All that can come to pass of an incident that is not over, in order. */
function momentsOf(known: KnownIncident, times: TimesBySeverity): Moment[] {
  const due = dueOf(known, times);
  if (!due) return [];
  const { level, reactionMissed = -1, recoveryMissed = -1 } = known.handling;
  const { reactBy, level2At, level3At, recoverBy } = due;
  // What was missed is on record once, and once more only where the time was prolonged and has passed again.
  const moments: Moment[] = [
    ...(reactBy === undefined
      ? []
      : [{ change: 'ReactionOverdue' as const, due: reactBy, isRecorded: reactBy <= reactionMissed }]),
    { change: 'Escalated', level: 2, due: level2At, isRecorded: level >= 2 },
    { change: 'Escalated', level: 3, due: level3At, isRecorded: level === 3 },
    { change: 'RecoveryOverdue', due: recoverBy, isRecorded: recoverBy <= recoveryMissed },
  ];
  return moments.sort((a, b) => a.due - b.due);
}

/** What has come to pass by itself and is not on record yet, in the order in which it was due. */
export function incidentPassed(known: KnownIncident, times: TimesBySeverity, now: number): Body[] {
  const { incident, state, severity, uid, title } = known.latest;
  return momentsOf(known, times)
    .filter(({ due, isRecorded }) => !isRecorded && due <= now)
    .map(({ change, due, level }) => ({
      ...{ incident, state, severity, uid, title, change, at: now, due },
      ...(level !== undefined && { level }),
    }));
}

/** When something comes to pass next; undefined where nothing does any more. */
export function nextPassing(known: KnownIncident, times: TimesBySeverity, now: number): number | undefined {
  return momentsOf(known, times).find(({ due, isRecorded }) => !isRecorded && due > now)?.due;
}

/** What was due and is not done yet. */
export function overdueOf(known: KnownIncident, times: TimesBySeverity, now: number): ('Reaction' | 'Recovery')[] {
  const { reactBy = Infinity, recoverBy = Infinity } = dueOf(known, times) ?? {};
  return [...(reactBy <= now ? ['Reaction' as const] : []), ...(recoverBy <= now ? ['Recovery' as const] : [])];
}

/** What is due next, or overdue, in words: `react by 2026-11-28T10:15:00Z`, `recovery overdue since ...`. */
export function dueText(known: KnownIncident, times: TimesBySeverity, now: number): string | undefined {
  const due = dueOf(known, times);
  if (!due) return undefined;
  const { reactBy, recoverBy } = due;
  if (recoverBy <= now) return `recovery overdue since ${timeText(recoverBy)}`;
  if (reactBy === undefined) return `recover by ${timeText(recoverBy)}`;
  return reactBy <= now ? `reaction overdue since ${timeText(reactBy)}` : `react by ${timeText(reactBy)}`;
}

const SETS_TIMES: readonly Body['change'][] = ['Opened', 'Changed', 'Reopened'];

/** These changes, in order, with the times that follow from them, so that it is on record by which times the incident was handled. */
export function withDue(known: KnownIncident | undefined, bodies: readonly Body[], times: TimesBySeverity): Body[] {
  let after = known;
  return bodies.map((body) => {
    after = incidentAfter(after, body);
    const { reactBy, recoverBy } = (SETS_TIMES.includes(body.change) && dueOf(after, times)) || {};
    return { ...body, ...(reactBy !== undefined && { reactBy }), ...(recoverBy !== undefined && { recoverBy }) };
  });
}

/** What a record says of something that came to pass by itself; undefined of any other. */
export function passedText({ change, level, due }: Partial<Body>): string | undefined {
  if (change === undefined || !isPassed(change) || due === undefined) return undefined;
  return `${level === undefined ? '' : `level ${level}, `}due at ${timeText(due)}`;
}
