import { AssayError } from '../../platform/errors.ts';
import { type Place, roomFor } from '../notifier.ts';
import type { Failed } from '../attempt.ts';
import { textOf } from '../json.ts';
import type { MattermostApi, MattermostOk } from './api.ts';

export const CHANNEL_ID = /^[a-z0-9]{26}$/;

/** Finds the channel for a service. */
export interface ChannelFinder {
  /** Its id, looked up once. */
  find(place: Place, signal: AbortSignal): Promise<{ readonly kind: 'Found'; readonly id: string } | Failed>;
  /** The channel as the server has it now. */
  look(place: Place, signal: AbortSignal): Promise<MattermostOk | Failed>;
  /** What was found may have changed. */
  forget(): void;
}

/** Makes it. Throws AssayError SPEC_INVALID for what is neither an id nor team and name. */
export function newChannelFinder(api: MattermostApi, template: string): ChannelFinder {
  if (!CHANNEL_ID.test(template) && template.split('/').filter((part) => part !== '').length !== 2)
    throw new AssayError('SPEC_INVALID', 'the channel of mattermost is neither an id nor team/name');
  const known = new Map<string, string>();
  const look: ChannelFinder['look'] = (place, signal) => api.get(pathOf(roomFor(template, place)), signal);
  return {
    look,
    find: async (place, signal) => {
      const room = roomFor(template, place);
      const id = CHANNEL_ID.test(room) ? room : known.get(room);
      if (id !== undefined) return { kind: 'Found', id };
      const answer = await look(place, signal);
      if (answer.kind !== 'Ok') return answer;
      const found = textOf(answer.body['id']);
      if (!CHANNEL_ID.test(found)) return { kind: 'Stopped', message: 'what answers does not speak as Mattermost does' };
      known.set(room, found);
      return { kind: 'Found', id: found };
    },
    forget: () => known.clear(),
  };
}

function pathOf(room: string): string {
  if (CHANNEL_ID.test(room)) return `/channels/${room}`;
  const [team = '', name = ''] = room.split('/').map((part) => encodeURIComponent(part.toLowerCase()));
  return `/teams/name/${team}/channels/name/${name}`;
}
