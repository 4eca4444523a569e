import type { LogRecord } from '../../api/records.ts';
import { spanText } from '../../domain/duration.ts';
import type { Story } from './story.ts';

type ChannelRecord = Extract<LogRecord, { kind: 'ChannelChanged' }>;

/** The outage of a channel that goes on, if there is one. */
export function openOutage(stories: Iterable<Story>, channel: string): Story | undefined {
  return [...stories].find((story) => story.channel?.name === channel && story.ended === undefined);
}

/** The story of an outage of a channel after a record of it, for the team alone; undefined where nothing was told that could end. */
export function channelStory(stories: Iterable<Story>, record: ChannelRecord): Story | undefined {
  const { at, channel, change } = record.body;
  const open = openOutage(stories, channel);
  if (change === 'Stopped') return open ?? begun(record);
  if (open === undefined) return undefined;
  const how = change === 'Resumed' ? 'messages arrive again' : 'the channel was deleted';
  const words = { internal: `${how} after ${spanText(at - open.since)}` };
  return { ...open, standing: 'Ended', ended: { at, how: change }, history: [...open.history, { at, words, turn: true }] };
}

function begun({ head, body }: ChannelRecord): Story {
  const { at, channel, audience, platform, reason, message, pending } = body;
  return {
    ...{ id: `channel-${channel}-${at}`, kind: 'Channel', namespace: head.namespace, service: head.service },
    ...{ since: at, firstSeq: head.seq, standing: 'Failing', seen: `${reason}: ${message}`, severity: 'high' },
    title: `channel ${channel} (audience ${audience})`,
    channel: { name: channel, platform },
    addressed: { internal: { at, late: false } },
    history: [{ at, words: { internal: `${reason}, ${pending} messages wait: ${message}` }, turn: true }],
  };
}
