import { HandClock } from '../../platform/hand-clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { withoutSending } from '../attempt.ts';
import { Courier, type CourierOptions, type DeliveryEntry } from './courier.ts';
import type { Card, Delivery, DeliveryResult, MessageRef, Notifier } from '../notifier.ts';
import { SPEC, START } from '../stories/stories.fixtures.ts';
import { mergedThreads, type Thread, threadAfter } from './thread.ts';

/*
 * What tests of the courier use: a clock moved by hand, a platform that does what a script says, and a log in memory, all of which a
 * courier can be killed at.
 */

export type Fate = 'Delivered' | 'Lost' | 'Unheard' | 'NotNow' | 'Stopped' | 'Gone' | 'Rejected' | 'Hangs' | 'Throws';

/** A message on the platform, with every card that it ever showed. */
export interface Message {
  readonly ref: MessageRef;
  readonly action: Delivery['action']['kind'];
  readonly cards: Card[];
}

const UNHEARD: DeliveryResult = { kind: 'Unanswered', message: 'no answer' };

/** A platform on which a delivery that is sent again shows nothing twice. */
export class Platform implements Notifier {
  /** What becomes of the next deliveries; then they arrive. */
  fates: Fate[] = [];
  readonly messages: Message[] = [];
  readonly deliveries: Delivery[] = [];
  retryAfterMs: number | undefined;
  /** How many messages were lost to the platform for good. */
  gone = 0;
  readonly #done = new Map<string, MessageRef>();

  deliver(delivery: Delivery): Promise<DeliveryResult> {
    this.deliveries.push(delivery);
    const fate = this.fates.shift() ?? 'Delivered';
    if (fate === 'Hangs') return new Promise(() => undefined);
    if (fate === 'Throws') return Promise.reject(new Error('a bug'));
    return Promise.resolve(this.#resultOf(fate, delivery));
  }

  #resultOf(fate: Exclude<Fate, 'Hangs' | 'Throws'>, delivery: Delivery): DeliveryResult {
    const wait = this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs };
    switch (fate) {
      case 'Unheard':
        this.#take(delivery);
        return UNHEARD;
      case 'Lost':
        return { ...UNHEARD, ...wait };
      case 'NotNow':
        return withoutSending({ kind: 'NotNow', message: 'too many', ...wait }, delivery);
      case 'Stopped':
        return { kind: 'Stopped', message: 'the token is revoked' };
      case 'Rejected':
        return { kind: 'Rejected', message: 'too long' };
      case 'Gone':
        if (delivery.action.kind === 'Post' || this.#done.has(delivery.id)) break;
        this.gone += 1;
        return { kind: 'Gone', message: 'it was deleted' };
      case 'Delivered':
    }
    return { kind: 'Delivered', message: this.#take(delivery) };
  }

  #take({ id, action, card }: Delivery): MessageRef {
    const known = this.#done.get(id);
    if (known !== undefined) return known;
    const ref = action.kind === 'Edit' ? action.message : `m${this.messages.length}`;
    if (action.kind === 'Edit') this.messages.find((message) => message.ref === ref)?.cards.push(card);
    else this.messages.push({ ref, action: action.kind, cards: [card] });
    this.#done.set(id, ref);
    return ref;
  }

  probe(): Promise<{ kind: 'Ready'; drift: [] }> {
    return Promise.resolve({ kind: 'Ready', drift: [] });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A log of deliveries, and the couriers that write it one after the other. */
export class World {
  readonly clock = new HandClock(START);
  readonly platform = new Platform();
  readonly log: DeliveryEntry[] = [];
  changes = 0;
  /** How often the log refuses. */
  refusals = 0;
  courier: Courier;
  /** How many steps the courier still lives. */
  #lives = Infinity;
  #generation = 0;
  readonly #options: Partial<CourierOptions>;

  constructor(options: Partial<CourierOptions> = {}) {
    this.#options = options;
    this.courier = this.#begin();
  }

  get isDead(): boolean {
    return this.#lives <= 0;
  }

  /** The courier that lives is killed after so many steps more. */
  killAfter(steps: number): void {
    this.#lives = steps;
  }

  /** Another one goes on with what is on record. */
  restart(): void {
    this.#generation += 1;
    this.#lives = Infinity;
    this.courier = this.#begin();
  }

  phases(): string[] {
    return this.log.map(({ body: { action, phase } }) => `${action} ${phase}`);
  }

  #begin(): Courier {
    const generation = this.#generation;
    const { clock, platform } = this;
    /** A step: what is killed at it never goes on. */
    const step = async (): Promise<void> => {
      if (generation === this.#generation) this.#lives -= 1;
      if (generation !== this.#generation || this.#lives <= 0) await new Promise(() => undefined);
    };
    const notifier: Notifier = {
      probe: () => platform.probe(),
      close: () => platform.close(),
      deliver: async (delivery) => {
        await step();
        const result = await platform.deliver(delivery);
        await step();
        return result;
      },
    };
    const record = async (entries: readonly DeliveryEntry[]): Promise<void> => {
      await step();
      if (this.refusals > 0) {
        this.refusals -= 1;
        throw new Error('the disk is full');
      }
      this.log.push(...entries);
      await step();
    };
    const courier = new Courier({
      ...{ channel: 'c', audience: 'internal', abilities: { edits: true, threads: true, files: true, once: true } },
      ...{ describe: () => SPEC, threads: threadsIn(this.log), notifier, clock, log: silentLogger(), record },
      onChange: () => (this.changes += 1),
      ...this.#options,
    });
    courier.start();
    return courier;
  }
}

/** As the teller reads them: the log of each service by itself. */
export function threadsIn(log: readonly DeliveryEntry[]): Thread[] {
  const books = new Map<string, Map<string, Thread>>();
  for (const { namespace, service, body } of log) {
    const book = books.get(`${namespace}/${service}`) ?? new Map<string, Thread>();
    books.set(`${namespace}/${service}`, book.set(body.story, threadAfter(book.get(body.story), body)));
  }
  const merged = new Map<string, Thread>();
  for (const book of books.values())
    for (const thread of book.values()) merged.set(thread.id, mergedThreads(merged.get(thread.id), thread));
  return [...merged.values()];
}
