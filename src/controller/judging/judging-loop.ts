import { slotAfter } from '../../domain/slots.ts';
import { comparing } from '../../sources/fewer-series.ts';
import { observe, type Observation, unobservable } from '../../sources/observe.ts';
import type { KnownCriterion } from './known.ts';
import { observationOf } from './observation-records.ts';
import type { Plan } from './plan.ts';
import { commit, gridOf, type Judged, type JudgingParts, logVerdicts } from './judging.ts';
import { readBack } from './read-back.ts';
import { frameOf } from './records-of.ts';
import { timeText } from '../../domain/moment.ts';

/** Where judging stands after the slots that were due. */
export interface Progress {
  readonly known: KnownCriterion;
  /** The latest observation made now; undefined if no slot was due. */
  readonly observation?: Observation;
  /** In how many milliseconds to come back. */
  readonly nextMs: number;
}

// A clock that is this far behind the last slot was set back, not merely inexact.
const CLOCK_TOLERANCE_MS = 2_000;
// Once for all slots of an interruption, not once for each.
const WAIT_FOR_SOURCE_MS = 60_000;

/**
 * Catches up with slots that are late by more than an interval, then judges the one slot that is due, if one is; called again for the
 * next. Ends early, without a verdict, when the signal aborts.
 */
export async function judgeDueSlots(parts: JudgingParts, judged: Judged, signal: AbortSignal): Promise<Progress> {
  const { clock } = parts;
  const known = await catchUp(parts, judged, signal);
  if (signal.aborted) return { known, nextMs: 0 };
  const { slot, waitMs } = nextSlot(known, judged.plan, clock.now());
  if (waitMs > 0) return { known: await noteClockStep(parts, known), nextMs: sleepMs(known, judged.plan, waitMs) };
  const done = await judgeSlot(parts, { ...judged, known }, slot, signal);
  if (!done) return { known, nextMs: 0 };
  const next = nextSlot(done.known, judged.plan, clock.now());
  return { ...done, nextMs: sleepMs(done.known, judged.plan, next.waitMs) };
}

/** Catches up with slots that are late by more than an interval. */
export async function catchUp(parts: JudgingParts, judged: Judged, signal: AbortSignal): Promise<KnownCriterion> {
  const { clock } = parts;
  const giveUpAt = clock.now() + WAIT_FOR_SOURCE_MS;
  let { known } = judged;
  for (
    let late = lateSlots(known, judged.plan, clock.now());
    late && !signal.aborted;
    late = lateSlots(known, judged.plan, clock.now())
  ) {
    known = await readBack(parts, { ...judged, known }, { ...late, giveUpAt }, signal);
  }
  return known;
}

/** The next slot, and how long it is until it may be asked for; negative when it is late. */
function nextSlot(known: KnownCriterion, { delayMs }: Plan, now: number): { readonly slot: number; readonly waitMs: number } {
  const slot = slotAfter(gridOf(known), judgedUntil(known));
  return { slot, waitMs: slot + delayMs - now };
}

/** Slots that are late by more than an interval. */
function lateSlots(known: KnownCriterion, plan: Plan, now: number): { readonly from: number; readonly to: number } | undefined {
  const { intervalMs } = known.state.rules;
  const { slot, waitMs } = nextSlot(known, plan, now);
  return -waitMs > intervalMs ? { from: slot, to: slot + (Math.ceil(-waitMs / intervalMs) - 2) * intervalMs } : undefined;
}

/** Never longer than to the next slot but one: the clock may be set meanwhile. */
function sleepMs({ state }: KnownCriterion, { delayMs }: Plan, waitMs: number): number {
  return Math.min(Math.max(waitMs, 0), state.rules.intervalMs + delayMs);
}

/** Slots up to here are judged, or never will be: the last one, the creation, the end of a suspension. */
function judgedUntil({ state }: KnownCriterion): number {
  return Math.max(state.track.last?.slot ?? 0, state.notBefore);
}

async function judgeSlot(
  { clock, ledger, pool, metrics, log }: JudgingParts,
  { object, known, plan }: Judged,
  slot: number,
  signal: AbortSignal,
): Promise<{ known: KnownCriterion; observation: Observation } | undefined> {
  const startedAt = clock.now();
  const found =
    plan.kind === 'Ready'
      ? await observe(object.spec, slot, { sources: pool, asker: known, signal })
      : unobservable(object.spec, slot, { kind: 'Unavailable', reason: plan.unknown, message: plan.message });
  // What was asked for by a rule that has changed meanwhile is not judged: the next slot is judged by the new rule.
  if (signal.aborted) return undefined;
  metrics.duration.observe((clock.now() - startedAt) / 1000);
  const observation = comparing(known.peaks)(found);
  const committed = await commit(ledger, known, observationOf(known, observation), observation.judgement.message);
  metrics.lag.observe(Math.max(0, clock.now() - slot - plan.delayMs) / 1000);
  metrics.evaluations.inc({ outcome: observation.judgement.outcome.kind });
  logVerdicts(log, committed);
  return { known: committed.known, observation };
}

/** Nothing is judged until a clock that was set back has passed the last slot; that is put on record, once each time. */
async function noteClockStep({ clock, ledger, log }: JudgingParts, known: KnownCriterion): Promise<KnownCriterion> {
  const last = judgedUntil(known);
  const now = clock.now();
  if (last - now < CLOCK_TOLERANCE_MS || known.clockStepNoted === last) return known;
  log.warn('the clock was set back: nothing is judged until it has passed the last slot', {
    criterion: known.state.id,
    last: timeText(last),
  });
  const message = 'the clock of the operator was set back';
  const body = { criterion: known.name, from: now, to: last, slots: 0, reason: 'ClockStepped' as const, message };
  const committed = await commit(ledger, known, { ...frameOf(known, last), kind: 'Gap', body }, message);
  return ledger.noteClockStep(committed.known, last);
}
