import { apply, create, type CriterionEvent, type CriterionState } from '../../domain/criterion.ts';
import { figuresOf, percentText } from '../../domain/figures.ts';
import { slotAfter, slotAtOrAfter } from '../../domain/slots.ts';
import { type Period, piecesOf, type Times, timesOf } from '../../domain/timeline.ts';
import type { Reading } from '../../domain/sample.ts';
import { slotsOf, type Sources } from '../../sources/evidence.ts';
import { comparing } from '../../sources/fewer-series.ts';
import { type Observation, observeRange, unobservable } from '../../sources/observe.ts';
import { type History, newHistory } from './history.ts';
import { inParallel } from './in-parallel.ts';
import { slotOf, suspendedText } from './once.ts';
import { type Judged, judgedOf, type ReplayResult, unjudged } from './result.ts';
import { type Subject, suspendedUntil } from './subjects.ts';

/** What a replay asks, and until when the answers are final. */
export interface ReplayInput {
  readonly period: Period;
  readonly now: number;
  readonly sources: Sources & { delayMs(subject: Subject): number };
  readonly signal: AbortSignal;
}

/** A criterion after its replay; slots from `openFrom` on are too young to be judged. */
export interface Replayed extends Judged<ReplayResult> {
  readonly slots: number;
  readonly openFrom?: number;
}

const AT_ONCE = 4;

/** Judges every slot of the period, as if each criterion had been created at its start and judged in time ever since. */
export function replayAll(subjects: readonly Subject[], input: ReplayInput): Promise<Replayed[]> {
  return inParallel(subjects, AT_ONCE, (subject) => replayOne(subject, input));
}

async function replayOne(subject: Subject, input: ReplayInput): Promise<Replayed> {
  const { period } = input;
  const { openFrom, knownUntil } = limitsOf(subject, input);
  const run = newRun(subject, period);
  const until = suspendedUntil(subject.spec, period.from);
  if (until !== undefined) run.happens({ kind: 'Suspended', at: period.from });
  if (until !== undefined && until < knownUntil) run.happens({ kind: 'Resumed', at: until });
  const first = slotAtOrAfter(subject.grid, Math.max(period.from, until ?? period.from));

  let slots = 0;
  let last: Observation | undefined;
  const compare = comparing();
  for await (const observation of observed(subject, { from: first, to: knownUntil }, input)) {
    run.happens(slotOf(observation));
    last = compare(observation);
    slots += 1;
  }
  const state = run.state();
  const judged = last ? judgedOf(state, last) : unjudged(state, unjudgedText(subject, state));
  const times = timesOf(piecesOf(state.timeline, period, knownUntil));
  const result = resultOf(judged, subject, times, run.history);
  return { ...judged, result, slots, ...(openFrom < period.to ? { openFrom } : {}) };
}

/** The first slot that is too young to be judged; nothing is known from there on, or from now on. */
function limitsOf(subject: Subject, { period, now, sources }: ReplayInput): { openFrom: number; knownUntil: number } {
  const { grid } = subject;
  const openFrom = Math.max(slotAfter(grid, now - sources.delayMs(subject)), slotAtOrAfter(grid, period.from));
  return { openFrom, knownUntil: Math.min(period.to, now, openFrom) };
}

interface Run {
  readonly history: History;
  readonly happens: (event: CriterionEvent) => void;
  readonly state: () => CriterionState;
}

function newRun({ id, rules: { objective: _, ...rules } }: Subject, { from, to }: Period): Run {
  // Nothing is printed of the rolling objective, and following it over a month of flapping takes minutes.
  const history = newHistory();
  let state = create(id, { at: from, rules }, to - from);
  return {
    history,
    happens: (event) => {
      const applied = apply(state, event);
      state = applied.state;
      history.add(applied.facts);
    },
    state: () => state,
  };
}

const unjudgedText = (subject: Subject, { standing }: CriterionState): string =>
  standing === 'Suspended' ? suspendedText(subject) : 'no slot of the period was judged';

function resultOf({ result }: Judged, { rules }: Subject, times: Times, history: History): ReplayResult {
  const { availability, lower, upper, coverage } = figuresOf(times, rules.objective?.unknownCountsAs);
  return {
    ...result,
    ...history.read(),
    times: {
      met: times.met / 1000,
      notMet: times.notMet / 1000,
      unknown: times.unknown / 1000,
      suspended: times.suspended / 1000,
      unobserved: times.unobserved / 1000,
    },
    availability: percentText(availability),
    lower: percentText(lower),
    upper: percentText(upper),
    coverage: percentText(coverage),
  };
}

// A day of slots every half minute is one question; more at once would only take memory.
const SLOTS_AT_ONCE = 3_000;

/** An observation for each slot of the period. A source that has stopped answering is not asked for the rest. */
async function* observed(subject: Subject, { from, to }: Period, { sources, signal }: ReplayInput): AsyncGenerator<Observation> {
  const { spec, grid } = subject;
  const stepMs = grid.intervalMs;
  let silent: Reading | undefined;
  for (let start = from; start < to; start += SLOTS_AT_ONCE * stepMs) {
    signal.throwIfAborted();
    const last = start + (Math.min(SLOTS_AT_ONCE, Math.ceil((to - start) / stepMs)) - 1) * stepMs;
    const range = { from: start, to: last, stepMs };
    const reading = silent;
    const observations = reading
      ? slotsOf(range).map((slot) => unobservable(spec, slot, reading))
      : await observeRange(spec, range, { sources, asker: subject, signal });
    yield* observations;
    silent = silenceOf(observations.at(-1));
  }
}

/** The reading that says that the source no longer answers. */
function silenceOf(observation: Observation | undefined): Reading | undefined {
  const { outcome } = observation?.judgement ?? {};
  if (outcome?.kind !== 'Unknown' || outcome.reason !== 'SourceUnreachable') return undefined;
  return observation?.readings.find(({ reading }) => reading.kind === 'Unavailable' && reading.reason === outcome.reason)
    ?.reading;
}
