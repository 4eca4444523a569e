import type { RecordBody } from '../../api/records.ts';
import { bookOf, MINUTE, recorded, START } from './stories.fixtures.ts';
import { entriesFor, type Story } from './story.ts';

type Body = RecordBody<'IncidentChanged'>;

const resolution = { cause: 'a full disk', measures: 'a larger disk', prevention: 'an alert' };
const by = { by: 'ann' };
const suspected = { change: 'Opened', state: 'Suspected' } as const;
const opened = { change: 'Opened', state: 'Open', ...by } as const;
const confirmed = { change: 'Confirmed', state: 'Open' } as const;
const update = (state: Body['state'], said: Partial<Body>) => ({ change: 'Updated', state, ...by, ...said }) as const;
const resolved = { change: 'Resolved', state: 'Resolved', ...by, resolution } as const;
const dismissed = { change: 'Dismissed', state: 'Dismissed', ...by, reason: 'a drill' } as const;
const reopened = { change: 'Reopened', state: 'Open' } as const;

const passed = (state: Body['state']): Partial<Body>[] => [
  { change: 'ReactionOverdue', state, due: START },
  { change: 'Escalated', state, due: START, level: 2 },
  { change: 'RecoveryOverdue', state, due: START },
];
const PASSED_WORDS = [
  'reaction overdue (high): due at 2026-11-28T12:00:00Z',
  'escalated (high): level 2, due at 2026-11-28T12:00:00Z',
  'recovery overdue (high): due at 2026-11-28T12:00:00Z',
];

function storyOf(changes: readonly Partial<Body>[]): Story {
  const records = changes.map((changed, at) =>
    recorded('IncidentChanged', {
      ...{ incident: 'disk', change: 'Opened', state: 'Open', severity: 'high', uid: 'u', title: 'Disk full' },
      ...{ at: START + at * MINUTE, ...changed },
    }),
  );
  return bookOf(...records).stories.get('web/disk')!;
}

const ANYTHING: unknown = expect.anything();
const matching = (text: RegExp): unknown => expect.stringMatching(text);

const heard = (changes: readonly Partial<Body>[], audience: string): string[] | undefined => {
  const story = storyOf(changes);
  return story.addressed[audience] && entriesFor(story, audience).map(({ text }) => text);
};

test.each(
  Object.entries({
    'a suspicion is for the team': { changes: [suspected], internal: ['opened (high)'] },
    'a suspicion is for nobody else, whatever is written of it': {
      changes: [suspected, update('Suspected', { words: 'We look into it.' }), update('Suspected', { note: 'a probe' })],
      internal: ['opened (high)', 'update by ann: We look into it.', 'update by ann: a probe'],
    },
    'a suspicion that was dismissed was none for anybody else': {
      changes: [suspected, update('Suspected', { words: 'We look into it.' }), dismissed],
      internal: ['opened (high)', 'update by ann: We look into it.', 'dismissed by ann: a drill'],
    },
    'the authority hears of it when it is confirmed': {
      changes: [suspected, confirmed],
      internal: ['opened (high)', 'confirmed (high)'],
      authority: ['confirmed (high)'],
    },
    'customers read what was written for them once it is confirmed': {
      changes: [suspected, update('Suspected', { words: 'We look into it.' }), confirmed],
      internal: ['opened (high)', 'update by ann: We look into it.', 'confirmed (high)'],
      authority: ['update by ann: We look into it.', 'confirmed (high)'],
      customers: ['We look into it.'],
    },
    'customers hear the first word that is for them, and nothing before': {
      changes: [
        opened,
        update('Open', { internalNote: 'rm -rf' }),
        update('Open', { note: 'root cause known' }),
        update('Open', { words: 'Sorry.' }),
      ],
      internal: ['opened (high) by ann', 'update by ann: rm -rf', 'update by ann: root cause known', 'update by ann: Sorry.'],
      authority: ['opened (high) by ann', 'update by ann: root cause known', 'update by ann: Sorry.'],
      customers: ['Sorry.'],
    },
    'everybody reads how it was resolved': {
      changes: [opened, resolved],
      internal: ['opened (high) by ann', matching(/^resolved by ann after 1m\nCause: a full disk\n/)],
      authority: ['opened (high) by ann', matching(/^resolved by ann after 1m\nCause: a full disk\n/)],
      customers: [
        matching(/^resolved after 1m\nCause: a full disk\nDone: a larger disk\nSo that it does not happen again: an alert$/),
      ],
    },
    'whoever was told hears that it was none': {
      changes: [opened, update('Open', { words: 'Sorry.' }), dismissed],
      internal: ANYTHING,
      authority: ['opened (high) by ann', 'update by ann: Sorry.', 'dismissed by ann: a drill'],
      customers: ['Sorry.', 'over after 2m: it turned out to be no incident'],
    },
    'the team hears of each time that passes, the authority reads it, and customers never do': {
      changes: [opened, update('Open', { words: 'Sorry.' }), ...passed('Open')],
      internal: ['opened (high) by ann', 'update by ann: Sorry.', ...PASSED_WORDS],
      authority: ['opened (high) by ann', 'update by ann: Sorry.', ...PASSED_WORDS],
      customers: ['Sorry.'],
    },
    'the authority reads what passed of a suspicion once it is confirmed': {
      changes: [suspected, ...passed('Suspected'), confirmed],
      internal: ['opened (high)', ...PASSED_WORDS, 'confirmed (high)'],
      authority: [...PASSED_WORDS, 'confirmed (high)'],
    },
    'and never of one that is not': {
      changes: [suspected, ...passed('Suspected')],
      internal: ['opened (high)', ...PASSED_WORDS],
    },
    'a dismissal is no word for customers, also when it opens again': {
      changes: [suspected, dismissed, reopened],
      internal: ANYTHING,
      authority: ['dismissed by ann: a drill', 'opened again (high)'],
    },
    'whoever read the resolution hears that it goes on': {
      changes: [opened, resolved, reopened],
      internal: ANYTHING,
      authority: ANYTHING,
      customers: [matching(/^resolved/), 'it goes on'],
    },
  }),
)('%s', (_sentence, { changes, ...want }) => {
  const told = Object.fromEntries(
    ['internal', 'authority', 'customers'].flatMap((audience) => {
      const words = heard(changes, audience);
      return words === undefined ? [] : [[audience, words]];
    }),
  );
  expect(told).toEqual(want);
});

test('an incident ends, and goes on when it is opened again', () => {
  expect(storyOf([opened, resolved])).toMatchObject({ standing: 'Ended', ended: { at: START + MINUTE, how: 'Resolved' } });
  expect(storyOf([opened, resolved, reopened])).toMatchObject({ standing: 'Failing' });
  expect(storyOf([opened, resolved, reopened]).ended).toBeUndefined();
});

test('incidents of one name in two namespaces are two', () => {
  const of = (namespace: string) =>
    recorded(
      'IncidentChanged',
      { incident: 'disk', change: 'Opened', state: 'Open', severity: 'high', uid: '', title: '', at: START },
      { namespace },
    );
  expect([...bookOf(of('a'), of('b')).stories.keys()]).toEqual(['a/disk', 'b/disk']);
});

test('what only tells that somebody has read is worth no message', () => {
  const story = storyOf([opened, resolved, { change: 'Acknowledged', state: 'Resolved', audience: 'customers', by: 'bob' }]);
  expect(entriesFor(story, 'internal').map(({ turn }) => turn)).toEqual([true, true, false]);
});

test('each time that passes is worth a message to the team, and to the authority only that of a recovery', () => {
  const story = storyOf([opened, ...passed('Open')]);
  const turns = (audience: string) => entriesFor(story, audience).map(({ turn }) => turn);
  expect([turns('internal'), turns('authority')]).toEqual([
    [true, true, true, true],
    [true, false, false, true],
  ]);
});

test.each(
  Object.entries({
    'from its opening on': {
      changes: [{ ...suspected, reactBy: 1, recoverBy: 2 }],
      want: { level: 1, reactBy: 1, recoverBy: 2 },
    },
    'without what somebody has done': {
      changes: [{ ...suspected, reactBy: 1, recoverBy: 2 }, confirmed],
      want: { level: 1, recoverBy: 2 },
    },
    'with other times': {
      changes: [
        { ...opened, recoverBy: 2 },
        { change: 'Changed', recoverBy: 3 },
      ],
      want: { level: 1, recoverBy: 3 },
    },
    'with what is due again': {
      changes: [opened, resolved, { ...reopened, reactBy: 4, recoverBy: 5 }],
      want: { level: 1, reactBy: 4, recoverBy: 5 },
    },
    'with the highest level': {
      changes: [
        { ...suspected, reactBy: 1, recoverBy: 2 },
        { change: 'Escalated', state: 'Suspected', level: 3 },
        { change: 'Escalated', state: 'Suspected', level: 2 },
      ],
      want: { level: 3, reactBy: 1, recoverBy: 2 },
    },
  } as Record<string, { changes: Partial<Body>[]; want: object }>),
)('it says by when it is to be handled, %s', (_sentence, { changes, want }) => {
  expect(storyOf(changes).handling).toEqual(want);
});
