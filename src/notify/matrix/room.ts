import type { HttpRequest } from '../../platform/http.ts';
import { type Place, roomFor } from '../notifier.ts';
import { type Asked, failed, type Homeserver, type Json, textIn } from './homeserver.ts';

/** Who the operator is, and the rooms of one channel. */
export interface Rooms {
  /** The user of the access token; asked for once, or again if `anew`. */
  me(signal: AbortSignal, anew?: boolean): Promise<Asked<string>>;
  /** The id of the room for a service; an alias is asked for again after ten minutes, or at once if `anew`. */
  find(place: Place, signal: AbortSignal, anew?: boolean): Promise<Asked<string>>;
  /** Joins a room that the operator was invited to. */
  join(room: string, signal: AbortSignal): Promise<Asked<Json>>;
  /** Does `act` in the room; joins it first if that is what is missing. */
  within(room: string, act: () => Promise<Asked<Json>>, signal: AbortSignal): Promise<Asked<Json>>;
}

const KEEP_ALIAS_MS = 600_000;
// Of services that come and go, a channel remembers so many rooms.
const MAX_ALIASES = 1_000;

/** The path of a call in a room; each part is escaped. */
export function roomPath(room: string, ...parts: readonly string[]): string {
  return ['/_matrix/client/v3/rooms', ...[room, ...parts].map(encodeURIComponent)].join('/');
}

/** Remembers names of rooms and the name of the operator. */
export function newRooms(homeserver: Homeserver, template: string, now: () => number): Rooms {
  const aliases = new Map<string, { readonly room: string; readonly until: number }>();
  let myself: string | undefined;

  const me = async (signal: AbortSignal, anew = false): Promise<Asked<string>> => {
    if (myself !== undefined && !anew) return { kind: 'Got', value: myself };
    const asked = textIn(await homeserver.ask(get('/_matrix/client/v3/account/whoami'), signal), 'user_id', '@');
    if (asked.kind === 'Got') myself = asked.value;
    return asked;
  };

  const resolve = async (alias: string, signal: AbortSignal): Promise<Asked<string>> => {
    const path = `/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`;
    const asked = textIn(await homeserver.ask(get(path), signal), 'room_id', '!');
    if (asked.kind === 'Failed') return unknownRoom(asked, alias);
    if (aliases.size >= MAX_ALIASES) aliases.clear();
    aliases.set(alias, { room: asked.value, until: now() + KEEP_ALIAS_MS });
    return asked;
  };

  const join = async (room: string, signal: AbortSignal): Promise<Asked<Json>> => {
    const asked = await homeserver.ask(post(roomPath(room, 'join')), signal);
    if (asked.kind === 'Got' || !NOT_INVITED.includes(asked.code)) return asked;
    const name = await me(signal);
    if (name.kind === 'Failed') return name;
    return failed('Stopped', `the operator is not in the room; invite ${name.value}`);
  };

  return {
    me,
    join,
    find: (place, signal, anew = false) => {
      const name = roomFor(template, place);
      const known = name.startsWith('#') ? aliases.get(name) : { room: name, until: Infinity };
      if (known !== undefined && known.until > now() && !(anew && name.startsWith('#')))
        return Promise.resolve({ kind: 'Got', value: known.room });
      return resolve(name, signal);
    },
    within: async (room, act, signal) => {
      const first = await act();
      if (first.kind === 'Got' || first.code !== 'M_FORBIDDEN' || first.result.kind !== 'Stopped') return first;
      const joined = await join(room, signal);
      // Whoever is in the room already is told so again: then it is something else that is not allowed.
      return joined.kind === 'Failed' ? joined : act();
    },
  };
}

const NOT_INVITED = ['M_FORBIDDEN', 'M_NOT_FOUND', 'M_UNKNOWN'];

/** The name is written in the channel, so it may be told; what is wrong with it can be mended there only. */
function unknownRoom(asked: Extract<Asked<string>, { kind: 'Failed' }>, alias: string): Asked<string> {
  const wrong = ['M_NOT_FOUND', 'M_INVALID_PARAM', 'M_BAD_ALIAS'].includes(asked.code);
  return wrong ? failed('Stopped', `the homeserver knows no room by the name ${alias} (${asked.code})`) : asked;
}

// A kept connection that breaks is no failure of a question. An event is sent again by whoever knows that it may be there already.
export const get = (path: string): HttpRequest => ({ method: 'GET', path, repeatable: true });

const JSON_TYPE = { 'content-type': 'application/json' };

export const post = (path: string, body: Json = {}): HttpRequest => ({
  ...{ method: 'POST', path, headers: JSON_TYPE, body: JSON.stringify(body) },
});

export const put = (path: string, body: Json): HttpRequest => ({
  ...{ method: 'PUT', path, headers: JSON_TYPE, body: JSON.stringify(body) },
});
