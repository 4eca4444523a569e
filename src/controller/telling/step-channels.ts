import type { NotificationChannel } from '../../api/channel.ts';
import { durationMs } from '../../domain/duration.ts';
import type { DueStep } from '../../notify/due-steps.ts';
import type { StepChannel } from '../../notify/step-standing.ts';
import type { Story } from '../../notify/story.ts';
import { isForPlace, isNews, isRouted, type Routing } from './channel-routes.ts';

const LEAST_IN_MESSAGES = 'medium';

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

function waitMsOf(spec: NotificationChannel['spec'], story: Story, routing: Routing): number {
  const { hold, digest } = spec;
  const least = digest?.below ?? LEAST_IN_MESSAGES;
  const isForDigest = digest !== undefined && !isRouted({ ...spec, minimumSeverity: least }, story, routing);
  return (hold === undefined ? 0 : durationMs(hold)) + (isForDigest ? durationMs(digest.every) : 0);
}
