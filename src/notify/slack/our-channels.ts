import type { Clock } from '../../platform/clock.ts';
import type { Failed } from '../attempt.ts';
import { type Ours, oursOf } from '../listening/asked.ts';
import { objectOf, textOf } from '../json.ts';
import type { Place } from '../notifier.ts';
import type { SlackApi } from './api.ts';
import { CHANNEL_ID } from './channel.ts';

/** Says of the id of a channel whether it is one of ours. */
export type OurChannels = (channel: string, signal: AbortSignal) => Promise<Ours | Extract<Failed, { kind: 'NotNow' }>>;

export interface OurChannelsOptions {
  readonly api: SlackApi;
  /** Id or name, as the spec has it. */
  readonly template: string;
  readonly places: () => readonly Place[];
  readonly clock: Clock;
}

// A channel can get another name at any time.
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 1_000;

/** Makes it: names are asked for at Slack, since what comes along with a command is not the name for private channels. */
export function newOurChannels({ api, template, places, clock }: OurChannelsOptions): OurChannels {
  const names = new Map<string, { readonly name: string | undefined; readonly at: number }>();
  return async (channel, signal) => {
    if (CHANNEL_ID.test(template)) return oursOf(template, [], (id) => id === channel);
    // People who write to the bot alone are in no channel with a name.
    if (!/^[CG]/.test(channel)) return { kind: 'Elsewhere' };
    let known = names.get(channel);
    if (known === undefined || clock.now() - known.at > REMEMBERED_MS) {
      const looked = await nameOf(api, channel, signal);
      if (looked.kind === 'NotNow') return looked;
      if (names.size >= MOST_REMEMBERED) names.clear();
      known = { name: looked.name, at: clock.now() };
      names.set(channel, known);
    }
    const { name } = known;
    return oursOf(template, places(), (wanted) => name !== undefined && wanted.replace(/^#/, '').toLowerCase() === name);
  };
}

type Looked = { readonly kind: 'Name'; readonly name: string | undefined } | Extract<Failed, { kind: 'NotNow' }>;

/** The name of a channel that the bot is in (https://docs.slack.dev/reference/methods/conversations.info). */
async function nameOf(api: SlackApi, id: string, signal: AbortSignal): Promise<Looked> {
  const info = await api.form('conversations.info', { channel: id }, signal);
  if (info.kind === 'NotNow' || info.kind === 'Unanswered') return { ...info, kind: 'NotNow' };
  if (info.kind !== 'Ok') return { kind: 'Name', name: undefined };
  const channel = objectOf(info.body['channel']);
  const isIn = channel['is_member'] === true && channel['is_archived'] !== true;
  return { kind: 'Name', name: isIn ? textOf(channel['name']) : undefined };
}
