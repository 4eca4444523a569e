import fc from 'fast-check';

import { apply, create, type CriterionEvent, type CriterionState, type Fact } from '../src/domain/criterion.ts';
import { figuresOf, percentText } from '../src/domain/figures.ts';
import type { JudgingRules, Step } from '../src/domain/rules.ts';
import { piecesOf, timesOf } from '../src/domain/timeline.ts';
import { inputs } from './second-opinion/inputs.ts';
import type { Event, Input, Opinion, Rules, Step as OtherStep } from './second-opinion/opinion.ts';
import { secondOpinion } from './second-opinion/second-opinion.ts';

/**
 * Two people implemented judging.md without seeing each other's work; random lives of criteria must give the same opinions. Where
 * the page is open, both hold to what test/second-opinion/readme.md says.
 */
test('two implementations of judging.md agree on random lives of criteria', () => {
  fc.assert(
    fc.property(inputs(), (input) => {
      expect(sorted(firstOpinion(input))).toEqual({ ...sorted(secondOpinion(input)), gapsOpened: [] });
    }),
    { numRuns: RUNS },
  );
});

const RUNS = 2000;

function firstOpinion({ rules, events, period, knownUntil }: Input): Opinion {
  let state = create('shop/crit', { at: events[0]?.kind === 'Created' ? events[0].at : 0, rules: rulesOf(rules) });
  const facts: Fact[] = [];
  for (const event of events.slice(1)) {
    const applied = apply(state, eventOf(event));
    state = applied.state;
    facts.push(...applied.facts);
  }
  const counts = events.reduce<Rules['unknownCountsAs']>(
    (last, event) => ('rules' in event ? event.rules.unknownCountsAs : last),
    rules.unknownCountsAs,
  );
  return { ...told(facts), ...deviationsOf(facts), ...figures(state, period, knownUntil, counts) };
}

function rulesOf(rules: Rules): JudgingRules {
  const { intervalMs, holdForMs, recoverForMs, unknownForMs, whenUnknown, mode, steps } = rules;
  const enforced = mode === 'Enforced';
  return { intervalMs, holdForMs, recoverForMs, unknownForMs, whenUnknown, enforced, steps: enforced ? steps.map(stepOf) : [] };
}

function stepOf(step: OtherStep): Step {
  const { audience } = step;
  if (!('afterMs' in step)) return { kind: 'Accumulated', audience, accumulatedMs: step.accumulatedMs, withinMs: step.withinMs };
  return { kind: 'After', audience, afterMs: step.afterMs, onInconclusive: step.on.includes('Inconclusive') };
}

function eventOf(event: Event): CriterionEvent {
  switch (event.kind) {
    case 'Slot':
      return { ...event, ...(event.outcome === 'Unknown' ? { reason: 'EmptyResult' as const } : {}) };
    case 'Missed':
      return { ...event, reason: 'NoHistory' };
    case 'Created':
    case 'Changed':
    case 'Recreated':
      return { ...event, rules: rulesOf(event.rules) };
    case 'Suspended':
    case 'Resumed':
    case 'Deleted':
      return event;
  }
}

const byAudience = <T extends { at: number; audience: string; kind?: string }>(notices: T[]): T[] =>
  [...notices].sort((a, b) => a.at - b.at || a.audience.localeCompare(b.audience) || (a.kind ?? '').localeCompare(b.kind ?? ''));

function told(facts: readonly Fact[]): Pick<Opinion, 'transitions' | 'steps' | 'ends' | 'changeNotices'> {
  return {
    transitions: facts.flatMap((fact) => (fact.kind === 'VerdictChanged' ? [{ at: fact.at, verdict: fact.to }] : [])),
    steps: facts.flatMap((fact) =>
      fact.kind === 'StepDue' ? [{ at: fact.at, audience: fact.step.audience, kind: fact.step.kind }] : [],
    ),
    ends: facts.flatMap((fact) => (fact.kind === 'EndTold' ? [{ at: fact.at, audience: fact.audience }] : [])),
    changeNotices: facts.flatMap((fact) => (fact.kind === 'ChangeTold' ? [{ at: fact.at, audience: fact.audience }] : [])),
  };
}

/** What happens at one moment happens in no order. */
function sorted(opinion: Opinion): Opinion {
  const { steps, ends, changeNotices } = opinion;
  return {
    ...opinion,
    steps: byAudience([...steps]),
    ends: byAudience([...ends]),
    changeNotices: byAudience([...changeNotices]),
  };
}

function deviationsOf(facts: readonly Fact[]): Pick<Opinion, 'deviations' | 'gapsOpened'> {
  const deviations = new Map<string, Opinion['deviations'][number]>();
  for (const fact of facts) {
    if (fact.kind === 'DeviationOpened') deviations.set(fact.id, { from: fact.from });
    if (fact.kind === 'DeviationClosed') deviations.set(fact.id, { from: fact.span.from, to: fact.to, reason: fact.reason });
  }
  return { deviations: [...deviations.values()], gapsOpened: [] };
}

function figures(
  state: CriterionState,
  period: Input['period'],
  knownUntil: number,
  counts: Rules['unknownCountsAs'],
): Pick<Opinion, 'times' | 'availability' | 'lower' | 'upper' | 'coverage'> {
  const times = timesOf(piecesOf(state.timeline, period, knownUntil));
  const { availability, lower, upper, coverage } = figuresOf(times, counts);
  return {
    times,
    availability: percentText(availability),
    lower: percentText(lower),
    upper: percentText(upper),
    coverage: percentText(coverage),
  };
}
