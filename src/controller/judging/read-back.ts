import type { RecordBody } from '../../api/records.ts';
import { slotAtOrAfter } from '../../domain/slots.ts';
import { sleep } from '../../platform/clock.ts';
import { slotsOf, sourcesOf } from '../../sources/evidence.ts';
import { comparing } from '../../sources/fewer-series.ts';
import { observeRange, type Observation } from '../../sources/observe.ts';
import { commit, gridOf, type Judged, type JudgingParts, logVerdicts } from './judging.ts';
import type { KnownCriterion } from './known.ts';
import { readBackOf } from './observation-records.ts';
import { frameOf } from './records-of.ts';

const LONGEST_MS = 6 * 3_600_000;
const RETRY_MS = 2_000;
const ASK_TIMEOUT_MS = 120_000;
const RECORD_SLOTS = 256;

/** Late slots, both ends included, and until when a source is waited for. */
interface Late {
  readonly from: number;
  readonly to: number;
  readonly giveUpAt: number;
}

/**
 * Catches up with slots that were missed: at most the last 6 hours, and only where every source proves that it was collecting
 * then; the others go on record as gaps, as does the time in which the criterion was deleted.
 */
export async function readBack(parts: JudgingParts, judged: Judged, late: Late, signal: AbortSignal): Promise<KnownCriterion> {
  const { state } = judged.known;
  const grid = gridOf(judged.known);
  const oldest = slotAtOrAfter(grid, Math.max(parts.clock.now() - LONGEST_MS, (state.returnedAt ?? 0) + 1));
  const lost = { from: late.from, to: Math.min(late.to, oldest - grid.intervalMs) };
  const known = lost.to < lost.from ? judged.known : await record(parts, judged.known, { kind: 'Missed', ...lost });
  const slots = slotsOf({ from: Math.max(late.from, oldest), to: late.to, stepMs: grid.intervalMs });
  const found = await findObservations(parts, { ...judged, known }, { slots, giveUpAt: late.giveUpAt }, signal);
  let current = known;
  for (const run of runsOf(slots, found)) {
    if (signal.aborted) return current;
    current = await record(parts, current, run);
  }
  return current;
}

type Run =
  | { readonly kind: 'Missed'; readonly from: number; readonly to: number }
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
  return runs.map(({ kind, slots: run }): Run => {
    const [from = 0] = run;
    return kind === 'Missed'
      ? { kind, from, to: run.at(-1) ?? from }
      : { kind, observations: run.flatMap((slot) => found.get(slot) ?? []) };
  });
}

async function record(parts: JudgingParts, known: KnownCriterion, run: Run): Promise<KnownCriterion> {
  const { ledger, metrics, log } = parts;
  const observations = run.kind === 'Found' ? run.observations.map(comparing(known.peaks)) : [];
  const committed = await (run.kind === 'Missed'
    ? commit(ledger, known, { ...frameOf(known, run.from), kind: 'Gap', body: gapBody(known, run) }, GAP_MESSAGE)
    : commit(ledger, known, readBackOf(known, observations), messageOf(observations)));
  if (run.kind === 'Missed') metrics.lateSlots.inc({ fate: 'missed' }, gapBody(known, run).slots);
  else metrics.lateSlots.inc({ fate: 'read_back' }, run.observations.length);
  logVerdicts(log, committed);
  return committed.known;
}

const GAP_MESSAGE = 'nothing was observed, and the source can not prove that it was collecting then';

function gapBody({ name, state }: KnownCriterion, { from, to }: { from: number; to: number }): RecordBody<'Gap'> {
  const slots = Math.round((to - from) / state.rules.intervalMs) + 1;
  return { criterion: name, from, to, slots, reason: 'NoHistory', message: GAP_MESSAGE };
}

const messageOf = (observations: readonly Observation[]): string => `${observations.at(-1)?.judgement.message ?? ''} (read back)`;

async function findObservations(
  parts: JudgingParts,
  { object, plan, known }: Judged,
  { slots, giveUpAt }: { readonly slots: readonly number[]; readonly giveUpAt: number },
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Observation>> {
  const [from] = slots;
  const to = slots.at(-1);
  if (plan.kind === 'NotReady' || from === undefined || to === undefined) return new Map();
  const range = { from, to, stepMs: known.state.rules.intervalMs };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]);
  const proven = await provenSlots(parts, object.spec.evidence, { ...range, giveUpAt }, limited);
  if (proven.size === 0) return new Map();
  const observations = await observeRange(object.spec, range, { sources: parts.pool, asker: known, signal: limited });
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
  { giveUpAt, ...range }: { from: number; to: number; stepMs: number; giveUpAt: number },
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const names = sourcesOf(items);
  const proofs = await Promise.all(
    names.map(async (name) => {
      for (;;) {
        // A source that refuses everything, as Prometheus does while it replays its own log, proves nothing yet.
        const found = await pool.reachability(name, clock.now() - RETRY_MS);
        const reader = pool.reader(name);
        if (found.kind === 'Answering' && !('kind' in reader)) return reader.wasCollecting(range, signal);
        if (clock.now() >= giveUpAt || signal.aborted) return [];
        await sleep(clock, RETRY_MS, signal);
      }
    }),
  );
  return new Set(slotsOf(range).filter((_slot, index) => proofs.every((proof) => proof[index] === true)));
}
