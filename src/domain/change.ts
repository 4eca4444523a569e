import { isDeepStrictEqual } from 'node:util';

import type { ApprovalState, ChangePhase, ChangeRecord, ChangeRecordSpec } from '../api/change.ts';
import type { RecordBody } from '../api/records.ts';
import { durationMs } from './duration.ts';
import type { Period } from './timeline.ts';

type Body = RecordBody<'ChangeRecorded'>;

/** An approval as the log knows it, with what was approved. */
export interface Approval {
  /** When it was put on record, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly at: number;
  readonly window: Period;
  readonly adjustsFigures: boolean;
}

/** A change as the log knows it. */
export interface KnownChange {
  readonly latest: Body;
  /** When its object was first put on record. */
  readonly plannedAt: number;
  readonly isDeleted: boolean;
  /** The approval that stands. */
  readonly approval?: Approval;
  /** Earlier approvals that stood until their windows were over: nobody takes them back afterwards. */
  readonly stood: readonly Approval[];
}

/** What is known of a change once this is on record. @param recordedAt when it was put there */
export function changeAfter(before: KnownChange | undefined, body: Body, recordedAt: number): KnownChange {
  const { approval, stood = [] } = before ?? {};
  // An object that was made anew under the name is planned anew.
  const plannedAt = before === undefined || body.event === 'Planned' ? recordedAt : before.plannedAt;
  const common = { latest: body, plannedAt, isDeleted: body.event === 'Deleted' };
  // What came of it changes nothing of what was agreed.
  if (body.event === 'Ended') return { ...common, ...(approval && { approval }), stood };
  const kept = approval && approval.window.to <= recordedAt ? [...stood, approval] : stood;
  return { ...common, ...(body.event === 'Approved' && { approval: approvalOf(body.spec, recordedAt) }), stood: kept };
}

const approvalOf = (spec: ChangeRecordSpec, at: number): Approval => ({
  at,
  window: windowOf(spec),
  adjustsFigures: spec.adjustFigures ?? false,
});

/** The window of a change, in milliseconds since 1970-01-01T00:00:00Z. */
export const windowOf = ({ window }: ChangeRecordSpec): Period => ({ from: Date.parse(window.from), to: Date.parse(window.to) });

/** Whether an approval was on record before its window opened: only such a one explains anything. */
export const isInTime = ({ at, window }: Approval): boolean => at < window.from;

/** Whether and when a change was approved. */
export function approvalState({ approval }: KnownChange): ApprovalState {
  if (approval === undefined) return 'Missing';
  return isInTime(approval) ? 'InTime' : 'Late';
}

/** Where a change is at a moment. */
export function phaseOf({ latest, approval }: KnownChange, now: number): ChangePhase {
  const { from, to } = windowOf(latest.spec);
  if (now >= to) return 'Over';
  if (now >= from) return 'InWindow';
  return approval ? 'Approved' : 'Planned';
}

/** When the phase of a change becomes another by itself; undefined after that. */
export function nextTurn({ latest }: KnownChange, now: number): number | undefined {
  const { from, to } = windowOf(latest.spec);
  return [from, to].find((at) => at > now);
}

/**
 * What an object says of a change that is not on record yet, in the order in which it is put there. An approval is one of a plan: of
 * another plan, or of an object that was made anew, it is another approval, and counts from when it is on record.
 */
export function changeRecords(known: KnownChange | undefined, change: ChangeRecord, at: number): Body[] {
  const { metadata, spec } = change;
  const uid = metadata.uid ?? '';
  const gone = known && known.latest.uid !== uid ? changeDeleted(known, at) : [];
  const before = known?.isDeleted || gone.length > 0 ? undefined : known;
  const bodies = saidBy(before, spec).map((said) => ({ change: metadata.name, at, uid, spec, ...said }));
  return [...gone, ...bodies.map((body) => ({ ...body, ...toCustomers(body, before?.approval !== undefined) }))];
}

type Said = Pick<Body, 'event'> & { readonly by?: string };

/** @param before undefined where the change is new */
function saidBy(before: KnownChange | undefined, spec: ChangeRecordSpec): Said[] {
  if (before === undefined)
    return [{ event: 'Planned', by: spec.requestedBy }, ...approvals(undefined, spec), ...outcomes(undefined, spec)];
  const isChanged = !isDeepStrictEqual(planOf(before.latest.spec), planOf(spec));
  return [
    ...(isChanged ? [{ event: 'Changed' } as const] : []),
    ...approvals(isChanged ? undefined : before, spec),
    ...outcomes(before, spec),
  ];
}

/** What is approved: all but who approved, and what came of it. */
function planOf(spec: ChangeRecordSpec): object {
  const { approvedBy: _approvedBy, outcome: _outcome, adjustFigures = false, ...plan } = spec;
  return { ...plan, adjustFigures, window: windowOf(spec) };
}

/** @param before undefined where no approval can stand */
function approvals(before: KnownChange | undefined, { approvedBy }: ChangeRecordSpec): Said[] {
  const approved = before?.approval && before.latest.spec.approvedBy;
  if (approved === approvedBy) return [];
  return approvedBy === undefined ? [{ event: 'Withdrawn' }] : [{ event: 'Approved', by: approvedBy }];
}

function outcomes(before: KnownChange | undefined, { outcome }: ChangeRecordSpec): Said[] {
  if (outcome === undefined || isDeepStrictEqual(before?.latest.spec.outcome, outcome)) return [];
  return [{ event: 'Ended', by: outcome.by }];
}

/** What is put on record when the object is gone. */
export function changeDeleted({ latest, approval, isDeleted }: KnownChange, at: number): Body[] {
  if (isDeleted) return [];
  const { toCustomers: _told, by: _by, ...what } = latest;
  const body = { ...what, event: 'Deleted', at } as const;
  return [{ ...body, ...toCustomers(body, approval !== undefined) }];
}

/**
 * What customers may know: of what is approved, and that it is called off.
 * @param wasApproved whether it was approved before
 */
function toCustomers({ change, event, at, spec }: Body, wasApproved: boolean): Pick<Body, 'toCustomers'> {
  const { tellCustomers } = spec;
  const isOff = event === 'Deleted' || spec.approvedBy === undefined;
  if (tellCustomers === undefined || (isOff && !wasApproved)) return {};
  // The approval of a plan that is put on record is a record of its own, behind it.
  if (!isOff && (event === 'Planned' || event === 'Changed')) return {};
  const { from, to } = windowOf(spec);
  // However long before: the log knows no time before 1970.
  const tellAt = Math.max(0, from - durationMs(tellCustomers.before ?? '24h'));
  // A window that is over is not called off any more.
  return { toCustomers: { change, from, to, tellAt, text: tellCustomers.text, isCalledOff: isOff && at < to } };
}
