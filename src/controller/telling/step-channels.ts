import type { NotificationChannel } from '../../api/channel.ts';
import { durationMs } from '../../domain/duration.ts';
import type { DueStep } from '../../notify/due-steps.ts';
import type { StepChannel } from '../../notify/step-standing.ts';
import type { Story } from '../../notify/story.ts';
import { digestOf, isDigested, isForPlace, isNews, isRouted, type Routing } from './channel-routes.ts';

/** The channels of a step's audience that are for its service, and whether and when each is to tell of it. */
export function stepChannels(
  { audience }: DueStep,
  story: Story,
  channels: readonly NotificationChannel[],
  routing: Routing,
): StepChannel[] {
  return channels
    .filter(({ spec }) => spec.audience === audience && isForPlace(spec, story, routing.namespace))
    .map(({ metadata, spec }) => {
      const since = Date.parse(metadata.creationTimestamp ?? '') || 0;
      const isTold = isRouted(spec, story, routing) && isNews(story, audience, since);
      return { name: metadata.name, since, isRouted: isTold, waitMs: waitMsOf(spec, story, routing) };
    });
}

/** So long the channel itself waits before it tells: for somebody to withhold it, or for its digest. */
function waitMsOf(spec: NotificationChannel['spec'], story: Story, routing: Routing): number {
  const holdMs = durationMs(spec.hold ?? '0s');
  return holdMs + (isDigested(spec, story, routing) ? (digestOf(spec)?.everyMs ?? 0) : 0);
}
