import type { MatrixUser } from '../../src/parts/index.ts';

/** A message of a room as a person sees it: with its last text, and without what was removed. */
export interface SeenMessage {
  readonly id: string;
  readonly sender: string;
  /** When it was first sent. */
  readonly at: number;
  /** As people read it: without the invisible characters that keep texts from becoming links. */
  readonly text: string;
  readonly html?: string;
  readonly edits: number;
  /** The message in whose thread it stands. */
  readonly thread?: string;
  readonly file?: { readonly name: string; readonly mediaType: string; readonly uri: string };
  /** Who was to be notified by name. */
  readonly mentions: unknown;
  /** The delivery that it says it is of. */
  readonly delivery?: string;
}

/** A room as one of its members sees it. */
export interface SeenRoom {
  /** In the order in which they were sent. */
  readonly messages: readonly SeenMessage[];
  /** What stands in the room itself, outside of threads. */
  readonly timeline: readonly SeenMessage[];
  /** The answers to a message, in order. */
  thread(root: string): readonly SeenMessage[];
  /** Deliveries that are there more than once, each with its count: there is to be none. */
  readonly duplicates: ReadonlyMap<string, number>;
}

type Json = Readonly<Record<string, unknown>>;

interface RoomEvent {
  readonly event_id: string;
  readonly sender: string;
  readonly type: string;
  readonly origin_server_ts: number;
  readonly content: Json;
}

const DELIVERY_KEY = 'dev.assay.delivery';
const PAGE = 100;

/** Reads a whole room with the eyes of one of its members. */
export async function readRoom(member: MatrixUser, room: string): Promise<SeenRoom> {
  const events = await eventsOf(member, room);
  const edits = Map.groupBy(events.filter(isEdit), replacedBy);
  const messages = events
    .filter((event) => !isEdit(event) && event.content['msgtype'] !== undefined)
    // An edit by somebody else is shown to nobody.
    .map((event) =>
      seen(
        event,
        (edits.get(event.event_id) ?? []).filter(({ sender }) => sender === event.sender),
      ),
    );
  return {
    messages,
    timeline: messages.filter(({ thread }) => thread === undefined),
    thread: (root) => messages.filter(({ thread }) => thread === root),
    duplicates: duplicatesIn(events),
  };
}

/** Every message event, the first first; removed ones have lost their content. */
async function eventsOf(member: MatrixUser, room: string): Promise<RoomEvent[]> {
  const events: RoomEvent[] = [];
  let from: string | undefined;
  for (;;) {
    const query = new URLSearchParams({ dir: 'f', limit: String(PAGE), ...(from !== undefined && { from }) });
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?${query.toString()}`;
    const { chunk, end } = (await member.call('GET', path)) as { chunk: RoomEvent[]; end?: string };
    events.push(...chunk.filter(({ type }) => type === 'm.room.message'));
    if (end === undefined || end === from) return events;
    from = end;
  }
}

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const relationOf = ({ content }: RoomEvent): Json => object(content['m.relates_to']);
const isEdit = (event: RoomEvent): boolean => relationOf(event)['rel_type'] === 'm.replace';
const replacedBy = (event: RoomEvent): unknown => relationOf(event)['event_id'];
const read = (text: unknown): string => String(text).replaceAll('\u200b', '');

function seen(event: RoomEvent, edits: readonly RoomEvent[]): SeenMessage {
  const last = edits.at(-1);
  const content = last === undefined ? event.content : object(last.content['m.new_content']);
  const { rel_type: type, event_id: root } = relationOf(event);
  const delivery = event.content[DELIVERY_KEY];
  return {
    ...{ id: event.event_id, sender: event.sender, at: event.origin_server_ts, edits: edits.length },
    ...{ text: read(content['body']), mentions: content['m.mentions'] },
    ...(content['formatted_body'] !== undefined && { html: read(content['formatted_body']) }),
    ...(type === 'm.thread' && { thread: String(root) }),
    ...(content['msgtype'] === 'm.file' && { file: fileOf(content) }),
    ...(typeof delivery === 'string' && { delivery }),
  };
}

function fileOf({ filename, info, url }: Json): SeenMessage['file'] & object {
  return { name: String(filename), mediaType: String(object(info)['mimetype']), uri: String(url) };
}

/** Edits count too: the same one twice is a second line in clients that know none. */
function duplicatesIn(events: readonly RoomEvent[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { content } of events) {
    const delivery = content[DELIVERY_KEY];
    if (typeof delivery === 'string') counts.set(delivery, (counts.get(delivery) ?? 0) + 1);
  }
  return new Map([...counts].filter(([, count]) => count > 1));
}
