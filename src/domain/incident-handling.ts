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
  const { change, at } = body;
  const begun: Handling = before ?? { goingSince: at, hasReacted: false, level: 1 };
  if (isPassed(change)) return { ...begun, ...passedOf(change, begun.level, body) };
  if (change === 'Reopened') return { ...begun, goingSince: at, hasReacted: false };
  return isReaction(body) ? { ...begun, hasReacted: true } : begun;
}

function passedOf(change: keyof typeof PASSED, before: SupportLevel, { at, due = at, level }: Body): Partial<Handling> {
  switch (change) {
    case 'ReactionOverdue':
      return { reactionMissed: due };
    case 'RecoveryOverdue':
      return { recoveryMissed: due };
    case 'Escalated':
      return { level: level === 3 || before === 3 ? 3 : 2 };
  }
}
