import { type NotificationChannel, platformOf } from '../../api/channel.ts';
import type { ChannelChange, RecordBody } from '../../api/records.ts';
import { cut } from '../../domain/cut.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { openOutage } from '../../notify/stories/channel-story.ts';
import type { Story } from '../../notify/stories/story.ts';
import { type Channel, findingOf } from './channel-status.ts';
import type { StoryLedger } from './story-ledger.ts';

/** What is not told for so long has to be told elsewhere; where the platform refuses, nothing is waited for. */
export const PATIENCE_MS = 10 * 60_000;
const MESSAGE_LENGTH = 1_000;

/** Whether a channel is taken for stopped; `Undecided` leaves it as it is on record. */
export type Judgement = 'Stopped' | 'Delivering' | 'Undecided';

/** Judges how a channel does. @param wrongSince since when messages do not arrive, in milliseconds */
export function judgedChannel(channel: Channel, wrongSince: number, now: number): Judgement {
  const { status, reason } = findingOf(channel);
  const pending = pendingOf(channel);
  // A place that looks well says nothing of a message that waits.
  if (status === 'True')
    return pending > 0 && channel.kind === 'Open' && channel.standing.kind === 'Idle' ? 'Undecided' : 'Delivering';
  if (status === 'Unknown') return 'Undecided';
  if (reason === 'PlatformRefuses') return 'Stopped';
  const isNeeded = channel.kind === 'Unusable' || pending > 0;
  return isNeeded && now - wrongSince >= PATIENCE_MS ? 'Stopped' : 'Undecided';
}

const pendingOf = (channel: Channel): number => (channel.kind === 'Open' ? channel.standing.pending : 0);

export interface OutagesOptions {
  readonly store: Pick<EvidenceStore, 'append'>;
  readonly stories: Pick<StoryLedger, 'of'>;
  /** Whose log it is: the operator's own. */
  readonly own: ServiceName;
  /** Called when something was put on record. */
  readonly told: (service: ServiceName) => void;
}

/** Puts on record when a channel stops and when its messages arrive again, so that the team is told elsewhere. */
export class Outages {
  readonly #options: OutagesOptions;
  readonly #wrongSince = new Map<string, number>();

  constructor(options: OutagesOptions) {
    this.#options = options;
  }

  /** The names of the channels that are stopped, as the log has it. */
  async open(): Promise<string[]> {
    const stories = await this.#stories();
    return stories.flatMap(({ channel, ended }) => (channel && !ended ? [channel.name] : []));
  }

  /**
   * Looks at a channel; one call at a time for each. Answers in how many milliseconds to look again, where that is to be.
   * @throws AssayError STORE_FAILED
   */
  async look(object: NotificationChannel, channel: Channel, now: number): Promise<number | undefined> {
    const { name } = object.metadata;
    const isWrong = findingOf(channel).status === 'False';
    const wrongSince = this.#wrongSince.get(name) ?? now;
    if (isWrong) this.#wrongSince.set(name, wrongSince);
    else this.#wrongSince.delete(name);
    const judgement = judgedChannel(channel, wrongSince, now);
    const open = openOutage(await this.#stories(), name);
    if (judgement === 'Stopped' && !open) await this.#record(bodyOf(object, channel, 'Stopped', now));
    if (judgement === 'Delivering' && open) await this.#record(bodyOf(object, channel, 'Resumed', now));
    return isWrong && judgement === 'Undecided' ? Math.max(1_000, wrongSince + PATIENCE_MS - now) : undefined;
  }

  /** A channel that is gone is stopped no more. */
  async gone(name: string, now: number): Promise<void> {
    this.#wrongSince.delete(name);
    const open = openOutage(await this.#stories(), name);
    if (!open) return;
    const said = { audience: '', platform: open.channel?.platform ?? '', uid: '', reason: '', message: '', pending: 0 };
    await this.#record({ ...said, channel: name, change: 'Deleted', at: now });
  }

  async #stories(): Promise<Story[]> {
    const { stories, own } = this.#options;
    return [...(await stories.of(own)).stories.values()];
  }

  async #record(body: RecordBody<'ChannelChanged'>): Promise<void> {
    const { store, own, told } = this.#options;
    await store.append([{ ...own, kind: 'ChannelChanged', slot: body.at, body }]);
    told(own);
  }
}

function bodyOf(
  { metadata: { name, uid = '' }, spec }: NotificationChannel,
  channel: Channel,
  change: ChannelChange,
  at: number,
): RecordBody<'ChannelChanged'> {
  const { reason, message } = findingOf(channel);
  return {
    ...{ channel: name, audience: spec.audience, platform: platformOf(spec) ?? '', uid, change, at, reason },
    ...{ message: cut(message, MESSAGE_LENGTH), pending: pendingOf(channel) },
  };
}
