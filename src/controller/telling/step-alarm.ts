import { API_VERSION } from '../../api/common.ts';
import { EVENT_REASONS } from '../../api/conditions.ts';
import { CRITERION } from '../../api/kinds.ts';
import type { EventNote } from '../../kube/index.ts';
import type { DueStep } from '../../notify/auditing/due-steps.ts';
import type { StepStanding } from '../../notify/auditing/step-standing.ts';
import type { KnownCriterion } from '../judging/known.ts';
import { eventName } from '../words.ts';

/** What is wrong with a step that was not told. */
export type Untold = Extract<StepStanding, { kind: 'Undelivered' | 'NobodyToTell' }>;

const REASON = 'EscalationNotDelivered';
// The first 16 name the Event that says that the step is due.
const DIGITS = ['sha256:'.length + 16, 'sha256:'.length + 32] as const;

/** The Event of a step that was not told: the same name whenever it is made, so that it is there once. */
export function untoldEvent({ namespace, name, uid }: KnownCriterion, step: DueStep, untold: Untold, now: number): EventNote {
  return {
    name: eventName(name, step.id.slice(...DIGITS)),
    regarding: { apiVersion: API_VERSION, kind: CRITERION.kind, metadata: { namespace, name, uid } },
    ...{ type: EVENT_REASONS[REASON].type, reason: REASON, action: 'Telling' },
    note: `to ${step.audience} (${whatOf(step)}): ${untoldText(untold)}`,
    at: new Date(now),
  };
}

/** Why a step was not told, in words. */
export function untoldText(untold: Untold): string {
  if (untold.kind === 'NobodyToTell') return 'the audience has no channel for this service';
  const { channels, refused } = untold;
  const where = `it has not arrived in ${channels.length === 1 ? 'the channel' : 'the channels'} ${channels.join(', ')}`;
  return refused === undefined ? where : `${where}: ${refused}`;
}

function whatOf({ notice, step }: DueStep): string {
  if (notice === 'DeviationEnded') return 'the end';
  return notice === 'CriterionChanged' ? 'a change' : (step ?? 'a step');
}
