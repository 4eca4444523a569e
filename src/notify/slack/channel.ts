import { type Place, roomFor } from '../notifier.ts';
import { listOf, objectOf, textOf } from '../json.ts';
import { search, type Search, type SlackApi } from './api.ts';

/** Finds the id of the channel for a service: most methods of Slack know channels by id only. */
export interface ChannelFinder {
  find(place: Place, signal: AbortSignal): Promise<Exclude<Search<string>, { kind: 'Missing' }>>;
  /** What was found may have changed. */
  forget(): void;
}

export const CHANNEL_ID = /^[CGD][A-Z0-9]{8,30}$/;

/** Makes it; a name is looked up once, among the channels that the bot is in. */
export function newChannelFinder(api: SlackApi, template: string): ChannelFinder {
  const known = new Map<string, string>();
  return {
    find: async (place, signal) => {
      const wanted = roomFor(template, place);
      if (CHANNEL_ID.test(wanted)) return { kind: 'Found', value: wanted };
      const name = wanted.replace(/^#/, '').toLowerCase();
      const id = known.get(name);
      if (id !== undefined) return { kind: 'Found', value: id };
      const found = await lookUp(api, name, signal);
      if (found.kind === 'Found') known.set(name, found.value);
      return found.kind === 'Missing' ? { kind: 'Stopped', message: 'the bot is in no channel of this name' } : found;
    },
    forget: () => known.clear(),
  };
}

/** https://docs.slack.dev/reference/methods/users.conversations: the channels that the owner of the token is in. */
function lookUp(api: SlackApi, name: string, signal: AbortSignal): Promise<Search<string>> {
  const fields = { types: 'public_channel,private_channel', exclude_archived: 'true' };
  return search(
    (cursor) => api.form('users.conversations', { ...fields, ...cursor }, signal),
    (body) => {
      const channel = listOf(body['channels'])
        .map(objectOf)
        .find((each) => each['name'] === name);
      return channel && (textOf(channel['id']) || undefined);
    },
  );
}
