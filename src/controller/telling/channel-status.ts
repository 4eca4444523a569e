import type { Condition } from '../../api/common.ts';
import type { NotificationChannel, NotificationChannelStatus } from '../../api/channel.ts';
import type { DeliveringReason } from '../../api/conditions.ts';
import { cut } from '../../domain/cut.ts';
import { timeText } from '../../domain/moment.ts';
import { setCondition } from '../../kube/index.ts';
import type { ChannelStanding } from '../../notify/delivering/courier.ts';
import type { Probe } from '../../notify/index.ts';
import { generationOf } from '../words.ts';

/** A channel as it stands: at work, or why it can not be. */
export type Channel =
  | {
      readonly kind: 'Open';
      readonly standing: ChannelStanding;
      readonly probe: Probe | undefined;
      /** Why nothing is heard there, `''` while all is; absent where nobody may ask. */
      readonly deafness?: string;
    }
  | {
      readonly kind: 'Unusable';
      readonly reason: Extract<DeliveringReason, 'CredentialsMissing' | 'InvalidSpec'>;
      readonly message: string;
    };

export interface Finding {
  readonly status: Condition['status'];
  readonly reason: DeliveringReason;
  readonly message: string;
}

/** The status of a channel. Pure. */
export function channelStatus(object: NotificationChannel, channel: Channel, now: number): NotificationChannelStatus {
  const observed = generationOf(object.metadata);
  const condition = { type: 'Delivering', ...findingOf(channel), ...observed };
  const delivering = setCondition(object.status?.conditions, condition, new Date(now));
  const conditions = withListening(delivering, channel, { ...observed, now });
  const { lastDelivery: before, lastError: beforeError } = object.status ?? {};
  const kept = {
    ...(before === undefined ? {} : { lastDelivery: before }),
    ...(beforeError === undefined ? {} : { lastError: beforeError }),
  };
  return { ...observed, ...kept, ...figures(channel), conditions };
}

/** A channel in which nobody may ask has no such condition. */
function withListening(
  before: Condition[],
  channel: Channel,
  { now, ...observed }: { readonly now: number; readonly observedGeneration?: number },
): Condition[] {
  if (channel.kind === 'Unusable' || channel.deafness === undefined) return before.filter(({ type }) => type !== 'Listening');
  const finding =
    channel.deafness === ''
      ? HEARS
      : { status: 'False' as const, reason: 'NotHeard', message: cut(channel.deafness, MESSAGE_LENGTH) };
  return setCondition(before, { type: 'Listening', ...finding, ...observed }, new Date(now));
}

const HEARS = { status: 'True', reason: 'Listening', message: 'whoever asks there is heard' } as const;

function figures(channel: Channel): Partial<NotificationChannelStatus> {
  if (channel.kind === 'Unusable') return {};
  const { pending, failed, lastDeliveryAt, lastError } = channel.standing;
  return {
    ...{ pending, failed },
    ...(lastDeliveryAt !== undefined && { lastDelivery: timeText(Math.trunc(lastDeliveryAt / 1000) * 1000) }),
    ...(lastError !== undefined && { lastError: cut(lastError, MESSAGE_LENGTH) }),
  };
}

const MESSAGE_LENGTH = 1000;

/** Whether messages arrive, and why not. */
export function findingOf(channel: Channel): Finding {
  if (channel.kind === 'Unusable') return { status: 'False', reason: channel.reason, message: channel.message };
  const { standing, probe } = channel;
  if (standing.kind === 'Stopped') return { status: 'False', reason: 'PlatformRefuses', message: standing.problem ?? '' };
  if (standing.kind === 'Waiting') return { status: 'False', reason: 'PlatformUnavailable', message: standing.problem ?? '' };
  return probedFinding(probe) ?? DELIVERED_OR_READY[standing.kind];
}

const DELIVERED_OR_READY = {
  Delivering: { status: 'True', reason: 'Delivered', message: 'the last message arrived' },
  Idle: { status: 'Unknown', reason: 'NotProbed', message: 'nothing was sent yet' },
} as const;

/** What a probe says beside what became of messages; undefined where it adds nothing. */
function probedFinding(probe: Probe | undefined): Finding | undefined {
  if (probe === undefined) return undefined;
  if (probe.kind === 'Stopped') return { status: 'False', reason: 'PlatformRefuses', message: probe.message };
  if (probe.kind === 'NotNow') return { status: 'False', reason: 'PlatformUnavailable', message: probe.message };
  if (probe.drift.length > 0)
    return { status: 'True', reason: 'PlaceDiffers', message: cut(probe.drift.join('; '), MESSAGE_LENGTH) };
  return { status: 'True', reason: 'Ready', message: 'the platform takes messages' };
}
