import { aDelivery, CARD, hugeCard, never, NOW, optionsWith } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Delivery, DeliveryResult, Notifier } from '../notifier.ts';
import { type FakeReceiver, startFakeReceiver } from './fake-server.ts';
import { webhook as platform } from './index.ts';

const SECRET = `whsec_${Buffer.from('canary-secret-canary-secret').toString('base64')}`;
const OLD_SECRET = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
const PLACE = { namespace: 'web', service: 'shop' };
let receiver: FakeReceiver;
let notifier: Notifier;

const open = (secret = SECRET): Notifier =>
  platform.open({ url: receiver.url, signingSecret: { name: 'hook', key: 'secret' } }, optionsWith(secret));

beforeEach(async () => {
  receiver = await startFakeReceiver({ secret: SECRET, now: () => NOW + 60_000 });
  notifier = open();
});
afterEach(async () => {
  await notifier.close();
  await receiver.close();
});

async function deliver(changed: Partial<Delivery> = {}): Promise<DeliveryResult> {
  const result = await notifier.deliver(aDelivery(changed), never);
  expect(JSON.stringify(result)).not.toMatch(/canary|Y2FuYXJ5/);
  return result;
}

test('an event is taken, and its signature is good', async () => {
  expect(await deliver()).toEqual({ kind: 'Delivered' });
  expect(receiver.visible).toEqual(['dev.assay.deviation.failing: shop: availability is below 99.9 %']);
});

test('the same delivery again is the same event: whoever keeps ids takes it once', async () => {
  receiver.next('event', { kind: 'HangUp', carriedOut: true });
  expect(await deliver()).toMatchObject({ kind: 'Unanswered' });
  expect(await deliver({ repeated: true })).toEqual({ kind: 'Delivered' });
  expect(receiver.asked).toEqual(['event', 'event']);
  expect(receiver.visible).toHaveLength(1);
});

test('every state is sent, an edit too: a program sees what it is by the event', async () => {
  expect(platform.abilities({ url: receiver.url })).toMatchObject({ everyState: true, once: false });
  const ended = { ...CARD, tone: 'Ended', title: 'recovered' } as const;
  expect(await deliver({ id: 'b2'.repeat(32), action: { kind: 'Edit', message: 'x' }, card: ended })).toEqual({
    kind: 'Delivered',
  });
  expect(await deliver({ id: 'c3'.repeat(32), card: hugeCard('😀') })).toEqual({ kind: 'Delivered' });
  expect(receiver.events.map(({ type }) => type)).toEqual(['dev.assay.deviation.ended', 'dev.assay.deviation.failing']);
});

test('a receiver that still has the old secret takes what both have signed', async () => {
  await notifier.close();
  notifier = open(`${OLD_SECRET}\n${SECRET}`);
  expect(await deliver()).toEqual({ kind: 'Delivered' });
  await notifier.close();
  notifier = open(OLD_SECRET);
  expect(await deliver()).toMatchObject({ kind: 'Stopped' });
});

test('without a secret nothing is signed', async () => {
  const trusting = await startFakeReceiver({ now: () => NOW });
  const unsigned = platform.open({ url: trusting.url }, optionsWith('unused'));
  expect(await unsigned.deliver(aDelivery(), never)).toEqual({ kind: 'Delivered' });
  await unsigned.close();
  await trusting.close();
});

test.each(
  Object.entries({
    'an endpoint that is not there': [{ kind: 'Answer', status: 404, body: 'canary' }, { kind: 'Stopped' }],
    'an endpoint that wants no more': [{ kind: 'Answer', status: 410 }, { kind: 'Stopped' }],
    'an event that is refused': [{ kind: 'Answer', status: 422, body: 'canary' }, { kind: 'Rejected' }],
    'an event that is too large': [{ kind: 'Answer', status: 413 }, { kind: 'Rejected' }],
    'too many, at once': [
      { kind: 'Answer', status: 429, headers: { 'retry-after': '0' } },
      { kind: 'NotNow', retryAfterMs: 0 },
    ],
    'too many, shortly': [{ kind: 'Answer', status: 429, headers: { 'retry-after': '2' } }, { retryAfterMs: 2_000 }],
    'too many, for an hour': [{ kind: 'Answer', status: 429, headers: { 'retry-after': '3600' } }, { retryAfterMs: 3_600_000 }],
    'away, with a time': [
      { kind: 'Answer', status: 503, headers: { 'retry-after': '30' } },
      { kind: 'NotNow', retryAfterMs: 30_000 },
    ],
    'an error of its own': [{ kind: 'Answer', status: 500, body: 'canary' }, { kind: 'NotNow' }],
    'a gateway that lost sight': [{ kind: 'Answer', status: 502 }, { kind: 'Unanswered' }],
    silence: [{ kind: 'Silence', carriedOut: true }, { kind: 'Unanswered' }],
    'a redirect': [{ kind: 'Answer', status: 301, headers: { location: 'https://canary.example' } }, { kind: 'Stopped' }],
  } satisfies Record<string, [Fault, Partial<DeliveryResult>]>),
)('%s', async (_sentence, [fault, want]) => {
  receiver.next('event', fault);
  expect(await deliver()).toMatchObject(want);
});

test('a look sends no event', async () => {
  expect(await notifier.probe(PLACE, never)).toEqual({ kind: 'Ready', drift: [] });
  receiver.next('look', { kind: 'Answer', status: 503 }, { kind: 'Answer', status: 302, headers: { location: '/canary' } });
  expect(await notifier.probe(PLACE, never)).toMatchObject({ kind: 'NotNow' });
  expect(await notifier.probe(PLACE, never)).toMatchObject({ kind: 'Stopped' });
  expect(receiver.events).toEqual([]);
});
