import { deviationId } from './deviation-id.ts';
import { closedBy, endsTold } from './facts.ts';
import { type FormerStep, stepsInForce } from './escalation.ts';
import { type JudgingRules, type Step, stepKey } from './rules.ts';
import type { Applied, CriterionState, Fact } from './state.ts';
import { mark } from './timeline.ts';
import { pause } from './track.ts';

/** Whether something is going on that a change could hide. */
function isTroubled({ track, episode }: CriterionState): boolean {
  return Boolean(track.deviation ?? episode) || (track.last !== undefined && track.last.outcome !== 'Met');
}

/** Told at once to every audience that has a step still to come. */
function changesTold(state: CriterionState, at: number): Fact[] {
  if (!isTroubled(state)) return [];
  const told = new Set(state.episode?.told.map(({ key }) => key));
  const audiences = new Set(
    stepsInForce(state.rules.steps, state.formerSteps, state)
      .filter((step) => step.kind === 'After' && !told.has(stepKey(step)))
      .map(({ audience }) => audience),
  );
  return [...audiences].map((audience) => changeTold(state, at, audience));
}

function changeTold({ episode }: CriterionState, at: number, audience: string): Fact {
  return { kind: 'ChangeTold', at, audience, ...(episode ? { id: episode.id } : {}) };
}

/** The steps that are no longer there, or no longer count as much. */
function removed(before: readonly Step[], after: readonly Step[], at: number): FormerStep[] {
  const kept = new Set(after.map((step) => JSON.stringify(step)));
  return before.filter((step) => !kept.has(JSON.stringify(step))).map((step) => ({ step, removedAt: at }));
}

/** A changed spec or source: every clock goes on, the next slot is judged by the new rules. */
export function change(before: CriterionState, at: number, rules: JudgingRules): Applied {
  const state: CriterionState = {
    ...before,
    rules,
    formerSteps: isTroubled(before)
      ? [...before.formerSteps, ...removed(before.rules.steps, rules.steps, before.deletedAt ?? at)]
      : [],
    changed: before.changed || before.track.deviation !== undefined,
  };
  return { state, facts: changesTold(state, at) };
}

/** Nothing is judged from now on, and the clocks stand still. */
export function suspend(before: CriterionState, at: number): Applied {
  if (before.standing !== 'InForce') return { state: before, facts: [] };
  const state: CriterionState = {
    ...before,
    standing: 'Suspended',
    suspendedAt: at,
    since: at,
    timeline: mark(before.timeline, at, 'suspended'),
  };
  const fact: Fact = {
    kind: 'VerdictChanged',
    at,
    from: before.track.verdict,
    to: 'Suspended',
    reason: 'Suspended',
    first: false,
  };
  return { state, facts: [fact, ...changesTold(before, at)] };
}

/** Judging goes on, and the verdict is what it was. */
export function resume(before: CriterionState, at: number): Applied {
  if (before.standing !== 'Suspended') return { state: before, facts: [] };
  const state: CriterionState = {
    ...unpaused(before, at),
    standing: 'InForce',
    since: at,
    notBefore: at - 1,
    timeline: mark(before.timeline, at, 'unknown'),
  };
  const fact: Fact = {
    kind: 'VerdictChanged',
    at,
    from: 'Suspended',
    to: state.track.verdict,
    reason: state.reason,
    first: false,
  };
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

/** The criterion is gone; its deviation is over unless the name returns. */
export function remove(before: CriterionState, at: number): Applied {
  if (before.standing === 'Deleted') return { state: before, facts: [] };
  const state: CriterionState = {
    ...unpaused(before, at),
    standing: 'Deleted',
    deletedAt: at,
    timeline: mark(before.timeline, at, 'unknown'),
  };
  const { deviation } = state.track;
  const facts = changesTold(before, at);
  if (deviation) {
    const id = deviationId(state.id, deviation.from);
    facts.push({ kind: 'DeviationClosed', at, id, to: at, reason: 'CriterionDeleted', span: deviation });
  }
  if (state.episode) facts.push(...endsTold(state.episode, at, 'CriterionDeleted'));
  return { state: { ...state, past: [...state.past, ...closedBy(facts)] }, facts };
}

/** The name returned: every clock, the open deviation and what was told are what they were. */
export function recreate(before: CriterionState, at: number, rules: JudgingRules): Applied {
  const { state: returned, facts } = change({ ...before, standing: 'InForce' }, at, rules);
  const { deletedAt: _deletedAt, ...changed } = { ...returned, returnedAt: at };
  const { deviation } = changed.track;
  if (!deviation) return { state: changed, facts };
  const state = { ...changed, past: changed.past.filter(({ from }) => from !== deviation.from) };
  const reopened: Fact = {
    kind: 'DeviationOpened',
    at,
    id: deviationId(state.id, deviation.from),
    from: deviation.from,
    reopened: true,
  };
  // Whoever was told that it ended with the deletion hears that it goes on.
  const told = new Set(facts.flatMap((fact) => (fact.kind === 'ChangeTold' ? [fact.audience] : [])));
  const others = new Set(state.episode?.told.flatMap(({ audience }) => (told.has(audience) ? [] : [audience])));
  return { state, facts: [reopened, ...facts, ...[...others].map((audience) => changeTold(state, at, audience))] };
}
