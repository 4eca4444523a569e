/** What a moment was, for availability. `unobserved`: before the criterion existed, or after the last known instant. */
export type Span = 'met' | 'notMet' | 'unknown' | 'suspended';

/**
 * What stood since when, oldest first, neighbours differ. The latest span stands until `expiresAt` at most; after that, time is
 * unknown. Times in milliseconds.
 */
export interface Timeline {
  readonly spans: readonly { readonly from: number; readonly kind: Span }[];
  readonly expiresAt?: number;
}

export const emptyTimeline: Timeline = { spans: [] };

/**
 * From `at` on it is `kind`, until `expiresAt` at most. What is already known stays: an `at` before the latest span (a slot of a new
 * grid that lies before a deletion) counts from that span on.
 */
export function mark(timeline: Timeline, from: number, kind: Span, expiresAt?: number): Timeline {
  const at = Math.max(from, timeline.spans.at(-1)?.from ?? from);
  const settled = settle(timeline, at);
  const before = settled.at(-1)?.from === at ? settled.slice(0, -1) : settled;
  const spans = before.at(-1)?.kind === kind ? before : [...before, { from: at, kind }];
  return expiresAt === undefined ? { spans } : { spans, expiresAt };
}

/** The spans as they are known at `at`: an outcome that stood longer than its interval gave way to unknown. */
function settle({ spans, expiresAt }: Timeline, at: number): Timeline['spans'] {
  if (expiresAt === undefined || expiresAt >= at || spans.at(-1)?.kind === 'unknown') return spans;
  return [...spans, { from: expiresAt, kind: 'unknown' }];
}

/** Forgets what ended before `before`. */
export function forget(timeline: Timeline, before: number): Timeline {
  const second = timeline.spans[1];
  if (second === undefined || second.from > before) return timeline;
  const firstKept = timeline.spans.findLastIndex((span) => span.from <= before);
  return { ...timeline, spans: timeline.spans.slice(firstKept) };
}

/** A piece of time of one kind. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly kind: Span | 'unobserved';
}

export interface Period {
  /** Start, included. */
  readonly from: number;
  /** End, not included. */
  readonly to: number;
}

/** The period cut into pieces that follow each other without a hole; what lies after `knownUntil` is unobserved. */
export function piecesOf(timeline: Timeline, { from, to }: Period, knownUntil: number): Piece[] {
  const pieces: Piece[] = [];
  const add = (start: number, end: number, kind: Piece['kind']): void => {
    const piece = { from: Math.max(start, from), to: Math.min(end, to), kind };
    if (piece.to > piece.from) pieces.push(piece);
  };
  const known = Math.min(knownUntil, to);
  const spans = settle(timeline, known);
  add(from, Math.min(spans[0]?.from ?? known, known), 'unobserved');
  const first = Math.max(0, indexAt(spans, from));
  for (let index = first; index < spans.length; index++) {
    const span = spans[index];
    if (span) add(span.from, Math.min(spans[index + 1]?.from ?? known, known), span.kind);
  }
  add(Math.max(known, from), to, 'unobserved');
  return pieces;
}

/** Index of the span that stands at `at`; -1 before the first. */
function indexAt(spans: Timeline['spans'], at: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.from ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** How long each kind lasted, in milliseconds; the sum is the length of the period. */
export interface Times {
  readonly met: number;
  readonly notMet: number;
  readonly unknown: number;
  readonly suspended: number;
  readonly unobserved: number;
}

export function timesOf(pieces: Iterable<Piece>): Times {
  const times = { met: 0, notMet: 0, unknown: 0, suspended: 0, unobserved: 0 };
  for (const piece of pieces) times[piece.kind] += piece.to - piece.from;
  return times;
}

/**
 * The times of a window that moved on: what it left is taken off, what it came to is added. So the work grows with what changed,
 * not with the length of the window.
 * @param before the times of the window of `lengthMs` that ended at `endedAt`
 */
export function timesMovedOn(
  timeline: Timeline,
  { times, endedAt }: { readonly times: Times; readonly endedAt: number },
  { lengthMs, endsAt }: { readonly lengthMs: number; readonly endsAt: number },
): Times {
  const left = timesOf(piecesOf(timeline, { from: endedAt - lengthMs, to: endsAt - lengthMs }, endsAt));
  const come = timesOf(piecesOf(timeline, { from: endedAt, to: endsAt }, endsAt));
  const moved = (kind: keyof Times): number => times[kind] - left[kind] + come[kind];
  return {
    met: moved('met'),
    notMet: moved('notMet'),
    unknown: moved('unknown'),
    suspended: moved('suspended'),
    unobserved: moved('unobserved'),
  };
}

/**
 * A service's time line in a period (judging.md): met when all its criteria are met, not met when any is not, else unknown (a
 * suspended one is unknown). Where a criterion is unobserved it says nothing; where all are, the service is.
 */
export function combine(criteria: readonly (readonly Piece[])[]): Piece[] {
  const bounds = [...new Set(criteria.flatMap((pieces) => pieces.flatMap(({ from, to }) => [from, to])))].sort((a, b) => a - b);
  const next = criteria.map(() => 0);
  const combined: Piece[] = [];
  bounds.slice(0, -1).forEach((from, index) => {
    const kinds = criteria.map((pieces, which) => {
      while ((pieces[next[which] ?? 0]?.to ?? Infinity) <= from) next[which] = (next[which] ?? 0) + 1;
      return pieces[next[which] ?? 0]?.kind ?? 'unobserved';
    });
    combined.push({ from, to: bounds[index + 1] ?? from, kind: together(kinds) });
  });
  return combined;
}

function together(kinds: readonly Piece['kind'][]): Piece['kind'] {
  const said = kinds.filter((kind) => kind !== 'unobserved');
  if (said.length === 0) return 'unobserved';
  if (said.includes('notMet')) return 'notMet';
  return said.every((kind) => kind === 'met') ? 'met' : 'unknown';
}
