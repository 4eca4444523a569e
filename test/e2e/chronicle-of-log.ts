import type { LogRecord } from '../../src/api/records.ts';
import type { CriterionState } from '../../src/domain/criterion.ts';
import { windowOf } from '../../src/domain/criterion.ts';
import { figuresOf, percentText } from '../../src/domain/figures.ts';
import { applyTo, eventOf, eventsOf, type NamedEvent } from '../../src/domain/fold.ts';
import { piecesOf, timesOf } from '../../src/domain/timeline.ts';
import type { EvidenceStore, ServiceName } from '../../src/evidence/index.ts';
import type { Chronicle } from '../scenarios/chronicle.ts';

/** When a story began and how long it lasts, in milliseconds. */
export interface Telling {
  readonly beganAt: number;
  readonly endMs: number;
}

/** The log of a service that knows one criterion, in order: its records, and what happened to the criterion. */
export interface Log {
  readonly records: readonly LogRecord[];
  readonly events: readonly NamedEvent['event'][];
}

/** Reads the whole log of a service. */
export async function readLog(store: EvidenceStore, service: ServiceName): Promise<Log> {
  const records: LogRecord[] = [];
  for await (const record of store.read(service)) records.push(record);
  const pending = await store.pending(service);
  return { records, events: [...records.flatMap(eventsOf), ...pending.map(eventOf)].map(({ event }) => event) };
}

/** The state that a restarted operator would have. */
export function folded(events: Log['events'], id: string): CriterionState {
  let state: CriterionState | undefined;
  for (const event of events) state = applyTo(state, id, event)?.state ?? state;
  if (!state) throw new Error(`the log does not know ${id}`);
  return state;
}

/** What the evidence log says of a story, up to its end: verdicts, deviations and notices as recorded, figures as folded. */
export function chronicleOf({ records, events }: Log, id: string, { beganAt, endMs }: Telling): Chronicle {
  const until = beganAt + endMs;
  const ago = (at: number): number => at - beganAt;
  const inTime = records.filter(({ body }) => !('at' in body) || body.at < until);
  return {
    verdicts: inTime.flatMap((record) =>
      record.kind === 'VerdictChanged' ? [{ at: ago(record.body.at), verdict: record.body.to }] : [],
    ),
    deviations: deviationsOf(inTime, ago),
    told: inTime.flatMap((record) =>
      record.kind === 'Notified'
        ? [{ at: ago(record.body.at), audience: record.body.audience, what: WHAT[record.body.notice] }]
        : [],
    ),
    figures: figuresUntil(folded(events.filter((event) => timeOf(event) < until), id), { beganAt, endMs }),
  };
}

const WHAT = { EscalationDue: 'due', DeviationEnded: 'end', CriterionChanged: 'change' } as const;

function deviationsOf(records: readonly LogRecord[], ago: (at: number) => number): Chronicle['deviations'] {
  const deviations = new Map<string, Chronicle['deviations'][number]>();
  for (const { kind, body } of records) {
    if (kind === 'DeviationOpened') deviations.set(body.id, { from: ago(body.from) });
    if (kind === 'DeviationClosed') deviations.set(body.id, { from: ago(body.from), to: ago(body.to), reason: body.reason });
  }
  return [...deviations.values()];
}

function timeOf(event: NamedEvent['event']): number {
  if (event.kind === 'Slot') return event.slot;
  return event.kind === 'Missed' ? event.from : event.at;
}

function figuresUntil(state: CriterionState, { beganAt, endMs }: Telling): Chronicle['figures'] {
  const until = beganAt + endMs;
  const period = state.rules.objective ? windowOf(state, until) : { from: beganAt, to: until };
  const figures = figuresOf(timesOf(piecesOf(state.timeline, period, until)), state.rules.objective?.unknownCountsAs);
  const { availability, lower, upper, coverage } = figures;
  return {
    availability: percentText(availability),
    lower: percentText(lower),
    upper: percentText(upper),
    coverage: percentText(coverage),
  };
}
