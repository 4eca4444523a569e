import type { DeviationEnd } from '../api/records.ts';
import type { Episode } from './escalation.ts';
import type { Fact, PastDeviation } from './state.ts';

/** Everybody who was told of an episode is told of its end. */
export function endsTold(episode: Episode, at: number, reason: DeviationEnd): Fact[] {
  const audiences = new Set(episode.told.map(({ audience }) => audience));
  return [...audiences].map((audience) => ({ kind: 'EndTold', at, audience, id: episode.id, reason }));
}

/** The deviations that are over by these facts. */
export function closedBy(facts: readonly Fact[]): PastDeviation[] {
  return facts.flatMap((fact) =>
    fact.kind === 'DeviationClosed' ? [{ id: fact.id, from: fact.span.from, to: fact.to, reason: fact.reason }] : [],
  );
}
