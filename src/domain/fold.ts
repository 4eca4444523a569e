import type { NewObservation, ObservedDetail, ObservedOutcome, RecordBody, RecordKind } from '../api/records.ts';
import { type Applied, apply, create, type CriterionEvent, type CriterionState } from './criterion.ts';
import { rulesOf } from './rules.ts';
import type { SeriesCount } from './series-peaks.ts';

/** Of a record, what it says. */
export type RecordContent = { [K in RecordKind]: { readonly kind: K; readonly body: RecordBody<K> } }[RecordKind];

/** An event with the name of the criterion that it happened to. */
export interface NamedEvent {
  readonly criterion: string;
  readonly event: CriterionEvent;
  /** Of a slot, how many series the answers held that held some. */
  readonly series?: readonly SeriesCount[];
}

/**
 * What a record means for judging. Records of what followed from others (verdicts, deviations, notices) mean nothing: the same
 * judging gives them again.
 */
export function eventsOf({ kind, body }: RecordContent): NamedEvent[] {
  switch (kind) {
    case 'Observations':
    case 'ReadBack':
      return body.observations.map((outcome, index) => observed(outcome, body.details[index], kind === 'ReadBack'));
    case 'Gap': {
      const { criterion, from, to, reason, slots } = body;
      return slots === 0 ? [] : [{ criterion, event: { kind: 'Missed', from, to, reason } }];
    }
    case 'SourceChanged':
      // The first sight of a source is its baseline, not a change.
      return body.before === undefined
        ? []
        : body.criteria.map((criterion) => ({ criterion, event: { kind: 'SourceChanged', at: body.at } }));
    case 'BasisChanged':
      // So is that of what a query rests on; a later change counts like that of a source.
      return body.before === undefined ? [] : [{ criterion: body.criterion, event: { kind: 'SourceChanged', at: body.at } }];
    case 'CriterionChanged':
      return [{ criterion: body.criterion, event: changeEvent(body) }];
    case 'OperatorStarted':
    case 'OperatorStopped':
    case 'VerdictChanged':
    case 'DeviationOpened':
    case 'DeviationClosed':
    case 'Notified':
    case 'ObjectiveChanged':
    case 'Delivery':
    case 'IncidentChanged':
    case 'ChangeRecorded':
    case 'ChannelChanged':
    case 'Commented':
    case 'FindingChanged':
      return [];
  }
}

/** What an observation means that is durable but not yet sealed into a record. */
export function eventOf({ outcome, detail }: NewObservation): NamedEvent {
  return observed(outcome, detail, false);
}

/**
 * What an event makes of a criterion that may not exist yet.
 * @param id `namespace/name`
 */
export function applyTo(
  state: CriterionState | undefined,
  id: string,
  event: CriterionEvent,
  keepMs?: number,
): Applied | undefined {
  if (state) return apply(state, event);
  return event.kind === 'Created' ? { state: create(id, event, keepMs), facts: [] } : undefined;
}

function observed(outcome: ObservedOutcome, detail: ObservedDetail | undefined, readBack: boolean): NamedEvent {
  const series = (detail?.evidence ?? []).flatMap(({ name, count }) => (count > 0 ? [{ name, series: count }] : []));
  return {
    criterion: outcome.criterion,
    ...(series.length === 0 ? {} : { series }),
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

function changeEvent({ change, at, spec }: RecordBody<'CriterionChanged'>): CriterionEvent {
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
