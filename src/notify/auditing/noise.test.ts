import type { LogRecord, RecordBody } from '../../api/records.ts';
import { noiseOf } from './noise-figures.ts';
import { emptyNoiseBook, takeIntoNoise } from './noise.ts';
import { closed, criterion, MINUTE, notified, recorded, START, upSince } from '../stories/stories.fixtures.ts';

const HOUR = 60 * MINUTE;
const WEEK = { from: START, to: START + 7 * 24 * HOUR };

let count = 0;

/** A message to the team about the deviation of the criterion up that began then, unless it says otherwise. */
const sent = (at: number, since: number, changed: Partial<RecordBody<'Delivery'>> = {}, place = {}): LogRecord =>
  recorded(
    'Delivery',
    {
      ...{ id: String((count += 1)), channel: 'ops', audience: 'internal', story: upSince(since), stories: [upSince(since)] },
      ...{ state: 1, phase: 'Delivered', at, ended: false, action: 'Post', ...changed },
    },
    place,
  );
const comment = (at: number, deviation?: string): LogRecord =>
  recorded('Commented', {
    ...{ comment: 'c', uid: 'u', at, criterion: 'up', about: 'Cause', text: 'a cable', author: 'ann' },
    ...(deviation !== undefined && { deviation }),
  });
const outage = (since: number, lastedMs: number): LogRecord[] => [
  notified(since, since, 'internal'),
  sent(since, since),
  closed(since + lastedMs, [since, since + lastedMs], 'CriterionChanged'),
];

const sentOfIncident = (at: number): LogRecord => sent(at, START, { story: 'web/inc', stories: ['inc'] });
const incident = (
  change: RecordBody<'IncidentChanged'>['change'],
  at: number,
  more: Partial<RecordBody<'IncidentChanged'>> = {},
): LogRecord =>
  recorded('IncidentChanged', {
    ...{ incident: 'inc', change, at, state: 'Suspected', severity: 'high', uid: 'u', title: 't', ...more },
  });

const figures = (...records: readonly LogRecord[]) => noiseOf(records.reduce(takeIntoNoise, emptyNoiseBook()), WEEK);
const told = (...records: readonly LogRecord[]) => figures(...records).audiences[0];

const CASES: Readonly<Record<string, { log: readonly LogRecord[]; want: object }>> = {
  'what nobody does anything about is never acted on': {
    log: outage(START, HOUR),
    want: { stories: 1, actedOn: 0, neverActedOn: 1, flapping: 0, medianToldToEndSeconds: 3_600 },
  },
  'a comment on it is an act': { log: [...outage(START, HOUR), comment(START + 1, upSince(START))], want: { actedOn: 1 } },
  'a comment on its criterion while it lasts is one too': {
    log: [...outage(START, HOUR), comment(START + 1)],
    want: { actedOn: 1, neverActedOn: 0 },
  },
  'a comment from before it was told is none': {
    log: [...outage(START, HOUR), comment(START - 1, upSince(START)), comment(START - 1)],
    want: { actedOn: 0 },
  },
  'a comment on its criterion after its end is none': {
    log: [...outage(START, HOUR), comment(START + 2 * HOUR)],
    want: { actedOn: 0 },
  },
  'a change of its criterion is an act': { log: [...outage(START, HOUR), criterion(START + 1, 'Changed')], want: { actedOn: 1 } },
  'what recovers after it was told was repaired': {
    log: [notified(START, START, 'internal'), sent(START, START), closed(START + 1, [START, START + 1], 'Recovered')],
    want: { actedOn: 1 },
  },
  'what flaps was not': {
    log: [0, 1, 2].flatMap((n) => [
      notified(START + n * MINUTE, START + n * MINUTE, 'internal'),
      sent(START + n * MINUTE, START + n * MINUTE),
      closed(START + n * MINUTE + 1, [START + n * MINUTE, START + n * MINUTE + 1], 'Recovered'),
    ]),
    want: { stories: 3, flapping: 3, actedOn: 0 },
  },
  'three within more than an hour do not flap': {
    log: [0, 1, 2].flatMap((n) => outage(START + n * HOUR, MINUTE)),
    want: { stories: 3, flapping: 0, medianToldToEndSeconds: 60 },
  },
  'what lasts has no length yet': { log: [notified(START, START, 'internal'), sent(START, START)], want: { neverActedOn: 1 } },
  'an incident on which somebody says something was acted on': {
    log: [
      sent(START, START, { story: 'web/inc', stories: ['inc'] }),
      recorded('IncidentChanged', {
        ...{ incident: 'inc', change: 'Acknowledged', at: START + 1, state: 'Open', severity: 'high', uid: 'u', title: 't' },
      }),
    ],
    want: { stories: 1, actedOn: 1 },
  },
  'what passed by itself is no act: nobody reacted': {
    log: [
      incident('Opened', START),
      sentOfIncident(START + 1),
      incident('ReactionOverdue', START + 15 * MINUTE),
      incident('Escalated', START + 30 * MINUTE),
      incident('RecoveryOverdue', START + 5 * HOUR),
    ],
    want: { stories: 1, actedOn: 0, neverActedOn: 1 },
  },
  'an incident that opened by itself is no act on its deviation': {
    log: [...outage(START, HOUR), incident('Opened', START + 1, { by: 'assay', origin: { deviation: upSince(START) } })],
    want: { actedOn: 0 },
  },
  'one that somebody opened is': {
    log: [...outage(START, HOUR), incident('Opened', START + 1, { by: 'ann', origin: { deviation: upSince(START) } })],
    want: { actedOn: 1 },
  },
  'an incident ended when it was resolved, not when that was read': {
    log: [
      incident('Opened', START, { state: 'Open', by: 'ann' }),
      sentOfIncident(START),
      incident('Resolved', START + 10 * MINUTE, { state: 'Resolved' }),
      incident('Acknowledged', START + 72 * HOUR, { state: 'Resolved', audience: 'authority', by: 'vera' }),
    ],
    want: { medianToldToEndSeconds: 600 },
  },
  'one that was opened again ended when it was resolved again': {
    log: [
      incident('Opened', START, { state: 'Open', by: 'ann' }),
      sentOfIncident(START),
      incident('Resolved', START + 10 * MINUTE, { state: 'Resolved' }),
      incident('Reopened', START + HOUR, { state: 'Open' }),
      incident('Resolved', START + 2 * HOUR, { state: 'Resolved' }),
    ],
    want: { stories: 1, medianToldToEndSeconds: 7_200 },
  },
  'messages are counted by what they did, and by what became of them': {
    log: [
      sent(START, START, { id: 'a', phase: 'Attempted' }),
      sent(START + 1, START, { id: 'a' }),
      sent(START + 2, START, { action: 'Reply' }),
      sent(START + 3, START, { action: 'Edit' }),
      sent(START + 4, START, { phase: 'Rejected' }),
      sent(START + 5, START, { phase: 'Withheld' }),
      sent(START + 6, START, { phase: 'Attempted' }),
    ],
    want: {
      channels: [{ channel: 'ops', messages: 3, posts: 1, replies: 1, edits: 1, refused: 1, withheld: 1, undelivered: 1 }],
    },
  },
  'a digest is a message, but nothing that anybody could act on': {
    log: [...outage(START, HOUR), sent(START, START, { story: 'digest-ops-a-b', stories: ['digest-ops-a-b'] })],
    want: { stories: 1, neverActedOn: 1, channels: [{ messages: 2 }] },
  },
  'a message in the logs of two services is one': {
    log: [sent(START, START, { id: 'b' }), sent(START, START + 1, { id: 'b' }, { service: 'books' })],
    want: { stories: 2, channels: [{ channel: 'ops', messages: 1 }] },
  },
  'what has arrived by the log of one service is not under way by that of another': {
    log: [sent(START, START, { id: 'c' }), sent(START, START + 1, { id: 'c', phase: 'Attempted' }, { service: 'books' })],
    want: { channels: [{ messages: 1, undelivered: 0 }] },
  },
};

test.each(Object.entries(CASES))('%s', (_sentence, { log, want }) => expect(told(...log)).toMatchObject(want));

test('what was sent before or after is left out, but what it told first still counts from then on', () => {
  const log = [notified(START - HOUR, START - HOUR, 'internal'), sent(START - HOUR, START - HOUR), sent(START, START - HOUR)];
  const end = closed(START + HOUR, [START - HOUR, START + HOUR], 'Recovered');
  expect(told(...log, end)).toMatchObject({ stories: 1, medianToldToEndSeconds: 7_200, channels: [{ messages: 1 }] });
  expect(figures(sent(WEEK.to + 1, START)).audiences).toEqual([]);
});

test('the criteria of which most messages tell come first', () => {
  const other = notified(START, START + 1, 'internal', { criterion: 'disk', deviation: upSince(START + 1) });
  const log = [...outage(START, HOUR), other, sent(START, START + 1), sent(START + 1, START + 1)];
  expect(figures(...log).criteria).toEqual([
    { criterion: 'web/disk', messages: 2, stories: 1 },
    { criterion: 'web/up', messages: 1, stories: 1 },
  ]);
});
