import { apply, create, type CriterionEvent, type CriterionState, type Fact, windowOf } from '../../src/domain/criterion.ts';
import { figuresOf, percentText } from '../../src/domain/figures.ts';
import { piecesOf, timesOf } from '../../src/domain/timeline.ts';
import type { Chronicle } from './chronicle.ts';
import { type Happening, type Story, storyRules } from './story.ts';

/** Runs a story against `domain/` alone. */
export function judgedByDomain(story: Story): Chronicle {
  const facts: Fact[] = [];
  let spec = story.spec;
  let state: CriterionState = create('shop/told', { at: 0, rules: storyRules(spec) });
  for (const happening of story.happenings) {
    if (happening.kind === 'Change') spec = happening.spec;
    const applied = apply(state, eventOf(happening, spec, state.rules.intervalMs));
    state = applied.state;
    facts.push(...applied.facts);
  }
  return { ...chronicleOf(facts), figures: figures(state, story.endMs) };
}

function eventOf(happening: Happening, spec: Story['spec'], intervalMs: number): CriterionEvent {
  const at = happening.atMs;
  switch (happening.kind) {
    case 'See':
      return {
        kind: 'Slot',
        slot: at,
        outcome: happening.outcome,
        ...(happening.outcome === 'Unknown' ? { reason: 'EmptyResult' as const } : {}),
      };
    case 'Miss':
      return { kind: 'Missed', from: at, to: at + (happening.slots - 1) * intervalMs, reason: 'NoHistory' };
    case 'Change':
      return { kind: 'Changed', at, rules: storyRules(happening.spec) };
    case 'Suspend':
      return { kind: 'Suspended', at };
    case 'Resume':
      return { kind: 'Resumed', at };
    case 'Delete':
      return { kind: 'Deleted', at };
    case 'Recreate':
      return { kind: 'Recreated', at, rules: storyRules(spec) };
  }
}

/** Facts in the form in which stories speak. */
export function chronicleOf(facts: readonly Fact[]): Omit<Chronicle, 'figures'> {
  const deviations = new Map<string, Chronicle['deviations'][number]>();
  for (const fact of facts) {
    if (fact.kind === 'DeviationOpened') deviations.set(fact.id, { from: fact.from });
    if (fact.kind === 'DeviationClosed') deviations.set(fact.id, { from: fact.span.from, to: fact.to, reason: fact.reason });
  }
  return {
    verdicts: facts.flatMap((fact) => (fact.kind === 'VerdictChanged' ? [{ at: fact.at, verdict: fact.to }] : [])),
    deviations: [...deviations.values()],
    told: facts.flatMap((fact) => toldBy(fact)),
  };
}

function toldBy(fact: Fact): Chronicle['told'] {
  if (fact.kind === 'StepDue') return [{ at: fact.at, audience: fact.step.audience, what: 'due' }];
  if (fact.kind === 'EndTold') return [{ at: fact.at, audience: fact.audience, what: 'end' }];
  if (fact.kind === 'ChangeTold') return [{ at: fact.at, audience: fact.audience, what: 'change' }];
  return [];
}

function figures(state: CriterionState, endMs: number): Record<string, string> {
  const period = state.rules.objective ? windowOf(state, endMs) : { from: 0, to: endMs };
  const printed = figuresOf(timesOf(piecesOf(state.timeline, period, endMs)), state.rules.objective?.unknownCountsAs);
  const { availability, lower, upper, coverage } = printed;
  return {
    availability: percentText(availability),
    lower: percentText(lower),
    upper: percentText(upper),
    coverage: percentText(coverage),
  };
}
