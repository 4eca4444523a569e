import type { Verdict } from '../../api/criterion.ts';
import { apply, create, type CriterionState, verdictOf } from '../../domain/criterion.ts';
import { slotAfter, slotAtOrAfter } from '../../domain/slots.ts';
import { type Clock, sleep } from '../../platform/clock.ts';
import type { Sources } from '../../sources/evidence.ts';
import { comparing } from '../../sources/fewer-series.ts';
import { observe } from '../../sources/observe.ts';
import { slotOf, suspendedText } from './once.ts';
import { type Judged, judgedOf, unjudged } from './result.ts';
import { type Subject, suspendedUntil } from './subjects.ts';

/** A verdict that is new: the first of a criterion, or another one than before. */
export interface News extends Judged {
  readonly at: number;
  readonly before?: Verdict;
}

export interface WatchInput {
  readonly sources: Sources & { delayMs(subject: Subject): number };
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly tell: (news: News) => void;
}

/** Judges every criterion slot by slot until the signal aborts, and answers the last verdicts. */
export function watch(subjects: readonly Subject[], input: WatchInput): Promise<Verdict[]> {
  return Promise.all(subjects.map((subject) => watchOne(subject, input)));
}

// A slot that is later than this, and than an interval, is a gap.
const LAG_MS = 60_000;

async function watchOne(subject: Subject, input: WatchInput): Promise<Verdict> {
  const { spec, grid } = subject;
  const { sources, clock, signal } = input;
  const delayMs = sources.delayMs(subject);
  // The latest slot that can be judged now, so that the first verdict comes at once.
  let slot = slotAfter(grid, clock.now() - delayMs - grid.intervalMs);
  let state = await begun(subject, slot, input);
  const compare = comparing();
  if (state.standing === 'InForce') slot = slotAtOrAfter(grid, Math.max(slot, state.since));

  for (let told: Verdict | undefined; ; slot += grid.intervalMs) {
    await sleepUntil(slot + delayMs, input);
    const oldest = slotAtOrAfter(grid, clock.now() - delayMs - Math.max(LAG_MS, grid.intervalMs));
    if (oldest > slot && !signal.aborted) {
      state = apply(state, { kind: 'Missed', from: slot, to: oldest - grid.intervalMs, reason: 'NoHistory' }).state;
      slot = oldest;
    }
    const observation = compare(await observe(spec, slot, { sources, asker: subject, signal }));
    // What was given up says nothing of the source.
    if (signal.aborted) return verdictOf(state);
    state = apply(state, slotOf(observation)).state;
    const verdict = verdictOf(state);
    if (verdict !== told)
      input.tell({ at: slot, ...judgedOf(state, observation), ...(told === undefined ? {} : { before: told }) });
    told = verdict;
  }
}

/** The state before the first slot; a suspension is waited for. */
async function begun(subject: Subject, at: number, input: WatchInput): Promise<CriterionState> {
  const { clock, signal, tell } = input;
  const state = create(subject.id, { at, rules: subject.rules });
  const until = suspendedUntil(subject.spec, clock.now());
  if (until === undefined) return state;
  const suspended = apply(state, { kind: 'Suspended', at }).state;
  tell({ at: clock.now(), ...unjudged(suspended, suspendedText(subject)) });
  await sleepUntil(until, input);
  return signal.aborted ? suspended : apply(suspended, { kind: 'Resumed', at: until }).state;
}

async function sleepUntil(at: number, { clock, signal }: WatchInput): Promise<void> {
  // A timer has a longest time, and may fire a moment early.
  while (!signal.aborted && clock.now() < at) await sleep(clock, at - clock.now(), signal);
}
