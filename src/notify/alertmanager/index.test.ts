import fc from 'fast-check';

import { aDelivery, CARD, hostileCard, hugeCard, never, NOW, optionsWith } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Delivery, DeliveryResult, Notifier } from '../notifier.ts';
import { type FakeAlertmanager, startFakeAlertmanager } from './fake-server.ts';
import { alertmanager as platform } from './index.ts';

const TOKEN = 'canary-token';
const PLACE = { namespace: 'web', service: 'shop' };
let replicas: FakeAlertmanager[];
let notifier: Notifier;

const open = (urls: string[]): Notifier =>
  platform.open({ urls, tokenSecret: { name: 'am', key: 'token' } }, optionsWith(`${TOKEN}\n`));
const hosts = (): string[] => replicas.map(({ url }) => new URL(url).host);

beforeEach(async () => {
  replicas = await Promise.all([0, 1].map(() => startFakeAlertmanager(() => NOW, TOKEN)));
  notifier = open(replicas.map(({ url }) => url));
});
afterEach(async () => {
  await notifier.close();
  await Promise.all(replicas.map((replica) => replica.close()));
});

async function deliver(changed: Partial<Delivery> = {}): Promise<DeliveryResult> {
  const result = await notifier.deliver(aDelivery(changed), never);
  expect(JSON.stringify(result)).not.toContain('canary');
  return result;
}

test('every replica has it, once, and not any more when it is over', async () => {
  const visible = () => replicas.map((replica) => replica.visible());
  const taken = { kind: 'Delivered', message: 'd'.repeat(64) };
  expect(await deliver()).toEqual(taken);
  expect(await deliver({ repeated: true })).toEqual(taken);
  expect(await deliver({ action: { kind: 'Edit', message: 'd'.repeat(64) }, card: { ...CARD, title: 'worse' } })).toEqual(taken);
  expect(visible()).toEqual([['AssayDeviation: worse'], ['AssayDeviation: worse']]);
  const about = { ...aDelivery().about, endedAt: NOW - 1 };
  expect(await deliver({ about, card: { ...CARD, tone: 'Ended' } })).toEqual(taken);
  expect(visible()).toEqual([[], []]);
});

test('one replica is enough, and the other one is named', async () => {
  replicas[1]!.next('alerts', { kind: 'Answer', status: 500, body: 'canary' });
  expect(await deliver()).toEqual({
    ...{ kind: 'Delivered', message: 'd'.repeat(64) },
    note: `not every replica took it: ${hosts()[1]}: the platform can not take the message now (500)`,
  });
});

const answer = (status: number, headers = {}): Fault => ({ kind: 'Answer', status, body: 'canary', headers });
const hangUps: Fault[] = [0, 1].map(() => ({ kind: 'HangUp', carriedOut: true }));

const CASES: Readonly<Record<string, readonly [Fault[], Fault[], Partial<DeliveryResult>]>> = {
  'both are away': [[answer(503)], [answer(500)], { kind: 'NotNow' }],
  'both refuse the alert': [[answer(400)], [answer(400)], { kind: 'Rejected' }],
  'both refuse the token': [[answer(401)], [answer(403)], { kind: 'Stopped' }],
  'neither is there': [[answer(404)], [answer(404)], { kind: 'Stopped' }],
  'one refuses, one is away': [[answer(401)], [answer(503, { 'retry-after': '2' })], { kind: 'NotNow', retryAfterMs: 2_000 }],
  'the shorter wait counts': [
    [answer(429, { 'retry-after': '3600' })],
    [answer(429, { 'retry-after': '0' })],
    { kind: 'NotNow', retryAfterMs: 0 },
  ],
  'one may have it': [hangUps, [answer(503)], { kind: 'Unanswered' }],
  silence: [[{ kind: 'Silence', carriedOut: true }], [answer(500)], { kind: 'Unanswered' }],
};

test.each(Object.entries(CASES))('%s', async (_sentence, [first, second, want]) => {
  replicas[0]!.next('alerts', ...first);
  replicas[1]!.next('alerts', ...second);
  const result = await deliver();
  expect(result).toMatchObject(want);
  for (const host of hosts()) expect((result as { message: string }).message).toContain(host);
});

test('no card of a stranger is refused', async () => {
  await fc.assert(
    fc.asyncProperty(hostileCard, async (card) => expect(await deliver({ card })).toMatchObject({ kind: 'Delivered' })),
    { numRuns: 30 },
  );
  expect(await deliver({ card: hugeCard('😀') })).toMatchObject({ kind: 'Delivered' });
});

test('a look says which replica is missing', async () => {
  expect(await notifier.probe(PLACE, never)).toEqual({ kind: 'Ready', drift: [] });
  await replicas[0]!.close();
  expect(await notifier.probe(PLACE, never)).toEqual({
    kind: 'Ready',
    drift: [`the replica ${hosts()[0]}: no answer (ECONNREFUSED)`],
  });
  await replicas[1]!.close();
  expect(await notifier.probe(PLACE, never)).toMatchObject({ kind: 'NotNow' });
  replicas = [];
});
