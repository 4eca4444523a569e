import type { ChangeRecord, ChangeRecordStatus } from '../../api/change.ts';
import type { RecordBody } from '../../api/records.ts';
import { approvalState, changeDeleted, changeRecords, type KnownChange, nextTurn, phaseOf } from '../../domain/change.ts';
import { timeText } from '../../domain/moment.ts';
import type { ChangeBooks } from './change-book.ts';
import type { KeptKind, Said } from './kept-records.ts';
import { RESOURCES } from '../resources.ts';

/** How ChangeRecords are kept on record. */
export function keptChanges(books: ChangeBooks): KeptKind<ChangeRecord, KnownChange> {
  return {
    ...{ resource: RESOURCES.changes, books, isUrgent: true },
    changes: (known, change, at) => changeRecords(known, change, at).map(asSaid),
    deletion: (known, at) => changeDeleted(known, at).map(asSaid),
    status: changeStatus,
    turnsAt: nextTurn,
  };
}

const asSaid = (body: RecordBody<'ChangeRecorded'>): Said => ({ kind: 'ChangeRecorded', body });

/** What the status of a change says at a moment, from what the log knows of it. */
function changeStatus(known: KnownChange, now: number): ChangeRecordStatus {
  return {
    phase: phaseOf(known, now),
    recordedAt: timeText(known.plannedAt),
    approval: approvalState(known),
    ...(known.approval && { approvedAt: timeText(known.approval.at) }),
  };
}
