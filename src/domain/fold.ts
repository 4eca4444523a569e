import type { LogRecord, NewObservation, ObservedDetail, ObservedOutcome } from '../api/records.ts';
import { apply, create, type CriterionEvent, type CriterionState } from './criterion.ts';
import { rulesOf } from './rules.ts';

/** States of the criteria of one service, by the name of the criterion. */
export type ServiceState = ReadonlyMap<string, CriterionState>;

/** An event with the name of the criterion that it happened to. */
export interface NamedEvent {
  readonly criterion: string;
  readonly event: CriterionEvent;
}

/**
 * What a record means for judging. Records of what followed from others (verdicts, deviations, notices) mean nothing: the same
 * judging gives them again.
 */
export function eventsOf(record: LogRecord): NamedEvent[] {
  switch (record.kind) {
    case 'Observations':
      return record.body.observations.map((outcome, index) => observed(outcome, record.body.details[index], false));
    case 'ReadBack':
      return record.body.observations.map((outcome, index) => observed(outcome, record.body.details[index], true));
    case 'Gap': {
      const { criterion, from, to, reason, slots } = record.body;
      return slots === 0 ? [] : [{ criterion, event: { kind: 'Missed', from, to, reason } }];
    }
    case 'SourceChanged':
      return record.body.criteria.map((criterion) => ({ criterion, event: { kind: 'SourceChanged', at: record.body.at } }));
    case 'CriterionChanged':
      return [{ criterion: record.body.criterion, event: changeEvent(record.body) }];
    case 'OperatorStarted':
    case 'OperatorStopped':
    case 'VerdictChanged':
    case 'DeviationOpened':
    case 'DeviationClosed':
    case 'Notified':
    case 'ObjectiveChanged':
      return [];
  }
}

/** What an observation means that is durable but not yet sealed into a record. */
export function eventOf({ outcome, detail }: NewObservation): NamedEvent {
  return observed(outcome, detail, false);
}

/** The states after an event. */
export function fold(states: ServiceState, { criterion, event }: NamedEvent, namespace: string): ServiceState {
  const next = new Map(states);
  const before = states.get(criterion);
  if (before) return next.set(criterion, apply(before, event).state);
  return event.kind === 'Created' ? next.set(criterion, create(`${namespace}/${criterion}`, event)) : next;
}

function observed(outcome: ObservedOutcome, detail: ObservedDetail | undefined, readBack: boolean): NamedEvent {
  return {
    criterion: outcome.criterion,
    event: {
      kind: 'Slot',
      slot: outcome.slot,
      outcome: outcome.outcome,
      ...(detail?.reason === undefined ? {} : { reason: detail.reason }),
      ...(detail?.warning === undefined ? {} : { warning: detail.warning }),
      ...(readBack ? { readBack } : {}),
    },
  };
}

function changeEvent({ change, at, spec }: Extract<LogRecord, { kind: 'CriterionChanged' }>['body']): CriterionEvent {
  switch (change) {
    case 'Created':
    case 'Changed':
    case 'Recreated':
      return { kind: change, at, rules: rulesOf(spec) };
    case 'Suspended':
    case 'Resumed':
    case 'Deleted':
      return { kind: change, at };
  }
}
