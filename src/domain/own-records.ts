import type { OwnRecord, RecordDemand, RecordsEvidence } from '../api/evidence-kinds.ts';
import { durationMs } from './duration.ts';
import { plannedItems } from './change-items.ts';
import type { RecordContent } from './fold.ts';

/**
 * What the log says of one incident, deviation, delivery, window of a change or finding, as far as something can be demanded of it. Times in
 * milliseconds since 1970-01-01T00:00:00Z.
 */
export interface OwnItem {
  readonly of: OwnRecord;
  /** Name of the incident; id of the deviation, evidence gap or delivery; name of the change, or that and the opening of a window; name of the finding. */
  readonly id: string;
  /** Its beginning; undefined for a deviation of which so far only a notice is on record. */
  readonly since?: number;
  /** Of an incident, when it was more than a suspicion. */
  readonly confirmed?: number;
  /** From when on an audience had to be told, where not from the beginning. */
  readonly dueTo: Readonly<Record<string, number>>;
  readonly toldTo: Readonly<Record<string, number>>;
  readonly acknowledgedBy: Readonly<Record<string, number>>;
  readonly classified?: number;
  readonly prioritised?: number;
  readonly resolved?: number;
  readonly delivered?: number;
  /** Of a window of a change: when it was approved. */
  readonly approved?: number;
  /** Of a window of a change: when it opens. */
  readonly opens?: number;
  /** Of a finding: when it was answered, was closed, and is due. */
  readonly answered?: number;
  readonly closed?: number;
  readonly due?: number;
  /** Of a delivery: whose it is. */
  readonly audience?: string;
  /** When nothing more was to come, whether it was done or not. */
  readonly ended?: number;
  /** Whether it turned out to be none: a suspicion that was dismissed, a message that was withheld, a change that was called off. */
  readonly isVoid?: boolean;
}

/** The items of a service, by what and which. */
export type ItemLookup = (of: OwnRecord, id: string) => OwnItem | undefined;

/** The items that a record makes or changes, as they are after it. */
export function itemsAfter(record: RecordContent, find: ItemLookup): OwnItem[] {
  const at = (of: OwnRecord, id: string): OwnItem => find(of, id) ?? { of, id, ...NOTHING };
  switch (record.kind) {
    case 'DeviationOpened': {
      const { id, from } = record.body;
      // The deviation of a criterion that was deleted goes on where the name returns.
      const { resolved: _resolved, ended: _ended, ...going } = at('Deviation', id);
      return [{ ...going, since: from }];
    }
    case 'DeviationClosed': {
      const { id, to, at: known, reason } = record.body;
      return [{ ...at('Deviation', id), ended: known, ...(reason === 'Recovered' && { resolved: to }) }];
    }
    case 'Notified':
      return noticed(record.body, (id) => at('Deviation', id));
    case 'Delivery':
      return sent(record.body, at('Delivery', record.body.id), find);
    case 'IncidentChanged':
      return [changed(record.body, at('Incident', record.body.incident))];
    case 'ChangeRecorded':
      return plannedItems(record.body, (id) => at('Change', id));
    case 'FindingChanged':
      return found(record.body, at('Finding', record.body.finding));
    case 'OperatorStarted':
    case 'OperatorStopped':
    case 'CriterionChanged':
    case 'SourceChanged':
    case 'BasisChanged':
    case 'Observations':
    case 'ReadBack':
    case 'Gap':
    case 'VerdictChanged':
    case 'ObjectiveChanged':
    case 'Commented':
    case 'ChannelChanged':
      return [];
  }
}

const NOTHING = { dueTo: {}, toldTo: {}, acknowledgedBy: {} } as const;

type Body<K extends RecordContent['kind']> = Extract<RecordContent, { kind: K }>['body'];

function noticed({ notice, audience, deviation, at }: Body<'Notified'>, find: (id: string) => OwnItem): OwnItem[] {
  if (notice === 'CriterionChanged' || deviation === undefined) return [];
  const item = find(deviation);
  // The end of an evidence gap is on record only so.
  if (notice === 'DeviationEnded') return [{ ...item, ended: item.ended ?? at }];
  return [{ ...item, dueTo: { ...item.dueTo, [audience]: item.dueTo[audience] ?? at } }];
}

function sent({ phase, audience, at, stories }: Body<'Delivery'>, delivery: OwnItem, find: ItemLookup): OwnItem[] {
  const begun: OwnItem = { ...delivery, audience, since: delivery.since ?? at };
  if (phase === 'Attempted') return [begun];
  if (phase !== 'Delivered') return [{ ...begun, ended: at, isVoid: phase === 'Withheld' }];
  const told = stories.flatMap((id) => [find('Incident', id), find('Deviation', id)]).filter((item) => item !== undefined);
  return [
    { ...begun, delivered: begun.delivered ?? at, ended: at },
    ...told.map((item) => ({ ...item, toldTo: { ...item.toldTo, [audience]: item.toldTo[audience] ?? at } })),
  ];
}

function changed(body: Body<'IncidentChanged'>, before: OwnItem): OwnItem {
  const { at, category, priority } = body;
  // One that goes on again has not ended.
  const { resolved: _resolved, ended: _ended, isVoid: _isVoid, ...going } = before;
  return {
    ...going,
    since: before.since ?? at,
    ...(CONFIRMED.includes(body.state) && { confirmed: before.confirmed ?? at }),
    ...(category !== undefined && { classified: before.classified ?? at }),
    ...(priority !== undefined && { prioritised: before.prioritised ?? at }),
    acknowledgedBy: acknowledged(body, before),
    ...endOf(body, before),
  };
}

const CONFIRMED: readonly Body<'IncidentChanged'>['state'][] = ['Open', 'Resolved'];

function acknowledged({ change, audience, at }: Body<'IncidentChanged'>, { acknowledgedBy }: OwnItem): OwnItem['acknowledgedBy'] {
  // What was read was a resolution that did not hold.
  if (change === 'Reopened') return {};
  if (change !== 'Acknowledged' || audience === undefined) return acknowledgedBy;
  return { ...acknowledgedBy, [audience]: acknowledgedBy[audience] ?? at };
}

function endOf({ state, at }: Body<'IncidentChanged'>, { resolved = at, ended = at }: OwnItem): Partial<OwnItem> {
  if (state === 'Resolved') return { resolved, ended };
  return state === 'Dismissed' ? { ended, isVoid: true } : {};
}

/** Spot checks are answered by the operator itself: nothing is demanded of anybody. */
function found({ type, change, at, due }: Body<'FindingChanged'>, before: OwnItem): OwnItem[] {
  if (type === 'SpotCheck') return [];
  const item: OwnItem = { ...before, since: before.since ?? at, ...(due !== undefined && { due }) };
  switch (change) {
    case 'Raised':
    case 'Reopened': {
      // The time runs anew.
      const { answered: _answered, closed: _closed, ended: _ended, ...open } = item;
      return [{ ...open, since: at }];
    }
    case 'Answered':
      return [{ ...item, answered: item.answered ?? at }];
    case 'Closed':
      // Whoever closes it wants no answer any more.
      return [{ ...item, answered: item.answered ?? at, closed: at, ended: at }];
    case 'Changed':
    case 'SpotChecked':
    case 'Overdue':
    case 'Deleted':
      return [item];
  }
}

const DEFAULT_WINDOW = '30d';

/** How many items break a demand at a moment: judged by what was on record then, and was not taken back. */
export function brokenAt(items: Iterable<OwnItem>, demand: RecordsEvidence, now: number): number {
  const withinMs = demand.within === undefined ? 0 : durationMs(demand.within);
  const windowMs = durationMs(demand.window ?? DEFAULT_WINDOW);
  let broken = 0;
  for (const item of items) {
    if (item.of !== demand.of || item.isVoid === true || isOthers(item, demand)) continue;
    const from = startOf(item, demand);
    if (from === undefined) continue;
    if (
      isBroken(
        { due: from + withinMs, done: DONE[demand.require](item, demand.audience ?? ''), ended: item.ended },
        windowMs,
        now,
      )
    )
      broken += 1;
  }
  return broken;
}

const isOthers = ({ audience }: OwnItem, demand: RecordsEvidence): boolean =>
  demand.of === 'Delivery' && demand.audience !== undefined && demand.audience !== audience;

/** From when on the time runs; undefined where nothing is demanded of this item. */
function startOf(item: OwnItem, { of, require, within, audience = '' }: RecordsEvidence): number | undefined {
  if (of === 'Finding') return within === undefined ? item.due : item.since;
  if (require === 'acknowledged') return item.resolved;
  if (require === 'approved') return item.opens;
  if (require !== 'toldTo') return item.since;
  // Nobody is to be told of what was over before his step was due, and outside the team nobody of a mere suspicion.
  if (of === 'Deviation') return item.dueTo[audience];
  return audience === 'internal' ? item.since : item.confirmed;
}

const DONE: Readonly<Record<RecordDemand, (item: OwnItem, audience: string) => number | undefined>> = {
  classified: ({ classified }) => classified,
  prioritised: ({ prioritised }) => prioritised,
  // A resolution is none without the cause.
  rootCause: ({ resolved }) => resolved,
  resolved: ({ resolved }) => resolved,
  toldTo: ({ toldTo }, audience) => toldTo[audience],
  acknowledged: ({ acknowledgedBy }, audience) => acknowledgedBy[audience],
  delivered: ({ delivered }) => delivered,
  answered: ({ answered }) => answered,
  closed: ({ closed }) => closed,
  // Approved as the window opens is not approved before.
  approved: ({ approved }) => (approved === undefined ? undefined : approved + 1),
};

interface Deed {
  readonly due: number;
  readonly done: number | undefined;
  readonly ended: number | undefined;
}

function isBroken({ due, done = Infinity, ended = Infinity }: Deed, windowMs: number, now: number): boolean {
  if (now < due || done <= due) return false;
  const isOpen = done > now && ended > now;
  return isOpen || now - due < windowMs;
}
