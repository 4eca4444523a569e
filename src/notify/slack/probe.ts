import { probed } from '../attempt.ts';
import type { Notifier, Probe } from '../notifier.ts';
import { objectOf } from '../json.ts';
import type { SlackApi, SlackOk } from './api.ts';
import type { ChannelFinder } from './channel.ts';

// Without the history a message whose answer was lost could not be looked for, and would show twice.
const NEEDED = ['chat:write', 'channels:read', 'groups:read', 'channels:history', 'groups:history'];
const WANTED = ['files:write'];

/** Looks whether token, scopes and channel are as they have to be. */
export function newProbe(api: SlackApi, channels: ChannelFinder): Notifier['probe'] {
  return async (place, signal) => {
    const self = await api.form('auth.test', {}, signal);
    if (self.kind !== 'Ok') return probed(self);
    const missing = lacking(self, NEEDED);
    if (missing.length > 0) return { kind: 'Stopped', message: `the token lacks the scopes ${missing.join(', ')}` };
    channels.forget();
    const channel = await channels.find(place, signal);
    if (channel.kind !== 'Found') return probed(channel);
    const info = await api.form('conversations.info', { channel: channel.value }, signal);
    return info.kind === 'Ok' ? judged(objectOf(info.body['channel']), lacking(self, WANTED)) : probed(info);
  };
}

/** Which scopes the token does not have; none where a proxy took the header away (https://docs.slack.dev/authentication/). */
function lacking({ headers }: SlackOk, scopes: readonly string[]): readonly string[] {
  const header = headers['x-oauth-scopes'];
  if (header === undefined) return [];
  const granted = new Set(String(header).split(/\s*,\s*/));
  return scopes.filter((scope) => !granted.has(scope));
}

function judged(channel: Readonly<Record<string, unknown>>, missing: readonly string[]): Probe {
  if (channel['is_archived'] === true) return { kind: 'Stopped', message: 'the channel is archived' };
  if (channel['is_member'] === false) return { kind: 'Stopped', message: 'the bot is not in the channel' };
  const drift = [
    ...(channel['is_ext_shared'] === true ? ['The channel is shared with another organisation.'] : []),
    ...missing.map((scope) => `The token lacks the scope ${scope}: messages with files do not arrive.`),
  ];
  return { kind: 'Ready', drift };
}
