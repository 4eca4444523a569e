import type { Asker, Question } from '../src/notify/index.ts';
import { ADA, openTalk, type Talk, textOf } from './conversation.fixtures.ts';

/* What people have written, who may, and what has to be confirmed first. */

const SLOW_MS = 60_000;
const MINUTE = 60_000;
const RESOLVE = 'resolve payments-stuck: cause a disk; measures a larger disk; prevention an alert';
const RESOLVED = 'Resolve payments-stuck\nCause: a disk\nMeasures: a larger disk\nPrevention: an alert';
const CONFIRM = `Shall I write this?\n${RESOLVED}\nAnswer yes within 5 minutes, or no.`;
const NOTHING = 'There is nothing that waits for your yes';

let talk: Talk;
beforeAll(async () => {
  talk = await openTalk();
}, SLOW_MS);
beforeEach(async () => {
  talk.outcome = { kind: 'Written', name: 'shop-1' };
  talk.writes.length = 0;
  await say('no');
});
afterAll(() => talk.close(), SLOW_MS);

const say = async (text: string, asker: Partial<Asker> = {}, question: Partial<Question> = {}): Promise<string> =>
  textOf(await talk.ask({ person: ADA, ...asker }, { text, ...question }));
const written = (): object[] => talk.writes.map(({ write }) => write);

const PLACE = { namespace: 'web', service: 'shop' };
const edit = (incident: string, of: object): object => ({ kind: 'EditIncident', namespace: 'web', incident, edit: of });
const comment = (about: string, text: string, more: object = {}): object => ({
  ...{ kind: 'Comment', ...PLACE, criterion: 'front-probe', about, text, ...more },
});

test.each(
  Object.entries({
    'open incident shop: payments hang (high)': [
      'Incident shop-1 is open\nOpen an incident of shop: payments hang (high)',
      { kind: 'OpenIncident', ...PLACE, title: 'payments hang', severity: 'high' },
    ],
    'update payments-stuck internal: ask Eve': [
      'Written\nUpdate of payments-stuck for internal: ask Eve',
      edit('payments-stuck', { kind: 'Update', audience: 'internal', text: 'ask Eve' }),
    ],
    'bestätige Vorfall login-slow': [
      'Geschrieben\nBestätigen, dass login-slow ein Vorfall ist',
      edit('login-slow', { kind: 'Confirm' }),
    ],
    'ack old-outage': [
      'Written\nAcknowledge the resolution of old-outage for internal',
      edit('old-outage', { kind: 'Acknowledge', audience: 'internal' }),
    ],
    'comment front-probe: a known cause': ['Written\nComment on front-probe: a known cause', comment('Note', 'a known cause')],
    'quittiere front-probe': ['Geschrieben\nfront-probe quittieren', comment('Note', 'quittiert')],
  }),
)('%s', async (text, [wanted, write]) => {
  expect(await say(text)).toBe(wanted);
  expect(written()).toEqual([write]);
  expect(talk.writes[0]?.user).toBe('ada');
});

test.each(
  Object.entries({
    [RESOLVE]: edit('payments-stuck', {
      kind: 'Resolve',
      resolution: { cause: 'a disk', measures: 'a larger disk', prevention: 'an alert' },
    }),
    'dismiss payments-stuck: false alarm': edit('payments-stuck', { kind: 'Dismiss', reason: 'false alarm' }),
    'reopen old-outage': edit('old-outage', { kind: 'Reopen' }),
    'update payments-stuck for customers: we work on it': edit('payments-stuck', {
      ...{ kind: 'Update', audience: 'customers', text: 'we work on it' },
    }),
    'withhold front-probe from customers: known, no impact': comment('Withhold', 'known, no impact', { audience: 'customers' }),
  }),
)('is written only after a yes: %s', async (text, write) => {
  expect(await say(text)).toMatch(/^Shall I write this\?\n/);
  expect(written()).toEqual([]);
  expect(await say('yes')).toMatch(/^Written\n/);
  expect(written()).toEqual([write]);
  expect(await say('yes')).toBe(NOTHING);
});

test('what will be written is said exactly, and nobody else can say yes to it, nor the same person elsewhere', async () => {
  expect(await say(RESOLVE)).toBe(CONFIRM);
  expect(await say('yes', {}, { person: '@bo:x' })).toBe(NOTHING);
  expect(await say('yes', { channel: 'other' })).toBe(NOTHING);
  expect(written()).toEqual([]);
  expect(await say('status', {}, {})).toContain('criteria are met');
  expect(await say('ja')).toBe(`Geschrieben\n${RESOLVED}`);
});

test('a yes in the room of another service is none: what was asked for is not to be read there', async () => {
  await say(RESOLVE, {}, { places: [PLACE] });
  expect(await say('yes', {}, { places: [{ namespace: 'web', service: 'mail' }] })).toBe(NOTHING);
  expect(written()).toEqual([]);
  expect(await say('yes', {}, { places: [PLACE] })).toMatch(/^Written\n/);
});

test('a yes to somebody else, in another thread, is none; one that names us is', async () => {
  await say(RESOLVE, {}, { answeredIn: '$resolve' });
  for (const text of ['yes', 'no']) expect(await say(text, {}, { isOverheard: true, thread: '$another' })).toBe('');
  expect(written()).toEqual([]);
  expect(await say('yes', {}, { isOverheard: true, thread: '$resolve' })).toMatch(/^Written\n/);
  await say(RESOLVE, {}, { answeredIn: '$resolve' });
  expect(await say('yes', {}, { thread: '$another' })).toMatch(/^Written\n/);
});

test('where only a part could be written it is said which', async () => {
  talk.outcome = (number) => (number === 1 ? { kind: 'Written', name: 'x' } : { kind: 'NotNow' });
  expect(await say('ack', { channel: 'both' }, { thread: '$both' })).toBe(
    'Only 1 of 2 is written; of the next one:\nThe cluster gives no answer at the moment: please try again',
  );
});

test('a no drops it, and so does somebody who is not known any more', async () => {
  await say(RESOLVE);
  expect(await say('abbrechen')).toBe('Verworfen: nichts wurde geschrieben');
  expect(await say('yes')).toBe(NOTHING);
  expect(await say('no')).toBe('There is nothing that waits for your answer');
  await say(RESOLVE);
  expect(textOf(await talk.ask({}, { text: 'yes' }))).toBe(NOTHING);
  expect(written()).toEqual([]);
});

test('after five minutes a yes comes too late', async () => {
  await say(RESOLVE);
  await talk.clock.advance(5 * MINUTE);
  expect(await say('yes')).toMatch(/^Written/);
  await say(RESOLVE);
  await talk.clock.advance(5 * MINUTE + 1);
  expect(await say('yes')).toBe('That was more than 5 minutes ago: please ask again');
  expect(written()).toHaveLength(1);
});

test('a second request takes the place of the first', async () => {
  await say(RESOLVE);
  await say('dismiss payments-stuck: false alarm');
  expect(await say('yes')).toBe('Written\nDismiss payments-stuck: false alarm');
  expect(written()).toHaveLength(1);
});

test.each([
  [{ kind: 'Impossible', state: 'Resolved' }, 'Not possible: the incident is resolved already'],
  [{ kind: 'Gone' }, 'It is not there any more: nothing was written'],
  [{ kind: 'Forbidden', verb: 'update', resource: 'incidents' }, 'You have no right to update incidents in this namespace'],
  [{ kind: 'Refused' }, 'The cluster does not accept that: nothing was written'],
  [{ kind: 'Full' }, 'It takes no more: nothing was written'],
  [{ kind: 'Same' }, 'That stands there already, in the same words from you: nothing was added'],
  [{ kind: 'NotNow' }, 'The cluster gives no answer at the moment: please try again'],
] as const)('what became of it meanwhile is said: %j', async (outcome, wanted) => {
  await say(RESOLVE);
  talk.outcome = outcome;
  expect(await say('yes')).toBe(wanted);
});

test.each(
  Object.entries({
    'dismiss old-outage: it was none': 'Not possible: the incident is resolved already',
    'reopen payments-stuck': 'Not possible: the incident is open',
    'ack payments-stuck': 'Not possible: the incident is open',
    'resolve payments-stuck: cause a disk': 'A resolution says cause, measures and prevention. Missing: measures, prevention',
    'löse payments-stuck: Ursache Platte': 'Eine Lösung nennt Ursache, Maßnahmen und Vorbeugung. Es fehlt: Maßnahmen, Vorbeugung',
    'withhold front-cpu from customers: known': 'There is nothing to withhold: it holds',
    'withhold front-probe from authority: known': 'Nothing is withheld from the team or the authority',
    'comment on deviation 01KB5Z3N7Q0123456789ABCDEF: hm': 'I know no such deviation here',
    ack: 'What of? Say it in the thread of a message, or with a name',
  }),
)('what can not be is said at once: %s', async (text, wanted) => {
  expect(await say(text)).toBe(wanted);
  expect(written()).toEqual([]);
});

test('while the cluster gives no answer the same yes can be said again, for as long as it counts', async () => {
  await say(RESOLVE);
  talk.outcome = { kind: 'NotNow' };
  await talk.clock.advance(4 * MINUTE);
  expect(await say('yes')).toMatch(/please try again$/);
  talk.outcome = { kind: 'Written', name: 'payments-stuck' };
  expect(await say('yes')).toMatch(/^Written\n/);
  // It is the same write: what did arrive the first time is not written twice.
  expect(new Set(talk.writes.map(({ key }) => key)).size).toBe(1);
  await say(RESOLVE);
  talk.outcome = { kind: 'NotNow' };
  await say('yes');
  await talk.clock.advance(5 * MINUTE + 1);
  expect(await say('yes')).toMatch(/^That was more than 5 minutes ago/);
});

test('who is not known may ask, and not write', async () => {
  for (const text of [RESOLVE, 'ack', 'comment front-probe: hm', 'open incident shop: hm'])
    expect(textOf(await talk.ask({}, { text }))).toMatch(
      /^You may ask here, but not write\nThis channel does not say who you are/,
    );
  expect(written()).toEqual([]);
});

test('who has no right hears it before being asked for a yes', async () => {
  const vera = { person: { user: 'vera', groups: [] } };
  expect(await say(RESOLVE, vera)).toBe('You have no right to update incidents in this namespace');
  expect(await say('yes', vera)).toBe(NOTHING);
});

test('a deviation is commented on by its id, and a bare ack speaks of the message that it answers', async () => {
  await say(`comment on deviation ${talk.deviation}: known`);
  expect(await say('ack', {}, { thread: '$deviation' })).toBe('Written\nAcknowledge front-probe');
  expect(await say('ack', {}, { thread: '$incident' })).toBe('Written\nAcknowledge the resolution of old-outage for internal');
  expect(written()).toEqual([
    comment('Note', 'known', { deviation: talk.deviation }),
    comment('Note', 'acknowledged'),
    edit('old-outage', { kind: 'Acknowledge', audience: 'internal' }),
  ]);
  for (const [thread, channel] of [
    ['$nothing', 'team'],
    ['$deviation', 'another'],
  ] as const)
    expect(await say('ack', { channel }, { thread })).toBe('I do not know what this thread is about');
});

test('customers acknowledge without reading a name of the inside', async () => {
  const customers = { audience: 'customers' };
  expect(await say('ack', customers, { thread: '$deviation' })).toBe('Written\nAcknowledge shop');
  expect(await say('ack old-outage', customers)).toBe('Written\nAcknowledge the resolution of old-outage for customers');
  expect(written()[1]).toEqual(edit('old-outage', { kind: 'Acknowledge', audience: 'customers' }));
});

test('a question that is handed over again has the same answer, and is written once', async () => {
  const question = { id: 'the-same' };
  const texts = await Promise.all([1, 2, 3].map(() => say('open incident shop: it hangs', {}, question)));
  expect(new Set(texts).size).toBe(1);
  expect(written()).toHaveLength(1);
  // Another channel numbers its questions by itself.
  await say('open incident shop: it hangs', { channel: 'other' }, question);
  expect(new Set(talk.writes.map(({ key }) => key)).size).toBe(2);
});

test('a yes has the identity of what it is for, whichever message says it', async () => {
  await say(RESOLVE, {}, { id: 'r1' });
  await say('yes', {}, { id: 'y1' });
  await say(RESOLVE, {}, { id: 'r2' });
  await say('yes', {}, { id: 'y2' });
  expect(new Set(talk.writes.map(({ key }) => key)).size).toBe(2);
});

test('people who talk to each other in a thread are left alone, unless one of them asks for something', async () => {
  const overheard = { isOverheard: true };
  for (const text of ['I think it was the disk, no?', 'help', 'yes', 'no']) expect(await say(text, {}, overheard)).toBe('');
  expect(await say(RESOLVE, {}, overheard)).toBe(CONFIRM);
  expect(await say('yes', {}, overheard)).toMatch(/^Written\n/);
});
