import type { Clock } from '../platform/clock.ts';
import { messageOf } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { backoffMs, type Backoff } from '../platform/backoff.ts';
import { askedMs } from './kube-error.ts';

/** `changed` objects pass before `periodic` work. */
export type Priority = 'changed' | 'periodic';

export interface QueueOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Does the work of a key; what it throws is logged, and the key comes again after a back-off. */
  readonly work: (key: string, signal: AbortSignal) => Promise<void>;
  /** Keys worked on at the same time (default 4). */
  readonly concurrency?: number;
  readonly backoff?: Backoff;
  readonly random?: () => number;
  /** How many keys wait, told at each change. */
  readonly onDepth?: (depth: number) => void;
  /** How long a key waited before its work began. */
  readonly onWait?: (ms: number, priority: Priority) => void;
  /** How long its work took. */
  readonly onWorked?: (ms: number, outcome: 'done' | 'failed') => void;
}

interface Timer {
  readonly dueAt: number;
  readonly cancel: () => void;
}

const CONCURRENCY = 4;
const BACKOFF: Backoff = { minMs: 500, maxMs: 5 * 60_000 };
// Thousands may come at once, as at the start: between them others have their turn of the event loop, first of all the lease.
const BEGUN_A_TURN = 20;

/**
 * A queue of keys. A key waits in it once and is never worked on twice at the same time; added while being worked on, it is
 * worked on once more after. So it can not grow beyond the number of objects.
 */
export class WorkQueue {
  readonly #options: QueueOptions;
  // By priority, in order of arrival, with the time of arrival.
  readonly #waiting: Record<Priority, Map<string, number>> = { changed: new Map(), periodic: new Map() };
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Map<string, Priority>();
  readonly #timers = new Map<string, Timer>();
  readonly #failures = new Map<string, number>();
  readonly #stopped = new AbortController();
  #begun = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** How many keys wait, without those that are worked on or due later. */
  get depth(): number {
    return this.#waiting.changed.size + this.#waiting.periodic.size;
  }

  /** Nothing is taken any more once the queue is stopped. */
  add(key: string, priority: Priority = 'changed'): void {
    if (this.#stopped.signal.aborted) return;
    if (this.#running.has(key)) {
      if (this.#again.get(key) !== 'changed') this.#again.set(key, priority);
      return;
    }
    this.#enqueue(key, priority);
    this.#startNext();
  }

  /** Adds it once that time has passed. Of several times for one key the earliest counts. */
  addAfter(key: string, ms: number, priority: Priority = 'periodic'): void {
    if (this.#stopped.signal.aborted) return;
    const dueAt = this.#options.clock.now() + ms;
    const before = this.#timers.get(key);
    if (before !== undefined && before.dueAt <= dueAt) return;
    before?.cancel();
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(key);
      this.add(key, priority);
    });
    this.#timers.set(key, { dueAt, cancel });
  }

  /** Takes a key out that needs no work any more; what is being done for it goes on to its end. */
  forget(key: string): void {
    this.#timers.get(key)?.cancel();
    for (const keys of [this.#timers, this.#failures, this.#again, this.#waiting.changed, this.#waiting.periodic])
      keys.delete(key);
    this.#options.onDepth?.(this.depth);
  }

  /** Begins nothing any more, and waits for what is being done, no longer than `graceMs`. What waits is abandoned. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped.abort();
    for (const { cancel } of this.#timers.values()) cancel();
    for (const keys of [this.#timers, this.#again, this.#waiting.changed, this.#waiting.periodic]) keys.clear();
    this.#options.onDepth?.(0);
    const { promise: graceEnded, resolve } = Promise.withResolvers<undefined>();
    const cancel = this.#options.clock.after(graceMs, () => resolve(undefined));
    await Promise.race([Promise.all(this.#running.values()), graceEnded]);
    cancel();
  }

  #enqueue(key: string, priority: Priority): void {
    const { changed, periodic } = this.#waiting;
    if (changed.has(key)) return;
    const since = periodic.get(key) ?? this.#options.clock.now();
    if (priority === 'changed') periodic.delete(key);
    this.#waiting[priority].set(key, since);
    this.#options.onDepth?.(this.depth);
  }

  get #mayBegin(): boolean {
    const { concurrency = CONCURRENCY } = this.#options;
    return this.#running.size < concurrency && this.#begun < BEGUN_A_TURN && !this.#stopped.signal.aborted;
  }

  #startNext(): void {
    const { changed, periodic } = this.#waiting;
    while (this.#mayBegin) {
      const priority = changed.size > 0 ? 'changed' : 'periodic';
      const [next] = this.#waiting[priority];
      if (next === undefined) return;
      const [key, since] = next;
      (priority === 'changed' ? changed : periodic).delete(key);
      this.#options.onDepth?.(this.depth);
      this.#options.onWait?.(this.#options.clock.now() - since, priority);
      if ((this.#begun += 1) === 1) setImmediate(() => this.#nextTurn());
      this.#running.set(key, this.#work(key));
    }
  }

  #nextTurn(): void {
    this.#begun = 0;
    this.#startNext();
  }

  async #work(key: string): Promise<void> {
    const { clock, work, onWorked } = this.#options;
    const startedAt = clock.now();
    // Begin in a turn of its own: the caller of `add` is not to wait for it, nor to see it throw.
    await Promise.resolve();
    try {
      await work(key, this.#stopped.signal);
      this.#failures.delete(key);
      onWorked?.(clock.now() - startedAt, 'done');
    } catch (error) {
      onWorked?.(clock.now() - startedAt, 'failed');
      this.#failed(key, error);
    } finally {
      this.#running.delete(key);
      const again = this.#again.get(key);
      this.#again.delete(key);
      if (again !== undefined) this.add(key, again);
      this.#startNext();
    }
  }

  #failed(key: string, error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    const { log, backoff = BACKOFF, random = Math.random } = this.#options;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const waitMs = Math.max(backoffMs(backoff, failures, random), askedMs(error));
    log.warn('work failed and is tried again', { key, failures, waitMs, error: messageOf(error) });
    this.addAfter(key, waitMs, 'changed');
  }
}
