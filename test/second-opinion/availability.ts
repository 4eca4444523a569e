import type { Event, Outcome, Rules, Span, Times } from './opinion.ts';

/** A slot that has an outcome, with the interval that was in force there. */
export interface Look {
  readonly slot: number;
  readonly outcome: Outcome;
  readonly readBack: boolean;
  readonly intervalMs: number;
}

/** The rules in force right after the record number `index` of the log. */
export function rulesAfter(events: readonly Event[], index: number): Rules {
  const said = events.slice(0, index + 1).flatMap((event) => ('rules' in event ? [event.rules] : []));
  const last = said.at(-1);
  if (last === undefined) throw new RangeError('the first event must be Created');
  return last;
}

/** The slots that one record of the log tells of, a missed one as Unknown. */
export function looksOf(events: readonly Event[], index: number): Look[] {
  const event = events[index];
  if (event?.kind !== 'Slot' && event?.kind !== 'Missed') return [];
  const { intervalMs } = rulesAfter(events, index);
  if (event.kind === 'Slot') {
    return [{ slot: event.slot, outcome: event.outcome, readBack: event.readBack === true, intervalMs }];
  }
  const looks: Look[] = [];
  for (let slot = event.from; slot <= event.to; slot += intervalMs) {
    looks.push({ slot, outcome: 'Unknown', readBack: false, intervalMs });
  }
  return looks;
}

function spans(events: readonly Event[], start: Event['kind'], end: Event['kind']): Span[] {
  return events.flatMap((event, index) => {
    if (event.kind !== start) return [];
    const stop = events.slice(index).find((later) => later.kind === end);
    return [{ from: startOf(event), to: stop === undefined ? Infinity : startOf(stop) }];
  });
}

function startOf(event: Event): number {
  if (event.kind === 'Slot') return event.slot;
  return event.kind === 'Missed' ? event.from : event.at;
}

/** How much of a span the criterion was suspended for. */
export function suspendedWithin(events: readonly Event[], span: Span): number {
  return spans(events, 'Suspended', 'Resumed')
    .map(({ from, to }) => Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)))
    .reduce((sum, length) => sum + length, 0);
}

function covers(list: readonly Span[], instant: number): boolean {
  return list.some(({ from, to }) => from <= instant && instant < to);
}

const bucketOf = { Met: 'met', NotMet: 'notMet', Unknown: 'unknown' } as const;

/** What stands at one instant, found from the whole log and all its looks. */
function standingAt(events: readonly Event[], looks: readonly Look[], instant: number): keyof Times {
  const created = events.find((event) => event.kind === 'Created');
  if (created === undefined || instant < startOf(created)) return 'unobserved';
  if (covers(spans(events, 'Suspended', 'Resumed'), instant)) return 'suspended';
  if (covers(spans(events, 'Deleted', 'Recreated'), instant)) return 'unknown';
  const last = looks
    .filter(({ slot }) => slot <= instant)
    .sort((a, b) => a.slot - b.slot)
    .at(-1);
  if (last === undefined || instant >= last.slot + last.intervalMs) return 'unknown';
  const interrupted = events.some(
    (event) => (event.kind === 'Resumed' || event.kind === 'Recreated') && last.slot < event.at && event.at <= instant,
  );
  return interrupted ? 'unknown' : bucketOf[last.outcome];
}

/** Sums up a period from boundary to boundary: between two of them nothing changes, so the first instant tells for all. */
export function timesOf(events: readonly Event[], period: Span, knownUntil: number): Times {
  const looks = events.flatMap((_, index) => looksOf(events, index));
  const boundaries = [
    ...[period.from, period.to, knownUntil],
    ...events.map(startOf),
    ...looks.flatMap(({ slot, intervalMs }) => [slot, slot + intervalMs]),
  ]
    .filter((instant) => period.from <= instant && instant <= period.to)
    .sort((a, b) => a - b);
  const times = { met: 0, notMet: 0, unknown: 0, suspended: 0, unobserved: 0 };
  for (const [index, to] of boundaries.entries()) {
    const from = boundaries[index - 1] ?? to;
    if (from === to) continue;
    times[from >= knownUntil ? 'unobserved' : standingAt(events, looks, from)] += to - from;
  }
  return times;
}

/** Percent with three decimals, cut; `-` without a denominator. */
function percent(part: number, whole: number): string {
  if (whole === 0) return '-';
  const thousandths = ((BigInt(part) * 100_000n) / BigInt(whole)).toString().padStart(4, '0');
  return `${thousandths.slice(0, -3)}.${thousandths.slice(-3)}`;
}

export interface Figures {
  readonly availability: string;
  readonly lower: string;
  readonly upper: string;
  readonly coverage: string;
}

/** The four figures of a period, as they are printed. */
export function figuresOf({ met, notMet, unknown }: Times, unknownCountsAs: Rules['unknownCountsAs']): Figures {
  const all = met + notMet + unknown;
  return {
    availability: percent(met, unknownCountsAs === 'Down' ? all : met + notMet),
    lower: percent(met, all),
    upper: percent(met + unknown, all),
    coverage: percent(met + notMet, all),
  };
}
