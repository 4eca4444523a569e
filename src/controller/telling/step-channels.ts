import type { NotificationChannel } from '../../api/channel.ts';
import { durationMs } from '../../domain/duration.ts';
import type { DueStep } from '../../notify/auditing/due-steps.ts';
import type { StepChannel } from '../../notify/auditing/step-standing.ts';
import type { Story } from '../../notify/stories/story.ts';
import { digestOf, isDigested, isForPlace, isNews, isRouted, type Routing } from './channel-routes.ts';

/** The channels of a step's audience that are for its service, and whether and when each is to tell of it. */
export function stepChannels(
  { audience }: DueStep,
  story: Story,
  channels: readonly NotificationChannel[],
  { routing, since: sinceOf }: { readonly routing: Routing; readonly since: (channel: NotificationChannel) => number },
): StepChannel[] {
  return channels
    .filter(({ spec }) => spec.audience === audience && isForPlace(spec, story, routing.namespace))
    .map((channel) => {
      const { metadata, spec } = channel;
      const since = sinceOf(channel);
      const isTold = isRouted(spec, story, routing) && isNews(story, spec, since);
      const digested = isDigested(spec, story, routing);
      const waitMs = waitMsOf(spec, digested);
      return { name: metadata.name, since, isRouted: isTold, waitMs, isDigested: digested };
    });
}

/** So long the channel itself waits before it tells: for somebody to withhold it, or for its digest. */
function waitMsOf(spec: NotificationChannel['spec'], digested: boolean): number {
  const holdMs = durationMs(spec.hold ?? '0s');
  return holdMs + (digested ? (digestOf(spec)?.everyMs ?? 0) : 0);
}

/** So long any of these channels may keep to itself what it is to tell. */
export function longestWaitMs(channels: readonly NotificationChannel[]): number {
  return Math.max(0, ...channels.map(({ spec }) => waitMsOf(spec, digestOf(spec)?.below !== undefined)));
}
