import type { NewRecord } from '../api/records.ts';
import { sleep } from '../platform/clock.ts';
import { accessTo, slotsOf } from '../sources/evidence.ts';
import { observeRange, type Observation } from '../sources/observe.ts';
import { commit, type Judged, type JudgingParts, logVerdicts } from './judging-loop.ts';
import type { KnownCriterion } from './known.ts';
import { readBackOf } from './observation-records.ts';
import { frameOf } from './records-of.ts';

const LONGEST_MS = 6 * 3_600_000;
const WAIT_MS = 60_000;
const RETRY_MS = 2_000;
const ASK_TIMEOUT_MS = 60_000;
const RECORD_SLOTS = 256;

/** Late slots, both ends included. */
interface Late {
  readonly from: number;
  readonly to: number;
}

/**
 * Catches up with slots that were missed: at most the last 6 hours, and only where every source proves that it was collecting
 * then; the others go on record as gaps. Waits at most 60 s for a source.
 */
export async function readBack(parts: JudgingParts, judged: Judged, late: Late, signal: AbortSignal): Promise<KnownCriterion> {
  const stepMs = judged.known.state.rules.intervalMs;
  const slots = slotsOf({ ...late, stepMs });
  const oldest = parts.clock.now() - LONGEST_MS;
  const askable = slots.filter((slot) => slot >= oldest);
  const found = await findObservations(parts, judged, askable, signal);
  let { known } = judged;
  for (const run of runsOf(slots, found)) {
    if (signal.aborted) return known;
    known = await record(parts, known, run);
  }
  return known;
}

type Run =
  | { readonly kind: 'Missed'; readonly slots: readonly number[] }
  | { readonly kind: 'Found'; readonly observations: readonly Observation[] };

/** Neighbouring slots of one fate, at most as many as a record holds. */
function runsOf(slots: readonly number[], found: ReadonlyMap<number, Observation>): Run[] {
  const runs: { kind: Run['kind']; slots: number[] }[] = [];
  for (const slot of slots) {
    const kind = found.has(slot) ? 'Found' : 'Missed';
    const last = runs.at(-1);
    if (last?.kind === kind && (kind === 'Missed' || last.slots.length < RECORD_SLOTS)) last.slots.push(slot);
    else runs.push({ kind, slots: [slot] });
  }
  return runs.map((run) =>
    run.kind === 'Missed'
      ? { kind: 'Missed', slots: run.slots }
      : { kind: 'Found', observations: run.slots.flatMap((slot) => found.get(slot) ?? []) },
  );
}

async function record({ ledger, metrics, log }: JudgingParts, known: KnownCriterion, run: Run): Promise<KnownCriterion> {
  const [content, message] =
    run.kind === 'Missed' ? gapRecord(known, run.slots) : [readBackOf(known, run.observations), messageOf(run.observations)];
  const committed = await commit(ledger, known, content, message);
  if (run.kind === 'Missed') metrics.lateSlots.inc({ fate: 'missed' }, run.slots.length);
  else metrics.lateSlots.inc({ fate: 'read_back' }, run.observations.length);
  logVerdicts(log, committed);
  return committed.known;
}

function gapRecord(known: KnownCriterion, slots: readonly number[]): [NewRecord, string] {
  const [from = 0] = slots;
  const message = 'nothing was observed, and the source can not prove that it was collecting then';
  const body = {
    criterion: known.name,
    from,
    to: slots.at(-1) ?? from,
    slots: slots.length,
    reason: 'NoHistory' as const,
    message,
  };
  return [{ ...frameOf(known, from), kind: 'Gap', body }, message];
}

const messageOf = (observations: readonly Observation[]): string => `${observations.at(-1)?.judgement.message ?? ''} (read back)`;

async function findObservations(
  parts: JudgingParts,
  { object, plan, known }: Judged,
  slots: readonly number[],
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Observation>> {
  const [from] = slots;
  const to = slots.at(-1);
  if (plan.kind === 'NotReady' || from === undefined || to === undefined) return new Map();
  const range = { from, to, stepMs: known.state.rules.intervalMs };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS + WAIT_MS)]);
  const proven = await provenSlots(parts, object.spec.evidence, range, limited);
  if (proven.size === 0) return new Map();
  const observations = await observeRange(object.spec, range, parts.pool, limited);
  const kept = observations.filter(({ slot, judgement }) => {
    const { outcome } = judgement;
    const gone = outcome.kind === 'Unknown' && (outcome.reason === 'NoHistory' || outcome.reason === 'SourceUnreachable');
    return proven.has(slot) && !gone;
  });
  return new Map(kept.map((observation) => [observation.slot, observation]));
}

/** The slots at which every source that is asked was collecting. */
async function provenSlots(
  { pool, clock }: JudgingParts,
  items: Judged['object']['spec']['evidence'],
  range: { from: number; to: number; stepMs: number },
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const names = [...new Set(items.map((item) => accessTo(item).source(item)))];
  const giveUpAt = clock.now() + WAIT_MS;
  const proofs = await Promise.all(
    names.map(async (name) => {
      for (;;) {
        const reader = pool.reader(name);
        if (!('kind' in reader)) return reader.wasCollecting(range, signal);
        if (clock.now() >= giveUpAt || signal.aborted) return [];
        await sleep(clock, RETRY_MS, signal);
      }
    }),
  );
  return new Set(slotsOf(range).filter((_slot, index) => proofs.every((proof) => proof[index] === true)));
}
