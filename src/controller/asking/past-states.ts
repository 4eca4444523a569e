import type { CriterionState } from '../../domain/criterion.ts';
import { applyTo, eventOf, eventsOf, type NamedEvent } from '../../domain/fold.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';

// What was true of a past period follows from the whole log: nothing is forgotten on the way.
const EVERYTHING_MS = Number.MAX_SAFE_INTEGER;

/** The states of a service's criteria as they were when `until` was reached, nothing forgotten. */
export async function statesUntil(
  store: Pick<EvidenceStore, 'read' | 'pending'>,
  service: ServiceName,
  until: number,
): Promise<ReadonlyMap<string, CriterionState>> {
  const states = new Map<string, CriterionState>();
  const take = ({ criterion, event }: NamedEvent): void => {
    if (timeOf(event) >= until) return;
    const applied = applyTo(states.get(criterion), `${service.namespace}/${criterion}`, event, EVERYTHING_MS);
    if (applied) states.set(criterion, applied.state);
  };
  for await (const record of store.read(service)) eventsOf(record).forEach(take);
  (await store.pending(service)).forEach((observation) => take(eventOf(observation)));
  return states;
}

function timeOf(event: NamedEvent['event']): number {
  if (event.kind === 'Slot') return event.slot;
  return event.kind === 'Missed' ? event.from : event.at;
}
