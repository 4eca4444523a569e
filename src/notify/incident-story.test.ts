import type { RecordBody } from '../api/records.ts';
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
