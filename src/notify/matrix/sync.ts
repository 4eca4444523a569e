import { listOf, objectOf, textOf } from '../json.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Asked, type Homeserver, type Json, textIn } from './homeserver.ts';
import { get, post, roomPath } from './room.ts';

/** What was written in a room. */
export interface RoomEvent {
  readonly room: string;
  readonly event: Json;
  /** Read when the listening began: an earlier run of the operator may have answered it. */
  readonly earlier: boolean;
}

/** What came since the last call. `lost`: rooms in which more was written than is read. */
export interface News {
  readonly events: readonly RoomEvent[];
  readonly lost: readonly string[];
}

/** Reads what is written in rooms, in the order of each room. */
export interface Sync {
  /** Waits up to half a minute for something new; at first it reads what was written since `from` (milliseconds), and doesn't wait. */
  next(rooms: readonly string[], from: number, signal: AbortSignal): Promise<Asked<News>>;
}

export interface SyncOptions {
  readonly homeserver: Homeserver;
  /** The same, but with time for an answer that is kept back. */
  readonly patient: Homeserver;
  readonly me: (signal: AbortSignal) => Promise<Asked<string>>;
  readonly clock: Pick<Clock, 'now'>;
}

/** So long a homeserver keeps back an answer without news. */
export const POLL_MS = 30_000;
// An event may have 64 KiB, and a sync has all rooms. What is more is read room by room.
const USUAL_LIMIT = 10;
const PAGE = 50;
const MAX_PAGES = 5;

/** Reads by `/sync`, and by `/messages` what did not fit into it. */
export function newSync({ homeserver, patient, me, clock }: SyncOptions): Sync {
  let since: string | undefined;
  let filter: { readonly of: string; readonly id: string } | undefined;
  let limit = USUAL_LIMIT;

  /** Rooms may be many, so the filter doesn't fit into an address; a homeserver knows each that it was given. */
  const filterFor = async (rooms: readonly string[], signal: AbortSignal): Promise<Asked<string>> => {
    const wanted = filterOf(rooms, limit);
    const of = JSON.stringify(wanted);
    if (filter?.of === of) return { kind: 'Got', value: filter.id };
    const name = await me(signal);
    if (name.kind === 'Failed') return name;
    const path = `/_matrix/client/v3/user/${encodeURIComponent(name.value)}/filter`;
    const made = textIn(await homeserver.ask(post(path, wanted), signal), 'filter_id');
    if (made.kind === 'Got') filter = { of, id: made.value };
    return made;
  };

  const poll = async (rooms: readonly string[], signal: AbortSignal): Promise<Asked<Json>> => {
    const id = await filterFor(rooms, signal);
    if (id.kind === 'Failed') return id;
    const waiting = since === undefined ? { timeout: '0' } : { timeout: String(POLL_MS), since };
    const query = new URLSearchParams({ filter: id.value, set_presence: 'offline', ...waiting });
    return patient.ask(get(`/_matrix/client/v3/sync?${query.toString()}`), signal);
  };

  const next = async (rooms: readonly string[], from: number, signal: AbortSignal): Promise<Asked<News>> => {
    const answer = await poll(rooms, signal);
    const token = textIn(answer, 'next_batch');
    if (answer.kind === 'Failed' || token.kind === 'Failed') return answer.kind === 'Failed' ? answer : (token as Asked<never>);
    const joined = objectOf(objectOf(answer.value['rooms'])['join']);
    const events: RoomEvent[] = [];
    const lost: string[] = [];
    for (const room of rooms) {
      const { timeline } = objectOf(joined[room]);
      const gap = await gapBefore({ homeserver, room, from, since, now: clock.now(), signal }, objectOf(timeline));
      if (gap.kind === 'Failed') return gap;
      const written = [...gap.value.events, ...eventsIn(objectOf(timeline)['events'])];
      events.push(...written.map((event) => ({ room, event, earlier: since === undefined })));
      if (gap.value.more) lost.push(room);
    }
    since = token.value;
    return { kind: 'Got', value: { events, lost } };
  };

  return {
    next: async (rooms, from, signal) => {
      const news = await next(rooms, from, signal);
      // An answer that is too large is as good as none; the smallest one always fits.
      limit = news.kind === 'Failed' && news.result.kind === 'Unanswered' ? 1 : USUAL_LIMIT;
      if (news.kind === 'Failed' && ['Rejected', 'Stopped'].includes(news.result.kind)) {
        // Perhaps it no longer knows the filter, or how far we have read: what was read is known to the caller.
        [since, filter] = [undefined, undefined];
      }
      return news;
    },
  };
}

const NOTHING = { not_types: ['*'] };

/** Messages of these rooms, and nothing else of all that a homeserver has to tell. */
function filterOf(rooms: readonly string[], limit: number): Json {
  return {
    ...{ presence: NOTHING, account_data: NOTHING },
    room: {
      ...{ rooms, include_leave: false, ephemeral: NOTHING, account_data: NOTHING },
      ...{ state: { ...NOTHING, lazy_load_members: true }, timeline: { types: ['m.room.message'], limit } },
    },
  };
}

const eventsIn = (list: unknown): Json[] => listOf(list).map(objectOf);

interface Gap {
  readonly homeserver: Homeserver;
  readonly room: string;
  readonly from: number;
  readonly since: string | undefined;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** What was written before a timeline that is not whole; `more` if that is more than is read. */
async function gapBefore(gap: Gap, timeline: Json): Promise<Asked<{ readonly events: readonly Json[]; readonly more: boolean }>> {
  const events: Json[] = [];
  let before = timeline['limited'] === true ? textOf(timeline['prev_batch']) : '';
  if (isBefore(eventsIn(timeline['events'])[0], gap.from)) before = '';
  for (let page = 0; page < MAX_PAGES && before !== ''; page += 1) {
    const asked = await gap.homeserver.ask(get(pagePath(gap, before)), gap.signal);
    if (asked.kind === 'Failed') return asked;
    const found = eventsIn(asked.value['chunk']);
    events.unshift(...found.toReversed());
    const end = textOf(asked.value['end']);
    before = end === before || isBefore(found.at(-1), gap.from) ? '' : end;
  }
  return { kind: 'Got', value: { events, more: before !== '' } };
}

const isBefore = (event: Json | undefined, from: number): boolean => Number(event?.['origin_server_ts']) < from;

function pagePath({ room, since }: Gap, before: string): string {
  const filter = JSON.stringify({ types: ['m.room.message'] });
  const query = { dir: 'b', limit: String(PAGE), from: before, ...(since !== undefined && { to: since }), filter };
  return `${roomPath(room, 'messages')}?${new URLSearchParams(query).toString()}`;
}
