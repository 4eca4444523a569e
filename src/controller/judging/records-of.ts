import type { NewRecord } from '../../api/records.ts';
import type { Fact } from '../../domain/criterion.ts';
import { spanText } from '../../domain/duration.ts';
import { stepText } from '../../domain/rules.ts';
import type { KnownCriterion } from './known.ts';

/** The records of what became known, in order. `message` says what was seen. */
export function recordsOf(facts: readonly Fact[], known: KnownCriterion, message: string): NewRecord[] {
  return facts.map((fact) => recordOf(fact, known, message));
}

function recordOf(fact: Fact, known: KnownCriterion, message: string): NewRecord {
  const { name: criterion, spec } = known;
  const frame = frameOf(known, fact.at);
  switch (fact.kind) {
    case 'VerdictChanged': {
      const { at, from, to, reason, first } = fact;
      return {
        ...frame,
        kind: 'VerdictChanged',
        body: { criterion, at, from, to, reason, message, controls: spec.controls, first },
      };
    }
    case 'DeviationOpened': {
      const { at, id, from, reopened } = fact;
      return { ...frame, kind: 'DeviationOpened', body: { criterion, id, from, at, reopened } };
    }
    case 'DeviationClosed': {
      const { at, id, to, reason, span } = fact;
      const body = { criterion, id, from: span.from, to, at, reason, unknownMs: span.unknownMs, suspendedMs: span.suspendedMs };
      return { ...frame, kind: 'DeviationClosed', body };
    }
    case 'StepDue':
    case 'EndTold':
    case 'ChangeTold':
      return { ...frame, kind: 'Notified', body: noticeOf(fact, known, message) };
    case 'ObjectiveChanged': {
      const { at, met, achieved, target } = fact;
      return { ...frame, kind: 'ObjectiveChanged', body: { criterion, at, met, achieved, target } };
    }
  }
}

/** What every record of a criterion carries beside its body. */
export function frameOf(
  { namespace, service, specDigest, offsetMs }: Pick<KnownCriterion, 'namespace' | 'service' | 'specDigest' | 'offsetMs'>,
  slot: number,
): Pick<NewRecord, 'namespace' | 'service'> & { slot: number; specDigest: string; offset: number } {
  return { namespace, service, slot, specDigest, offset: offsetMs };
}

type Notice = Extract<Fact, { kind: 'StepDue' | 'EndTold' | 'ChangeTold' }>;

function noticeOf(
  fact: Notice,
  { name: criterion, state }: KnownCriterion,
  message: string,
): Extract<NewRecord, { kind: 'Notified' }>['body'] {
  const common = { criterion, phase: 'Intent' as const, at: fact.at, ...(fact.id === undefined ? {} : { deviation: fact.id }) };
  switch (fact.kind) {
    case 'StepDue': {
      const { step, late } = fact;
      return {
        ...common,
        notice: 'EscalationDue',
        audience: step.audience,
        step: stepText(step),
        late,
        message: dueText(fact, state.episode?.from, message),
      };
    }
    case 'EndTold':
      return { ...common, notice: 'DeviationEnded', audience: fact.audience, late: false, message: `ended: ${fact.reason}` };
    case 'ChangeTold':
      return {
        ...common,
        notice: 'CriterionChanged',
        audience: fact.audience,
        late: false,
        message: 'the criterion was changed while it was not met',
      };
  }
}

function dueText({ at, step }: Extract<Fact, { kind: 'StepDue' }>, from: number | undefined, message: string): string {
  if (step.kind === 'Accumulated') return `not met for ${stepText(step)}: ${message}`;
  return from === undefined ? message : `for ${spanText(at - from)}: ${message}`;
}
