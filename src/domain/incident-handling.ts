import type { RecordBody } from '../api/records.ts';

type Body = RecordBody<'IncidentChanged'>;

/** Who works on an incident: 1 is the team that hears of it first, 3 the last that can be asked. */
export type SupportLevel = 1 | 2 | 3;

/** How an incident was handled so far, as the log has it. Times in milliseconds since 1970-01-01T00:00:00Z. */
export interface Handling {
  /** Since when somebody is to react and escalation counts: its opening, or the last time that it was opened again. */
  readonly goingSince: number;
  readonly hasReacted: boolean;
  /** The highest level that is on record: what was escalated stays so. */
  readonly level: SupportLevel;
  /** Of the missed reaction that is on record last: when it was due. */
  readonly reactionMissed?: number;
  /** Of the missed recovery that is on record last: when it was due. */
  readonly recoveryMissed?: number;
}

/** What comes to pass by itself, without anybody's doing; in the words in which people read it. */
export const PASSED = {
  ReactionOverdue: 'reaction overdue',
  Escalated: 'escalated',
  RecoveryOverdue: 'recovery overdue',
} as const satisfies Partial<Record<Body['change'], string>>;

/** Whether something came to pass by itself. */
export const isPassed = (change: Body['change']): change is keyof typeof PASSED => change in PASSED;

const REACTIONS: readonly Body['change'][] = ['Confirmed', 'Changed', 'Updated', 'Resolved', 'Dismissed'];

/** Whether a person has done something about the incident. A suspicion is what nobody has looked at yet, whoever wrote it down. */
export function isReaction({ change, state }: Pick<Body, 'change' | 'state'>): boolean {
  return REACTIONS.includes(change) || (change === 'Opened' && state !== 'Suspected');
}

/** How an incident was handled once this is on record. */
export function handlingAfter(before: Handling | undefined, body: Body): Handling {
  const { change, at, due, level } = body;
  const begun: Handling = before ?? { goingSince: at, hasReacted: false, level: 1 };
  if (change === 'Reopened') return { ...begun, goingSince: at, hasReacted: false };
  if (change === 'Escalated') return { ...begun, level: level === 3 || begun.level === 3 ? 3 : 2 };
  if (change === 'ReactionOverdue' && due !== undefined) return { ...begun, reactionMissed: due };
  if (change === 'RecoveryOverdue' && due !== undefined) return { ...begun, recoveryMissed: due };
  return isReaction(body) ? { ...begun, hasReacted: true } : begun;
}
