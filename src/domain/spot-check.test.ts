import type { LogRecord, RecordBody } from '../api/records.ts';
import type { Asked } from './finding.ts';
import { periodOf, type Sought, spotCheckAnswer, standingAt, type Then } from './spot-check.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AT = Date.parse('2026-11-28T10:00:00Z');
const JUDGED: Then = { standing: 'Judged', intervalMs: MINUTE };

const observed = (slots: readonly number[], criterion = 'up', kind: 'Observations' | 'ReadBack' = 'Observations'): Sought =>
  ({
    ...{ kind, digest: 'sha256:of-it', head: { seq: 7 } },
    body: {
      observations: slots.map((slot) => ({ criterion, slot, outcome: 'NotMet' })),
      details: slots.map((slot) => ({ specDigest: 'sha256:spec', message: `seen at ${(slot - AT) / MINUTE}`, evidence: [] })),
    },
  }) as unknown as Sought;
const gap = (from: number, to: number, criterion = 'up'): Sought =>
  ({
    kind: 'Gap',
    digest: '',
    head: { seq: 8 },
    body: { criterion, from, to, slots: 3, message: 'lost' },
  }) as unknown as LogRecord & Sought;
const seen = (minute: number): unknown =>
  expect.objectContaining({ result: 'Observed', slot: AT + minute * MINUTE, message: `seen at ${minute}` });
const nothing = (message: RegExp): unknown => ({ result: 'NothingJudged', message: expect.stringMatching(message) as unknown });
const every = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => AT + (from + i) * MINUTE);

const then: Asked = { criterion: 'up', at: AT, askedAt: AT + HOUR };
const latest: Asked = { criterion: 'up', askedAt: AT };

const cases: Record<string, { asked: Asked; records?: Sought[]; how?: Partial<Then>; now?: number; want: unknown }> = {
  'the slot at the moment itself': { asked: then, records: [observed(every(-1, 1))], want: seen(0) },
  'the slot in force, where the moment lies between two': {
    asked: { ...then, at: AT + MINUTE - 1 },
    records: [observed(every(-1, 1))],
    want: seen(0),
  },
  'what was read back later is on record too': { asked: then, records: [observed([AT], 'up', 'ReadBack')], want: seen(0) },
  'other criteria of the batch are not looked at': {
    ...{ asked: then, records: [observed([AT], 'other'), observed([AT + MINUTE])] },
    want: nothing(/nothing is on record of the slot at 2026-11-28T10:00:00Z/),
  },
  'an older slot is not the one that was asked for': {
    asked: then,
    records: [observed([AT - MINUTE])],
    now: AT + HOUR,
    want: 'NotYet',
  },
  'a gap is told in its own words': { asked: then, records: [gap(AT - HOUR, AT + HOUR)], want: nothing(/^lost$/) },
  'a gap of another criterion, or of another time, is none': {
    ...{ asked: then, records: [gap(AT - HOUR, AT + HOUR, 'other'), gap(AT + 1, AT + HOUR)], now: AT + HOUR },
    want: 'NotYet',
  },
  'a slot that may still be judged is waited for': { asked: { ...then, askedAt: AT }, now: AT + 10 * MINUTE, want: 'NotYet' },
  'but not for ever': {
    asked: { ...then, askedAt: AT },
    now: AT + 11 * MINUTE,
    want: nothing(/nothing is on record of the slot/),
  },
  'there was no such criterion': { asked: then, how: { standing: 'Absent' }, want: nothing(/no criterion up of this service/) },
  'it was suspended': { asked: then, how: { standing: 'Suspended' }, want: nothing(/suspended then/) },
  'it was deleted': { asked: then, how: { standing: 'Deleted' }, want: nothing(/deleted then/) },
  'what was observed shortly before it was suspended': {
    asked: latest,
    how: { standing: 'Suspended' },
    records: [observed(every(-9, -5))],
    want: seen(-5),
  },
  'the latest slot when it is asked': { asked: latest, records: [observed(every(-3, 2))], want: seen(0) },
  'nothing was judged lately': { asked: latest, want: nothing(/nothing was judged lately/) },
};

describe('the log says of a spot check', () => {
  test.each(Object.entries(cases))('%s', (_sentence, { asked, records = [], how = {}, now = AT + 2 * HOUR, want }) =>
    expect(spotCheckAnswer(asked, { ...JUDGED, ...how }, records, now)).toEqual(want),
  );

  test('where it lies, by which spec, and no message that is too long', () => {
    const long = observed([AT]);
    Object.assign((long.body as RecordBody<'Observations'>).details[0]!, { message: 'x'.repeat(5000) });
    const answer = spotCheckAnswer(then, JUDGED, [long], AT + HOUR);
    expect(answer).toMatchObject({ specDigest: 'sha256:spec', record: { seq: 7, digest: 'sha256:of-it' }, outcome: 'NotMet' });
    expect(answer).toHaveProperty('message.length', 1024);
  });
});

describe('how a criterion stood', () => {
  const change = (
    at: number,
    what: RecordBody<'CriterionChanged'>['change'],
    spec: object = {},
  ): RecordBody<'CriterionChanged'> =>
    ({ criterion: 'up', change: what, at, uid: 'u', spec: { interval: '30s', ...spec } }) as RecordBody<'CriterionChanged'>;
  const changes = [
    change(AT, 'Created', { interval: '1m' }),
    change(AT + 2, 'Suspended', { suspend: { reason: 'x' } }),
    change(AT + 3, 'Changed', { suspend: { reason: 'x' } }),
    change(AT + 4, 'Resumed', { suspend: { reason: 'x', until: '2026-11-28T10:00:00Z' } }),
    change(AT + 5, 'Deleted'),
    change(AT + 6, 'Recreated'),
  ];
  test.each(
    Object.entries({
      'not there yet': [-1, 'Absent'],
      judged: [1, 'Judged'],
      suspended: [2, 'Suspended'],
      'changed while it was suspended': [3, 'Suspended'],
      resumed: [4, 'Judged'],
      deleted: [5, 'Deleted'],
      'there again': [6, 'Judged'],
    } as const),
  )('%s', (_sentence, [after, standing]) => expect(standingAt(changes, AT + after).standing).toBe(standing));

  test('with the interval of then', () => {
    expect(standingAt(changes, AT + 1).intervalMs).toBe(MINUTE);
    expect(standingAt(changes, AT + 4).intervalMs).toBe(MINUTE / 2);
  });
});

test('the latest slot of a rare criterion is looked for further back', () => {
  expect(periodOf(latest, JUDGED)).toEqual({ from: AT - HOUR, to: AT });
  expect(periodOf(latest, { standing: 'Judged', intervalMs: 24 * HOUR }).from).toBe(AT - 48 * HOUR);
});
