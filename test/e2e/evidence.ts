import type { LogRecord } from '../../src/api/records.ts';
import type { CriterionState, Fact } from '../../src/domain/criterion.ts';
import { applyTo, eventOf, eventsOf, type NamedEvent } from '../../src/domain/fold.ts';
import { type EvidenceStore, openSqliteStore, type ServiceName } from '../../src/evidence/index.ts';
import { systemClock } from '../../src/platform/clock.ts';

/** The log of a service, in order: its records, and what happened to its criteria by these and by the open batch. */
export interface Log {
  readonly records: readonly LogRecord[];
  readonly events: readonly NamedEvent[];
}

/** Reads the whole log of a service. */
export async function readLog(store: EvidenceStore, service: ServiceName): Promise<Log> {
  const records: LogRecord[] = [];
  for await (const record of store.read(service)) records.push(record);
  const pending = await store.pending(service);
  return { records, events: [...records.flatMap(eventsOf), ...pending.map(eventOf)] };
}

/** Reads the log of a service from a store that no operator has open. */
export async function readLogOf(path: string, service: ServiceName): Promise<Log> {
  const store = openSqliteStore({ path, clock: systemClock });
  try {
    return await readLog(store, service);
  } finally {
    await store.close();
  }
}

/** What judging the events once more gives: the state that a restarted operator has, and all that became known on the way. */
export interface Folded {
  readonly state: CriterionState;
  readonly facts: readonly Fact[];
}

/** Folds the events of one criterion. @param id `namespace/name` */
export function folded(events: readonly NamedEvent[], id: string): Folded {
  const [, name] = id.split('/');
  const facts: Fact[] = [];
  let state: CriterionState | undefined;
  for (const { criterion, event } of events) {
    if (criterion !== name) continue;
    const applied = applyTo(state, id, event);
    state = applied?.state ?? state;
    facts.push(...(applied?.facts ?? []));
  }
  if (!state) throw new Error(`the log does not know ${id}`);
  return { state, facts };
}

/** When something happened: its slot, the first one that was missed, or the moment of a change. */
export function timeOf(event: NamedEvent['event']): number {
  if (event.kind === 'Slot') return event.slot;
  return event.kind === 'Missed' ? event.from : event.at;
}

export type Fate = 'observed' | 'readBack' | 'missed';

/** What became of each slot of a criterion, in order of the log: nothing is left out, nothing is put right. */
export function fatesOf(events: readonly NamedEvent[], criterion: string, intervalMs: number): { slot: number; fate: Fate }[] {
  return events.flatMap(({ criterion: of, event }): { slot: number; fate: Fate }[] => {
    if (of !== criterion) return [];
    if (event.kind === 'Slot') return [{ slot: event.slot, fate: event.readBack ? 'readBack' : 'observed' }];
    if (event.kind !== 'Missed') return [];
    const slots = Math.round((event.to - event.from) / intervalMs) + 1;
    return Array.from({ length: slots }, (_, index) => ({ slot: event.from + index * intervalMs, fate: 'missed' }));
  });
}
