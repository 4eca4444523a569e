import { probed } from '../attempt.ts';
import type { Notifier } from '../notifier.ts';
import { textOf } from '../json.ts';
import type { MattermostApi } from './api.ts';
import type { ChannelFinder } from './channel.ts';

/** Looks whether token and channel are as they have to be, and whether the channel can be read, as looking for a message needs. */
export function newProbe(api: MattermostApi, channels: ChannelFinder): Notifier['probe'] {
  return async (place, signal) => {
    const self = await api.get('/users/me', signal);
    if (self.kind !== 'Ok') return probed(self);
    const channel = await channels.look(place, signal);
    if (channel.kind !== 'Ok') return probed(channel);
    if (Number(channel.body['delete_at'] ?? 0) !== 0) return { kind: 'Stopped', message: 'the channel is archived' };
    const id = encodeURIComponent(textOf(channel.body['id']));
    const member = await api.get(`/channels/${id}/members/me`, signal);
    if (member.kind !== 'Ok') return probed(member);
    const posts = await api.get(`/channels/${id}/posts?page=0&per_page=1`, signal);
    if (posts.kind !== 'Ok') return probed(posts);
    return { kind: 'Ready', drift: channel.body['shared'] === true ? ['The channel is shared with another server.'] : [] };
  };
}
