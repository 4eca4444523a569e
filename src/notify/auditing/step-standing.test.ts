import type { LogRecord, RecordBody } from '../../api/records.ts';
import { timeText } from '../../domain/moment.ts';
import { type DueStep, emptyStepBook, firstSeqOf, type StepBook, takeIntoSteps, tidySteps } from './due-steps.ts';
import { knownOf, type StepChannel, standingOf, type StepStanding } from './step-standing.ts';
import { closed, criterion, MINUTE, notified, opened, recorded, START, upSince, verdict } from '../stories/stories.fixtures.ts';

const BOUND = 5 * MINUTE;
const STORY = upSince(START);
const HOUR = 60 * MINUTE;

let count = 0;

/** As the log has them: each with a digest of its own, and recorded when it happened. */
function logOf(...records: readonly LogRecord[]): StepBook {
  const stamped = records.map((record) => {
    const { at } = record.body as { at: number };
    return { ...record, digest: `sha256:${String((count += 1))}`, head: { ...record.head, recordedAt: at } };
  });
  return stamped.reduce(takeIntoSteps, emptyStepBook());
}

const outage = (since: number): LogRecord[] => [
  verdict(since, 'Fail'),
  opened(since, since),
  notified(since, since, 'customers'),
];
const recovery = (since: number, at: number): LogRecord[] => [
  verdict(at, 'Pass'),
  closed(at, [since, at], 'Recovered'),
  notified(at, since, 'customers', { notice: 'DeviationEnded', message: 'ended: Recovered' }),
];

/** That a message with so many entries of a story got so far. */
const sent = (at: number, entries: number, changed: Partial<RecordBody<'Delivery'>> = {}): LogRecord =>
  recorded('Delivery', {
    ...{ id: 'a'.repeat(64), channel: 'room', audience: 'customers', story: STORY, stories: [STORY], state: entries },
    ...{ states: [entries], phase: 'Delivered', at, ended: false, action: 'Post', ...changed },
  });

const withhold = (at: number): LogRecord =>
  recorded('Commented', {
    ...{ comment: 'c', uid: '', at, criterion: 'up', about: 'Withhold', text: 'a drill', author: 'ann', audience: 'customers' },
  });

const ROOM: StepChannel = { name: 'room', since: 0, isRouted: true, waitMs: 0 };
const DAY = 24 * HOUR;
/** It tells what is not severe in a digest a day. */
const DIGEST_ROOM: StepChannel = { ...ROOM, waitMs: DAY, isDigested: true };

/** That the digest of what was put on record until then got so far. */
const digested = (
  until: number,
  phase: 'Attempted' | 'Delivered' | 'Rejected' = 'Delivered',
  channel = 'room',
  service = '',
): LogRecord => {
  const id = `digest-${channel}${service}-${timeText(until - DAY)}-${timeText(until)}`;
  return sent(until, 1, { story: id, stories: [id], phase, channel });
};

/** How the latest step of the book stands at that time. */
function latestAt(book: StepBook, now: number, channels: readonly StepChannel[] = [ROOM], notBefore = 0): StepStanding {
  const step = [...book.steps.values()].at(-1);
  if (!step) throw new Error('nothing is due');
  return standingOf(step, channels, knownOf(book), { now, boundMs: BOUND, notBefore });
}

const LATE = START + BOUND + 1;
const UNDELIVERED = { kind: 'Undelivered', channels: ['room'] };

interface Case {
  readonly log: readonly LogRecord[];
  readonly now?: number;
  readonly channels?: readonly StepChannel[];
  readonly notBefore?: number;
  readonly want: StepStanding;
}

const CASES: Readonly<Record<string, Case>> = {
  'a step is waited for within its time': { log: outage(START), now: START + BOUND, want: { kind: 'Waiting' } },
  'a step of which no message tells is undelivered after its time': { log: outage(START), want: UNDELIVERED as StepStanding },
  'a message that tells it settles it, however late': { log: [...outage(START), sent(LATE, 2)], want: { kind: 'Settled' } },
  'a message that was begun settles nothing': {
    log: [...outage(START), sent(START, 1, { phase: 'Attempted' })],
    want: UNDELIVERED as StepStanding,
  },
  'a message in another channel settles nothing': {
    log: [...outage(START), sent(START, 1, { channel: 'other' })],
    want: UNDELIVERED as StepStanding,
  },
  'a message about another story settles nothing': {
    log: [...outage(START), sent(START, 1, { stories: ['other'] })],
    want: UNDELIVERED as StepStanding,
  },
  'a message from before a further step does not tell it': {
    log: [
      ...outage(START - HOUR),
      sent(START - HOUR, 1, { stories: [upSince(START - HOUR)] }),
      notified(START, START - HOUR, 'customers', { step: 'after 1h' }),
    ],
    want: UNDELIVERED as StepStanding,
  },
  'a message from before the end does not tell the end': {
    log: [...outage(START - HOUR), sent(START - HOUR, 1, { stories: [upSince(START - HOUR)] }), ...recovery(START - HOUR, START)],
    want: UNDELIVERED as StepStanding,
  },
  'a message with the end settles the end': {
    log: [...outage(START - HOUR), ...recovery(START - HOUR, START), sent(START, 2, { stories: [upSince(START - HOUR)] })],
    want: { kind: 'Settled' },
  },
  'what somebody withheld is settled': {
    log: [...outage(START), sent(START, 0, { phase: 'Withheld', by: 'ann', reason: 'a drill' })],
    want: { kind: 'Settled' },
  },
  'what a platform refused is undelivered, with its reason': {
    log: [...outage(START), sent(START, 1, { phase: 'Rejected', reason: 'too long (400)' })],
    want: { kind: 'Undelivered', channels: ['room'], refused: 'too long (400)' },
  },
  'what was refused and then told in another message is settled': {
    log: [...outage(START), sent(START, 1, { phase: 'Rejected', reason: 'gone' }), sent(START + 1, 1)],
    want: { kind: 'Settled' },
  },
  'every channel of the audience has to tell it': {
    log: [...outage(START), sent(START, 1)],
    channels: [ROOM, { ...ROOM, name: 'mail' }],
    want: { kind: 'Undelivered', channels: ['mail'] },
  },
  'a channel that does not want its topic or severity settles it': {
    log: outage(START),
    channels: [{ ...ROOM, isRouted: false }],
    want: { kind: 'Settled' },
  },
  'a channel that holds it has so much longer': {
    log: outage(START),
    channels: [{ ...ROOM, waitMs: 10 * MINUTE }],
    now: START + 15 * MINUTE,
    want: { kind: 'Waiting' },
  },
  'but not for ever': {
    log: outage(START),
    channels: [{ ...ROOM, waitMs: 10 * MINUTE }],
    now: START + 15 * MINUTE + 1,
    want: UNDELIVERED as StepStanding,
  },
  'a channel that was made later has its time from then on': {
    log: outage(START),
    channels: [{ ...ROOM, since: START + HOUR }],
    now: START + HOUR + BOUND,
    want: { kind: 'Waiting' },
  },
  'an operator that was away tells it first': { log: outage(START), notBefore: LATE, want: { kind: 'Waiting' } },
  'an audience without a channel has nobody to tell': { log: outage(START), channels: [], want: { kind: 'NobodyToTell' } },
  'which is said only when there was time to make one': {
    log: outage(START),
    channels: [],
    now: START + BOUND,
    want: { kind: 'Waiting' },
  },
  'a digest of the time in which it fell due tells it': {
    log: [...outage(START), digested(START + HOUR)],
    ...{ channels: [DIGEST_ROOM], now: START + 2 * DAY, want: { kind: 'Settled' } },
  },
  'so does that of the room of its service': {
    log: [...outage(START), digested(START + HOUR, 'Delivered', 'room', '-web.shop')],
    ...{ channels: [DIGEST_ROOM], now: START + 2 * DAY, want: { kind: 'Settled' } },
  },
  'a digest of the time before does not': {
    log: [...outage(START), digested(START - 1)],
    ...{ channels: [DIGEST_ROOM], now: START + 2 * DAY, want: UNDELIVERED as StepStanding },
  },
  'a digest that did not arrive does not': {
    log: [...outage(START), digested(START + HOUR, 'Attempted'), digested(START + HOUR, 'Rejected')],
    ...{ channels: [DIGEST_ROOM], now: START + 2 * DAY, want: UNDELIVERED as StepStanding },
  },
  'the digest of another channel does not': {
    log: [...outage(START), digested(START + HOUR, 'Delivered', 'other')],
    ...{ channels: [DIGEST_ROOM], now: START + 2 * DAY, want: UNDELIVERED as StepStanding },
  },
  'a digest tells nothing of what the channel tells by itself': {
    log: [...outage(START), digested(START + HOUR)],
    ...{ now: START + 2 * DAY, want: UNDELIVERED as StepStanding },
  },
  'what was begun by itself is not told to its end by a digest': {
    log: [
      ...outage(START - HOUR),
      sent(START - HOUR, 1, { story: upSince(START - HOUR), stories: [upSince(START - HOUR)] }),
      ...recovery(START - HOUR, START),
      digested(START + HOUR),
    ],
    ...{ channels: [DIGEST_ROOM], now: START + 2 * DAY, want: UNDELIVERED as StepStanding },
  },
  'what somebody withheld is left out of a digest': {
    log: [...outage(START), withhold(START + 1)],
    ...{ channels: [DIGEST_ROOM], now: START + 2 * DAY, want: { kind: 'Settled' } },
  },
  'but of what goes out by itself the channel has to say so': {
    log: [...outage(START), withhold(START + 1)],
    want: UNDELIVERED as StepStanding,
  },
  'what the channel told to another audience settles nothing': {
    log: [...outage(START), sent(START, 2, { audience: 'internal' })],
    want: UNDELIVERED as StepStanding,
  },
  'a change that is told by itself is a step as well': {
    log: [notified(START, undefined, 'customers', { notice: 'CriterionChanged' })],
    want: UNDELIVERED as StepStanding,
  },
  'a criterion that was changed while it was not met is told again': {
    log: [
      ...outage(START - 1),
      sent(START - 1, 1, { stories: [upSince(START - 1)] }),
      criterion(START, 'Changed'),
      notified(START, START - 1, 'customers', { notice: 'CriterionChanged' }),
    ],
    want: UNDELIVERED as StepStanding,
  },
  'the third outage within an hour is said with the one before': {
    log: [
      ...outage(START - 2 * MINUTE * 10),
      ...recovery(START - 20 * MINUTE, START - 19 * MINUTE),
      ...outage(START - 10 * MINUTE),
      sent(START - 10 * MINUTE, 1, { stories: [upSince(START - 10 * MINUTE)] }),
      ...recovery(START - 10 * MINUTE, START - 9 * MINUTE),
      ...outage(START),
    ],
    want: { kind: 'Settled' },
  },
  'but if none of them was told it is not said': {
    log: [
      ...outage(START - 20 * MINUTE),
      ...recovery(START - 20 * MINUTE, START - 19 * MINUTE),
      ...outage(START - 10 * MINUTE),
      ...recovery(START - 10 * MINUTE, START - 9 * MINUTE),
      ...outage(START),
    ],
    now: START + 15 * MINUTE + 1,
    want: UNDELIVERED as StepStanding,
  },
};

test.each(Object.entries(CASES))('%s', (_sentence, { log, now = LATE, channels, notBefore, want }) => {
  expect(latestAt(logOf(...log), now, channels, notBefore)).toEqual(want);
});

describe('the book of steps', () => {
  const dueIn = (book: StepBook): DueStep['notice'][] => [...book.steps.values()].map(({ notice }) => notice);

  test('has nothing of an end that nobody is waiting for', () => {
    const internal = notified(START, START, 'internal');
    const end = notified(START + 1, START, 'customers', { notice: 'DeviationEnded', message: 'ended: Recovered' });
    expect(dueIn(logOf(internal, end))).toEqual(['EscalationDue']);
  });

  test('forgets a story an hour after its end, but not while a step of it is untold, and that after a day', () => {
    const book = logOf(...outage(START), ...recovery(START, START + MINUTE));
    tidySteps(book, START + 2 * HOUR);
    expect([book.stories.size, book.steps.size]).toEqual([1, 2]);
    const [step] = book.steps.keys();
    book.steps.delete(step ?? '');
    tidySteps(book, START + 24 * HOUR + 2 * MINUTE);
    expect([book.stories.size, book.steps.size]).toEqual([0, 0]);
  });

  test('waits a day longer than a channel may keep the step to itself', () => {
    const book = logOf(...outage(START), ...recovery(START, START + MINUTE));
    tidySteps(book, START + 7 * DAY + MINUTE, 7 * DAY);
    expect(latestAt(book, START + 7 * DAY + 6 * MINUTE + 1, [{ ...DIGEST_ROOM, waitMs: 7 * DAY }])).toEqual(UNDELIVERED);
    tidySteps(book, START + 8 * DAY + 2 * MINUTE, 7 * DAY);
    expect(book.steps.size).toBe(0);
  });

  test('keeps no incident, which has no steps', () => {
    const body = { incident: 'i', change: 'Opened', at: START, state: 'Open', severity: 'high', uid: 'u', title: 't' } as const;
    const book = logOf(recorded('IncidentChanged', body));
    tidySteps(book, START);
    expect(book.stories.size).toBe(0);
  });

  test('is made anew from the beginning of its oldest story on', () => {
    const before = outage(START - HOUR);
    const after = outage(START);
    const book = logOf(...before, ...recovery(START - HOUR, START - HOUR + 1), ...after);
    expect(firstSeqOf(book)).toBe(before[0]?.head.seq);
    book.steps.clear();
    tidySteps(book, START + MINUTE);
    expect(firstSeqOf(book)).toBe(after[0]?.head.seq);
  });
});
