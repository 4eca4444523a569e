import { listOf, objectOf } from '../json.ts';
import { DELIVERY_KEY } from './encode.ts';
import type { Asked, Homeserver, Json } from './homeserver.ts';
import { get, roomPath } from './room.ts';

/** Where to look for what was sent before, and how far back. */
export interface Search {
  readonly room: string;
  /** Who sent it. */
  readonly me: string;
  /** It was sent after this time. */
  readonly sinceMs: number;
  readonly delivery: string;
}

const PAGE = 100;
// Two thousand messages of ours; beyond that the transaction id alone has to do.
const MAX_PAGES = 20;
// Clocks of homeserver and operator differ.
const MARGIN_MS = 3_600_000;

/**
 * The events of a delivery that are in the room already, by the delivery id that they hold (that of a file has its number behind
 * it). Unlike a transaction id, which a homeserver forgets after a day and with the token, the room keeps them.
 */
export async function sentBefore(
  homeserver: Homeserver,
  search: Search,
  signal: AbortSignal,
): Promise<Asked<ReadonlyMap<string, string>>> {
  const found = new Map<string, string>();
  let from: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const asked = await homeserver.ask(get(pagePath(search, from)), signal);
    if (asked.kind === 'Failed') return asked;
    const events = eventsIn(asked.value);
    for (const event of events) note(event, search, found);
    const end = asked.value['end'];
    if (typeof end !== 'string' || end === from || reaches(events, search)) break;
    from = end;
  }
  return { kind: 'Got', value: found };
}

function pagePath({ room, me }: Search, from: string | undefined): string {
  const filter = JSON.stringify({ types: ['m.room.message'], senders: [me] });
  const query = new URLSearchParams({ dir: 'b', limit: String(PAGE), filter, ...(from !== undefined && { from }) });
  return `${roomPath(room, 'messages')}?${query.toString()}`;
}

const eventsIn = ({ chunk }: Json): Json[] => listOf(chunk).map(objectOf);

function note(event: Json, { me, delivery }: Search, found: Map<string, string>): void {
  const key = objectOf(event['content'])[DELIVERY_KEY];
  if (typeof key !== 'string' || typeof event['event_id'] !== 'string' || event['sender'] !== me) return;
  if (key === delivery || key.startsWith(`${delivery}.`)) found.set(key, event['event_id']);
}

/** Whether the page goes back beyond the time at which the message can have been sent first. */
function reaches(events: readonly Json[], { sinceMs }: Search): boolean {
  const at = events.at(-1)?.['origin_server_ts'];
  return typeof at === 'number' && at < sinceMs - MARGIN_MS;
}
