import type { LogRecord, NewObservation, NewRecord, RecordBody } from '../api/records.ts';
import type { Fact } from '../domain/criterion.ts';
import { applyTo, eventOf, eventsOf, type NamedEvent, type RecordContent } from '../domain/fold.ts';
import type { EvidenceStore, Position, ServiceName } from '../evidence/index.ts';
import { criterionKey, derivedFrom, type KnownCriterion } from './known.ts';
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

/** Who hears what became of commits. */
export interface LedgerListener {
  /** More than an observation was stored: somebody may have to be told. */
  told(service: ServiceName): void;
  stored(): void;
  failed(error: unknown): void;
}

/**
 * The criteria as the evidence log knows them, and the one way to put something on record: the record and all that follows from it
 * become durable together, and only then does the state move. One criterion is worked on by one caller at a time.
 */
export class Ledger {
  readonly #store: EvidenceStore;
  readonly #on: LedgerListener;
  readonly #known = new Map<string, KnownCriterion>();

  constructor(store: EvidenceStore, on: LedgerListener) {
    this.#store = store;
    this.#on = on;
  }

  /** Folds the whole log, service by service. A name that moved to another service is where it was last put on record. */
  async load(): Promise<void> {
    const changedAt = new Map<string, number>();
    for (const service of await this.#store.services()) {
      for (const [key, { known, at }] of await this.#fold(service)) {
        const before = changedAt.get(key) ?? -1;
        // A move is a deletion here and a creation there, at one time: the name is where it was created.
        if (before > at || (before === at && known.state.standing === 'Deleted')) continue;
        changedAt.set(key, at);
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

  /** @throws AssayError STORE_FAILED, STORE_FENCED: nothing is on record, and the state is what it was */
  async commit({ namespace, service, criterion, content, message }: Entry): Promise<Committed> {
    const key = criterionKey({ namespace, name: criterion });
    const before = this.#known.get(key);
    const { known, facts } = follow(before, { namespace, service, criterion }, content);
    const derived = recordsOf(facts, known, message);
    const positions = await this.#append([content, ...derived]);
    const verdictAt = derived.findLastIndex(({ kind }) => kind === 'VerdictChanged');
    const verdict = verdictAt === -1 ? known.verdict : positions[verdictAt + 1];
    const committed = verdict ? { ...known, verdict } : known;
    this.#known.set(key, committed);
    if (content.kind !== 'Observation' || derived.length > 0) this.#on.told({ namespace, service });
    return { known: committed, facts };
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

  /** Remembers that a step back of the clock behind this slot is on record. */
  noteClockStep(known: KnownCriterion, slot: number): KnownCriterion {
    const noted = { ...known, clockStepNoted: slot };
    this.#known.set(criterionKey(known), noted);
    return noted;
  }

  /** The criteria of one service, and when each was last put on record as created or changed. */
  async #fold(service: ServiceName): Promise<Map<string, { known: KnownCriterion; at: number }>> {
    const folded = new Map<string, { known: KnownCriterion; at: number }>();
    const take = ({ criterion, event }: NamedEvent, content: RecordContent | undefined): void => {
      const key = criterionKey({ namespace: service.namespace, name: criterion });
      const before = folded.get(key);
      const applied = applyTo(before?.known.state, key, event);
      if (!applied) return;
      const known = { ...described(before?.known, { ...service, criterion }, content), state: applied.state };
      folded.set(key, { known, at: content?.kind === 'CriterionChanged' ? content.body.at : (before?.at ?? 0) });
    };
    for await (const record of this.#store.read(service)) {
      for (const named of eventsOf(record)) take(named, record);
      if (record.kind === 'SourceChanged') noteSource(folded, service, record.body);
      if (record.kind === 'VerdictChanged') notePlace(folded, service, record);
    }
    for (const observation of await this.#store.pending(service)) take(eventOf(observation), undefined);
    return folded;
  }
}

type Folded = Map<string, { known: KnownCriterion; at: number }>;

/** The first sight of a source is no event, but the next change is measured against it. */
function noteSource(folded: Folded, { namespace }: ServiceName, { source, digest, criteria }: RecordBody<'SourceChanged'>): void {
  for (const name of criteria) {
    const key = criterionKey({ namespace, name });
    const before = folded.get(key);
    if (before)
      folded.set(key, { ...before, known: { ...before.known, sources: { ...before.known.sources, [source]: digest } } });
  }
}

function notePlace(
  folded: Folded,
  { namespace }: ServiceName,
  { head, digest, body }: Extract<LogRecord, { kind: 'VerdictChanged' }>,
): void {
  const key = criterionKey({ namespace, name: body.criterion });
  const before = folded.get(key);
  if (before) folded.set(key, { ...before, known: { ...before.known, verdict: { seq: head.seq, digest } } });
}

type Described = Omit<KnownCriterion, 'state'>;

/** What is known of a criterion after a record, and the facts that follow from it. */
function follow(
  before: KnownCriterion | undefined,
  name: ServiceName & { readonly criterion: string },
  content: NewRecord | NewObservation,
): { readonly known: KnownCriterion; readonly facts: readonly Fact[] } {
  const key = criterionKey({ namespace: name.namespace, name: name.criterion });
  const events = content.kind === 'Observation' ? [eventOf(content)] : eventsOf(content);
  let known = before;
  const facts: Fact[] = [];
  for (const { event } of events) {
    const applied = applyTo(known?.state, key, event);
    if (!applied) continue;
    known = { ...described(known, name, content), state: applied.state };
    facts.push(...applied.facts);
  }
  if (!known) throw new RangeError(`nothing is known of ${key}`);
  if (content.kind !== 'SourceChanged') return { known, facts };
  return { known: { ...known, sources: { ...known.sources, [content.body.source]: content.body.digest } }, facts };
}

/** What a record says of the criterion itself. */
function described(
  before: KnownCriterion | undefined,
  { namespace, service, criterion }: ServiceName & { readonly criterion: string },
  content: RecordContent | NewObservation | undefined,
): Described {
  if (content?.kind === 'CriterionChanged') {
    const { uid, spec, change } = content.body;
    const same = change === 'Created' ? undefined : before;
    const kept = same?.verdict ? { verdict: same.verdict } : {};
    return {
      namespace,
      service,
      name: criterion,
      uid,
      spec,
      ...derivedFrom({ namespace, service }, spec),
      sources: same?.sources ?? {},
      ...kept,
    };
  }
  if (!before) throw new RangeError(`the log of ${namespace}/${service} speaks of ${criterion} before it was created`);
  return before;
}
