import fc from 'fast-check';

import { aDelivery, CARD, hostileCard, hugeCard, never, NOW, optionsWith } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Delivery, DeliveryResult, Notifier, NotifierOptions } from '../notifier.ts';
import { FAKE_CHANNEL, FAKE_TOKEN, type FakeMattermost, startFakeMattermost } from './fake-server.ts';
import { mattermost } from './index.ts';

const REF = { name: 'mattermost', key: 'token' };
const REPORT = { name: 'incident.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF incident') };
const OTHER = 'channelother00000000000000';

let fake: FakeMattermost;
let notifier: Notifier;
let now = NOW;
const opened: Notifier[] = [];

beforeEach(async () => {
  now = NOW;
  fake = await startFakeMattermost(() => now);
  notifier = bot();
});
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  await fake.close();
});

function bot(channel = 'ops/{service}-alerts', changed: Partial<NotifierOptions> = {}): Notifier {
  const made = mattermost.open({ url: `${fake.url}/`, channel, tokenSecret: REF }, optionsWith(`${FAKE_TOKEN}\n`, changed));
  opened.push(made);
  return made;
}

const deliver = (changed: Partial<Delivery> = {}): Promise<DeliveryResult> => notifier.deliver(aDelivery(changed), never);

/** The place of a message that was delivered. */
async function delivered(changed: Partial<Delivery> = {}): Promise<string> {
  const result = await deliver(changed);
  if (result.kind !== 'Delivered') throw new Error(JSON.stringify(result));
  return result.message ?? '';
}

const id = (sign: number): string => sign.toString(16).repeat(64).slice(0, 64);
const error = (status: number, name: string): Fault => ({
  kind: 'Answer',
  status,
  body: JSON.stringify({ id: name, message: 'SECRET', status_code: status }),
});
const lost: Fault = { kind: 'HangUp', carriedOut: true };
const postOf = (ref: string): string => ref.split('/')[1] ?? '';

/** The 30 seconds in which the server itself knows a message again are over. */
const later = (): unknown => (now += 60_000);

test('it can edit, answer, carry files, and shows nothing twice', () => {
  const settings = { url: 'http://mattermost', channel: 'ops/alerts', tokenSecret: REF };
  expect(mattermost.abilities(settings)).toEqual({ edits: true, threads: true, files: true, once: true });
});

test('a message is posted, answered, edited, and stays one', async () => {
  const root = await delivered({ id: id(1) });
  const answer = await delivered({ id: id(2), action: { kind: 'Reply', root } });
  await delivered({ id: id(3), action: { kind: 'Reply', root: answer } });
  expect(await delivered({ action: { kind: 'Edit', message: root }, card: { ...CARD, tone: 'Ended', title: 'over' } })).toBe(
    root,
  );
  expect(fake.visible().map((each) => each.root)).toEqual([undefined, postOf(root), postOf(root)]);
  expect(fake.visible()[0]).toMatchObject({
    channel: FAKE_CHANNEL,
    edited: true,
    text: expect.stringMatching(/^✅ over\n/) as unknown,
  });
});

test('an edit leaves a message that of a bot, and of its delivery', async () => {
  const message = await delivered({ id: id(1) });
  const before = fake.team.posts[0]?.props;
  await delivered({ id: id(2), action: { kind: 'Edit', message }, card: { ...CARD, title: 'worse' } });
  expect(Object.keys(fake.team.posts[0]?.props ?? {}).sort()).toEqual(Object.keys(before ?? {}).sort());
  later();
  expect(await delivered({ id: id(1), repeated: true })).toBe(message);
  expect(fake.visible()).toHaveLength(1);
});

test('a name of a channel is looked up once, an id never', async () => {
  await delivered({ id: id(1) });
  await delivered({ id: id(2) });
  expect(fake.asked.filter((name) => name.includes('/teams/'))).toHaveLength(1);
  notifier = bot(FAKE_CHANNEL);
  await delivered({ id: id(3) });
  expect(fake.asked.at(-2)).toBe('POST /posts');
});

test('a message of another channel is told anew rather than edited or answered there', async () => {
  fake.team.channels.push({ id: OTHER, team: 'ops', name: 'other', archived: false, member: true, shared: false });
  const root = await delivered();
  notifier = bot('ops/other');
  expect((await deliver({ action: { kind: 'Edit', message: root } })).kind).toBe('Gone');
  expect((await deliver({ action: { kind: 'Reply', root } })).kind).toBe('Gone');
  expect((await deliver({ action: { kind: 'Reply', root: 'nonsense' } })).kind).toBe('Gone');
  expect(fake.visible()).toHaveLength(1);
});

test('the same delivery reaches two channels', async () => {
  fake.team.channels.push({ id: OTHER, team: 'ops', name: 'other', archived: false, member: true, shared: false });
  await delivered();
  notifier = bot('ops/other');
  await delivered();
  expect(fake.visible().map(({ channel }) => channel)).toEqual([FAKE_CHANNEL, OTHER]);
});

test('what strangers write is taken by the platform', async () => {
  const take = async (card: typeof CARD, each: number): Promise<void> => {
    expect((await deliver({ id: id(each), card })).kind).toBe('Delivered');
  };
  await fc.assert(fc.asyncProperty(hostileCard, fc.nat(), take), { numRuns: 30 });
  for (const sign of ['😀', '@', '"']) await take(hugeCard(sign), 1);
});

describe('what may be there already', () => {
  test.each([0, 1, 450])('is found behind %s newer messages, and not shown twice', async (newer) => {
    fake.next('POST /posts', lost);
    expect((await deliver({ id: id(1) })).kind).toBe('Unanswered');
    const [first] = fake.team.posts;
    for (let each = 0; each < newer; each += 1)
      fake.team.posts.push({ ...first!, id: String(each).padStart(26, '0'), props: {} });
    later();
    expect(postOf(await delivered({ id: id(1), repeated: true }))).toBe(first?.id);
    expect(fake.visible()).toHaveLength(newer + 1);
  });

  test('is found in its thread', async () => {
    const root = await delivered({ id: id(1) });
    fake.next('POST /posts', lost);
    const answer = { id: id(2), action: { kind: 'Reply', root } } as const;
    expect((await deliver(answer)).kind).toBe('Unanswered');
    later();
    const found = await delivered({ ...answer, repeated: true });
    await delivered({ id: id(3), action: { kind: 'Reply', root: found } });
    expect(fake.visible().map((each) => each.root)).toEqual([undefined, postOf(root), postOf(root)]);
  });

  test('is sent if it is not there', async () => {
    fake.next('POST /posts', { kind: 'HangUp', carriedOut: false });
    expect((await deliver()).kind).toBe('Unanswered');
    await delivered({ repeated: true });
    expect(fake.visible()).toHaveLength(1);
  });

  test('that is still under way is dropped by the server itself', async () => {
    fake.next('POST /posts', lost);
    await deliver();
    // The channel does not show it yet.
    fake.next('GET /channels/{id}/posts', { kind: 'Answer', body: JSON.stringify({ order: [], posts: {} }) });
    await delivered({ repeated: true });
    expect(fake.visible()).toHaveLength(1);
    fake.next('POST /posts', error(500, 'api.post.deduplicate_create_post.pending'));
    expect((await deliver({ id: id(2) })).kind).toBe('Unanswered');
  });

  test('does not count if somebody else wrote it', async () => {
    await delivered();
    fake.team.posts = fake.team.posts.map((post) => ({ ...post, user_id: 'userelse000000000000000000' }));
    later();
    await delivered({ repeated: true });
    expect(fake.visible()).toHaveLength(2);
  });

  test('is not looked for beyond the time in which it can have been sent', async () => {
    const old = Array.from({ length: 400 }, (_, each) => String(each).padStart(26, '0'));
    const post = {
      channel_id: FAKE_CHANNEL,
      user_id: 'u',
      root_id: '',
      message: '',
      props: {},
      file_ids: [],
      edit_at: 0,
      delete_at: 0,
    };
    fake.team.posts = old.map((each) => ({ ...post, id: each, create_at: NOW - 3_600_000 }));
    await delivered({ repeated: true });
    expect(fake.asked.filter((name) => name === 'GET /channels/{id}/posts')).toHaveLength(1);
  });

  test('stays doubtful as long as it can not be looked for', async () => {
    const name = 'GET /channels/{id}/posts';
    fake.next(
      name,
      { kind: 'Answer', status: 429, headers: { 'retry-after': '7' } },
      lost,
      error(403, 'api.context.permissions.app_error'),
    );
    expect(await deliver({ repeated: true })).toMatchObject({ kind: 'Unanswered', retryAfterMs: 7_000 });
    expect((await deliver({ repeated: true })).kind).toBe('Unanswered');
    expect((await deliver({ repeated: true })).kind).toBe('Stopped');
    expect(fake.visible()).toHaveLength(0);
  });

  test('an edit is simply done again', async () => {
    const message = await delivered();
    fake.next('PUT /posts/{id}/patch', lost);
    expect((await deliver({ action: { kind: 'Edit', message } })).kind).toBe('Unanswered');
    expect(await delivered({ action: { kind: 'Edit', message }, repeated: true })).toBe(message);
    expect(fake.visible()).toHaveLength(1);
  });
});

describe('files', () => {
  test('come with their message', async () => {
    await delivered({ attachments: [REPORT, { ...REPORT, name: '../a"b\r\n.txt' }] });
    expect(fake.visible().map(({ files }) => files)).toEqual([['incident.pdf', '.._a_b .txt']]);
  });

  test.each([
    ['an answer that is lost', lost, 'NotNow'],
    ['too many requests', { kind: 'Answer', status: 429, headers: { 'retry-after': '2' } }, 'NotNow'],
    ['no place in the answer', { kind: 'Answer', status: 201, body: '{}' }, 'NotNow'],
  ] as const)('of which nothing is shown: %s', async (_sentence, fault, kind) => {
    fake.next('POST /files', fault);
    expect((await deliver({ attachments: [REPORT] })).kind).toBe(kind);
    expect(fake.visible()).toEqual([]);
    await delivered({ attachments: [REPORT] });
    expect(fake.visible().map(({ files }) => files)).toEqual([['incident.pdf']]);
  });

  test.each(
    Object.entries<readonly [() => unknown, DeliveryResult['kind']]>({
      'where the server takes none': [() => (fake.team.filesEnabled = false), 'Rejected'],
      'that are too large': [() => (fake.team.maxFileBytes = 3), 'Rejected'],
      'without the permission': [() => (fake.team.permissions = ['create_post', 'read_channel']), 'Stopped'],
    }),
  )('%s', async (_sentence, [change, kind]) => {
    change();
    expect((await deliver({ attachments: [REPORT] })).kind).toBe(kind);
    expect(fake.visible()).toEqual([]);
  });

  test('beyond ten are too many', async () => {
    expect((await deliver({ attachments: Array.from({ length: 11 }, () => REPORT) })).kind).toBe('Rejected');
    await delivered({ attachments: Array.from({ length: 10 }, () => REPORT) });
    expect(fake.visible()[0]?.files).toHaveLength(10);
  });
});
