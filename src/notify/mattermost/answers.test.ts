import { aDelivery, never, NOW, optionsWith } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Delivery, DeliveryResult, Notifier } from '../notifier.ts';
import { DOCUMENTED } from './failure.ts';
import { FAKE_CHANNEL, FAKE_TOKEN, type FakeMattermost, startFakeMattermost } from './fake-server.ts';
import { mattermost } from './index.ts';

/*
 * What the server says, and what becomes of it there.
 */

const REF = { name: 'mattermost', key: 'token' };
const PLACE = { namespace: 'web', service: 'shop' };

let fake: FakeMattermost;
let notifier: Notifier;
let now = NOW;
const heard: string[] = [];

beforeEach(async () => {
  now = NOW;
  fake = await startFakeMattermost(() => now);
  heard.length = 0;
  const options = optionsWith(FAKE_TOKEN, { onRequest: (outcome) => void heard.push(outcome) });
  notifier = mattermost.open({ url: fake.url, channel: 'ops/shop-alerts', tokenSecret: REF }, options);
});
afterEach(async () => {
  await notifier.close();
  await fake.close();
});

const deliver = (changed: Partial<Delivery> = {}): Promise<DeliveryResult> => notifier.deliver(aDelivery(changed), never);

async function placeOf(changed: Partial<Delivery> = {}): Promise<string> {
  const result = await deliver(changed);
  if (result.kind !== 'Delivered') throw new Error(JSON.stringify(result));
  return result.message ?? '';
}

const error = (status: number, id: string): Fault => ({
  kind: 'Answer',
  status,
  body: JSON.stringify({ id, message: 'SECRET', detailed_error: 'SECRET', status_code: status }),
});
const lost: Fault = { kind: 'HangUp', carriedOut: true };
const channel = (): FakeMattermost['team']['channels'][number] => fake.team.channels[0]!;

describe('what the server answers to a message', () => {
  const documented = Object.entries(DOCUMENTED).flatMap(([kind, names]) => names.map((name) => [name, kind] as const));
  test.each(documented)('%s means %s', async (name, kind) => {
    fake.next('POST /posts', error(400, name));
    expect(await deliver()).toMatchObject({ kind, message: expect.stringContaining(`(${name})`) as unknown });
  });

  test.each([
    [400, 'Rejected'],
    [401, 'Stopped'],
    [403, 'Stopped'],
    [404, 'Stopped'],
    [413, 'Rejected'],
    [429, 'NotNow'],
    [500, 'Unanswered'],
    [501, 'Rejected'],
    [502, 'Unanswered'],
    [503, 'Unanswered'],
  ] as const)('%s with an id that is not documented means %s', async (status, kind) => {
    fake.next('POST /posts', error(status, 'SECRET.id'), { kind: 'Answer', status, body: '<html>SECRET</html>' });
    for (const result of [await deliver(), await deliver()]) {
      expect(result.kind).toBe(kind);
      expect(JSON.stringify(result)).not.toContain('SECRET');
    }
  });

  test.each(['0', '2', '3600'])('429 with Retry-After %s', async (seconds) => {
    const headers = { 'retry-after': seconds, 'x-ratelimit-reset': '9' };
    fake.next('POST /posts', { kind: 'Answer', status: 429, headers, body: 'limit exceeded' });
    expect(await deliver()).toMatchObject({ kind: 'NotNow', retryAfterMs: Number(seconds) * 1_000 });
  });

  test('a server that is busy says when to come again', async () => {
    const body = JSON.stringify({ id: 'api.context.server_busy.app_error' });
    fake.next('POST /posts', { kind: 'Answer', status: 503, headers: { 'retry-after': '4' }, body });
    expect(await deliver()).toMatchObject({ kind: 'NotNow', retryAfterMs: 4_000 });
  });

  test.each(['', 'ok', '{}', '[]', '{"id":"x"}', `{"id":"${'p'.repeat(26)}","channel_id":"elsewhere"}`])(
    'an answer of %j says nothing',
    async (body) => {
      fake.next('POST /posts', { kind: 'Answer', status: 201, body });
      expect((await deliver()).kind).toBe('Unanswered');
    },
  );

  test('no answer at all', async () => {
    fake.next('POST /posts', { kind: 'Silence', carriedOut: true });
    expect((await deliver()).kind).toBe('Unanswered');
    expect((await deliver({ repeated: true })).kind).toBe('Delivered');
    expect(fake.visible()).toHaveLength(1);
  });

  test('no answer before anything was sent', async () => {
    fake.next('GET /teams/name/{name}/channels/name/{name}', lost, { kind: 'Answer', body: '{"id":"nonsense"}' });
    expect((await deliver()).kind).toBe('NotNow');
    expect((await deliver()).kind).toBe('Stopped');
    expect(fake.visible()).toEqual([]);
  });

  test('nobody listens', async () => {
    await fake.close();
    expect(await deliver()).toEqual({ kind: 'NotNow', message: 'no answer (ECONNREFUSED)' });
    fake = await startFakeMattermost();
  });
});

describe('what changes at the server', () => {
  test.each(
    Object.entries<readonly [() => unknown, string, DeliveryResult['kind']]>({
      'the token is revoked': [() => (fake.team.token = 'revoked'), 'session_expired', 'Stopped'],
      'the channel is archived': [() => (channel().archived = true), 'archived', 'Stopped'],
      'the bot leaves the channel': [() => (channel().member = false), 'permissions', 'Gone'],
      'a permission is taken away': [() => (fake.team.permissions = ['read_channel']), 'permissions', 'Gone'],
    }),
  )('%s: message and edit', async (_sentence, [change, says, edited]) => {
    const message = await placeOf();
    change();
    // What can not be edited is told anew, and that is what stops.
    expect((await deliver({ action: { kind: 'Edit', message } })).kind).toBe(edited);
    expect(await deliver({ id: '2'.repeat(64) })).toMatchObject({
      kind: 'Stopped',
      message: expect.stringContaining(says) as unknown,
    });
    expect(fake.visible()).toHaveLength(1);
  });

  test('a channel that was made anew under the same name is found after the first failure', async () => {
    await placeOf();
    fake.team.channels = [{ ...channel(), id: 'channelanew000000000000000' }];
    expect((await deliver({ id: '2'.repeat(64) })).kind).toBe('Stopped');
    await placeOf({ id: '2'.repeat(64) });
    expect(fake.visible().at(-1)?.channel).toBe('channelanew000000000000000');
  });

  test('the time for edits is over', async () => {
    const message = await placeOf();
    fake.team.editLimitSeconds = 60;
    expect((await deliver({ action: { kind: 'Edit', message } })).kind).toBe('Delivered');
    now += 61_000;
    expect((await deliver({ action: { kind: 'Edit', message } })).kind).toBe('Gone');
  });

  test('the message is gone', async () => {
    const message = await placeOf();
    fake.team.posts[0]!.delete_at = now;
    expect((await deliver({ action: { kind: 'Edit', message } })).kind).toBe('Gone');
    expect((await deliver({ id: '2'.repeat(64), action: { kind: 'Reply', root: message } })).kind).toBe('Gone');
  });
});

describe('a look', () => {
  const look = (): ReturnType<Notifier['probe']> => notifier.probe(PLACE, never);

  test('finds all in order, and says nothing', async () => {
    expect(await look()).toEqual({ kind: 'Ready', drift: [] });
    expect(fake.asked.every((name) => name.startsWith('GET '))).toBe(true);
    channel().shared = true;
    expect(await look()).toEqual({ kind: 'Ready', drift: ['The channel is shared with another server.'] });
  });

  test.each(
    Object.entries<() => unknown>({
      'a token that is revoked': () => (fake.team.token = 'revoked'),
      'an archived channel': () => (channel().archived = true),
      'a channel without the bot': () => (channel().member = false),
      'a channel that can not be read': () => (fake.team.permissions = ['create_post']),
      'no channel': () => (fake.team.channels = []),
    }),
  )('finds %s', async (_sentence, change) => {
    change();
    expect((await look()).kind).toBe('Stopped');
    const options = optionsWith(FAKE_TOKEN);
    const byId = mattermost.open({ url: fake.url, channel: FAKE_CHANNEL, tokenSecret: REF }, options);
    expect((await byId.probe(PLACE, never)).kind).toBe('Stopped');
    await byId.close();
  });

  test('gets no answer', async () => {
    fake.next('GET /users/me', lost, { kind: 'Answer', status: 429, headers: { 'retry-after': '3' } });
    expect((await look()).kind).toBe('NotNow');
    expect(await look()).toMatchObject({ kind: 'NotNow', retryAfterMs: 3_000 });
  });
});

describe('settings and secrets', () => {
  test.each(['town-square', '{service}', 'a/b/c', '/'])('%j names no channel', (name) => {
    const open = (): Notifier => mattermost.open({ url: fake.url, channel: name, tokenSecret: REF }, optionsWith(FAKE_TOKEN));
    expect(open).toThrow('the channel of mattermost is neither an id nor team/name');
  });

  test('the token is in no result, whatever the server says', async () => {
    const faults: Fault[] = [
      error(400, FAKE_TOKEN),
      { kind: 'Answer', status: 403, body: FAKE_TOKEN },
      { kind: 'Answer', body: FAKE_TOKEN },
    ];
    for (const fault of faults) {
      fake.next('POST /posts', fault);
      fake.next('GET /users/me', fault);
      const results = [await deliver(), await notifier.probe(PLACE, never)];
      expect(JSON.stringify(results)).not.toContain('not-a-real');
    }
  });

  test('a token that no header can hold stops the channel', async () => {
    const broken = mattermost.open({ url: fake.url, channel: FAKE_CHANNEL, tokenSecret: REF }, optionsWith('tok\nen\u0000'));
    const result = await broken.deliver(aDelivery(), never);
    expect(result.kind).toBe('Stopped');
    expect(JSON.stringify(result)).not.toContain('tok\\nen');
    await broken.close();
  });

  test('what happens is heard of', async () => {
    await placeOf();
    expect(heard).toEqual(['2xx', '2xx']);
  });
});
