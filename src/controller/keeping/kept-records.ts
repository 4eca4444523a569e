import type { Condition, KubeObject } from '../../api/common.ts';
import type { RecordBody } from '../../api/records.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import {
  keyOf,
  Reflector,
  type Resource,
  setCondition,
  type StatusWriter,
  type Transport,
  withoutManagedFields,
  WorkQueue,
} from '../../kube/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Attendant } from '../attendant.ts';
import { invalidSpecStatus } from '../invalid-spec.ts';
import type { LogBooks } from './log-books.ts';
import { Validated } from '../validated.ts';
import { generationOf, isSameDemand, RECORDED, recordedInDoubt } from '../words.ts';

type SaidKind = 'IncidentChanged' | 'ChangeRecorded' | 'Commented' | 'FindingChanged';
/** What an object says, as it goes on record. */
export type Said = { [K in SaidKind]: { readonly kind: K; readonly body: RecordBody<K> } }[SaidKind];

/** An object in which people write something about a service of its namespace. */
export interface Written extends KubeObject {
  readonly spec: { readonly service: string };
  readonly status?: { readonly conditions?: Condition[] };
}

/** How objects of a kind are kept on record; `K` is what the log knows of one of them. */
export interface KeptKind<T extends Written, K> {
  readonly resource: Resource;
  /** By name, or by what `nameOf` says. */
  readonly books: LogBooks<ReadonlyMap<string, K>>;
  readonly nameOf?: (object: T) => string;
  /** What an object says that is not on record yet. */
  readonly changes: (known: K | undefined, object: T, at: number) => readonly Said[];
  /** How many objects are worked on at once (default: one); more where looking something up may take its time. */
  readonly atOnce?: number;
  /** What the log itself answers to it by now. */
  readonly lookUp?: (service: ServiceName, known: K, now: number) => Promise<readonly Said[]>;
  /** What its deletion says, if it says anything; nothing twice. */
  readonly deletion?: (known: K, at: number) => readonly Said[];
  /** What came to pass by itself and is not on record yet, whether there is an object still or not. */
  readonly passed?: (known: K, now: number) => readonly Said[];
  /** Why it is about nothing that there is, in a sentence; asked again each minute as long as there is one. */
  readonly doubt?: (service: ServiceName, object: T) => Promise<string | undefined>;
  readonly status: (known: K, now: number) => object;
  /** When something comes to pass, or the status looks otherwise, by itself. */
  readonly turnsAt?: (known: K, now: number) => number | undefined;
  /** Whether a status is written at once, however soon after the last one. */
  readonly isUrgent: boolean;
}

export interface KeepingOptions<T extends Written, K> {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: EvidenceStore;
  readonly statuses: StatusWriter;
  /** Called when something was put on record: somebody may have to be told. */
  readonly told: (service: ServiceName) => void;
  readonly kept: KeptKind<T, K>;
}

// In place of a key: to look for what was deleted while nobody looked. No object has this key.
const LOST = '';
// A timer holds no more than 24 days.
const LONGEST_WAIT_MS = 86_400_000;
const DOUBT_AGAIN_MS = 60_000;

/**
 * Keeps what people write in objects of a kind on record, and shows in their statuses what is. That its CRD is missing holds up nothing
 * else.
 */
export class RecordsKeeper<T extends Written, K> implements Attendant {
  readonly #options: KeepingOptions<T, K>;
  readonly #mirror: Reflector<T>;
  readonly #queue: WorkQueue;
  readonly #validated = new Validated();

  constructor(options: KeepingOptions<T, K>) {
    const { transport, clock, log, kept } = options;
    this.#options = options;
    this.#mirror = new Reflector<T>({ transport, clock, log, resource: kept.resource, trim: withoutManagedFields });
    // What is on record of an object is its key's alone, and no key is worked on twice at once.
    this.#queue = new WorkQueue({ ...{ clock, log, concurrency: kept.atOnce ?? 1 }, work: (key) => this.#work(key) });
    this.#mirror.onChange((before, after) => {
      const object = after ?? before;
      if (object && !isSameDemand(before, after)) this.#queue.add(keyOf(object));
    });
  }

  start(): void {
    this.#mirror.start();
    this.#mirror.onceSynced(() => this.#queue.add(LOST));
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
      for (const lost of await this.#lost()) this.#queue.add(lost);
      return;
    }
    const object = this.#mirror.store.get(key);
    if (object) return this.#reconcile(object, key);
    this.#validated.forget(key);
    await this.#noteDeletion(key);
  }

  async #reconcile(object: T, key: string): Promise<void> {
    const problem = this.#validated.problemOf(object);
    if (problem === undefined) return this.#keep(object, key);
    const { clock, statuses, kept } = this.#options;
    statuses.write({ resource: kept.resource, object, status: invalidSpecStatus(object, problem, clock.now()), urgent: true });
  }

  async #keep(object: T, key: string): Promise<void> {
    const { clock, kept } = this.#options;
    const service = { namespace: object.metadata.namespace ?? '', service: object.spec.service };
    const name = kept.nameOf?.(object) ?? object.metadata.name;
    const known = (await kept.books.of(service)).get(name);
    // The one of this name that was of another service was deleted; first, so that a crash in between is mended by the next try.
    await this.#noteDeletion(key, service.service);
    await this.#record(service, kept.changes(known, object, clock.now()));
    const after = await this.#letPass(service, name, key);
    if (after === undefined) return;
    const doubt = await kept.doubt?.(service, object);
    if (doubt !== undefined) this.#queue.addAfter(key, DOUBT_AGAIN_MS);
    this.#show(object, kept.status(after, clock.now()), doubt);
  }

  /** Puts on record what came to pass by itself, and comes back when something does next. Returns what is known then. */
  async #letPass(service: ServiceName, name: string, key: string): Promise<K | undefined> {
    const { clock, kept } = this.#options;
    const known = (await kept.books.of(service)).get(name);
    if (known === undefined) return undefined;
    await this.#record(service, kept.passed?.(known, clock.now()) ?? []);
    await this.#record(service, (await kept.lookUp?.(service, known, clock.now())) ?? []);
    const after = (await kept.books.of(service)).get(name) ?? known;
    const now = clock.now();
    const turnsAt = kept.turnsAt?.(after, now);
    if (turnsAt !== undefined) this.#queue.addAfter(key, Math.min(turnsAt - now, LONGEST_WAIT_MS));
    return after;
  }

  async #record(service: ServiceName, said: readonly Said[]): Promise<void> {
    if (said.length === 0) return;
    const { store, told } = this.#options;
    await store.append(said.map((each) => ({ ...service, slot: each.body.at, ...each })));
    told(service);
  }

  /** Keys of what is on record and whose object is gone: it was deleted while nobody looked, or time goes on for it. */
  async #lost(): Promise<string[]> {
    const { store, clock, kept } = this.#options;
    const lost: string[] = [];
    for (const service of kept.deletion ? await store.services() : []) {
      for (const [name, known] of await kept.books.of(service)) {
        const key = `${service.namespace}/${name}`;
        if (!this.#mirror.store.get(key) && this.#isUnfinished(known, clock.now())) lost.push(key);
      }
    }
    return lost;
  }

  #isUnfinished(known: K, now: number): boolean {
    const { deletion, passed, turnsAt } = this.#options.kept;
    const unsaid = [...(deletion?.(known, now) ?? []), ...(passed?.(known, now) ?? [])];
    return unsaid.length > 0 || (passed !== undefined && turnsAt?.(known, now) !== undefined);
  }

  /** Of which service it was only the logs know; one that it is of now is left out. */
  async #noteDeletion(key: string, except?: string): Promise<void> {
    const { store, clock, kept } = this.#options;
    const { deletion } = kept;
    if (!deletion) return;
    const [namespace = '', name = ''] = key.split('/');
    for (const service of await store.services()) {
      if (service.namespace !== namespace || service.service === except) continue;
      const known = (await kept.books.of(service)).get(name);
      if (known === undefined) continue;
      await this.#record(service, deletion(known, clock.now()));
      // Whoever deletes an object stops no clock.
      if (kept.passed) await this.#letPass(service, name, key);
    }
  }

  #show(object: T, shown: object, doubt: string | undefined): void {
    const { clock, statuses, kept } = this.#options;
    const observed = generationOf(object.metadata);
    const ready = doubt === undefined ? RECORDED : recordedInDoubt(doubt);
    const conditions = setCondition(object.status?.conditions, { ...ready, ...observed }, new Date(clock.now()));
    const status = { ...observed, ...shown, conditions };
    statuses.write({ resource: kept.resource, object, status, urgent: kept.isUrgent });
  }
}
