import type { UnknownReason } from '../api/conditions.ts';
import type { OutcomeKind, Verdict } from '../api/criterion.ts';
import type { DeviationEnd } from '../api/records.ts';
import { deviationId } from './deviation-id.ts';
import { dueSteps, type Episode, type LastAccumulated } from './escalation.ts';
import { figuresOf, percentText, reaches } from './figures.ts';
import { type JudgingRules, type Step, stepKey, unionOfSteps } from './rules.ts';
import { emptyTimeline, forget, mark, type Period, piecesOf, type Span, type Timeline, timesOf } from './timeline.ts';
import { advance, type JudgedVerdict, newTrack, type OpenSpan, pause, type Track } from './track.ts';

/** Raised whenever the same records could give another verdict than before; stands in the log and beside saved states. */
export const JUDGING_VERSION = 1;

/** Why a verdict is what it is: that the rule holds or not, why nothing is known, or that nothing was judged yet. */
export type VerdictReason = 'Pending' | 'Met' | 'NotMet' | 'Suspended' | UnknownReason;

/** All that the past means for the next slot of a criterion. Plain data: it can be saved and read back. */
export interface CriterionState {
  /** `namespace/name`. */
  readonly id: string;
  readonly rules: JudgingRules;
  readonly standing: 'InForce' | 'Suspended' | 'Deleted';
  /** Since when the verdict that is shown (Suspended included) is what it is. */
  readonly since: number;
  readonly reason: VerdictReason;
  readonly track: Track;
  /** The clocks of the warning bound, which change no verdict. */
  readonly warning: Track;
  /** Steps in force since the criterion was last calm: they can only be added to. */
  readonly steps: readonly Step[];
  readonly episode?: Episode;
  /** Whether the criterion was changed while its deviation was open. */
  readonly changed: boolean;
  readonly lastAccumulated: LastAccumulated;
  readonly timeline: Timeline;
  readonly objectiveMet?: boolean;
  readonly suspendedAt?: number;
}

/** What happens to a criterion, in the order of the log. `at` and slots in milliseconds. */
export type CriterionEvent =
  | { readonly kind: 'Created'; readonly at: number; readonly rules: JudgingRules }
  | { readonly kind: 'Changed' | 'Recreated'; readonly at: number; readonly rules: JudgingRules }
  | { readonly kind: 'Suspended' | 'Resumed' | 'Deleted' | 'SourceChanged'; readonly at: number }
  | SlotJudged
  | { readonly kind: 'Missed'; readonly from: number; readonly to: number; readonly reason: UnknownReason };

export interface SlotJudged {
  readonly kind: 'Slot';
  readonly slot: number;
  readonly outcome: OutcomeKind;
  readonly reason?: UnknownReason;
  readonly warning?: OutcomeKind;
  readonly readBack?: boolean;
}

/** What became known by an event; each becomes a record. */
export type Fact =
  | { readonly kind: 'VerdictChanged'; readonly at: number; readonly from: Verdict; readonly to: Verdict; readonly reason: VerdictReason }
  | { readonly kind: 'DeviationOpened'; readonly at: number; readonly id: string; readonly from: number; readonly reopened: boolean }
  | {
      readonly kind: 'DeviationClosed';
      readonly at: number;
      readonly id: string;
      readonly to: number;
      readonly reason: DeviationEnd;
      readonly span: OpenSpan;
    }
  | { readonly kind: 'StepDue'; readonly at: number; readonly step: Step; readonly id?: string; readonly late: boolean }
  | { readonly kind: 'EndTold'; readonly at: number; readonly audience: string; readonly id: string; readonly reason: DeviationEnd }
  | { readonly kind: 'ChangeTold'; readonly at: number; readonly audience: string; readonly id?: string }
  | { readonly kind: 'ObjectiveChanged'; readonly at: number; readonly met: boolean; readonly achieved: string; readonly target: string };

export interface Applied {
  readonly state: CriterionState;
  readonly facts: readonly Fact[];
}

/** The state of a criterion that was just created. */
export function create(id: string, event: { readonly at: number; readonly rules: JudgingRules }): CriterionState {
  return {
    id,
    rules: event.rules,
    standing: 'InForce',
    since: event.at,
    reason: 'Pending',
    track: newTrack,
    warning: newTrack,
    steps: event.rules.steps,
    changed: false,
    lastAccumulated: {},
    timeline: mark(emptyTimeline, event.at, 'unknown'),
  };
}

/** What an event makes of a criterion (judging.md). Pure: the same events in the same order give the same states and facts. */
export function apply(state: CriterionState, event: CriterionEvent): Applied {
  switch (event.kind) {
    case 'Slot':
      return judgeSlot(state, event);
    case 'Missed':
      return judgeMissed(state, event);
    case 'Created':
      return { state: create(state.id, event), facts: [] };
    case 'Changed':
      return change(state, event.at, event.rules);
    case 'SourceChanged':
      return change(state, event.at, state.rules);
    case 'Recreated':
      return recreate(state, event.at, event.rules);
    case 'Suspended':
      return suspend(state, event.at);
    case 'Resumed':
      return resume(state, event.at);
    case 'Deleted':
      return remove(state, event.at);
  }
}

/** The verdict that is shown. */
export function verdictOf(state: CriterionState): Verdict {
  return state.standing === 'Suspended' ? 'Suspended' : state.track.verdict;
}

/** The rolling period of the objective, or of 30 days without one, that ends at `to`. */
export function windowOf(state: CriterionState, to: number): Period {
  return { from: to - (state.rules.objective?.windowMs ?? DEFAULT_WINDOW_MS), to };
}

const DEFAULT_WINDOW_MS = 30 * 86_400_000;
const SPANS: Record<OutcomeKind, Span> = { Met: 'met', NotMet: 'notMet', Unknown: 'unknown' };

function judgeMissed(state: CriterionState, event: { from: number; to: number; reason: UnknownReason }): Applied {
  const facts: Fact[] = [];
  let current = state;
  for (let slot = event.from; slot <= event.to; slot += state.rules.intervalMs) {
    const applied = judgeSlot(current, { kind: 'Slot', slot, outcome: 'Unknown', reason: event.reason, readBack: true });
    current = applied.state;
    facts.push(...applied.facts);
  }
  return { state: current, facts };
}

function judgeSlot(before: CriterionState, event: SlotJudged): Applied {
  const track = advance(before.track, event, before.rules);
  const judged: CriterionState = {
    ...before,
    track,
    warning: event.warning === undefined ? newTrack : advance(before.warning, { ...event, outcome: event.warning }, before.rules),
    reason: reasonOf(track.verdict, event, before),
    since: track.verdict === before.track.verdict ? before.since : event.slot,
    timeline: mark(before.timeline, event.slot, SPANS[event.outcome], event.slot + before.rules.intervalMs),
  };
  const spans = spanFacts(before, judged, event.slot);
  const escalated = escalate(withEpisode(judged), event);
  const calmed = calmDown(escalated.state, event);
  const objective = followObjective(calmed.state, event.slot);
  return { state: objective.state, facts: [...spans, ...escalated.facts, ...calmed.facts, ...objective.facts] };
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
    facts.push({ kind: 'VerdictChanged', at, from: before.track.verdict, to: after.track.verdict, reason: after.reason });
  }
  if (!open && deviation) facts.push({ kind: 'DeviationOpened', at, id: deviationId(after.id, deviation.from), from: deviation.from, reopened: false });
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
  const { track, timeline, episode, steps, lastAccumulated } = state;
  const due = dueSteps({ slot, outcome, track, timeline, episode, steps, lastAccumulated });
  if (due.length === 0) return { state, facts: [] };
  const facts = due.map(({ step, at }): Fact => ({
    kind: 'StepDue',
    at,
    step,
    late: readBack === true,
    ...(episode ? { id: episode.id } : {}),
  }));
  const told = due.filter(({ step }) => step.kind === 'After').map(({ step, at }) => ({ key: stepKey(step), audience: step.audience, at }));
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
  return { state: { ...calm, steps: state.rules.steps, changed: false }, facts };
}

function endsTold(episode: Episode, at: number, reason: DeviationEnd): Fact[] {
  const audiences = new Set(episode.told.map(({ audience }) => audience));
  return [...audiences].map((audience) => ({ kind: 'EndTold', at, audience, id: episode.id, reason }));
}

function followObjective(state: CriterionState, slot: number): Applied {
  const { objective } = state.rules;
  const spans = state.steps.map((step) => (step.kind === 'Accumulated' ? step.withinMs : 0));
  const longest = Math.max(objective?.windowMs ?? 0, DEFAULT_WINDOW_MS, ...spans);
  const kept = { ...state, timeline: forget(state.timeline, slot - longest) };
  if (!objective) return { state: kept, facts: [] };
  const times = timesOf(piecesOf(kept.timeline, windowOf(state, slot), slot));
  const { availability } = figuresOf(times, objective.unknownCountsAs);
  if (availability.of === 0) return { state: kept, facts: [] };
  const met = reaches(availability, objective.target);
  const changed = state.objectiveMet !== undefined && state.objectiveMet !== met;
  const fact: Fact = { kind: 'ObjectiveChanged', at: slot, met, achieved: percentText(availability), target: objective.target };
  return { state: { ...kept, objectiveMet: met }, facts: changed ? [fact] : [] };
}

/** Whether something is going on that a change could hide. */
function isTroubled({ track, episode }: CriterionState): boolean {
  return Boolean(track.deviation ?? episode) || (track.last !== undefined && track.last.outcome !== 'Met');
}

/** Told at once to every audience that has a step still to come. */
function changesTold(state: CriterionState, at: number): Fact[] {
  if (!isTroubled(state)) return [];
  const told = new Set(state.episode?.told.map(({ key }) => key));
  const audiences = new Set(state.steps.filter((step) => step.kind === 'After' && !told.has(stepKey(step))).map(({ audience }) => audience));
  return [...audiences].map((audience) => ({ kind: 'ChangeTold', at, audience, ...(state.episode ? { id: state.episode.id } : {}) }));
}

function change(before: CriterionState, at: number, rules: JudgingRules): Applied {
  const state: CriterionState = {
    ...before,
    rules,
    steps: isTroubled(before) ? unionOfSteps(before.steps, rules.steps) : rules.steps,
    changed: before.changed || before.track.deviation !== undefined,
  };
  return { state, facts: changesTold(state, at) };
}

function suspend(before: CriterionState, at: number): Applied {
  if (before.standing !== 'InForce') return { state: before, facts: [] };
  const state: CriterionState = {
    ...before,
    standing: 'Suspended',
    suspendedAt: at,
    since: at,
    timeline: mark(before.timeline, at, 'suspended'),
  };
  const fact: Fact = { kind: 'VerdictChanged', at, from: before.track.verdict, to: 'Suspended', reason: 'Suspended' };
  return { state, facts: [fact, ...changesTold(before, at)] };
}

function resume(before: CriterionState, at: number): Applied {
  if (before.standing !== 'Suspended') return { state: before, facts: [] };
  const state: CriterionState = { ...unpaused(before, at), standing: 'InForce', since: at, timeline: mark(before.timeline, at, 'unknown') };
  const fact: Fact = { kind: 'VerdictChanged', at, from: 'Suspended', to: state.track.verdict, reason: state.reason };
  return { state, facts: [fact] };
}

/** All clocks moved on by the time that a suspension took. */
function unpaused(state: CriterionState, at: number): CriterionState {
  const { suspendedAt, ...kept } = state;
  if (suspendedAt === undefined) return state;
  const ms = at - suspendedAt;
  return {
    ...kept,
    track: pause(state.track, ms),
    warning: pause(state.warning, ms),
    ...(state.episode ? { episode: { ...state.episode, suspendedMs: state.episode.suspendedMs + ms } } : {}),
  };
}

function remove(before: CriterionState, at: number): Applied {
  if (before.standing === 'Deleted') return { state: before, facts: [] };
  const state: CriterionState = { ...unpaused(before, at), standing: 'Deleted', timeline: mark(before.timeline, at, 'unknown') };
  const { deviation } = state.track;
  const facts = changesTold(before, at);
  if (deviation) {
    const id = deviationId(state.id, deviation.from);
    facts.push({ kind: 'DeviationClosed', at, id, to: at, reason: 'CriterionDeleted', span: deviation });
  }
  if (state.episode) facts.push(...endsTold(state.episode, at, 'CriterionDeleted'));
  return { state, facts };
}

/** The name returned: every clock, the open deviation and what was told are what they were. */
function recreate(before: CriterionState, at: number, rules: JudgingRules): Applied {
  const { state, facts } = change({ ...before, standing: 'InForce' }, at, rules);
  const { deviation } = state.track;
  if (!deviation) return { state, facts };
  const reopened: Fact = { kind: 'DeviationOpened', at, id: deviationId(state.id, deviation.from), from: deviation.from, reopened: true };
  return { state, facts: [reopened, ...facts] };
}
