import fc from 'fast-check';

import { aDelivery, CARD, hostileCard, never, NOW, optionsWith } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Delivery, DeliveryResult, Notifier, NotifierOptions } from '../notifier.ts';
import { FAKE_ALIAS, FAKE_ROOM, FAKE_TOKEN, type FakeMatrix, startFakeMatrix } from './fake-server.ts';
import { matrix } from './index.ts';

const PLACE = { namespace: 'web', service: 'shop' };
const REF = { name: 'matrix', key: 'token' };
const REPORT = { name: 'incident.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF incident') };
const id = (sign: string): string => sign.repeat(64);

let fake: FakeMatrix;
let notifier: Notifier;
let now: number;

beforeEach(async () => {
  now = NOW;
  fake = await startFakeMatrix(() => now);
  notifier = opened();
});
afterEach(async () => {
  await notifier.close();
  await fake.close();
});

function opened(room: string = FAKE_ROOM, changed: Partial<NotifierOptions> = {}, token = `${FAKE_TOKEN}\n`): Notifier {
  return matrix.open({ url: `${fake.origin}/`, room, tokenSecret: REF }, optionsWith(token, changed));
}

const deliver = (changed: Partial<Delivery> = {}): Promise<DeliveryResult> => notifier.deliver(aDelivery(changed), never);

async function delivered(changed: Partial<Delivery> = {}): Promise<string> {
  const result = await deliver(changed);
  if (result.kind !== 'Delivered') throw new Error(JSON.stringify(result));
  return result.message ?? '';
}

const answer = (status: number, body: object | string, headers: Record<string, string> = {}): Fault => ({
  ...{ kind: 'Answer', status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) },
});
const error = (status: number, errcode: string, more: object = {}): Fault =>
  answer(status, { errcode, error: FAKE_TOKEN, ...more });
const shown = (): number => fake.events.length;

test('it can edit, answer, carry files, and shows nothing twice', () => {
  const abilities = matrix.abilities({ url: fake.origin, room: FAKE_ROOM, tokenSecret: REF });
  expect(abilities).toEqual({ edits: true, threads: true, files: true, once: true });
});

test('a message, its edit, and what is said of it in its thread', async () => {
  const root = await delivered();
  expect(root).toBe(`${FAKE_ROOM} $event0`);
  const reply = await delivered({ id: id('b'), action: { kind: 'Reply', root } });
  // An answer to an answer stays in the thread, and an edited message stays what it was.
  await delivered({ id: id('c'), action: { kind: 'Reply', root: reply } });
  expect(await delivered({ id: id('d'), action: { kind: 'Edit', message: root } })).toBe(root);
  expect(await delivered({ id: id('e'), action: { kind: 'Edit', message: reply } })).toBe(reply);
  const relations = fake.events.map(({ content }) => content['m.relates_to']);
  expect(relations).toEqual([
    undefined,
    expect.objectContaining({ rel_type: 'm.thread', event_id: '$event0' }),
    expect.objectContaining({ rel_type: 'm.thread', event_id: '$event0' }),
    { rel_type: 'm.replace', event_id: '$event0' },
    { rel_type: 'm.replace', event_id: '$event1' },
  ]);
});

test('files go into the thread of their message', async () => {
  await delivered({ attachments: [REPORT, { ...REPORT, name: 'second.pdf', mediaType: 'not a type' }] });
  expect(fake.asked).toEqual(['config', 'upload', 'upload', 'send', 'send', 'send']);
  expect(fake.events.slice(1).map(({ content }) => content)).toMatchObject([
    { url: 'mxc://test.local/file1', info: { mimetype: 'application/pdf' }, 'm.relates_to': { event_id: '$event0' } },
    { url: 'mxc://test.local/file2', info: { mimetype: 'application/octet-stream' }, 'm.relates_to': { event_id: '$event0' } },
  ]);
});

test('a file that the homeserver does not take is refused with its message', async () => {
  const refused = (message: string): DeliveryResult => ({ kind: 'Rejected', message });
  const attachments = [{ ...REPORT, bytes: new Uint8Array(1_000_001) }];
  expect(await deliver({ attachments })).toEqual(
    refused('the file incident.pdf is larger than the 1000000 bytes that the homeserver takes'),
  );
  // A homeserver that does not tell its limit.
  fake.next('config', error(404, 'M_UNRECOGNIZED'));
  expect(await deliver({ attachments })).toEqual(refused('the homeserver finds the message or its file too large (M_TOO_LARGE)'));
  fake.next('upload', error(403, 'M_FORBIDDEN'));
  expect(await deliver({ attachments: [REPORT] })).toEqual(
    refused('the homeserver takes no files from the operator (M_FORBIDDEN)'),
  );
  expect(shown()).toBe(0);
});

describe('errors of the homeserver', () => {
  test.each<[number, string, DeliveryResult['kind']]>([
    [401, 'M_UNKNOWN_TOKEN', 'Stopped'],
    [401, 'M_MISSING_TOKEN', 'Stopped'],
    [403, 'M_USER_DEACTIVATED', 'Stopped'],
    [401, 'M_USER_LOCKED', 'Stopped'],
    [403, 'M_USER_SUSPENDED', 'Stopped'],
    [403, 'M_CONSENT_NOT_GIVEN', 'Stopped'],
    [403, 'M_RESOURCE_LIMIT_EXCEEDED', 'Stopped'],
    [403, 'M_GUEST_ACCESS_FORBIDDEN', 'Stopped'],
    [404, 'M_UNRECOGNIZED', 'Stopped'],
    [404, 'M_NOT_FOUND', 'Stopped'],
    [413, 'M_TOO_LARGE', 'Rejected'],
    [400, 'M_BAD_JSON', 'Rejected'],
    [400, 'M_NOT_JSON', 'Rejected'],
    [400, 'M_INVALID_PARAM', 'Rejected'],
    [400, 'M_MISSING_PARAM', 'Rejected'],
    [400, 'M_UNKNOWN', 'Rejected'],
    [400, 'toString', 'Rejected'],
    [500, 'M_UNKNOWN', 'NotNow'],
    [503, 'M_FORBIDDEN', 'NotNow'],
    [502, '', 'Unanswered'],
    [504, '', 'Unanswered'],
  ])('%s %s: %s', async (status, errcode, kind) => {
    fake.next('send', error(status, errcode));
    const result = await deliver();
    expect(result.kind).toBe(kind);
    expect(JSON.stringify(result)).not.toContain(FAKE_TOKEN);
  });

  test.each([
    [404, '<html>nothing here</html>', 'Stopped'],
    [200, '<html>welcome</html>', 'Unanswered'],
    [200, '{}', 'Unanswered'],
    [200, '{"event_id":7}', 'Unanswered'],
    [500, '', 'NotNow'],
  ] as const)('%s and no answer of Matrix (%s): %s', async (status, body, kind) => {
    fake.next('send', answer(status, body));
    expect((await deliver()).kind).toBe(kind);
  });

  test('what is forbidden also to whoever is in the room stops the channel', async () => {
    fake.next('send', error(403, 'M_FORBIDDEN'), error(403, 'M_FORBIDDEN'));
    expect(await deliver()).toEqual({ kind: 'Stopped', message: 'the homeserver does not allow it (M_FORBIDDEN)' });
    expect(fake.asked).toEqual(['send', 'join', 'send']);
  });

  test('a room without an invitation says who is to be invited', async () => {
    notifier = opened('!elsewhere:test.local');
    expect(await deliver()).toEqual({ kind: 'Stopped', message: 'the operator is not in the room; invite @assay:test.local' });
    expect(shown()).toBe(0);
  });

  test('a homeserver that is slow to let us in is no reason to stop', async () => {
    fake.next('send', error(403, 'M_FORBIDDEN'));
    fake.next('join', error(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 1_500 }));
    expect(await deliver()).toMatchObject({ kind: 'NotNow', retryAfterMs: 1_500 });
  });
});

describe('too many messages', () => {
  test.each<[string, object, Record<string, string>, number | undefined]>([
    ['a header of 0 s', {}, { 'retry-after': '0' }, 0],
    ['a header of 2 s', {}, { 'retry-after': '2' }, 2_000],
    ['a header of an hour', {}, { 'retry-after': '3600' }, 3_600_000],
    ['a body of 1.2 s, rounded up to whole milliseconds', { retry_after_ms: 1_200.5 }, {}, 1_201],
    ['a body of 0', { retry_after_ms: 0 }, {}, 0],
    ['a header, which goes before the body', { retry_after_ms: 1 }, { 'retry-after': '3' }, 3_000],
    ['a body of a week, of which a day is believed', { retry_after_ms: 604_800_000 }, {}, 86_400_000],
    ['a body of words', { retry_after_ms: 'soon' }, {}, undefined],
    ['a body below zero', { retry_after_ms: -1 }, {}, undefined],
  ])('%s', async (_, more, headers, retryAfterMs) => {
    fake.next('send', answer(429, { errcode: 'M_LIMIT_EXCEEDED', error: FAKE_TOKEN, ...more }, headers));
    const message = 'the homeserver takes no more messages for now (M_LIMIT_EXCEEDED)';
    expect(await deliver()).toEqual({ kind: 'NotNow', message, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  });
});

describe('answers that are lost', () => {
  const lost: Fault = { kind: 'HangUp', carriedOut: true };

  test('a connection that breaks while something is asked is nothing', async () => {
    notifier = opened(FAKE_ALIAS);
    fake.next('alias', lost);
    expect((await deliver()).kind).toBe('Delivered');
    expect(shown()).toBe(1);
  });

  test.each([
    ['hangs up', lost],
    ['says nothing', { kind: 'Silence', carriedOut: true }],
  ] as const)('a homeserver that %s: sent again it is there once', async (_, fault) => {
    fake.next('send', fault);
    expect((await deliver()).kind).toBe('Unanswered');
    expect((await deliver({ repeated: true })).kind).toBe('Delivered');
    expect(shown()).toBe(1);
  });

  test('also when the homeserver has forgotten the transaction', async () => {
    fake.next('send', lost);
    const delivery = { attachments: [REPORT] };
    expect((await deliver(delivery)).kind).toBe('Unanswered');
    fake.forgetTransactions();
    expect(await delivered({ ...delivery, repeated: true })).toBe(`${FAKE_ROOM} $event0`);
    fake.forgetTransactions();
    expect(await delivered({ ...delivery, repeated: true })).toBe(`${FAKE_ROOM} $event0`);
    expect(fake.events.map(({ content }) => content['msgtype'])).toEqual(['m.text', 'm.file']);
    // What is there already is not uploaded a third time.
    expect(fake.asked.filter((name) => name === 'upload')).toHaveLength(2);
  });

  test('it is found behind many messages, but not looked for before it can have been sent', async () => {
    await delivered();
    fake.forgetTransactions();
    fake.fill(450);
    expect(await delivered({ repeated: true })).toBe(`${FAKE_ROOM} $event0`);
    const pages = (): number => fake.asked.filter((name) => name === 'messages').length;
    expect(pages()).toBe(5);
    now += 7 * 86_400_000;
    fake.fill(150);
    await delivered({ id: id('b'), repeated: true, about: { ...aDelivery().about, at: now } });
    expect(pages()).toBe(7);
  });

  test('nothing is sent while the homeserver does not take the files', async () => {
    fake.next('upload', lost);
    expect(await deliver({ attachments: [REPORT] })).toMatchObject({ kind: 'NotNow' });
    expect(shown()).toBe(0);
  });

  test.each(['whoami', 'messages', 'upload', 'alias'])('while %s gives no answer, it may still be there', async (name) => {
    notifier = opened(FAKE_ALIAS);
    fake.next(name, lost, lost);
    expect(await deliver({ repeated: true, attachments: [REPORT] })).toMatchObject({ kind: 'Unanswered' });
    expect(shown()).toBe(0);
  });

  test('where nobody listens, nothing was sent', async () => {
    notifier = matrix.open({ url: 'http://127.0.0.1:1', room: FAKE_ROOM, tokenSecret: REF }, optionsWith(FAKE_TOKEN));
    expect(await deliver()).toEqual({ kind: 'NotNow', message: 'no answer (ECONNREFUSED)' });
  });

  test('a file that fails behind its message is sent again without the message', async () => {
    fake.fill(1);
    fake.next('send', answer(200, { event_id: '$event0' }), error(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 70 }));
    expect(await deliver({ attachments: [REPORT] })).toMatchObject({ kind: 'Unanswered', retryAfterMs: 70 });
  });
});

describe('messages that are gone', () => {
  test.each([
    ['in another room', '!other:test.local $event0'],
    ['that nobody knows', `${FAKE_ROOM} $event9`],
    ['whose place is not one of ours', 'C024BE91L/1723.45'],
  ])('one %s', async (_, message) => {
    expect((await deliver({ action: { kind: 'Edit', message } })).kind).toBe('Gone');
    expect((await deliver({ action: { kind: 'Reply', root: message } })).kind).toBe('Gone');
    expect(shown()).toBe(0);
  });

  test('one that was removed, and one of somebody else', async () => {
    const message = await delivered();
    const event = fake.events[0];
    const removed = { ...event, content: {}, unsigned: { redacted_because: {} } };
    fake.next('event', answer(200, removed), answer(200, { ...event, sender: '@ann:test.local' }));
    expect(await deliver({ id: id('b'), action: { kind: 'Edit', message } })).toMatchObject({ kind: 'Gone' });
    expect(await deliver({ id: id('b'), action: { kind: 'Edit', message } })).toMatchObject({ kind: 'Gone' });
    expect(shown()).toBe(1);
  });
});

describe('rooms by name', () => {
  beforeEach(() => {
    notifier = opened('#{service}-alerts:test.local');
  });

  test('the name is asked for once, and again after ten minutes', async () => {
    await delivered();
    await delivered({ id: id('b') });
    expect(fake.asked).toEqual(['alias', 'send', 'send']);
    const clock = { now: () => now, after: () => () => undefined };
    notifier = opened(FAKE_ALIAS, { clock });
    await delivered({ id: id('c') });
    now += 600_000;
    await delivered({ id: id('d') });
    expect(fake.asked.slice(3)).toEqual(['alias', 'send', 'alias', 'send']);
  });

  test('a name that leads elsewhere by now is followed', async () => {
    fake.next('alias', answer(200, { room_id: '!old:test.local' }));
    expect(await delivered()).toBe(`${FAKE_ROOM} $event0`);
    expect(fake.asked).toEqual(['alias', 'send', 'join', 'whoami', 'alias', 'send']);
  });

  test('a name that nobody knows stops the channel, and says which', async () => {
    const about = { ...aDelivery().about, service: 'cart' };
    const message = 'the homeserver knows no room by the name #cart-alerts:test.local (M_NOT_FOUND)';
    expect(await deliver({ about })).toEqual({ kind: 'Stopped', message });
  });

  test('what is neither an id nor a name is a mistake of the channel', () => {
    expect(() => opened('shop-alerts')).toThrow('the room begins neither with ! nor with #');
  });
});

describe('looking', () => {
  test('a room that is as it should be', async () => {
    expect(await notifier.probe(PLACE, never)).toEqual({ kind: 'Ready', drift: [] });
    expect(shown()).toBe(0);
  });

  test.each([
    ['whoami', error(401, 'M_UNKNOWN_TOKEN'), 'Stopped'],
    ['whoami', answer(200, '<html>'), 'NotNow'],
    ['state', error(500, 'M_UNKNOWN'), 'NotNow'],
  ] as const)('%s fails', async (name, fault, kind) => {
    fake.next(name, fault);
    expect((await notifier.probe(PLACE, never)).kind).toBe(kind);
  });

  test('people whose names are no names are told without tricks', async () => {
    notifier = matrix.open({ url: fake.origin, room: FAKE_ROOM, tokenSecret: REF, members: [] }, optionsWith(FAKE_TOKEN));
    const member = (user: string): object => ({ state_key: user, content: { membership: 'join' } });
    const many = Array.from({ length: 12 }, (_, at) => member(`@z${at}:test.local`));
    fake.next('members', answer(200, { chunk: [member('@assay:test.local'), member('@eve\u202e\n:test.local'), 7, ...many] }));
    const probe = await notifier.probe(PLACE, never);
    const drift = probe.kind === 'Ready' ? probe.drift : [];
    expect(drift[0]).toBe('@eve :test.local is in the room, but not a member that the channel names.');
    expect(drift).toHaveLength(11);
    expect(drift.at(-1)).toBe('Of 3 more the same is true.');
  });

  test('members that can not be read are told', async () => {
    notifier = matrix.open({ url: fake.origin, room: FAKE_ROOM, tokenSecret: REF, members: [] }, optionsWith(FAKE_TOKEN));
    fake.next('members', error(500, 'M_UNKNOWN'));
    expect(await notifier.probe(PLACE, never)).toEqual({ kind: 'Ready', drift: ['Who is in the room could not be read.'] });
  });
});

test('whatever a card holds, a strict homeserver takes it', async () => {
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(hostileCard, async (card) => {
      const message = await delivered({ id: `a${(sent += 1)}`, card });
      await delivered({ id: `b${sent}`, card, action: { kind: 'Edit', message } });
    }),
    { numRuns: 60 },
  );
  expect(shown()).toBe(2 * sent);
});

test('a token that was revoked stops the channel, and no result holds it', async () => {
  notifier = opened(FAKE_ROOM, {}, 'syt_other_secret');
  const results = [await deliver(), await notifier.probe(PLACE, never)];
  for (const result of results) {
    expect(result).toEqual({
      kind: 'Stopped',
      message: 'the homeserver does not know the access token, or not any more (M_UNKNOWN_TOKEN)',
    });
  }
});

test('each request is heard of', async () => {
  const heard: string[] = [];
  notifier = opened(FAKE_ROOM, { onRequest: (outcome) => heard.push(outcome) });
  fake.next('send', error(429, 'M_LIMIT_EXCEEDED'));
  await deliver();
  await deliver({ card: { ...CARD, tone: 'Ended' } });
  expect(heard).toEqual(['4xx', '2xx']);
});
