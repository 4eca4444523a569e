import type { KubeObject } from '../api/common.ts';
import { keyOf, Reflector, type Resource, type Store, type Transport, withoutManagedFields, WorkQueue } from '../kube/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import type { Attendant } from './attendant.ts';
import { isSameDemand } from './words.ts';

export interface KeepingOptions<T extends KubeObject> {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly resource: Resource;
  readonly kept: (objects: Store<T>) => Kept;
}

/** What is done to keep a kind of objects on record. */
export interface Kept {
  /** Puts on record what is not there yet; answers in how many milliseconds to come back, if at all. */
  readonly reconcile: (key: string) => Promise<number | undefined>;
  /** Keys that are on record, and whose objects were deleted while nobody looked. */
  readonly lost?: () => Promise<readonly string[]>;
}

// In place of a key: to look for what was deleted while nobody looked. No object has this key.
const LOST = '';

/** Keeps what people write in objects of a kind on record. That its CRD is missing holds up nothing else. */
export class RecordsKeeper<T extends KubeObject> implements Attendant {
  readonly #mirror: Reflector<T>;
  readonly #queue: WorkQueue;
  readonly #kept: Kept;

  constructor({ transport, clock, log, resource, kept }: KeepingOptions<T>) {
    this.#mirror = new Reflector<T>({ transport, clock, log, resource, trim: withoutManagedFields });
    this.#kept = kept(this.#mirror.store);
    // One after the other: two at once could put the same on record.
    this.#queue = new WorkQueue({ ...{ clock, log, concurrency: 1 }, work: (key) => this.#work(key) });
    this.#mirror.onChange((before, after) => {
      const object = after ?? before;
      if (object && !isSameDemand(before, after)) this.#queue.add(keyOf(object));
    });
  }

  start(): void {
    this.#mirror.start();
    void this.#mirror.synced.then(
      () => this.#queue.add(LOST),
      () => undefined,
    );
  }

  changed(): void {
    // Only these objects bring something on record here.
  }

  async stop(graceMs: number): Promise<void> {
    await this.#queue.stop(graceMs);
    await this.#mirror.stop();
  }

  async #work(key: string): Promise<void> {
    if (key === LOST) {
      for (const lost of (await this.#kept.lost?.()) ?? []) this.#queue.add(lost);
      return;
    }
    const comeBackMs = await this.#kept.reconcile(key);
    if (comeBackMs !== undefined) this.#queue.addAfter(key, comeBackMs);
  }
}
