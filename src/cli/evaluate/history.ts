import type { Fact } from '../../domain/criterion.ts';
import { timeText } from '../../domain/moment.ts';
import type { ReplayResult } from './result.ts';

/** What became known during a replay. */
export interface History {
  add(facts: readonly Fact[]): void;
  read(): Pick<ReplayResult, 'transitions' | 'deviations' | 'steps'>;
}

/** A history in which nothing has happened yet. */
export function newHistory(): History {
  const transitions: ReplayResult['transitions'][number][] = [];
  const deviations = new Map<string, ReplayResult['deviations'][number]>();
  const steps: ReplayResult['steps'][number][] = [];

  const addOne = (fact: Fact): void => {
    switch (fact.kind) {
      case 'VerdictChanged':
        transitions.push({ at: timeText(fact.at), verdict: fact.to, reason: fact.reason });
        break;
      case 'DeviationOpened':
        deviations.set(fact.id, { from: timeText(fact.from) });
        break;
      case 'DeviationClosed':
        deviations.set(fact.id, { from: timeText(fact.span.from), to: timeText(fact.to), reason: fact.reason });
        break;
      case 'StepDue':
        steps.push({ at: timeText(fact.at), audience: fact.step.audience });
        break;
      case 'EndTold':
      case 'ChangeTold':
      case 'ObjectiveChanged':
        break;
    }
  };
  return {
    add: (facts) => facts.forEach(addOne),
    read: () => ({ transitions, deviations: [...deviations.values()], steps }),
  };
}
