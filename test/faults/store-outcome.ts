import { verdictOf, windowOf } from '../../src/domain/criterion.ts';
import { figuresOf, percentText } from '../../src/domain/figures.ts';
import { piecesOf, timesOf } from '../../src/domain/timeline.ts';
import { openSqliteStore } from '../../src/evidence/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { folded, type Log, readLog } from '../e2e/evidence.ts';
import { criteriaIn, type ServiceRecords } from './what-must-hold/logs.ts';
import { numberComplaints } from './what-must-hold/numbers.ts';
import { slotComplaints } from './what-must-hold/slots.ts';
import { verdictComplaints } from './what-must-hold/verdicts.ts';

/** What an evidence store says of one criterion, in words that no version may come to differently. */
export interface CriterionOutcome {
  readonly id: string;
  readonly verdict: string;
  readonly sinceMs: number;
  readonly deviationFromMs: number | null;
  /** Verdicts, deviations and notices, by the time they were due. */
  readonly facts: readonly string[];
  /** Share of the last hour that was met, and what is between its bounds. */
  readonly availability: string;
  readonly lower: string;
  readonly upper: string;
}

/** All that must come out of an evidence store again. */
export interface StoreOutcome {
  readonly kinds: Readonly<Record<string, number>>;
  readonly pending: number;
  readonly criteria: readonly CriterionOutcome[];
}

/** Opens a store, as an operator does, and reads it whole. */
export async function servicesIn(path: string): Promise<{ services: ServiceRecords[]; pending: number }> {
  const store = openSqliteStore({ path, clock: systemClock });
  try {
    const services: ServiceRecords[] = [];
    let pending = 0;
    for (const service of await store.services()) {
      services.push({ ...service, ...(await readLog(store, service)) });
      pending += (await store.pending(service)).length;
    }
    return { services, pending };
  } finally {
    await store.close();
  }
}

/** What comes out of a store. */
export async function outcomeOf(path: string): Promise<StoreOutcome> {
  const { services, pending } = await servicesIn(path);
  const kinds: Record<string, number> = {};
  for (const { records } of services) for (const { kind } of records) kinds[kind] = (kinds[kind] ?? 0) + 1;
  const criteria = services.flatMap((service) => criteriaIn(service).map(({ id }) => outcomeFor(service, id)));
  return { kinds, pending, criteria };
}

/** What is wrong with a store in itself. */
export async function complaintsIn(path: string): Promise<string[]> {
  const { services } = await servicesIn(path);
  const criteria = services.flatMap(criteriaIn);
  return [...numberComplaints(services), ...criteria.flatMap(slotComplaints), ...criteria.flatMap(verdictComplaints)];
}

function outcomeFor({ events }: Log, id: string): CriterionOutcome {
  const { state, facts } = folded(events, id);
  const untilMs = (state.track.last?.slot ?? 0) + state.rules.intervalMs;
  const period = state.rules.objective ? windowOf(state, untilMs) : { from: untilMs - 3_600_000, to: untilMs };
  const figures = figuresOf(timesOf(piecesOf(state.timeline, period, untilMs)), state.rules.objective?.unknownCountsAs);
  return {
    ...{ id, verdict: verdictOf(state), sinceMs: state.since, deviationFromMs: state.track.deviation?.from ?? null },
    facts: facts.map((fact) => JSON.stringify(fact, ['kind', 'at', 'from', 'to', 'reason', 'id', 'audience', 'step'])),
    availability: percentText(figures.availability),
    lower: percentText(figures.lower),
    upper: percentText(figures.upper),
  };
}
