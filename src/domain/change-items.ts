import type { RecordBody } from '../api/records.ts';
import { windowOf } from './change.ts';
import type { OwnItem } from './own-records.ts';

type Body = RecordBody<'ChangeRecorded'>;

/**
 * What can be demanded of a change: each of its windows is an item, so that the next window of a name that is used again takes
 * nothing back. The item of the name itself only says which window it is about; nothing is demanded of it.
 */
export function plannedItems(body: Body, find: (id: string) => OwnItem): OwnItem[] {
  const { change, at, spec } = body;
  const { from, to } = windowOf(spec);
  const { isVoid: _isVoid, ...name } = find(change);
  const before = name.opens === undefined ? undefined : find(windowId(change, name.opens));
  const id = windowId(change, from);
  // It ends by itself: later it can not be approved in time any more.
  const item = { ...find(id), since: find(id).since ?? at, opens: from, ended: to };
  const isMoved = before !== undefined && before.id !== id;
  return [
    { ...name, opens: from, isVoid: true },
    ...(isMoved ? [calledOff(before, at)] : []),
    body.event === 'Deleted' ? calledOff(item, at) : approvedAfter(item, body),
  ];
}

const windowId = (change: string, opens: number): string => `${change} ${opens}`;

/** A window that has opened is one, whatever is said of it then. */
const calledOff = (item: OwnItem, at: number): OwnItem => (at < (item.opens ?? 0) ? { ...item, isVoid: true } : item);

function approvedAfter({ isVoid: _isVoid, approved, ...item }: OwnItem, { event, at }: Body): OwnItem {
  if (event === 'Approved') return { ...item, approved: approved ?? at };
  // What came of it takes nothing back; whatever else is said before the window opens does.
  const isTakenBack = event !== 'Ended' && at < (item.opens ?? 0);
  return approved === undefined || isTakenBack ? item : { ...item, approved };
}
