import { isDeepStrictEqual } from 'node:util';

import type { KubeObject } from '../api/common.ts';
import type { Clock } from '../platform/clock.ts';
import { messageOf } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { APPLY, FIELD_MANAGER } from './apply.ts';
import { backoffMs, type Backoff } from '../platform/backoff.ts';
import { askedMs, statusOf } from './kube-error.ts';
import { keyOf, objectPath } from './resource.ts';
import { StatusBacklog, type Entry, type StatusChange } from './status-backlog.ts';
import { TokenBucket } from './token-bucket.ts';
import type { Transport } from './transport.ts';

/** What became of one try to write a status. */
export type WriteOutcome = 'written' | 'conflict' | 'gone' | 'failed';

export interface StatusWriterOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  /** Least time between two writes of one object over time (default 10 s). */
  readonly minIntervalMs?: number;
  /** How many writes of one object may follow each other sooner after a calm time (default 3). */
  readonly burst?: number;
  /** Bound on all writes together (default 50 a second, 100 at once). */
  readonly rate?: Rate;
  /** Bound on those of them that are not urgent (default 4 a second, 20 at once). */
  readonly calmRate?: Rate;
  /** Writes under way at the same time (default 4). */
  readonly concurrency?: number;
  readonly backoff?: Backoff;
  readonly random?: () => number;
  readonly onWrite?: (outcome: WriteOutcome, ms: number) => void;
}

interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

const MIN_INTERVAL_MS = 10_000;
// A new object is judged within seconds, a verdict is told with its escalation: that is no flapping.
const BURST = 3;
// Thousands of criteria that are new, or lose their source together, are shown within minutes.
const RATE = { perSecond: 50, burst: 100 };
const CALM_RATE = { perSecond: 4, burst: 20 };
const CONCURRENCY = 4;
const BACKOFF: Backoff = { minMs: 1000, maxMs: 60_000 };
// So many conflicts in a row are taken for bad luck, and written again at once.
const CONFLICTS_AT_ONCE = 3;

/**
 * Writes statuses: only what differs, the latest only, and no more often than allowed. What is wanted is written in the end,
 * whatever fails meanwhile, unless the object is gone. Each write names the version that it was made for, because a lease does
 * not keep a second writer out; after a conflict the object is read again, and what is wanted is written for what was found.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #backlog = new StatusBacklog();
  readonly #bucket: TokenBucket;
  readonly #calmBucket: TokenBucket;
  readonly #ended = new AbortController();
  readonly #drained = Promise.withResolvers<undefined>();
  #writing = 0;
  #flushing = false;
  #cancelTimer: () => void = () => undefined;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.rate ?? RATE, options.clock.now());
    this.#calmBucket = new TokenBucket(options.calmRate ?? CALM_RATE, options.clock.now());
  }

  /** How many objects have a status that is not written yet. */
  get pending(): number {
    return this.#backlog.pending;
  }

  /** Whether a status of this object waits, is being written or was a moment ago: what is shown of it may be older. */
  isUnsettled({ resource, object }: Pick<StatusChange, 'resource' | 'object'>): boolean {
    return this.#backlog.isUnsettled(resource, object);
  }

  /** Wants this status for this object, in place of what was wanted for it before. Never waits. */
  write(change: StatusChange): void {
    if (this.#flushing) return;
    this.#backlog.want(change);
    this.#pump();
  }

  /**
   * Writes what is still wanted, without regard to intervals and rate, for at most `graceMs`, and ends; nothing is taken any more.
   * Answers how many statuses were not written.
   */
  async flush(graceMs: number): Promise<number> {
    this.#flushing = true;
    this.#backlog.hasten();
    const cancel = this.#options.clock.after(graceMs, () => this.#drained.resolve(undefined));
    this.#pump();
    await this.#drained.promise;
    cancel();
    const left = this.#backlog.pending;
    this.abandon();
    return left;
  }

  /** Ends at once, and writes nothing any more. */
  abandon(): void {
    this.#flushing = true;
    this.#ended.abort();
    this.#cancelTimer();
    this.#backlog.clear();
  }

  /** Begins what may be written now, and comes back when more may be. */
  #pump(): void {
    if (this.#ended.signal.aborted) return;
    this.#cancelTimer();
    const { clock, concurrency = CONCURRENCY } = this.#options;
    while (this.#writing < concurrency) {
      const now = clock.now();
      const { waitMs, calmWaitMs } = this.#waits(now);
      const next = waitMs > 0 ? undefined : this.#backlog.next(now, { urgentOnly: calmWaitMs > 0 });
      if (next === undefined) {
        this.#comeBack(waitMs > 0 ? waitMs : Math.min(this.#backlog.earliest() - now, calmWaitMs || Infinity));
        return;
      }
      this.#bucket.take(now);
      if (next.wanted?.urgent !== true) this.#calmBucket.take(now);
      this.#begin(next);
    }
  }

  /** How long the next write has to wait, and how long the next one that is not urgent. */
  #waits(now: number): { readonly waitMs: number; readonly calmWaitMs: number } {
    if (this.#flushing) return { waitMs: 0, calmWaitMs: 0 };
    return { waitMs: this.#bucket.waitMs(now), calmWaitMs: this.#calmBucket.waitMs(now) };
  }

  #begin(entry: Entry): void {
    this.#writing += 1;
    this.#backlog.begin(entry);
    void this.#write(entry).finally(() => {
      this.#writing -= 1;
      this.#backlog.end(entry);
      this.#pump();
    });
  }

  #comeBack(afterMs: number): void {
    if (this.#flushing && this.#backlog.pending === 0) this.#drained.resolve(undefined);
    if (afterMs !== Infinity) this.#cancelTimer = this.#options.clock.after(afterMs, () => this.#pump());
  }

  async #write(entry: Entry): Promise<void> {
    const { clock, minIntervalMs = MIN_INTERVAL_MS, burst = BURST, onWrite } = this.#options;
    const startedAt = clock.now();
    let outcome: WriteOutcome = 'written';
    try {
      const status = entry.wanted?.status;
      const version = await this.#apply(entry, status);
      entry.known = { version, status, own: true };
      // Writes of one object are `minIntervalMs` apart over time; a few that follow a calm time may pass at once.
      entry.calmAt = Math.max(entry.calmAt, clock.now()) + minIntervalMs;
      entry.notBefore = entry.calmAt - (burst - 1) * minIntervalMs;
      entry.failures = 0;
      entry.conflicts = 0;
    } catch (error) {
      outcome = await this.#refused(entry, error);
    }
    onWrite?.(outcome, clock.now() - startedAt);
  }

  async #apply({ resource, object, known }: Entry, status: unknown): Promise<string> {
    const { name, namespace } = object.metadata;
    const answer = await this.#options.transport.request({
      method: 'PATCH',
      path: `${objectPath(resource, object.metadata)}/status`,
      query: { fieldManager: FIELD_MANAGER, force: true },
      contentType: APPLY,
      // The API server ignores a uid here (measured on 1.36): the version alone keeps a new object of this name untouched.
      body: {
        apiVersion: resource.apiVersion,
        kind: resource.kind,
        metadata: { name, ...(namespace === undefined ? {} : { namespace }), resourceVersion: known.version },
        status,
      },
      signal: this.#ended.signal,
    });
    return (answer as KubeObject).metadata.resourceVersion ?? '';
  }

  async #refused(entry: Entry, error: unknown): Promise<WriteOutcome> {
    if (statusOf(error) === 409) {
      try {
        return await this.#readAgain(entry);
      } catch (readError) {
        return this.#failed(entry, readError);
      }
    }
    return this.#failed(entry, error);
  }

  /** After a conflict: learns what the API server has. */
  async #readAgain(entry: Entry): Promise<WriteOutcome> {
    const { transport, log, clock } = this.#options;
    const { resource, object, known } = entry;
    const path = objectPath(resource, object.metadata);
    const found = (await transport.request({ method: 'GET', path, signal: this.#ended.signal })) as StatusChange['object'];
    if (found.metadata.uid !== object.metadata.uid) return drop(entry);
    if (known.own && !isDeepStrictEqual(found.status, known.status)) {
      log.warn('a status was changed by another writer', { kind: resource.kind, object: keyOf(object) });
    }
    entry.known = { version: found.metadata.resourceVersion ?? '', status: found.status, own: false };
    entry.conflicts += 1;
    if (entry.conflicts > CONFLICTS_AT_ONCE) entry.notBefore = clock.now() + this.#backoffMs(entry.conflicts - CONFLICTS_AT_ONCE);
    return 'conflict';
  }

  #failed(entry: Entry, error: unknown): WriteOutcome {
    if (statusOf(error) === 404) return drop(entry);
    const { clock, log } = this.#options;
    entry.failures += 1;
    // The API server may have taken it and only the answer was lost.
    entry.known = { ...entry.known, status: undefined, own: false };
    const waitMs = Math.max(this.#backoffMs(entry.failures), askedMs(error));
    entry.notBefore = clock.now() + waitMs;
    if (!this.#ended.signal.aborted) {
      const fields = { kind: entry.resource.kind, object: keyOf(entry.object), failures: entry.failures, waitMs };
      log.warn('a status could not be written and is tried again', { ...fields, error: messageOf(error) });
    }
    return 'failed';
  }

  #backoffMs(failures: number): number {
    return backoffMs(this.#options.backoff ?? BACKOFF, failures, this.#options.random ?? Math.random);
  }
}

/** The object is gone, and its status with it. */
function drop(entry: Entry): WriteOutcome {
  entry.wanted = undefined;
  entry.notBefore = 0;
  return 'gone';
}
