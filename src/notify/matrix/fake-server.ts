import { type FakeAnswer, type FakeHttp, type FakeRequest, startFakeHttp } from '../fake-http.ts';
import { listOf, objectOf } from '../json.ts';
import type { Json } from './homeserver.ts';

/*
 * A small strict homeserver for what a real one can not be made to do: to fail, to hang up, to say how long to wait. It holds to the
 * client-server API 1.16 for the calls that the adapter makes, and refuses everything else. What the adapter does on a real
 * homeserver is in test/cluster/matrix.test.ts.
 */

export const FAKE_TOKEN = 'syt_ZmFrZQ_secret';
export const FAKE_ROOM = '!fake:test.local';
export const FAKE_ALIAS = '#shop-alerts:test.local';
const ME = '@assay:test.local';
export const FAKE_NAME = 'Certainty';

/** An event of the room. */
export interface FakeEvent {
  readonly event_id: string;
  readonly sender: string;
  readonly type: string;
  readonly origin_server_ts: number;
  readonly content: Json;
}

export interface FakeMatrix extends FakeHttp {
  readonly events: readonly FakeEvent[];
  /** What syncs were to be about. */
  readonly filters: readonly Json[];
  /** Forgets which transactions there were, as a homeserver does after a day. */
  forgetTransactions(): void;
  /** Puts messages of the operator into the room that are of no delivery. */
  fill(count: number): void;
  /** Somebody writes; answers the id of the event. */
  say(content: Json, changed?: Partial<FakeEvent>): string;
}

interface World {
  readonly events: FakeEvent[];
  readonly transactions: Map<string, string>;
  readonly now: () => number;
  readonly filters: Json[];
  /** Answers that are kept back until there is something new. */
  readonly waiting: Set<() => void>;
  uploads: number;
}

/** Starts it; the operator is in its one room, and in no other. */
export async function startFakeMatrix(now: () => number): Promise<FakeMatrix> {
  const world: World = { events: [], transactions: new Map(), now, filters: [], waiting: new Set(), uploads: 0 };
  const http = await startFakeHttp({ nameOf, answer: (request) => guarded(world, request) });
  return {
    ...http,
    events: world.events,
    filters: world.filters,
    forgetTransactions: () => world.transactions.clear(),
    fill: (count) => {
      for (let at = 0; at < count; at += 1) append(world, { msgtype: 'm.text', body: `message ${at}` });
    },
    say: (content, changed) =>
      append(world, { msgtype: 'm.text', 'm.mentions': {}, ...content }, { sender: '@ann:test.local', ...changed }).event_id,
  };
}

type Call = (world: World, request: FakeRequest, parts: readonly string[]) => FakeAnswer | Promise<FakeAnswer>;

const MAX_FILE_BYTES = 1_000_000;
const CLIENT = '/_matrix/client/v3';
const ROOM = `${CLIENT}/rooms/([^/]+)`;
/** By the name that faults are addressed to. */
const CALLS: readonly (readonly [string, string, RegExp, Call])[] = [
  ['whoami', 'GET', new RegExp(`^${CLIENT}/account/whoami$`), () => json(200, { user_id: ME, device_id: 'FAKE' })],
  ['profile', 'GET', new RegExp(`^${CLIENT}/profile/${ME}/displayname$`), () => json(200, { displayname: FAKE_NAME })],
  ['joined', 'GET', new RegExp(`^${CLIENT}/joined_rooms$`), () => json(200, { joined_rooms: [FAKE_ROOM] })],
  ['filter', 'POST', new RegExp(`^${CLIENT}/user/${ME}/filter$`), filterMade],
  ['sync', 'GET', new RegExp(`^${CLIENT}/sync$`), synced],
  ['alias', 'GET', new RegExp(`^${CLIENT}/directory/room/([^/]+)$`), (_, __, [alias]) => aliasOf(alias)],
  ['listed', 'GET', new RegExp(`^${CLIENT}/directory/list/room/([^/]+)$`), () => json(200, { visibility: 'private' })],
  ['join', 'POST', new RegExp(`^${ROOM}/join$`), (_, __, [room]) => inRoom(room, () => json(200, { room_id: room }))],
  ['state', 'GET', new RegExp(`^${ROOM}/state/([^/]+)/$`), (_, __, [room]) => inRoom(room, () => error(404, 'M_NOT_FOUND'))],
  ['members', 'GET', new RegExp(`^${ROOM}/members$`), (_, __, [room]) => inRoom(room, () => json(200, { chunk: [] }))],
  ['event', 'GET', new RegExp(`^${ROOM}/event/([^/]+)$`), (world, _, [room, id]) => inRoom(room, () => eventOf(world, id))],
  ['messages', 'GET', new RegExp(`^${ROOM}/messages$`), (world, { query }, [room]) => inRoom(room, () => pageOf(world, query))],
  ['send', 'PUT', new RegExp(`^${ROOM}/send/m\\.room\\.message/([^/]+)$`), sent],
  ['config', 'GET', /^\/_matrix\/client\/v1\/media\/config$/, () => json(200, { 'm.upload.size': MAX_FILE_BYTES })],
  ['upload', 'POST', /^\/_matrix\/media\/v3\/upload$/, uploaded],
];

function nameOf({ method, path }: FakeRequest): string {
  return CALLS.find(([, by, pattern]) => by === method && pattern.test(decodedUser(path)))?.[0] ?? `${method} ${path}`;
}

// Paths are compared as they come, with what is escaped in them; only the operator is known by name.
const decodedUser = (path: string): string => path.replace(encodeURIComponent(ME), ME);

function guarded(world: World, request: FakeRequest): FakeAnswer | Promise<FakeAnswer> {
  const call = CALLS.find(([, method, pattern]) => method === request.method && pattern.test(decodedUser(request.path)));
  if (call === undefined) return error(404, 'M_UNRECOGNIZED');
  const token = request.headers['authorization'];
  if (token === undefined) return error(401, 'M_MISSING_TOKEN');
  if (token !== `Bearer ${FAKE_TOKEN}`) return error(401, 'M_UNKNOWN_TOKEN');
  const parts = (call[2].exec(decodedUser(request.path)) ?? []).slice(1).map(decodeURIComponent);
  return call[3](world, request, parts);
}

const json = (status: number, body: Json): FakeAnswer => ({
  ...{ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
});
// What a homeserver writes is never to be told on.
const error = (status: number, errcode: string, more: Json = {}): FakeAnswer =>
  json(status, { errcode, error: `upstream text with ${FAKE_TOKEN}`, ...more });
const inRoom = (room: string | undefined, answer: () => FakeAnswer): FakeAnswer =>
  room === FAKE_ROOM ? answer() : error(403, 'M_FORBIDDEN');

function aliasOf(alias: string | undefined): FakeAnswer {
  return alias === FAKE_ALIAS ? json(200, { room_id: FAKE_ROOM, servers: ['test.local'] }) : error(404, 'M_NOT_FOUND');
}

function append(world: World, content: Json, changed: Partial<FakeEvent> = {}): FakeEvent {
  const event_id = `$event${world.events.length}`;
  const event = { event_id, sender: ME, type: 'm.room.message', origin_server_ts: world.now(), content, ...changed };
  world.events.push(event);
  for (const answer of world.waiting) answer();
  return event;
}

function eventOf({ events }: World, id: string | undefined): FakeAnswer {
  const event = events.find(({ event_id }) => event_id === id);
  return event === undefined ? error(404, 'M_NOT_FOUND') : json(200, { ...event, room_id: FAKE_ROOM });
}

const ALL = { types: ['m.room.message'] };

/** Backwards from the end, or from where a page ended, and no further than to where somebody has read. */
function pageOf({ events }: World, query: URLSearchParams): FakeAnswer {
  const filter = JSON.stringify(objectOf(JSON.parse(query.get('filter') ?? '{}')));
  const known = [ALL, { ...ALL, senders: [ME] }].some((one) => JSON.stringify(one) === filter);
  const limit = Number(query.get('limit'));
  if (query.get('dir') !== 'b' || !known || !(limit >= 1 && limit <= 1_000)) return error(400, 'M_INVALID_PARAM');
  const end = Number(query.get('to') ?? 0);
  const to = Number(query.get('from') ?? events.length);
  const from = Math.max(end, to - limit);
  return json(200, { start: String(to), chunk: events.slice(from, to).reverse(), ...(from > end && { end: String(from) }) });
}

function filterMade({ filters }: World, { body }: FakeRequest): FakeAnswer {
  const filter = objectOf(JSON.parse(body.toString()));
  const { rooms, timeline, state } = objectOf(filter['room']);
  const { types, limit } = objectOf(timeline);
  const quiet = [filter['presence'], filter['account_data'], state].every(
    (part) => listOf(objectOf(part)['not_types'])[0] === '*',
  );
  const right = quiet && listOf(rooms).length > 0 && Number(limit) > 0 && JSON.stringify(types) === JSON.stringify(ALL.types);
  if (!right) return error(400, 'M_BAD_JSON');
  filters.push(filter);
  return json(200, { filter_id: String(filters.length - 1) });
}

/** What came since, or the last messages; kept back while there is nothing. */
async function synced(world: World, { query }: FakeRequest): Promise<FakeAnswer> {
  const filter = world.filters[Number(query.get('filter') ?? NaN)];
  if (filter === undefined) return error(404, 'M_NOT_FOUND');
  const since = query.has('since') ? Number(query.get('since')) : undefined;
  if (since !== undefined && !(since <= world.events.length)) return error(400, 'M_UNKNOWN_POS');
  if (since === world.events.length) await somethingNew(world, Number(query.get('timeout')));
  const { rooms, timeline } = objectOf(filter['room']);
  const shown = timelineOf(world, since ?? 0, Number(objectOf(timeline)['limit']));
  const join = listOf(rooms).includes(FAKE_ROOM) && shown.events.length > 0 ? { [FAKE_ROOM]: { timeline: shown } } : {};
  return json(200, { next_batch: String(world.events.length), rooms: { join } });
}

function somethingNew({ waiting }: World, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs).unref();
    waiting.add(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function timelineOf({ events }: World, since: number, limit: number): Json & { readonly events: readonly FakeEvent[] } {
  const from = Math.max(since, events.length - limit);
  return { events: events.slice(from), limited: from > since, ...(from > since && { prev_batch: String(from) }) };
}

const MAX_EVENT_BYTES = 65_536;

function sent(world: World, { headers, body }: FakeRequest, [room, transaction = '']: readonly string[]): FakeAnswer {
  const known = world.transactions.get(`${room} ${transaction}`);
  if (known !== undefined) return json(200, { event_id: known });
  if (headers['content-type'] !== 'application/json') return error(400, 'M_NOT_JSON');
  if (body.length > MAX_EVENT_BYTES) return error(413, 'M_TOO_LARGE');
  const content = objectOf(JSON.parse(body.toString()));
  const wrong = [...wrongMessage(content), ...wrongRelation(world, content)];
  if (wrong.length > 0) return error(400, 'M_BAD_JSON', { wrong });
  return inRoom(room, () => {
    const { event_id } = append(world, content);
    world.transactions.set(`${room} ${transaction}`, event_id);
    return json(200, { event_id });
  });
}

const HTML = /^(<\/?(p|strong|ul|li)>|<br>|<a href="https?:[^"<>]*">|<\/a>|[^<>])*$/u;

/** What `m.room.message` demands of the types that are sent here. */
function wrongMessage({ msgtype, body, format, formatted_body: formatted, url, 'm.mentions': mentions }: Json): string[] {
  const shapes = {
    body: typeof body === 'string' && body !== '',
    msgtype: msgtype === 'm.text' || msgtype === 'm.notice' || (msgtype === 'm.file' && /^mxc:\/\/[^/]+\/\w+$/.test(String(url))),
    format:
      (format === undefined) === (formatted === undefined) && [undefined, 'org.matrix.custom.html'].includes(format as string),
    formatted_body: formatted === undefined || (typeof formatted === 'string' && HTML.test(formatted)),
    'm.mentions': JSON.stringify(mentions) === '{}',
  };
  return Object.entries(shapes).flatMap(([field, right]) => (right ? [] : [field]));
}

function wrongRelation(world: World, content: Json): string[] {
  if (content['m.relates_to'] === undefined) return content['m.new_content'] === undefined ? [] : ['m.new_content'];
  const { rel_type: type, event_id: id } = objectOf(content['m.relates_to']);
  const target = world.events.find(({ event_id }) => event_id === id);
  if (target === undefined) return ['m.relates_to'];
  const related = objectOf(target.content['m.relates_to'])['rel_type'];
  if (type === 'm.thread') return related === undefined ? [] : ['a thread begins at no answer'];
  if (type !== 'm.replace' || related === 'm.replace') return ['rel_type'];
  return wrongMessage(objectOf(content['m.new_content']));
}

function uploaded(world: World, { headers, query, body }: FakeRequest): FakeAnswer {
  if (!/^\w+\/\S+$/.test(headers['content-type'] ?? '') || !query.has('filename')) return error(400, 'M_MISSING_PARAM');
  if (body.length > MAX_FILE_BYTES) return error(413, 'M_TOO_LARGE');
  world.uploads += 1;
  return json(200, { content_uri: `mxc://test.local/file${world.uploads}` });
}
