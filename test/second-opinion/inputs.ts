import fc from 'fast-check';
import { rulesAfter } from './availability.ts';
import type { Event, Input, Outcome, Rules, Step } from './opinion.ts';

/** A whole minute of Unix time: every interval below has a slot there. */
const startMs = 1_700_000_040_000;
const second = 1000;

/** What happens next; `waitMs` is the time until then, `forMs` how long it lasts. */
type Act =
  | { readonly kind: 'Look'; readonly outcome: Outcome; readonly slots: number; readonly readBack: boolean }
  | { readonly kind: 'Miss'; readonly slots: number }
  | { readonly kind: 'Change'; readonly waitMs: number; readonly rules: Rules }
  | { readonly kind: 'Suspend'; readonly waitMs: number; readonly forMs: number }
  | { readonly kind: 'Delete'; readonly waitMs: number; readonly forMs: number; readonly rules: Rules };

const audience = fc.constantFrom('authority', 'customers', 'internal');
const seconds = (...choices: number[]): fc.Arbitrary<number> => fc.constantFrom(...choices.map((value) => value * second));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      audience,
      afterMs: seconds(0, 20, 30, 60, 90, 120, 300),
      on: fc.constantFrom<('Fail' | 'Inconclusive')[]>(['Fail'], ['Fail', 'Inconclusive']),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ audience, accumulatedMs: seconds(20, 30, 60, 120), withinMs: seconds(60, 120, 300, 600) }),
  },
);

const stepKey = (one: Step): string =>
  'afterMs' in one ? `${one.audience} ${one.afterMs}` : `${one.audience} ${one.accumulatedMs} ${one.withinMs}`;

const rules: fc.Arbitrary<Rules> = fc.record({
  intervalMs: seconds(10, 15, 20, 30, 60),
  holdForMs: seconds(0, 0, 20, 30, 60, 90),
  recoverForMs: seconds(0, 0, 20, 30, 60, 90),
  unknownForMs: seconds(0, 20, 30, 60, 120),
  whenUnknown: fc.constantFrom('Inconclusive', 'Inconclusive', 'Inconclusive', 'Fail'),
  mode: fc.constantFrom('Enforced', 'Enforced', 'Enforced', 'Enforced', 'DryRun'),
  steps: fc.uniqueArray(step, { maxLength: 4, selector: stepKey }),
  unknownCountsAs: fc.constantFrom('Excluded', 'Down'),
});

/** Mostly whole seconds, which is where slots and events meet, sometimes any millisecond. */
const span = (maxMs: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 1, max: maxMs / second }).map((value) => value * second),
    fc.integer({ min: 1, max: maxMs }),
  );

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('Look' as const),
      outcome: fc.constantFrom<Outcome[]>('Met', 'NotMet', 'NotMet', 'Unknown'),
      slots: fc.integer({ min: 1, max: 6 }),
      readBack: fc.constantFrom(false, false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('Miss' as const), slots: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('Change' as const), waitMs: span(30_000), rules }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('Suspend' as const), waitMs: span(30_000), forMs: span(180_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('Delete' as const), waitMs: span(30_000), forMs: span(180_000), rules }),
  },
);

/** The log so far, the last slot that had its turn and the last instant told of. */
interface Course {
  readonly events: readonly Event[];
  readonly lastSlot: number;
  readonly nowMs: number;
}

function nextSlot({ events, lastSlot, nowMs }: Course): number {
  const { intervalMs } = rulesAfter(events, events.length - 1);
  return Math.max(Math.ceil(nowMs / intervalMs), Math.floor(lastSlot / intervalMs) + 1) * intervalMs;
}

function look(course: Course, one: Omit<Extract<Event, { kind: 'Slot' }>, 'kind' | 'slot'>): Course {
  const slot = nextSlot(course);
  return { events: [...course.events, { kind: 'Slot', slot, ...one }], lastSlot: slot, nowMs: slot };
}

/** An event falls after the last slot and not after the next one, so that no slot goes missing unsaid. */
function instantOf(course: Course, waitMs: number): number {
  const earliest = Math.max(course.nowMs, course.lastSlot + 1);
  const latest = Math.max(earliest, nextSlot(course));
  return Math.min(earliest + waitMs, latest);
}

function miss(course: Course, until: (slot: number, count: number) => boolean): Course {
  const { intervalMs } = rulesAfter(course.events, course.events.length - 1);
  const from = nextSlot(course);
  let count = 0;
  while (until(from + count * intervalMs, count)) count += 1;
  if (count === 0) return course;
  const to = from + (count - 1) * intervalMs;
  return {
    events: [...course.events, { kind: 'Missed', from, to, reason: 'SourceUnreachable' }],
    lastSlot: to,
    nowMs: Math.max(course.nowMs, to),
  };
}

function suspend(course: Course, { waitMs, forMs }: { waitMs: number; forMs: number }): Course {
  const at = instantOf(course, waitMs);
  const back = at + forMs;
  return { ...course, events: [...course.events, { kind: 'Suspended', at }, { kind: 'Resumed', at: back }], nowMs: back };
}

/** What was deleted comes back with its interval, so that it is plain which slots were missed meanwhile. */
function remove(course: Course, { waitMs, forMs, rules: next }: Extract<Act, { kind: 'Delete' }>): Course {
  const { intervalMs } = rulesAfter(course.events, course.events.length - 1);
  const at = instantOf(course, waitMs);
  const back = at + forMs;
  const returned: Event = { kind: 'Recreated', at: back, rules: { ...next, intervalMs } };
  const events = [...course.events, { kind: 'Deleted' as const, at }, returned];
  const missed = miss({ ...course, events, nowMs: at }, (slot) => slot < back);
  return { ...missed, nowMs: back };
}

function follow(course: Course, next: Act): Course {
  switch (next.kind) {
    case 'Look': {
      const one = { outcome: next.outcome, ...(next.readBack && next.outcome !== 'Unknown' ? { readBack: true as const } : {}) };
      return Array.from({ length: next.slots }).reduce<Course>((now) => look(now, one), course);
    }
    case 'Miss':
      return miss(course, (_, count) => count < next.slots);
    case 'Change': {
      const at = instantOf(course, next.waitMs);
      return { ...course, events: [...course.events, { kind: 'Changed', at, rules: next.rules }], nowMs: at };
    }
    case 'Suspend':
      return suspend(course, next);
    case 'Delete':
      return remove(course, next);
  }
}

/** A log may end with a suspension or a deletion that still lasts. */
function leftOpen(events: readonly Event[]): readonly Event[] {
  const resumed = events.findLastIndex((event) => event.kind === 'Resumed' || event.kind === 'Recreated');
  return resumed === -1 ? events : events.slice(0, resumed);
}

interface Plan {
  readonly first: Rules;
  readonly createdAfterMs: number;
  readonly acts: readonly Act[];
  readonly open: boolean;
  readonly period: readonly [number, number];
  readonly known: number;
}

/** `period` and `known` are thousandths of the log's length, with some room before its start and after its end. */
function inputOf({ first, createdAfterMs, acts, open, period, known }: Plan): Input {
  const createdAt = startMs + createdAfterMs;
  const start: Course = { events: [{ kind: 'Created', at: createdAt, rules: first }], lastSlot: createdAt - 1, nowMs: createdAt };
  const end = acts.reduce(follow, start);
  const at = (thousandth: number): number => createdAt + Math.round(((end.nowMs + 60_000 - createdAt) * thousandth) / 1000);
  const [from, to] = period.map(at).sort((a, b) => a - b) as [number, number];
  return { rules: first, events: open ? leftOpen(end.events) : end.events, period: { from, to }, knownUntil: at(known) };
}

/** Random lives of a criterion: some dozen slots at short intervals, with every kind of event between them. */
export function inputs(): fc.Arbitrary<Input> {
  const thousandth = fc.integer({ min: -100, max: 1100 });
  return fc
    .record<Plan>({
      first: rules,
      createdAfterMs: fc.integer({ min: 0, max: 59_999 }),
      acts: fc.array(act, { minLength: 1, maxLength: 20, size: 'max' }),
      open: fc.constantFrom(false, false, false, true),
      period: fc.tuple(thousandth, thousandth),
      known: fc.oneof(fc.constant(1100), thousandth),
    })
    .map(inputOf);
}
