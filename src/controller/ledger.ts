import type { NewObservation, NewRecord } from '../api/records.ts';
import type { Fact } from '../domain/criterion.ts';
import { applyTo, eventOf, eventsOf, type NamedEvent, type RecordContent } from '../domain/fold.ts';
import type { EvidenceStore, Position, ServiceName } from '../evidence/index.ts';
import { criterionKey, type KnownCriterion, specDigestOf } from './known.ts';
import { recordsOf } from './records-of.ts';

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

/**
 * The criteria as the evidence log knows them, and the one way to put something on record: the record and all that follows from it
 * become durable together, and only then does the state move. One criterion is worked on by one caller at a time.
 */
export class Ledger {
  readonly #store: EvidenceStore;
  readonly #onTold: (service: ServiceName) => void;
  readonly #known = new Map<string, KnownCriterion>();

  /** @param onTold called after a commit that holds more than an observation: somebody may have to be told */
  constructor(store: EvidenceStore, onTold: (service: ServiceName) => void) {
    this.#store = store;
    this.#onTold = onTold;
  }

  /** Folds the whole log, service by service. */
  async load(): Promise<void> {
    for (const service of await this.#store.services()) {
      for await (const record of this.#store.read(service)) {
        const position = { seq: record.head.seq, digest: record.digest };
        for (const named of eventsOf(record)) this.#replay(service, record, named);
        if (record.kind === 'VerdictChanged') this.#place(service, record.body.criterion, position);
      }
      for (const observation of await this.#store.pending(service)) this.#replay(service, undefined, eventOf(observation));
    }
  }

  get(key: string): KnownCriterion | undefined {
    return this.#known.get(key);
  }

  list(): Iterable<KnownCriterion> {
    return this.#known.values();
  }

  /** @throws AssayError STORE_FAILED, STORE_FENCED: nothing is on record, and the state is what it was */
  async commit({ namespace, service, criterion, content, message }: Entry): Promise<Committed> {
    const key = criterionKey({ namespace, name: criterion });
    const events = content.kind === 'Observation' ? [eventOf(content)] : eventsOf(content);
    let known = this.#known.get(key);
    const facts: Fact[] = [];
    for (const { event } of events) {
      const applied = applyTo(known?.state, key, event);
      if (!applied) continue;
      known = { ...described(known, { namespace, service, criterion }, content), state: applied.state };
      facts.push(...applied.facts);
    }
    const base = known ?? this.#known.get(key);
    if (!base) throw new RangeError(`nothing is known of ${key}`);
    const derived = recordsOf(facts, base, message);
    const positions = await this.#store.append([content, ...derived]);
    const verdictAt = derived.findLastIndex(({ kind }) => kind === 'VerdictChanged');
    const verdict = verdictAt === -1 ? base.verdict : positions[verdictAt + 1];
    const committed = verdict ? { ...base, verdict } : base;
    this.#known.set(key, committed);
    if (content.kind !== 'Observation' || derived.length > 0) this.#onTold({ namespace, service });
    return { known: committed, facts };
  }

  /** Remembers that a step back of the clock behind this slot is on record. */
  noteClockStep(known: KnownCriterion, slot: number): KnownCriterion {
    const noted = { ...known, clockStepNoted: slot };
    this.#known.set(criterionKey(known), noted);
    return noted;
  }

  #replay(service: ServiceName, content: RecordContent | undefined, { criterion, event }: NamedEvent): void {
    const key = criterionKey({ namespace: service.namespace, name: criterion });
    const before = this.#known.get(key);
    const applied = applyTo(before?.state, key, event);
    if (applied) this.#known.set(key, { ...described(before, { ...service, criterion }, content), state: applied.state });
  }

  #place(service: ServiceName, criterion: string, verdict: Position): void {
    const key = criterionKey({ namespace: service.namespace, name: criterion });
    const known = this.#known.get(key);
    if (known) this.#known.set(key, { ...known, verdict });
  }
}

type Described = Omit<KnownCriterion, 'state'>;

/** What a record says of the criterion itself. */
function described(
  before: KnownCriterion | undefined,
  { namespace, service, criterion }: ServiceName & { readonly criterion: string },
  content: RecordContent | NewObservation | undefined,
): Described {
  if (content?.kind === 'CriterionChanged') {
    const { uid, spec } = content.body;
    const kept = before?.verdict ? { verdict: before.verdict } : {};
    return {
      namespace,
      service,
      name: criterion,
      uid,
      spec,
      specDigest: specDigestOf(spec),
      sources: before?.sources ?? {},
      ...kept,
    };
  }
  if (!before) throw new RangeError(`the log of ${namespace}/${service} speaks of ${criterion} before it was created`);
  if (content?.kind !== 'SourceChanged') return before;
  return { ...before, sources: { ...before.sources, [content.body.source]: content.body.digest } };
}
