import { sleep, systemClock } from '../platform/clock.ts';
import { AssayError, messageOf } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { statusOf } from './kube-error.ts';
import { microTime } from './micro-time.ts';
import { collectionPath, keyOf, objectPath, type Resource } from './resource.ts';
import type { Transport } from './transport.ts';

export interface LeaseOptions {
  /** A way of its own, so that a renewal waits for nothing else. */
  readonly transport: Transport;
  readonly log: Logger;
  readonly name: { readonly namespace: string; readonly name: string };
  /**
   * Which process this is. Two that may run at the same time must never share it; one that starts only after the other has certainly
   * ended (a container that its pod starts again) should, and then need not wait.
   */
  readonly holder: string;
  /** After how long without a renewal others may take the lease; whole seconds. */
  readonly durationMs: number;
  /** Called when it is acquired, and when it is lost or given back. */
  readonly onTurn?: (held: boolean) => void;
}

interface LeaseObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string };
  readonly spec?: LeaseSpec;
}

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

const LEASES: Resource = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases', namespaced: true };

/**
 * The right to be the one operator at work, as a Lease of the API server. As in client-go, the holder renews it every 2/15 of its
 * duration and stops at 2/3 of it, so that it has ended before anybody else begins. All times are measured by a clock that nobody can
 * set, each process by its own: the times in the object are for people.
 */
export class Lease {
  /** Rejects with LEASE_LOST when it could not be renewed in time, or somebody else has it. */
  readonly lost: Promise<never>;
  readonly #options: LeaseOptions;
  readonly #lose: (error: AssayError) => void;
  readonly #ended = new AbortController();
  #held: { readonly spec: LeaseSpec; readonly version: string } | undefined;
  #heldUntilMs = -Infinity;
  /** Somebody else's lease as it was last seen to change. */
  #seen = { version: '', atMs: 0 };
  #keeping: Promise<void> = Promise.resolve();
  #waiting = 'waiting for the lease';

  constructor(options: LeaseOptions) {
    this.#options = options;
    const lost = Promise.withResolvers<never>();
    this.lost = lost.promise;
    this.#lose = lost.reject;
    // Nobody has to wait for it.
    this.lost.catch(() => undefined);
  }

  /** Whether it is held at this instant. */
  get isHeld(): boolean {
    return this.#held !== undefined && performance.now() < this.#heldUntilMs;
  }

  /** What is waited for, in a sentence; undefined while it is held. */
  get waiting(): string | undefined {
    return this.isHeld ? undefined : this.#waiting;
  }

  /** Resolves once it is held; rejects only when the signal aborts. */
  async acquire(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        if (await this.#take(AbortSignal.any([signal, AbortSignal.timeout(this.#renewMs)]))) break;
      } catch (error) {
        this.#say(`the lease ${this.#key} can not be taken: ${messageOf(error)}`);
      }
      await sleep(systemClock, this.#retryMs * (1 + Math.random() / 5), signal);
    }
    this.#options.log.info('lease acquired', { lease: this.#key, holder: this.#options.holder });
    this.#options.onTurn?.(true);
    this.#keeping = this.#keep();
  }

  /** Gives it back, so that the next one need not wait for it to run out. */
  async release(): Promise<void> {
    this.#ended.abort();
    await this.#keeping;
    if (!this.isHeld) return;
    try {
      await this.#put({ ...this.#held?.spec, holderIdentity: '', leaseDurationSeconds: 1 }, AbortSignal.timeout(this.#retryMs));
    } catch (error) {
      this.#options.log.warn('the lease could not be given back', { lease: this.#key, error: messageOf(error) });
    }
    this.#held = undefined;
    this.#options.onTurn?.(false);
  }

  get #key(): string {
    return keyOf({ metadata: this.#options.name });
  }

  get #renewMs(): number {
    return Math.round((this.#options.durationMs * 2) / 3);
  }

  get #retryMs(): number {
    return Math.round((this.#options.durationMs * 2) / 15);
  }

  async #keep(): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#ended;
    let failed = false;
    for (;;) {
      await sleep(systemClock, this.#retryMs, signal);
      if (signal.aborted) return;
      try {
        if (!this.isHeld) throw new AssayError('LEASE_LOST', `the lease ${this.#key} was not renewed in time`);
        await this.#renew();
        if (failed) log.info('the lease is renewed again', { lease: this.#key });
        failed = false;
      } catch (error) {
        if (error instanceof AssayError && error.code === 'LEASE_LOST') {
          this.#end(error);
          return;
        }
        if (!failed) log.warn('the lease could not be renewed', { lease: this.#key, error: messageOf(error) });
        failed = true;
      }
    }
  }

  #end(error: AssayError): void {
    this.#held = undefined;
    this.#options.onTurn?.(false);
    this.#lose(error);
  }

  async #renew(): Promise<void> {
    // Several tries before the end: a connection that fell silent is given up, and a new one may do.
    const signal = AbortSignal.timeout(Math.round(this.#renewMs / 3));
    try {
      await this.#put({ ...this.#held?.spec, renewTime: microTime(new Date()) }, signal);
    } catch (error) {
      if (statusOf(error) !== 409 && statusOf(error) !== 404) throw error;
      // Somebody wrote to it, or removed it: taken again if it is still ours or nobody's.
      if (await this.#take(signal)) return;
      throw new AssayError('LEASE_LOST', this.#waiting, { cause: error });
    }
  }

  /** Takes it if it is free: never taken, given back, run out, or this holder's own. */
  async #take(signal: AbortSignal): Promise<boolean> {
    const found = await this.#read(signal);
    const now = microTime(new Date());
    const { holder, durationMs } = this.#options;
    const fresh = {
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      acquireTime: now,
      renewTime: now,
    };
    if (found === undefined) {
      await this.#create({ ...fresh, leaseTransitions: 0 }, signal);
      return true;
    }
    const { spec = {}, metadata } = found;
    if (!this.#isFree(spec, metadata.resourceVersion ?? '')) {
      this.#say(`the lease ${this.#key} is held by ${spec.holderIdentity ?? ''}`);
      return false;
    }
    this.#held = { spec, version: metadata.resourceVersion ?? '' };
    await this.#put({ ...spec, ...fresh, leaseTransitions: (spec.leaseTransitions ?? 0) + 1 }, signal);
    return true;
  }

  #isFree({ holderIdentity, leaseDurationSeconds }: LeaseSpec, version: string): boolean {
    if (!holderIdentity || holderIdentity === this.#options.holder) return true;
    if (this.#seen.version !== version) this.#seen = { version, atMs: performance.now() };
    const durationMs = leaseDurationSeconds === undefined ? this.#options.durationMs : leaseDurationSeconds * 1000;
    return performance.now() - this.#seen.atMs >= durationMs;
  }

  async #read(signal: AbortSignal): Promise<LeaseObject | undefined> {
    try {
      const path = objectPath(LEASES, this.#options.name);
      return (await this.#options.transport.request({ method: 'GET', path, signal })) as LeaseObject;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  #create(spec: LeaseSpec, signal: AbortSignal): Promise<void> {
    const { namespace } = this.#options.name;
    return this.#send({ method: 'POST', path: collectionPath(LEASES, namespace), metadata: {}, spec, signal });
  }

  #put(spec: LeaseSpec, signal: AbortSignal): Promise<void> {
    const path = objectPath(LEASES, this.#options.name);
    return this.#send({ method: 'PUT', path, metadata: { resourceVersion: this.#held?.version }, spec, signal });
  }

  /** It counts from before it was asked for, as nobody can tell when the API server wrote it. */
  async #send({ method, path, metadata, spec, signal }: Sent): Promise<void> {
    const { transport, name } = this.#options;
    const askedAtMs = performance.now();
    const body = { apiVersion: LEASES.apiVersion, kind: LEASES.kind, metadata: { ...name, ...metadata }, spec };
    const written = (await transport.request({ method, path, body, signal })) as LeaseObject;
    this.#held = { spec, version: written.metadata.resourceVersion ?? '' };
    this.#heldUntilMs = askedAtMs + this.#renewMs;
  }

  /** Says once what is waited for. */
  #say(waiting: string): void {
    if (this.#waiting === waiting) return;
    this.#waiting = waiting;
    this.#options.log.info('waiting for the lease', { lease: this.#key, reason: waiting });
  }
}

interface Sent {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly metadata: object;
  readonly spec: LeaseSpec;
  readonly signal: AbortSignal;
}
