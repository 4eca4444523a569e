import type { LogRecord } from '../../src/api/records.ts';
import type { CriterionState } from '../../src/domain/criterion.ts';
import { windowOf } from '../../src/domain/criterion.ts';
import { figuresOf, percentText } from '../../src/domain/figures.ts';
import { piecesOf, timesOf } from '../../src/domain/timeline.ts';
import type { Chronicle } from '../scenarios/chronicle.ts';
import { folded, type Log, timeOf } from './evidence.ts';

/** When a story began and how long it lasts, in milliseconds. */
export interface Telling {
  readonly beganAt: number;
  readonly endMs: number;
}

/** What the evidence log says of a story, up to its end: verdicts, deviations and notices as recorded, figures as folded. */
export function chronicleOf({ records, events }: Log, id: string, { beganAt, endMs }: Telling): Chronicle {
  const until = beganAt + endMs;
  const ago = (at: number): number => at - beganAt;
  const inTime = records.filter(({ body }) => !('at' in body) || body.at < until);
  const inTimeEvents = events.filter(({ event }) => timeOf(event) < until);
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
    figures: figuresUntil(folded(inTimeEvents, id).state, { beganAt, endMs }),
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
