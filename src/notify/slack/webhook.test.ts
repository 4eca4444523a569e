import { aDelivery, never, NOW, optionsWith } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Delivery, DeliveryResult, Notifier } from '../notifier.ts';
import { type FakeSlack, startFakeSlack } from './fake-server.ts';
import { slack } from './index.ts';

const REF = { name: 'slack', key: 'webhook' };
const PLACE = { namespace: 'web', service: 'shop' };
const REPORT = { name: 'incident.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF incident') };
const lost: Fault = { kind: 'HangUp', carriedOut: true };

let fake: FakeSlack;
let notifier: Notifier;

beforeEach(async () => {
  fake = await startFakeSlack(() => NOW);
  notifier = slack.open({ webhookSecret: REF }, optionsWith(`${fake.webhookUrl}\n`));
});
afterEach(async () => {
  await notifier.close();
  await fake.close();
});

const deliver = (changed: Partial<Delivery> = {}): Promise<DeliveryResult> => notifier.deliver(aDelivery(changed), never);

test('it can post only', async () => {
  expect(slack.abilities({ webhookSecret: REF })).toEqual({ edits: false, threads: false, files: false, once: false });
  expect(await deliver()).toEqual({ kind: 'Delivered' });
  expect(fake.visible()[0]?.text).toMatch(/^🔴 shop: availability is below 99.9 %\n/);
  expect((await deliver({ action: { kind: 'Reply', root: 'C0SHOPALERTS/1.1' } })).kind).toBe('Gone');
  expect((await deliver({ action: { kind: 'Edit', message: 'C0SHOPALERTS/1.1' } })).kind).toBe('Gone');
  expect((await deliver({ attachments: [REPORT] })).kind).toBe('Rejected');
  expect(await notifier.probe(PLACE, never)).toEqual({ kind: 'Ready', drift: [] });
  expect(fake.visible()).toHaveLength(1);
});

test.each(
  Object.entries<readonly [Fault, DeliveryResult]>({
    no_service: [
      { kind: 'Answer', status: 404, body: 'no_service' },
      { kind: 'Stopped', message: 'the webhook was disabled or removed (no_service)' },
    ],
    channel_is_archived: [
      { kind: 'Answer', status: 410, body: 'channel_is_archived' },
      { kind: 'Stopped', message: 'the channel is archived (channel_is_archived)' },
    ],
    action_prohibited: [
      { kind: 'Answer', status: 403, body: 'action_prohibited' },
      { kind: 'Stopped', message: 'the administrators do not allow this webhook (action_prohibited)' },
    ],
    invalid_payload: [
      { kind: 'Answer', status: 400, body: 'invalid_payload' },
      { kind: 'Rejected', message: 'the request is malformed (invalid_payload)' },
    ],
    rollup_error: [
      { kind: 'Answer', status: 500, body: 'rollup_error' },
      { kind: 'NotNow', message: 'Slack could not take the message (rollup_error)' },
    ],
    'a gateway': [
      { kind: 'Answer', status: 502, body: 'SECRET' },
      { kind: 'Unanswered', message: 'the platform gives no answer of its own (502)' },
    ],
    'a page of somebody else': [
      { kind: 'Answer', body: '<html>' },
      { kind: 'Unanswered', message: 'what answers does not speak as Slack does' },
    ],
    'too many requests': [
      { kind: 'Answer', status: 429, headers: { 'retry-after': '30' } },
      { kind: 'NotNow', message: 'the platform can not take the message now (429)', retryAfterMs: 30_000 },
    ],
  }),
)('%s', async (_sentence, [fault, want]) => {
  fake.next('webhook', fault);
  expect(await deliver()).toEqual(want);
});

test('an answer that is lost may show the message twice', async () => {
  fake.next('webhook', lost);
  expect((await deliver()).kind).toBe('Unanswered');
  expect(await deliver({ repeated: true })).toEqual({ kind: 'Delivered' });
  expect(fake.visible()).toHaveLength(2);
});

test('nobody listens', async () => {
  await fake.close();
  expect(await deliver()).toEqual({ kind: 'NotNow', message: 'no answer (ECONNREFUSED)' });
  fake = await startFakeSlack();
});
