import { cut } from '../../domain/cut.ts';
import { backoffMs } from '../../platform/backoff.ts';
import { type Clock, sleep } from '../../platform/clock.ts';
import { messageOf } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { isOver } from '../messages/cards.ts';
import { Desk, type DeskOptions, type Job } from './desk.ts';
import { deliveryOf, type DeliveryEntry, entriesOf, type Sender, type Sent, wholeOf, withheldId } from './dispatch.ts';
import type { Attachment, Delivery, DeliveryResult, Notifier } from '../notifier.ts';
import type { Story, Withheld } from '../stories/story.ts';
import { threadAfter } from './thread.ts';

export type { DeliveryEntry } from './dispatch.ts';

export interface CourierOptions extends DeskOptions, Sender {
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly log: Logger;
  /** Puts on record, durably and all or nothing; throws AssayError STORE_FAILED when it can't. */
  readonly record: (entries: readonly DeliveryEntry[]) => Promise<void>;
  /** The files that go with the end of a story; the same ones whenever it is asked. */
  readonly filesOf?: (story: Story) => Promise<readonly Attachment[]>;
  /** Called when the standing of the channel may look otherwise. */
  readonly onChange: () => void;
}

/** How a channel does. */
export interface ChannelStanding {
  readonly kind: 'Idle' | 'Delivering' | 'Waiting' | 'Stopped';
  /** What went wrong last, while it has not gone right since. */
  readonly problem?: string;
  readonly lastDeliveryAt?: number;
  readonly pending: number;
  readonly failed: number;
  readonly lastError?: string;
}

const BACKOFF = { minMs: 1_000, maxMs: 60_000 };
// Somebody may have mended it on the platform, where nobody tells us.
const STOPPED_RETRY_MS = 5 * 60_000;
/** Longer than a platform may ask us to be quiet. */
const LONGEST_WAIT_MS = 24 * 60 * 60_000;
/** Adapters have time-outs of their own; one that hangs all the same keeps nobody waiting. */
const LONGEST_DELIVERY_MS = 5 * 60_000;
const STOP_GRACE_MS = 2_000;
// What a record holds.
const BY_LENGTH = 253;
const REASON_LENGTH = 1_024;

/** All of the wait: a channel has one courier, so that no two go in step. */
const waitAfter = (failures: number): number => backoffMs(BACKOFF, failures, () => 1);

/** Why messages do not reach a place, and how many did not in a row. */
interface Trouble {
  readonly kind: 'Waiting' | 'Stopped';
  readonly message: string;
  readonly failures: number;
}

type Outcome = Pick<Sent, 'phase' | 'message' | 'reason'>;
type Wrong = Extract<DeliveryResult, { kind: 'NotNow' | 'Unanswered' | 'Stopped' }>;

/**
 * Sends one channel what it is to be told: one message after the other, each on record before its first byte is sent and once more when
 * it is known what became of it. A slow or broken platform delays no other channel.
 */
export class Courier {
  readonly #options: CourierOptions;
  readonly #desk: Desk;
  readonly #stopped = new AbortController();
  #wake: () => void = () => undefined;
  #woken: Promise<void> = Promise.resolve();
  #running: Promise<void> | undefined;
  #failures = 0;
  /** What became of a delivery and is not on record yet. */
  #outcome: { readonly id: string; readonly outcome: Outcome } | undefined;
  #lastDeliveryAt: number | undefined;
  #lastError: string | undefined;
  #failed = 0;
  /** How much was pending when the standing was last told. */
  #pending = 0;
  /** By the place that messages do not reach, the latest last. */
  readonly #troubles = new Map<string, Trouble>();

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#desk = new Desk(options);
    this.#sleepAgain();
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Takes a story as it is now. Never waits. */
  offer(story: Story): void {
    this.#desk.offer(story);
    this.#wake();
  }

  /** Says nothing more of a story until it is offered again. */
  withdraw(storyId: string): void {
    this.#desk.withdraw(storyId);
  }

  /** Whether it was offered a story, or has told of it before. */
  knows(storyId: string): boolean {
    return this.#desk.knows(storyId);
  }

  /** What is over and was told need not be kept. */
  forget(storyId: string): void {
    this.#desk.forget(storyId);
  }

  /** Whether a story was begun to be told here. */
  hasBegun(storyId: string): boolean {
    return this.#desk.hasBegun(storyId);
  }

  get standing(): ChannelStanding {
    const pending = this.#desk.pending(this.#options.clock.now());
    const trouble = [...this.#troubles.values()].at(-1);
    return {
      kind: trouble?.kind ?? (this.#lastDeliveryAt === undefined ? 'Idle' : 'Delivering'),
      ...(trouble && { problem: trouble.message }),
      ...(this.#lastDeliveryAt !== undefined && { lastDeliveryAt: this.#lastDeliveryAt }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      ...{ pending, failed: this.#failed },
    };
  }

  /** Ends; what was begun is begun again after the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake();
    await this.#within(STOP_GRACE_MS, this.#running);
    await this.#within(STOP_GRACE_MS, this.#options.notifier.close());
  }

  async #within(ms: number, done: Promise<void> | undefined): Promise<void> {
    const timer = new AbortController();
    const ended = done?.catch((error: unknown) => this.#warn('a channel did not close', error));
    await Promise.race([ended, sleep(this.#options.clock, ms, timer.signal)]);
    timer.abort();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const next = this.#desk.next(clock.now());
      if (typeof next === 'object') {
        const waitMs = await this.#send(next).catch((error: unknown) => {
          this.#warn('a message could not be put on record', error);
          return this.#backoffMs();
        });
        this.#options.onChange();
        if (waitMs > 0) await sleep(clock, waitMs, signal);
      } else {
        this.#showPending();
        await this.#untilWoken(next);
      }
    }
  }

  /** What is held is pending, although nothing is done about it yet. */
  #showPending(): void {
    const pending = this.#desk.pending(this.#options.clock.now());
    // What did not go through may have been withdrawn; what is only sent again is not pending.
    if (pending === 0) for (const place of this.#troubles.keys()) if (!this.#desk.isInUse(place)) this.#troubles.delete(place);
    if (pending === this.#pending) return;
    this.#pending = pending;
    this.#options.onChange();
  }

  #warn(sentence: string, error: unknown): void {
    this.#options.log.warn(sentence, { channel: this.#options.channel, error: messageOf(error) });
  }

  async #untilWoken(withinMs: number | undefined): Promise<void> {
    const timer = new AbortController();
    const waits = withinMs === undefined ? [] : [sleep(this.#options.clock, withinMs, timer.signal)];
    await Promise.race([this.#woken, ...waits]);
    timer.abort();
    this.#sleepAgain();
  }

  #sleepAgain(): void {
    this.#woken = new Promise((resolve) => (this.#wake = resolve));
  }

  /** Answers how long to wait before anything else is sent, in milliseconds. */
  async #send(job: Job): Promise<number> {
    if (job.withheld) return this.#withhold(job, job.withheld);
    const delivery = deliveryOf(job, this.#options);
    if (job.isResent === true) return this.#resend(job, delivery);
    if (this.#outcome?.id === delivery.id) return this.#settle(job, delivery, this.#outcome.outcome);
    if (isToBegin(job, delivery)) await this.#record(job, delivery, { phase: 'Attempted' });
    this.#desk.setThere(job.threadId, true);
    const result = await this.#deliverWith(await this.#filesFor(job), delivery);
    switch (result.kind) {
      case 'Delivered':
        return this.#settle(job, delivery, {
          phase: 'Delivered',
          ...(result.message !== undefined && { message: result.message }),
        });
      case 'Gone':
      case 'Rejected':
        return this.#settle(job, delivery, { phase: 'Rejected', reason: result.message });
      case 'NotNow':
      case 'Unanswered':
      case 'Stopped':
        // An earlier attempt may have brought it there, whatever became of this one.
        if (result.kind !== 'Unanswered' && !delivery.repeated) this.#desk.setThere(job.threadId, false);
        return this.#wentWrong(job, result);
    }
  }

  /** Nothing is sent, and nothing will be; on record it is who decided that. */
  async #withhold(job: Job, { by, reason }: Withheld): Promise<number> {
    const id = withheldId(job, this.#options.channel);
    this.#troubles.delete(this.#desk.placeOf(job.threadId));
    await this.#record(job, { id }, { phase: 'Withheld', by: cut(by, BY_LENGTH), reason: cut(reason, REASON_LENGTH) });
    return 0;
  }

  /** Files go with the message that first says that it is over. */
  async #filesFor({ stories, action, thread }: Job): Promise<readonly Attachment[]> {
    const { abilities, filesOf } = this.#options;
    const [story] = stories;
    const isForFiles = abilities.files && action !== 'Edit' && thread?.endSaid !== true && story.ended !== undefined;
    if (!isForFiles || filesOf === undefined) return [];
    return filesOf(story).catch((error: unknown) => {
      this.#warn('the files of a message can not be made, so it goes without', error);
      return [];
    });
  }

  /** Whoever refuses the files of a message may take the message: nobody has to do without the words. */
  async #deliverWith(attachments: readonly Attachment[], delivery: Delivery): Promise<DeliveryResult> {
    const result = await this.#deliver({ ...delivery, attachments });
    if (result.kind !== 'Rejected' || attachments.length === 0) return result;
    this.#warn('a message goes without its files, which the platform refuses', result.message);
    // Slack shows a message before its files: it may be there.
    return this.#deliver({ ...delivery, repeated: true });
  }

  /** The same state once more is nothing new: nothing of it goes on record. */
  async #resend(job: Job, delivery: Delivery): Promise<number> {
    const result = await this.#deliver(delivery);
    if (result.kind === 'NotNow' || result.kind === 'Unanswered' || result.kind === 'Stopped')
      return this.#wentWrong(job, result);
    this.#desk.resent(job.threadId, this.#options.clock.now());
    this.#wentRight(job);
    return 0;
  }

  /** Never longer than it may take, whatever an adapter does. */
  async #deliver(delivery: Delivery): Promise<DeliveryResult> {
    const { clock, notifier } = this.#options;
    const { signal } = this.#stopped;
    const timer = new AbortController();
    const giveUp = AbortSignal.any([signal, timer.signal]);
    const hung: DeliveryResult = { kind: 'Unanswered', message: 'the platform did not answer in time' };
    const late = sleep(clock, LONGEST_DELIVERY_MS, giveUp).then(() => sleep(clock, STOP_GRACE_MS / 2, timer.signal));
    const delivered = notifier.deliver(delivery, signal).catch((error: unknown): DeliveryResult => {
      this.#warn('a message could not be sent', error);
      return { kind: 'Unanswered', message: 'the message could not be sent' };
    });
    const result = await Promise.race([delivered, late.then(() => hung)]);
    timer.abort();
    return result;
  }

  /** Puts on record what became of it; not sent again where that fails. */
  async #settle(job: Job, delivery: Delivery, outcome: Outcome): Promise<number> {
    this.#outcome = { id: delivery.id, outcome };
    await this.#record(job, delivery, outcome);
    this.#outcome = undefined;
    this.#wentRight(job);
    if (outcome.phase === 'Delivered') this.#lastDeliveryAt = this.#options.clock.now();
    else {
      this.#failed += 1;
      this.#lastError = outcome.reason;
    }
    return 0;
  }

  #wentRight({ threadId }: Job): void {
    this.#failures = 0;
    this.#desk.reached(threadId);
    this.#troubles.delete(this.#desk.placeOf(threadId));
  }

  /** What does not go through is left for a while, so that it holds up nothing else; answers how long to send nothing at all. */
  #wentWrong({ threadId }: Job, result: Wrong): number {
    const { clock, isForEachService } = this.#options;
    const failures = this.#noteTrouble(threadId, result);
    if (result.kind === 'Stopped' && !isForEachService) return STOPPED_RETRY_MS;
    const { retryAfterMs = 0 } = result.kind === 'Stopped' ? {} : result;
    if (retryAfterMs > 0) return Math.min(retryAfterMs, LONGEST_WAIT_MS);
    const now = clock.now();
    this.#desk.leave(threadId, { from: now, to: now + (result.kind === 'Stopped' ? STOPPED_RETRY_MS : waitAfter(failures)) });
    return this.#backoffMs();
  }

  /** Answers how many times in a row it went wrong there. */
  #noteTrouble(threadId: string, { kind, message }: Wrong): number {
    const place = this.#desk.placeOf(threadId);
    const failures = (this.#troubles.get(place)?.failures ?? 0) + 1;
    this.#lastError = message;
    this.#troubles.delete(place);
    this.#troubles.set(place, { kind: kind === 'Stopped' ? 'Stopped' : 'Waiting', message, failures });
    return failures;
  }

  #backoffMs(): number {
    this.#failures += 1;
    return waitAfter(this.#failures);
  }

  async #record(job: Job, { id }: Pick<Delivery, 'id'>, more: Outcome & { readonly by?: string }): Promise<void> {
    const { threadId, stories, action, states } = job;
    const { channel, audience, clock, record } = this.#options;
    const sent: Sent = { id, channel, audience, story: threadId, action, at: clock.now(), ended: isOver(stories), ...more };
    await record(entriesOf(sent, stories, states));
    this.#desk.moved(threadAfter(this.#desk.thread(threadId), wholeOf(sent, stories, states)));
  }
}

/** Whether it goes on record before it is sent: also what was begun and now tells more. */
function isToBegin({ thread, states }: Job, { id }: Delivery): boolean {
  const pending = thread?.pending;
  if (pending?.id !== id) return true;
  return pending.states.size !== states.size || [...states].some(([story, state]) => pending.states.get(story) !== state);
}
