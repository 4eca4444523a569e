import type { PlatformSettings } from '../../api/channel.ts';
import { AssayError } from '../../platform/errors.ts';
import type { NotifierOptions } from '../notifier.ts';
import { newSender } from '../sending.ts';
import { type Homeserver, newHomeserver } from './homeserver.ts';
import { newRooms, type Rooms } from './room.ts';

/** The way to the rooms of one channel. */
export interface Connection {
  readonly homeserver: Homeserver;
  readonly rooms: Rooms;
  readonly close: () => Promise<void>;
}

export interface ConnectionOptions extends NotifierOptions {
  readonly maxBytes?: number;
}

/** Nothing is connected yet. Throws AssayError SECRET_MISSING or SPEC_INVALID. */
export function connect(settings: PlatformSettings['matrix'], options: ConnectionOptions): Connection {
  if (!/^[!#]/.test(settings.room)) throw new AssayError('SPEC_INVALID', 'the room begins neither with ! nor with #');
  const headers = { authorization: `Bearer ${options.secret(settings.tokenSecret).trim()}` };
  const sender = newSender({ ...options, url: settings.url, headers });
  const homeserver = newHomeserver(sender, options.clock);
  const rooms = newRooms(homeserver, settings.room, () => options.clock.now());
  return { homeserver, rooms, close: () => sender.close() };
}
