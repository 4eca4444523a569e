import type { RecordsEvidence } from '../api/evidence-kinds.ts';
import type { RecordBody } from '../api/records.ts';
import { brokenAt, itemsAfter, type OwnItem } from './own-records.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const OPENS = 1_790_000_000_000;
const approved: RecordsEvidence = { of: 'Change', require: 'approved', window: '7d' };

type Body = RecordBody<'ChangeRecorded'>;

/** An event of a change whose window opens then, for two hours. */
const said = (event: Body['event'], at: number, opens = OPENS): Body => ({
  ...{ change: 'disk', event, at, uid: 'u' },
  spec: {
    ...{ service: 'shop', owner: 'o', initiator: 'i', reason: 'r', description: 'd', requestedBy: 'ada' },
    ...{ category: 'Regular', risk: 'Low' },
    window: { from: new Date(opens).toISOString(), to: new Date(opens + 2 * HOUR).toISOString() },
  },
});

function itemsOf(bodies: readonly Body[]): OwnItem[] {
  const items = new Map<string, OwnItem>();
  for (const body of bodies) {
    for (const item of itemsAfter({ kind: 'ChangeRecorded', body }, (_of, id) => items.get(id))) items.set(item.id, item);
  }
  return [...items.values()];
}

const PLANNED = said('Planned', OPENS - DAY);
const NEXT = OPENS + 3 * DAY;

test.each(
  Object.entries({
    'there is time until the window opens': { bodies: [PLANNED], now: OPENS - 1, want: 0 },
    'a window that opens without an approval': { bodies: [PLANNED], now: OPENS, want: 1 },
    'it counts for the window of the demand': { bodies: [PLANNED], now: OPENS + 6 * DAY, want: 1 },
    'and then no more': { bodies: [PLANNED], now: OPENS + 7 * DAY, want: 0 },
    'approved in time': { bodies: [PLANNED, said('Approved', OPENS - 1)], now: OPENS + HOUR, want: 0 },
    'approved as it opens': { bodies: [PLANNED, said('Approved', OPENS)], now: OPENS + HOUR, want: 1 },
    'what came of it is no approval, and takes none away': {
      bodies: [PLANNED, said('Approved', OPENS - 2), said('Ended', OPENS - 1)],
      ...{ now: OPENS + HOUR, want: 0 },
    },
    'an approval that was taken back before it opened': {
      bodies: [PLANNED, said('Approved', OPENS - HOUR), said('Withdrawn', OPENS - 1)],
      ...{ now: OPENS, want: 1 },
    },
    'one that was taken back afterwards was there': {
      bodies: [PLANNED, said('Approved', OPENS - HOUR), said('Withdrawn', OPENS + 1)],
      ...{ now: OPENS + HOUR, want: 0 },
    },
    'a change that was called off before': { bodies: [PLANNED, said('Deleted', OPENS - 1)], now: OPENS + DAY, want: 0 },
    'one that was deleted in its window': { bodies: [PLANNED, said('Deleted', OPENS + 1)], now: OPENS + DAY, want: 1 },
    'one that returned, and is not approved again': {
      bodies: [PLANNED, said('Approved', OPENS - 9), said('Deleted', OPENS - 8), said('Planned', OPENS - 7)],
      ...{ now: OPENS + HOUR, want: 1 },
    },
    'a window that was moved before it opened': {
      bodies: [PLANNED, said('Changed', OPENS - 1, NEXT), said('Approved', OPENS + 1, NEXT)],
      ...{ now: OPENS + 5 * DAY, want: 0 },
    },
    'a window that was moved there and back is approved anew': {
      bodies: [PLANNED, said('Approved', OPENS - 9), said('Changed', OPENS - 8, NEXT), said('Changed', OPENS - 7)],
      ...{ now: OPENS + HOUR, want: 1 },
    },
    'the next window takes nothing back of the one before': {
      bodies: [PLANNED, said('Changed', OPENS + 3 * HOUR, NEXT), said('Approved', OPENS + 4 * HOUR, NEXT)],
      ...{ now: OPENS + 5 * DAY, want: 1 },
    },
    'two windows without approval are two': {
      bodies: [PLANNED, said('Changed', OPENS + 3 * HOUR, NEXT)],
      ...{ now: NEXT, want: 2 },
    },
  }),
)('%s', (_sentence, { bodies, now, want }) => {
  expect(brokenAt(itemsOf(bodies), approved, now)).toBe(want);
});
