import type { CertificationCriterion } from '../src/api/criterion.ts';
import { changeRecord, subjectOf } from '../src/controller/judging/changes.ts';
import { gridOf } from '../src/controller/judging/judging.ts';
import type { KnownCriterion } from '../src/controller/judging/known.ts';
import { Ledger } from '../src/controller/judging/ledger.ts';
import { observationOf } from '../src/controller/judging/observation-records.ts';
import { frameOf } from '../src/controller/judging/records-of.ts';
import type { Reading } from '../src/domain/sample.ts';
import { slotAfter } from '../src/domain/slots.ts';
import { openSqliteStore } from '../src/evidence/index.ts';
import { type Clock, systemClock } from '../src/platform/clock.ts';
import type { EvidenceReader, KindReader } from '../src/sources/source.ts';
import { observe } from '../src/sources/observe.ts';
import type { Sources } from '../src/sources/evidence.ts';
import { tell } from './table.ts';

/** A past that is put on record. */
export interface Past {
  readonly path: string;
  readonly criteria: readonly CertificationCriterion[];
  /** Digest of the spec of each source, as the operator has it. */
  readonly sources: Readonly<Record<string, string>>;
  readonly lengthMs: number;
  readonly delayMs: number;
  /** Each criterion fails this often, each time for so many slots. */
  readonly failing: { readonly everySlots: number; readonly slots: number };
}

const GOOD = 10;
const BAD = 1_000;
const SWING = 50;
const TOLD_EVERY = 250_000;

/** A clock that is set to each slot as it falls due. */
class RunningClock implements Clock {
  nowMs: number;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  now(): number {
    return this.nowMs;
  }

  after(ms: number, run: () => void): () => void {
    return systemClock.after(ms, run);
  }
}

/**
 * Writes a store as the operator would have written it: through the ledger and the port of the store, on a clock that runs through the
 * past until it is now. Answers how many observations it holds.
 */
export async function generateStore(past: Past): Promise<number> {
  const clock = new RunningClock(Date.now() - past.lengthMs);
  const store = openSqliteStore({ path: past.path, clock, commitDelayMs: 0 });
  const ledger = new Ledger(store, { told: ignore, stored: ignore, failed: ignore });
  await Promise.all(past.criteria.map((object) => create(ledger, object, { at: clock.nowMs, sources: past.sources })));
  const observations = await observeUntilNow(ledger, clock, past);
  await store.close();
  return observations;
}

/** Puts the time since the latest slot on record as gaps, as after an absence in which no source was collecting. */
export async function closeGap(path: string): Promise<void> {
  const store = openSqliteStore({ path, clock: systemClock, commitDelayMs: 0 });
  const ledger = new Ledger(store, { told: ignore, stored: ignore, failed: ignore });
  await ledger.load();
  await Promise.all([...ledger.list()].map((known) => recordGap(ledger, known)));
  await store.close();
}

async function recordGap(ledger: Ledger, known: KnownCriterion): Promise<void> {
  const { intervalMs } = known.state.rules;
  const from = slotAfter(gridOf(known), lastSlot(known));
  const slots = Math.floor((Date.now() - from) / intervalMs);
  if (slots < 1) return;
  const to = from + (slots - 1) * intervalMs;
  const body = { criterion: known.name, from, to, slots, reason: 'NoHistory' as const, message: 'the bench was not running' };
  const { namespace, service, name: criterion } = known;
  const content = { ...frameOf(known, from), kind: 'Gap' as const, body };
  await ledger.commit({ namespace, service, criterion, content, message: body.message });
}

async function create(
  ledger: Ledger,
  object: CertificationCriterion,
  { at, sources }: { readonly at: number; readonly sources: Past['sources'] },
): Promise<void> {
  const subject = subjectOf(object);
  const { namespace, service, name: criterion } = subject;
  const content = changeRecord(subject, 'Created', at);
  const { known } = await ledger.commit({ namespace, service, criterion, content, message: 'the criterion was created' });
  for (const [source, digest] of Object.entries(sources)) {
    const body = { source, at, digest, criteria: [criterion] };
    const seen = { ...frameOf(known, at), kind: 'SourceChanged' as const, body };
    await ledger.commit({ namespace, service, criterion, content: seen, message: 'a source was seen' });
  }
}

/** Judges slot by slot, in the order in which they fall due; answers how many observations that were. */
async function observeUntilNow(ledger: Ledger, clock: RunningClock, past: Past): Promise<number> {
  const groups = Object.entries(Object.groupBy(ledger.list(), (known) => gridOf(known).offsetMs));
  const intervalMs = [...ledger.list()][0]?.state.rules.intervalMs ?? 1_000;
  const createdAt = clock.nowMs;
  let observations = 0;
  let told = 0;
  for (let base = createdAt - (createdAt % intervalMs); ; base += intervalMs) {
    // Keys that look like whole numbers come in ascending order.
    for (const [offset, group = []] of groups) {
      const slot = base + Number(offset);
      if (slot + past.delayMs > Date.now()) return observations;
      if (slot <= createdAt) continue;
      clock.nowMs = slot + past.delayMs;
      await Promise.all(group.map((known) => look(ledger, known, { slot, failing: past.failing })));
      observations += group.length;
    }
    if (observations - told < TOLD_EVERY) continue;
    told = observations;
    tell(`${observations} observations on record, up to ${new Date(base).toISOString()}`);
  }
}

async function look(
  ledger: Ledger,
  known: KnownCriterion,
  { slot, failing }: { readonly slot: number; readonly failing: Past['failing'] },
): Promise<void> {
  const { namespace, service, name: criterion, spec } = known;
  const turn = Math.floor(slot / known.state.rules.intervalMs) + criterion.length * 7 + Number(criterion.at(-1));
  const value = turn % failing.everySlots < failing.slots ? BAD : GOOD + (turn % SWING);
  const asking = { sources: sourcesSaying(value), asker: known, signal: new AbortController().signal };
  const observation = await observe(spec, slot, asking);
  const content = observationOf(known, observation);
  await ledger.commit({ namespace, service, criterion, content, message: observation.judgement.message });
}

const lastSlot = ({ state }: KnownCriterion): number => Math.max(state.track.last?.slot ?? 0, state.notBefore);

/** A source that answers each query with one series of this value. */
function sourcesSaying(value: number): Sources {
  const reading: Reading = {
    kind: 'Samples',
    samples: [{ labels: { __name__: 'bench_gauge', job: 'bench' }, value }],
    sourceVersion: '3.16.0',
  };
  const queries: Pick<KindReader, 'read'> = { read: () => Promise.resolve(reading) };
  return {
    now: () => 0,
    reader: () => ({ kinds: { prometheus: queries } }) as EvidenceReader,
    reachability: () => Promise.resolve({ kind: 'Answering', latencyMs: 0 }),
  };
}

const ignore = (): void => undefined;
