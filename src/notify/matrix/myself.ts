import type { Clock } from '../../platform/clock.ts';
import type { Asked, Homeserver } from './homeserver.ts';
import { textOf } from '../json.ts';
import type { Myself } from './message.ts';
import { get, type Rooms } from './room.ts';

const KEEP_NAME_MS = 600_000;

/** Says who we are; the display name is asked for every ten minutes, and without it the others have to do. */
export function newMyself(
  homeserver: Homeserver,
  rooms: Rooms,
  clock: Pick<Clock, 'now'>,
): (signal: AbortSignal) => Promise<Asked<Myself>> {
  let name = '';
  let until = -Infinity;
  return async (signal) => {
    const me = await rooms.me(signal);
    if (me.kind === 'Failed') return me;
    if (until <= clock.now()) {
      const path = `/_matrix/client/v3/profile/${encodeURIComponent(me.value)}/displayname`;
      const asked = await homeserver.ask(get(path), signal);
      if (asked.kind === 'Got') name = textOf(asked.value['displayname']);
      until = clock.now() + KEEP_NAME_MS;
    }
    return { kind: 'Got', value: { userId: me.value, ...(name !== '' && { displayName: name }) } };
  };
}
