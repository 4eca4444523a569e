import type { KubeObject } from '../api/common.ts';
import { sleep, type Clock } from '../platform/clock.ts';
import { messageOf } from '../platform/errors.ts';
import { statusError } from './answer.ts';
import type { Backoff } from '../platform/backoff.ts';
import { Failures } from './failures.ts';
import { KubeError } from './kube-error.ts';
import { listPages } from './list-pages.ts';
import { Mirror, type ChangeHandler, type MirrorOptions } from './mirror.ts';
import { collectionPath, keyOf, type Resource } from './resource.ts';
import type { Store } from './store.ts';
import type { Query, Transport } from './transport.ts';

export interface ReflectorOptions<T extends KubeObject> extends MirrorOptions<T> {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly resource: Resource;
  /** Only this namespace (default: all). */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly pageSize?: number;
  /** A watch on which nothing arrives for this long is opened anew (default 90 s: the API server sends a bookmark each 60 s). */
  readonly idleMs?: number;
  readonly backoff?: Backoff;
  readonly random?: () => number;
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

const PAGE_SIZE = 500;
const IDLE_MS = 90_000;
const BACKOFF: Backoff = { minMs: 800, maxMs: 30_000 };
const SHORT_WATCH_MS = 1000;

/**
 * Keeps a store equal to what the API server has of one kind, for as long as it runs: whatever goes wrong is tried again.
 * Handlers are told in the order of the changes; one that is added before `start` misses none.
 */
export class Reflector<T extends KubeObject> {
  /** Resolves when the store first holds everything; rejects if the reflector is stopped before. */
  readonly synced: Promise<void>;
  readonly #options: ReflectorOptions<T>;
  readonly #mirror: Mirror<T>;
  readonly #stopped = new AbortController();
  readonly #firstList = Promise.withResolvers<undefined>();
  readonly #failures: Failures;
  #running: Promise<void> = Promise.resolve();
  /** The version that the store has reached; undefined when it must be listed. */
  #version: string | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#mirror = new Mirror(options);
    this.#failures = new Failures(options.backoff ?? BACKOFF, options.random ?? Math.random);
    this.synced = this.#firstList.promise;
    // Nobody has to wait for it.
    this.synced.catch(() => undefined);
  }

  get store(): Store<T> {
    return this.#mirror.store;
  }

  /** Does it once the store first holds everything; never if the reflector is stopped before. */
  onceSynced(run: () => void): void {
    void this.synced.then(run, () => undefined);
  }

  /** The answer takes the handler away again. */
  onChange(handler: ChangeHandler<T>): () => void {
    return this.#mirror.onChange(handler);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Ends the watch; the store stays as it is. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#firstList.reject(new KubeError(`${this.#options.resource.plural} were not listed before the end`));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        await this.#watch();
      } catch (error) {
        // Ended by `stop`: the loop ends by itself.
        if (!this.#stopped.signal.aborted) await sleep(this.#options.clock, this.#failed(error), signal);
      }
    }
  }

  async #list(): Promise<void> {
    const { transport, resource, namespace, pageSize = PAGE_SIZE } = this.#options;
    const { version, objects } = await listPages<T>({
      transport,
      resource,
      selectors: this.#selectors(),
      pageSize,
      trim: (object) => this.#mirror.trimmed(object),
      signal: this.#stopped.signal,
      ...(namespace === undefined ? {} : { namespace }),
    });
    this.#mirror.replace(objects);
    this.#version = version;
    this.#firstList.resolve(undefined);
  }

  async #watch(): Promise<void> {
    const { transport, clock, resource, namespace, idleMs = IDLE_MS } = this.#options;
    const startedAt = clock.now();
    let events = 0;
    const path = collectionPath(resource, namespace);
    const lines = transport.stream({ path, query: this.#watchQuery(), idleMs, signal: this.#stopped.signal });
    for await (const line of lines) {
      this.#take(line as WatchEvent<T>);
      events += 1;
      if (this.#failures.ended()) this.#options.log.info('a kind is watched again', { kind: resource.kind });
    }
    if (events === 0 && clock.now() - startedAt < SHORT_WATCH_MS) throw new KubeError(`WATCH ${path} ended at once`);
  }

  #take({ type, object }: WatchEvent<T>): void {
    switch (type) {
      case 'ERROR': {
        const status = object as unknown as { code?: number; reason?: string };
        throw statusError(`WATCH ${this.#options.resource.plural}`, status.code ?? 500, status);
      }
      case 'DELETED':
        this.#mirror.remove(keyOf(object));
        break;
      case 'ADDED':
      case 'MODIFIED':
        this.#mirror.put(this.#mirror.trimmed(object));
        break;
      case 'BOOKMARK':
        break;
    }
    this.#version = object.metadata.resourceVersion ?? this.#version;
  }

  /** Does what follows from an error, and answers how long to wait before the next try. */
  #failed(error: unknown): number {
    const { log, resource } = this.#options;
    const { waitMs, relist, gone, worthSaying } = this.#failures.next(error);
    if (relist) this.#version = undefined;
    if (gone) this.#mirror.replace(new Map());
    const fields = { kind: resource.kind, error: messageOf(error), waitMs };
    if (worthSaying) log.warn('a kind can not be watched', fields);
    else log.debug('a watch was interrupted', fields);
    return waitMs;
  }

  #watchQuery(): Query {
    // Spread out, so that the watches of many clients do not all end together.
    const timeoutSeconds = 300 + Math.floor((this.#options.random ?? Math.random)() * 300);
    return { ...this.#selectors(), watch: 1, allowWatchBookmarks: true, resourceVersion: this.#version, timeoutSeconds };
  }

  #selectors(): Query {
    return { labelSelector: this.#options.labelSelector, fieldSelector: this.#options.fieldSelector };
  }
}
