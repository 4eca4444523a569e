import type { Clock } from '../../platform/clock.ts';
import { listOf } from '../json.ts';
import { isForAll, type Place, roomFor } from '../notifier.ts';
import type { Homeserver } from './homeserver.ts';
import { get, type Rooms } from './room.ts';

/** The rooms in which a channel hears, and why it hears in fewer than it should. */
export interface Hearing {
  /** By id; with the services that a room belongs to, where its name holds {service} or {namespace}. */
  readonly rooms: ReadonlyMap<string, readonly Place[] | undefined>;
  readonly problem?: string;
}

export interface HeardRooms {
  /** As they are now; asked for again when the services change, and each minute. */
  now(signal: AbortSignal): Promise<Hearing>;
}

export interface HeardRoomsOptions {
  readonly homeserver: Homeserver;
  readonly rooms: Rooms;
  /** The name of the room, with {service} and {namespace}. */
  readonly template: string;
  readonly places: () => readonly Place[];
  readonly clock: Pick<Clock, 'now'>;
}

const KEEP_MS = 60_000;
const NOWHERE: Place = { namespace: '', service: '' };

/** Finds them, and joins those that the operator was invited to: people may ask before there is anything to tell. */
export function newHeardRooms(options: HeardRoomsOptions): HeardRooms {
  const { template, clock } = options;
  const found = new Map<string, string>();
  let kept: { readonly of: string; readonly until: number; readonly hearing: Hearing } | undefined;
  return {
    now: async (signal) => {
      const places = isForAll(template) ? [NOWHERE] : options.places();
      const of = JSON.stringify(places.map(({ namespace, service }) => [namespace, service]));
      if (kept?.of === of && kept.until > clock.now()) return kept.hearing;
      const hearing = await hearingOf(options, places, found, signal);
      kept = { of, until: clock.now() + KEEP_MS, hearing };
      return hearing;
    },
  };
}

async function hearingOf(
  { homeserver, rooms, template }: HeardRoomsOptions,
  places: readonly Place[],
  found: Map<string, string>,
  signal: AbortSignal,
): Promise<Hearing> {
  const problems: string[] = [];
  const of = new Map<string, Place[]>();
  for (const place of places) {
    const name = roomFor(template, place);
    const asked = await rooms.find(place, signal);
    if (asked.kind === 'Failed') problems.push(asked.result.message);
    else found.set(name, asked.value);
    // A name that can't be looked up for a while leads where it led before.
    const room = found.get(name);
    if (room !== undefined) of.set(room, [...(of.get(room) ?? []), place]);
  }
  problems.push(...(await absences(homeserver, rooms, [...of.keys()], signal)));
  return {
    rooms: new Map([...of].map(([room, those]) => [room, isForAll(template) ? undefined : those])),
    ...(problems[0] !== undefined && { problem: summary(problems[0], problems.length) }),
  };
}

const summary = (first: string, count: number): string =>
  count === 1 ? first : `${first}; of ${count - 1} more rooms something like it is true`;

/** Where the operator is not, a homeserver tells it nothing, and no error either. Answers where it can't be, and why. */
async function absences(
  homeserver: Homeserver,
  rooms: Rooms,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const asked = await homeserver.ask(get('/_matrix/client/v3/joined_rooms'), signal);
  // The next request says what is wrong.
  if (asked.kind === 'Failed') return [];
  const joined = new Set(listOf(asked.value['joined_rooms']));
  const problems: string[] = [];
  for (const room of wanted.filter((each) => !joined.has(each))) {
    const tried = await rooms.join(room, signal);
    if (tried.kind === 'Failed') problems.push(tried.result.message);
  }
  return problems;
}
