import type { SpotCheckAnswer } from '../api/finding.ts';
import type { LogRecord, RecordBody } from '../api/records.ts';
import { cut } from './cut.ts';
import { durationMs } from './duration.ts';
import type { Asked } from './finding.ts';
import { timeText } from './moment.ts';
import type { Period } from './timeline.ts';

/** What a slot without an observation waits for: it may be judged late, or read back. */
const GRACE_MS = 10 * 60_000;
/** How far back the latest slot is looked for, or twice the interval where that is longer. */
const LOOK_BACK_MS = 3_600_000;
const DEFAULT_INTERVAL = '1m';
const LONGEST_MESSAGE = 1024;

/** A criterion as it was when a spot check looks at it. */
export interface Then {
  /** Whether it was judged, or why not. */
  readonly standing: 'Judged' | 'Absent' | 'Suspended' | 'Deleted';
  readonly intervalMs: number;
}

/** How a criterion stood at a moment. @param changes those of the criterion, oldest first */
export function standingAt(changes: readonly RecordBody<'CriterionChanged'>[], at: number): Then {
  const before = changes.filter((change) => change.at <= at);
  const last = before.at(-1);
  const intervalMs = durationMs(last?.spec.interval ?? DEFAULT_INTERVAL);
  if (last === undefined) return { standing: 'Absent', intervalMs };
  // A suspension may end by itself, with the words of it still in the spec.
  const turn = before.findLast(({ change }) => change !== 'Changed')?.change;
  return { standing: turn === 'Deleted' || turn === 'Suspended' ? turn : 'Judged', intervalMs };
}

/** Where the log has to be read for a spot check: slots, both ends included. */
export function periodOf({ at, askedAt }: Asked, { intervalMs }: Then): Period {
  if (at === undefined) return { from: askedAt - Math.max(LOOK_BACK_MS, 2 * intervalMs), to: askedAt };
  // The next slots too: once one of them is on record, the one before is not judged any more.
  return { from: at - intervalMs + 1, to: at + 2 * intervalMs };
}

/** A record that may say something of a slot. */
export type Sought = Extract<LogRecord, { kind: 'Observations' | 'ReadBack' | 'Gap' }>;

/**
 * What the log says of the slot that a spot check asks for: the latest one at or before the moment. `NotYet` while it may still be judged.
 * @param records those of the period, in order of the log
 */
export function spotCheckAnswer(asked: Asked, then: Then, records: readonly Sought[], now: number): SpotCheckAnswer | 'NotYet' {
  const { criterion, at, askedAt } = asked;
  const { from, to } = periodOf(asked, then);
  const latest = at ?? to;
  const observed = records.flatMap((record) => observationsIn(record, criterion)).filter(({ slot }) => slot >= from);
  const found = observed
    .filter(({ slot }) => slot <= latest)
    .sort((one, other) => one.slot - other.slot)
    .at(-1);
  if (found) return { result: 'Observed', ...found };
  const why = reasonIn(records, then, asked) ?? (at === undefined ? 'nothing was judged lately' : undefined);
  if (why !== undefined) return nothing(why);
  const isPassed = observed.some(({ slot }) => slot > latest) || now >= Math.max(latest, askedAt) + then.intervalMs + GRACE_MS;
  return isPassed ? nothing(`nothing is on record of the slot at ${timeText(latest)}`) : 'NotYet';
}

const nothing = (message: string): SpotCheckAnswer => ({ result: 'NothingJudged', message: cut(message, LONGEST_MESSAGE) });

type Found = Omit<SpotCheckAnswer, 'result' | 'slot'> & { readonly slot: number };

function observationsIn({ kind, head, digest, body }: Sought, criterion: string): Found[] {
  if (kind === 'Gap') return [];
  return body.observations.flatMap(({ slot, outcome, ...observed }, index) => {
    const detail = body.details[index];
    if (observed.criterion !== criterion || detail === undefined) return [];
    const { specDigest, message } = detail;
    return [{ slot, outcome, message: cut(message, LONGEST_MESSAGE), specDigest, record: { seq: head.seq, digest } }];
  });
}

/** Why there is certainly no observation. */
function reasonIn(records: readonly Sought[], { standing }: Then, { criterion, at, askedAt }: Asked): string | undefined {
  const moment = at ?? askedAt;
  if (standing === 'Absent') return `there was no criterion ${criterion} of this service then`;
  if (standing === 'Deleted') return 'the criterion was deleted then';
  if (standing === 'Suspended') return 'the criterion was suspended then';
  const gap = records.findLast(
    ({ kind, body }) => kind === 'Gap' && body.criterion === criterion && body.from <= moment && body.to >= moment,
  );
  return gap?.kind === 'Gap' ? gap.body.message : undefined;
}
