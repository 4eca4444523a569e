import type { CertificationCriterion } from '../api/criterion.ts';
import type { NewObservation, NewRecord } from '../api/records.ts';
import { type SlotGrid, slotAfter, slotOffsetMs } from '../domain/slots.ts';
import type { Clock } from '../platform/clock.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Logger } from '../platform/log.ts';
import { observe, type Observation, unobservable } from '../sources/observe.ts';
import type { KnownCriterion } from './known.ts';
import type { Committed, Ledger } from './ledger.ts';
import { observationOf } from './observation-records.ts';
import type { Plan } from './plan.ts';
import { readBack } from './read-back.ts';
import { frameOf } from './records-of.ts';
import type { SourcePool } from './source-pool.ts';
import { timeText } from './words.ts';

export interface JudgingParts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly pool: SourcePool;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** What judging needs to know of one criterion. */
export interface Judged {
  readonly object: CertificationCriterion;
  readonly known: KnownCriterion;
  readonly plan: Plan;
}

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
 * Judges every slot of a criterion that is due, in order, each once: those that are late by more than an interval are read back
 * or recorded as gaps first. Ends early, without a verdict, when the signal aborts.
 */
export async function judgeDueSlots(parts: JudgingParts, judged: Judged, signal: AbortSignal): Promise<Progress> {
  const { clock } = parts;
  const { plan } = judged;
  const giveUpAt = clock.now() + WAIT_FOR_SOURCE_MS;
  let { known } = judged;
  let observation: Observation | undefined;
  for (;;) {
    const { state } = known;
    const grid = gridOf(known);
    const slot = slotAfter(grid, judgedUntil(known));
    const now = clock.now();
    const waitMs = slot + plan.delayMs - now;
    if (waitMs > 0 || signal.aborted) {
      const stepped = waitMs > grid.intervalMs + plan.delayMs + CLOCK_TOLERANCE_MS;
      const after = stepped ? await noteClockStep(parts, known, now) : known;
      return {
        known: after,
        ...(observation ? { observation } : {}),
        nextMs: Math.min(Math.max(waitMs, 0), state.rules.intervalMs + plan.delayMs),
      };
    }
    if (-waitMs > grid.intervalMs) {
      const to = slot + (Math.ceil(-waitMs / grid.intervalMs) - 2) * grid.intervalMs;
      known = await readBack(parts, { ...judged, known }, { from: slot, to, giveUpAt }, signal);
      continue;
    }
    const judgement = await judgeSlot(parts, { ...judged, known }, slot, signal);
    if (!judgement) return { known, ...(observation ? { observation } : {}), nextMs: 0 };
    known = judgement.known;
    observation = judgement.observation;
  }
}

export function gridOf({ namespace, service, state }: KnownCriterion): SlotGrid {
  const { intervalMs } = state.rules;
  return { intervalMs, offsetMs: slotOffsetMs(namespace, service, intervalMs) };
}

/** Slots up to here are judged, or never will be: the last one, the creation, the end of a suspension. */
export function judgedUntil({ state }: KnownCriterion): number {
  return Math.max(state.track.last?.slot ?? 0, state.notBefore);
}

async function judgeSlot(
  { clock, ledger, pool, metrics, log }: JudgingParts,
  { object, known, plan }: Judged,
  slot: number,
  signal: AbortSignal,
): Promise<{ known: KnownCriterion; observation: Observation } | undefined> {
  const startedAt = clock.now();
  const observation =
    plan.kind === 'Ready'
      ? await observe(object.spec, slot, pool, signal)
      : unobservable(object.spec, slot, { kind: 'Unavailable', reason: plan.unknown, message: plan.message });
  // What was asked for by a rule that has changed meanwhile is not judged: the next slot is judged by the new rule.
  if (signal.aborted) return undefined;
  metrics.duration.observe((clock.now() - startedAt) / 1000);
  const committed = await commit(ledger, known, observationOf(known, observation), observation.judgement.message);
  metrics.lag.observe(Math.max(0, clock.now() - slot - plan.delayMs) / 1000);
  metrics.evaluations.inc({ outcome: observation.judgement.outcome.kind });
  logVerdicts(log, committed);
  return { known: committed.known, observation };
}

/** Puts something on record for a criterion. */
export function commit(
  ledger: Ledger,
  known: KnownCriterion,
  content: NewRecord | NewObservation,
  message: string,
): Promise<Committed> {
  return ledger.commit({ namespace: known.namespace, service: known.service, criterion: known.name, content, message });
}

export function logVerdicts(log: Logger, { known, facts }: Committed): void {
  for (const fact of facts) {
    if (fact.kind !== 'VerdictChanged') continue;
    log.info('verdict changed', {
      criterion: known.state.id,
      from: fact.from,
      to: fact.to,
      reason: fact.reason,
      at: timeText(fact.at),
    });
  }
}

/** Nothing is judged until a clock that was set back has passed the last slot; that is put on record, once each time. */
async function noteClockStep({ ledger, log }: JudgingParts, known: KnownCriterion, now: number): Promise<KnownCriterion> {
  const last = judgedUntil(known);
  if (known.clockStepNoted === last) return known;
  log.warn('the clock was set back: nothing is judged until it has passed the last slot', {
    criterion: known.state.id,
    last: timeText(last),
  });
  const { name: criterion } = known;
  const message = 'the clock of the operator was set back';
  const body = { criterion, from: Math.min(now, last), to: last, slots: 0, reason: 'ClockStepped' as const, message };
  const committed = await commit(ledger, known, { ...frameOf(known, last), kind: 'Gap', body }, message);
  return ledger.noteClockStep(committed.known, last);
}
