import type { UnknownReason } from '../api/conditions.ts';
import type { OutcomeKind } from '../api/criterion.ts';
import type { DeviationEnd } from '../api/records.ts';
import { deviationId } from './deviation-id.ts';
import { dueSteps, stepsInForce } from './escalation.ts';
import { closedBy, endsTold } from './facts.ts';
import { figuresOf, percentText, reaches } from './figures.ts';
import { stepKey } from './rules.ts';
import { addSlot, extendTo, forgetRuns } from './slot-runs.ts';
import { type Applied, type CriterionState, type Fact, type SlotJudged, type VerdictReason, windowOf } from './state.ts';
import { forget, mark, piecesOf, type Span, type Times, timesMovedOn, timesOf } from './timeline.ts';
import { advance, type JudgedVerdict, newTrack, type Track } from './track.ts';

const SPANS: Record<OutcomeKind, Span> = { Met: 'met', NotMet: 'notMet', Unknown: 'unknown' };

/**
 * Each missed slot counts as one without evidence. Once every clock has run out nothing more can follow from another one, so a long
 * absence is not walked through slot by slot: the last slot stands for the rest.
 */
export function judgeMissed(state: CriterionState, event: { from: number; to: number; reason: UnknownReason }): Applied {
  const { intervalMs } = state.rules;
  const settledAt = event.from + longestClockMs(state) + 2 * intervalMs;
  const facts: Fact[] = [];
  let current = state;
  for (let slot = event.from; slot <= event.to; slot += intervalMs) {
    if (slot > settledAt && slot < event.to) {
      slot += Math.floor((event.to - slot) / intervalMs) * intervalMs;
      current = { ...current, slots: extendTo(current.slots, slot - intervalMs) };
    }
    const applied = judgeSlot(current, {
      kind: 'Slot',
      slot,
      outcome: 'Unknown',
      reason: event.reason,
      readBack: true,
      missed: true,
    });
    current = applied.state;
    facts.push(...applied.facts);
  }
  return { state: current, facts };
}

function longestClockMs({ rules, formerSteps }: CriterionState): number {
  const steps = [...rules.steps, ...formerSteps.map(({ step }) => step)];
  return rules.unknownForMs + rules.holdForMs + Math.max(0, ...steps.map((step) => (step.kind === 'After' ? step.afterMs : 0)));
}

/** What the outcome of a slot makes of a criterion. */
export function judgeSlot(before: CriterionState, event: SlotJudged): Applied {
  const track = advance(before.track, event, before.rules);
  const judged: CriterionState = {
    ...before,
    track,
    warning: warned(before, event),
    reason: reasonOf(track.verdict, event, before),
    decided: before.decided || track.verdict !== before.track.verdict || track.gap !== undefined,
    since: track.verdict === before.track.verdict ? before.since : event.slot,
    timeline: mark(before.timeline, event.slot, SPANS[event.outcome], event.slot + before.rules.intervalMs),
  };
  const spans = spanFacts(before, judged, event.slot);
  const escalated = escalate(withEpisode(judged), event);
  const calmed = calmDown(escalated.state, event);
  const objective = followObjective(calmed.state, event.slot);
  const state = remember(objective.state, event, spans);
  return { state, facts: [...spans, ...escalated.facts, ...calmed.facts, ...objective.facts] };
}

/** The warning's own clocks; a missed slot is one without evidence for it too. */
function warned({ warning, rules }: CriterionState, event: SlotJudged): Track {
  const outcome = event.missed && warning.last ? 'Unknown' : event.warning;
  return outcome === undefined ? newTrack : advance(warning, { ...event, outcome }, rules);
}

function reasonOf(verdict: JudgedVerdict, event: SlotJudged, before: CriterionState): VerdictReason {
  if (verdict === 'Pass') return 'Met';
  const unknownDecides = verdict === 'Inconclusive' || before.rules.whenUnknown === 'Fail';
  if (event.outcome === 'Unknown' && unknownDecides) return event.reason ?? 'NoHistory';
  return verdict === 'Fail' ? 'NotMet' : before.reason;
}

/** What changed between two tracks: the verdict, and a deviation that opened or closed. */
function spanFacts(before: CriterionState, after: CriterionState, at: number): Fact[] {
  const facts: Fact[] = [];
  const { deviation: open } = before.track;
  const { deviation } = after.track;
  if (before.track.verdict !== after.track.verdict) {
    facts.push({
      kind: 'VerdictChanged',
      at,
      from: before.track.verdict,
      to: after.track.verdict,
      reason: after.reason,
      first: !before.decided,
    });
  }
  if (!open && deviation)
    facts.push({ kind: 'DeviationOpened', at, id: deviationId(after.id, deviation.from), from: deviation.from, reopened: false });
  if (open && !deviation) {
    const to = before.track.goodSince ?? at;
    facts.push({ kind: 'DeviationClosed', at, id: deviationId(after.id, open.from), to, reason: endOf(before), span: open });
  }
  return facts;
}

const endOf = (state: CriterionState): DeviationEnd => (state.changed ? 'CriterionChanged' : 'Recovered');

/** Opens the episode with the first gap or deviation. */
function withEpisode(state: CriterionState): CriterionState {
  const { deviation, gap } = state.track;
  if (state.episode || !(deviation ?? gap)) return state;
  const from = deviation?.from ?? gap?.from ?? 0;
  const suspendedMs = deviation?.suspendedMs ?? state.track.unknownSuspendedMs;
  return { ...state, episode: { id: deviationId(state.id, from), from, suspendedMs, told: [] } };
}

function escalate(state: CriterionState, { slot, outcome, readBack }: SlotJudged): Applied {
  const { track, timeline, episode, lastAccumulated } = state;
  const steps = stepsInForce(state.rules.steps, state.formerSteps, state);
  const due = dueSteps({ slot, outcome, track, timeline, episode, steps, lastAccumulated });
  if (due.length === 0) return { state, facts: [] };
  const facts = due.map(({ step, at }): Fact => ({
    kind: 'StepDue',
    at,
    step,
    late: readBack === true,
    ...(episode ? { id: episode.id } : {}),
  }));
  const told = due.map(({ step, at }) => ({ key: stepKey(step), audience: step.audience, at }));
  const accumulated = due.filter(({ step }) => step.kind === 'Accumulated').map(({ step, at }) => [stepKey(step), at] as const);
  return {
    state: {
      ...state,
      ...(episode ? { episode: { ...episode, told: [...episode.told, ...told] } } : {}),
      lastAccumulated: { ...lastAccumulated, ...Object.fromEntries(accumulated) },
    },
    facts,
  };
}

/** After Met with nothing open the criterion is calm: the episode ends, and the steps are those of the spec again. */
function calmDown(state: CriterionState, { slot, outcome }: SlotJudged): Applied {
  if (outcome !== 'Met' || state.track.deviation) return { state, facts: [] };
  const { episode, ...calm } = state;
  const facts = episode ? endsTold(episode, slot, endOf(state)) : [];
  return { state: { ...calm, formerSteps: [], changed: false }, facts };
}

/** Adds the slot, and a deviation that closed, to what is remembered, and forgets what is older than anybody asks for. */
function remember(state: CriterionState, event: SlotJudged, facts: readonly Fact[]): CriterionState {
  const { intervalMs, objective } = state.rules;
  const spans = [...state.rules.steps, ...state.formerSteps.map(({ step }) => step)].map((step) =>
    step.kind === 'Accumulated' ? step.withinMs : 0,
  );
  const oldest = event.slot - Math.max(state.keepMs, objective?.windowMs ?? 0, ...spans);
  const fate = event.missed ? 'missed' : event.readBack ? 'readBack' : 'observed';
  const slot = {
    slot: event.slot,
    stepMs: intervalMs,
    fate,
    ...(event.missed && event.reason ? { reason: event.reason } : {}),
  } as const;
  return {
    ...state,
    timeline: forget(state.timeline, oldest),
    slots: addSlot(forgetRuns(state.slots, oldest), slot),
    past: [
      ...(state.past[0] && state.past[0].to < oldest ? state.past.filter(({ to }) => to >= oldest) : state.past),
      ...closedBy(facts),
    ],
  };
}

function followObjective(state: CriterionState, slot: number): Applied {
  const { objective } = state.rules;
  if (!objective) return { state, facts: [] };
  const objectiveTimes = { times: windowTimes(state, objective.windowMs, slot), endedAt: slot, lengthMs: objective.windowMs };
  const { availability } = figuresOf(objectiveTimes.times, objective.unknownCountsAs);
  if (availability.of === 0) return { state: { ...state, objectiveTimes }, facts: [] };
  const met = reaches(availability, objective.target);
  const changed = state.objectiveMet !== undefined && state.objectiveMet !== met;
  const fact: Fact = { kind: 'ObjectiveChanged', at: slot, met, achieved: percentText(availability), target: objective.target };
  return { state: { ...state, objectiveTimes, objectiveMet: met }, facts: changed ? [fact] : [] };
}

function windowTimes(state: CriterionState, lengthMs: number, slot: number): Times {
  const before = state.objectiveTimes;
  if (before?.lengthMs === lengthMs && before.endedAt < slot)
    return timesMovedOn(state.timeline, before, { lengthMs, endsAt: slot });
  return timesOf(piecesOf(state.timeline, windowOf(state, slot), slot));
}
