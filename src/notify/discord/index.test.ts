import { aDelivery, CARD, hugeCard, never, NOW, optionsWith } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Delivery, DeliveryResult, Notifier } from '../notifier.ts';
import { DISCORD_TOKEN, type FakeDiscord, failed, startFakeDiscord } from './fake-server.ts';
import { discord as platform } from './index.ts';

const SETTINGS = { webhookSecret: { name: 'discord', key: 'address' } };
const PLACE = { namespace: 'web', service: 'shop' };
const clock = { now: NOW };
let discord: FakeDiscord;
let notifier: Notifier;

const open = (address: string): Notifier =>
  platform.open(SETTINGS, optionsWith(address, { clock: { now: () => clock.now, after: () => () => undefined } }));

beforeEach(async () => {
  clock.now = NOW;
  discord = await startFakeDiscord();
  notifier = open(discord.address);
});
afterEach(async () => {
  await notifier.close();
  await discord.close();
});

async function deliver(changed: Partial<Delivery> = {}): Promise<DeliveryResult> {
  const result = await notifier.deliver(aDelivery(changed), never);
  expect(JSON.stringify(result)).not.toMatch(/canary|webhooks\//);
  return result;
}
const posted = async (changed: Partial<Delivery> = {}): Promise<string> => {
  const result = await deliver(changed);
  return result.kind === 'Delivered' ? result.message! : '';
};

test('a message is there, as a person sees it, and is edited in its place', async () => {
  const message = await posted();
  expect(message).toMatch(/^\d+$/);
  expect(discord.visible).toHaveLength(1);
  expect(discord.visible[0]).toBe(
    [
      ...['shop: availability is below 99.9 %', 'Value: 97.2 % against at least 99.9 %', 'Since: 2026-11-28 11:45 UTC'],
      ...['The shop answers with errors.', 'The internal team was told at 11:45.', '', 'Runbook: https://wiki.example.org/shop'],
    ].join('\n'),
  );
  const ended = { ...CARD, tone: 'Ended', title: 'recovered after 17 min' } as const;
  expect(await deliver({ action: { kind: 'Edit', message }, card: ended })).toEqual({ kind: 'Delivered', message });
  expect(discord.visible).toHaveLength(1);
  expect(discord.visible[0]).toMatch(/^recovered after 17 min\n/);
  expect(discord.mentioned).toBe(0);
});

test('files come along', async () => {
  const attachments = [
    { name: 'incident.pdf', mediaType: 'application/pdf', bytes: new Uint8Array([1, 2, 3]) },
    { name: 'ä "b".json', mediaType: 'application/json', bytes: new TextEncoder().encode('\r\n--x\r\n\r\n') },
  ];
  expect(await posted({ attachments })).not.toBe('');
  expect(discord.visible[0]).toMatch(/\n\(incident\.pdf, 3 bytes\)\n\(_b_\.json, 9 bytes\)$/);
});

test('files that the server does not take are named, and the message is there without them', async () => {
  discord.next('post', { kind: 'Answer', ...failed(413, 40_005) });
  const attachments = [{ name: 'report.pdf', mediaType: 'application/pdf', bytes: new Uint8Array(3) }];
  expect(await posted({ attachments })).not.toBe('');
  expect(discord.visible[0]).toContain('The file report.pdf is too large for Discord, or one too many, and is not here.');
  expect(discord.asked).toEqual(['post', 'post']);
});

test.each(['a', '.', '😀'])('the largest card of %j is taken', async (sign) => {
  expect(await deliver({ card: hugeCard(sign) })).toMatchObject({ kind: 'Delivered' });
});

test('a message that is gone, or was never one, can not be edited', async () => {
  const message = await posted();
  discord.remove(0);
  expect(await deliver({ action: { kind: 'Edit', message } })).toMatchObject({ kind: 'Gone' });
  expect(await deliver({ action: { kind: 'Edit', message: '../../canary' } })).toMatchObject({ kind: 'Gone' });
  expect(discord.asked).toEqual(['post', 'edit']);
});

test.each([
  ['deleted', 'Stopped'],
  ['token changed', 'Stopped'],
  ['forbidden', 'Stopped'],
  ['forum', 'Stopped'],
] as const)('a webhook that is %s: %s', async (state, kind) => {
  discord.state = state;
  expect(await deliver()).toMatchObject({ kind });
  expect(discord.visible).toHaveLength(0);
});

test('an address that names a thread of a forum keeps it', async () => {
  discord.state = 'forum';
  await notifier.close();
  notifier = open(`${discord.address}?thread_id=77`);
  const message = await posted();
  expect(await deliver({ action: { kind: 'Edit', message } })).toMatchObject({ kind: 'Delivered' });
  expect(await notifier.probe(PLACE, never)).toMatchObject({ kind: 'Ready' });
});

const answer = (status: number, code = 0, more: object = {}): Fault => ({ kind: 'Answer', ...failed(status, code, more) });
const limited = (seconds: string, more: object = {}): Fault => ({
  ...{ kind: 'Answer', ...failed(429, 0, more) },
  headers: { 'retry-after': seconds },
});

test.each(
  Object.entries({
    'an answer of 404 without a word': [{ kind: 'Answer', status: 404 }, { kind: 'Stopped' }],
    'a message unknown where none was edited': [answer(404, 10_008), { kind: 'Stopped' }],
    'a card that Discord refuses': [answer(400, 50_035), { kind: 'Rejected' }],
    'a message that is too large': [answer(413, 40_005), { kind: 'Rejected' }],
    'a message that the server blocks': [answer(400, 200_000), { kind: 'Rejected' }],
    'a thread that is archived': [answer(400, 50_083), { kind: 'Stopped' }],
    'Discord is busy': [answer(503, 130_000), { kind: 'NotNow' }],
    'an address that is blocked for a while': [answer(403, 40_333), { kind: 'NotNow' }],
    'slow mode': [answer(400, 20_016, { retry_after: 5.5 }), { kind: 'NotNow', retryAfterMs: 5_500 }],
    'too many, at once': [limited('0'), { kind: 'NotNow', retryAfterMs: 0 }],
    'too many, shortly': [limited('2', { retry_after: 1.337 }), { kind: 'NotNow', retryAfterMs: 2_000 }],
    'too many, by the body alone': [answer(429, 0, { retry_after: 64.57 }), { kind: 'NotNow', retryAfterMs: 64_570 }],
    'too many, for an hour': [limited('3600', { global: true }), { kind: 'NotNow', retryAfterMs: 3_600_000 }],
    'too many edits': [answer(429, 30_046, { retry_after: 300 }), { kind: 'NotNow', retryAfterMs: 300_000 }],
    'too many, says the wall before Discord': [{ kind: 'Answer', status: 429, body: 'error code: 1015' }, { kind: 'NotNow' }],
    'an error of its own': [{ kind: 'Answer', status: 500, body: 'canary' }, { kind: 'NotNow' }],
    'a gateway that lost sight': [{ kind: 'Answer', status: 502, body: 'canary' }, { kind: 'Unanswered' }],
    silence: [{ kind: 'Silence', carriedOut: true }, { kind: 'Unanswered' }],
    'a hang-up after it was taken': [{ kind: 'HangUp', carriedOut: true }, { kind: 'Unanswered' }],
    'an answer that is no message': [{ kind: 'Answer', status: 200, body: '{"id":"<canary>"}' }, { kind: 'Delivered' }],
  } satisfies Record<string, [Fault, Partial<DeliveryResult>]>),
)('%s', async (_sentence, [fault, want]) => {
  discord.next('post', fault);
  expect(await deliver()).toMatchObject(want);
});

test('when the last one of a window is sent, the next one waits', async () => {
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '1.5' };
  discord.next('post', { kind: 'Answer', status: 200, headers, body: '{"id":"1"}' });
  await deliver();
  expect(await deliver()).toMatchObject({ kind: 'NotNow', retryAfterMs: 1_500 });
  expect(discord.asked).toEqual(['post']);
  clock.now += 1_500;
  expect(await deliver()).toMatchObject({ kind: 'Delivered' });
});

test('a look says whether the webhook is there, and nothing in the channel', async () => {
  expect(await notifier.probe(PLACE, never)).toEqual({ kind: 'Ready', drift: [] });
  discord.next('look', { kind: 'HangUp', carriedOut: false }, { kind: 'HangUp', carriedOut: false }, answer(500));
  expect([await notifier.probe(PLACE, never), await notifier.probe(PLACE, never)]).toMatchObject([
    { kind: 'NotNow' },
    { kind: 'NotNow' },
  ]);
  discord.state = 'deleted';
  const probe = await notifier.probe(PLACE, never);
  expect(probe).toMatchObject({ kind: 'Stopped' });
  expect(JSON.stringify(probe)).not.toContain(DISCORD_TOKEN);
  expect(discord.visible).toHaveLength(0);
});
