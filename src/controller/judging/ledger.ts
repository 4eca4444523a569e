import { isDeepStrictEqual } from 'node:util';

import type { NewObservation, NewRecord } from '../../api/records.ts';
import { type Fact, JUDGING_VERSION } from '../../domain/criterion.ts';
import type { EvidenceStore, Position, ServiceName } from '../../evidence/index.ts';
import { follow, foldService } from './following.ts';
import { criterionKey, type KnownCriterion, savedOf } from './known.ts';
import { recordsOf } from './records-of.ts';
import { serviceKey } from '../service-key.ts';

/** What a commit brought: the criterion as it is now, and what became known. */
export interface Committed {
  readonly known: KnownCriterion;
  readonly facts: readonly Fact[];
}

/** Whatever is put on record of one criterion, with the sentence that says what was seen. */
export interface Entry extends ServiceName {
  readonly criterion: string;
  readonly content: NewRecord | NewObservation;
  readonly message: string;
}

/** Who hears what became of commits. */
export interface LedgerListener {
  /** More than an observation was stored, or a verdict of before stands now: somebody may have to be told. */
  told(service: ServiceName): void;
  stored(): void;
  failed(error: unknown): void;
}

/** So many entries of a service after which its states are saved again; a start folds no more than these, and what was under way. */
const ENTRIES_A_SNAPSHOT = 1_000;

/**
 * The criteria as the evidence log knows them, and the one way to put something on record: the record and all that follows from it
 * become durable together, and only then does the state move. One criterion is worked on by one caller at a time.
 */
export class Ledger {
  readonly #store: EvidenceStore;
  readonly #on: LedgerListener;
  readonly #entriesASnapshot: number;
  readonly #known = new Map<string, KnownCriterion>();
  /** What happened in each service since its states were saved. */
  readonly #unsaved = new Map<string, Unsaved>();

  constructor(store: EvidenceStore, on: LedgerListener, entriesASnapshot = ENTRIES_A_SNAPSHOT) {
    this.#store = store;
    this.#on = on;
    this.#entriesASnapshot = entriesASnapshot;
  }

  /** Folds the log, service by service, from where its states were saved. A name that moved to another service is where it was last put on record. */
  async load(): Promise<void> {
    for (const service of await this.#store.services()) {
      for (const [key, known] of await foldService(this.#store, service)) {
        const before = this.#known.get(key);
        // A move is a deletion here and a creation there, at one time: the name is where it was created.
        if (before && (before.changedAt > known.changedAt || (before.changedAt === known.changedAt && isDeleted(known))))
          continue;
        this.#known.set(key, known);
      }
    }
  }

  get(key: string): KnownCriterion | undefined {
    return this.#known.get(key);
  }

  list(): Iterable<KnownCriterion> {
    return this.#known.values();
  }

  /** The names of the services of a namespace, in order. */
  servicesIn(namespace: string): string[] {
    const names = [...this.list()].filter((known) => known.namespace === namespace).map(({ service }) => service);
    return [...new Set(names)].sort();
  }

  /** @throws AssayError STORE_FAILED, STORE_FENCED: nothing is on record, and the state is what it was */
  async commit({ namespace, service, criterion, content, message }: Entry): Promise<Committed> {
    const key = criterionKey({ namespace, name: criterion });
    const before = this.#known.get(key);
    const { known, facts } = follow(before, { namespace, service, criterion }, content);
    const derived = recordsOf(facts, known, message);
    const unsaved = this.#unsavedOf({ namespace, service });
    unsaved.underWay += 1;
    try {
      const positions = await this.#append([content, ...derived]);
      const verdictAt = derived.findLastIndex(({ kind }) => kind === 'VerdictChanged');
      const verdict = verdictAt === -1 ? known.verdict : positions[verdictAt + 1];
      const committed = verdict ? { ...known, verdict } : known;
      this.#known.set(key, committed);
      unsaved.entries += 1 + derived.length;
      const isNews = content.kind !== 'Observation' || derived.length > 0 || known.state.decided !== before?.state.decided;
      if (isNews) this.#on.told({ namespace, service });
      return { known: committed, facts };
    } finally {
      unsaved.underWay -= 1;
      if (unsaved.entries >= this.#entriesASnapshot) void this.#save(unsaved);
    }
  }

  /** Saves the states of every service, so that the next start has nothing to fold. */
  async save(): Promise<void> {
    await Promise.all([...this.#unsaved.values()].map((unsaved) => this.#save(unsaved)));
  }

  async #append(entries: readonly (NewRecord | NewObservation)[]): Promise<readonly Position[]> {
    try {
      const positions = await this.#store.append(entries);
      this.#on.stored();
      return positions;
    } catch (error) {
      this.#on.failed(error);
      throw error;
    }
  }

  /**
   * Saves the states of a service. Only while nothing is under way in it: what is appended and not acknowledged is not in the states, but
   * is in the log before them.
   */
  async #save(unsaved: Unsaved): Promise<void> {
    const { service, underWay, entries } = unsaved;
    if (underWay > 0 || entries === 0) return;
    unsaved.entries = 0;
    const criteria = [...this.#known.values()].filter(
      (known) => known.namespace === service.namespace && known.service === service.service,
    );
    try {
      await this.#store.saveSnapshot(service, { judgingVersion: JUDGING_VERSION, criteria: criteria.map(savedOf) });
    } catch {
      // Derived data: that the store fails is told by whatever is appended next.
      unsaved.entries += entries;
    }
  }

  #unsavedOf(service: ServiceName): Unsaved {
    const key = serviceKey(service);
    const found = this.#unsaved.get(key) ?? { service, underWay: 0, entries: 0 };
    this.#unsaved.set(key, found);
    return found;
  }

  /** Lets a criterion use this copy of its spec, if it is equal: thousands are then held once, not twice. */
  shareSpec(key: string, spec: KnownCriterion['spec']): KnownCriterion | undefined {
    const known = this.#known.get(key);
    if (known === undefined || known.spec === spec || !isDeepStrictEqual(known.spec, spec)) return known;
    const shared = { ...known, spec };
    this.#known.set(key, shared);
    return shared;
  }

  /** Remembers that a step back of the clock behind this slot is on record. */
  noteClockStep(known: KnownCriterion, slot: number): KnownCriterion {
    const noted = { ...known, clockStepNoted: slot };
    this.#known.set(criterionKey(known), noted);
    return noted;
  }
}

interface Unsaved {
  readonly service: ServiceName;
  /** Commits that are appended and not acknowledged. */
  underWay: number;
  entries: number;
}

const isDeleted = ({ state }: KnownCriterion): boolean => state.standing === 'Deleted';
