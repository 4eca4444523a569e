import { aDelivery, CARD, hugeCard, never, optionsWith } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Delivery, DeliveryResult, Notifier } from '../notifier.ts';
import { type FakeTeams, startFakeTeams, TEAMS_SIGNATURE } from './fake-server.ts';
import { teams as platform } from './index.ts';

const SETTINGS = { webhookSecret: { name: 'teams', key: 'address' } };
const PLACE = { namespace: 'web', service: 'shop' };
let teams: FakeTeams;
let notifier: Notifier;

beforeEach(async () => {
  teams = await startFakeTeams();
  notifier = platform.open(SETTINGS, optionsWith(teams.address));
});
afterEach(async () => {
  await notifier.close();
  await teams.close();
});

async function deliver(changed: Partial<Delivery> = {}): Promise<DeliveryResult> {
  const result = await notifier.deliver(aDelivery(changed), never);
  expect(JSON.stringify(result)).not.toMatch(/canary|sig=|workflows\//);
  return result;
}

test('a message is there, as a person sees it', async () => {
  expect(await deliver()).toEqual({ kind: 'Delivered' });
  expect(teams.visible).toEqual([
    [
      'shop: availability is below 99.9 %',
      ...['Value: 97.2 % against at least 99.9 %', 'Since: 2026-11-28 11:45 UTC'],
      ...['The shop answers with errors.', 'The internal team was told at 11:45.'],
      '[Runbook -> https://wiki.example.org/shop]',
    ].join('\n'),
  ]);
});

test('an answer in a thread is a message of its own, and an edit is none', async () => {
  expect(await deliver({ action: { kind: 'Reply', root: 'x' } })).toEqual({ kind: 'Delivered' });
  expect(await deliver({ action: { kind: 'Edit', message: 'x' } })).toMatchObject({ kind: 'Gone' });
  expect(teams.visible).toHaveLength(1);
});

test.each(['a', '"', '漢', '😀'])('the largest card of %j is not lost', async (sign) => {
  expect(await deliver({ card: hugeCard(sign) })).toEqual({ kind: 'Delivered' });
  expect(await deliver({ card: { ...CARD, title: '', facts: [{ name: '', value: '' }] } })).toEqual({ kind: 'Delivered' });
  expect(teams.lost).toEqual([]);
});

const withCode = (status: number, code: string): Fault => ({
  ...{ kind: 'Answer', status },
  body: JSON.stringify({ error: { code, message: `canary ${TEAMS_SIGNATURE}` } }),
});
const OLD = 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId canary.';

test.each(
  Object.entries({
    'an answer of 404 without a word': [{ kind: 'Answer', status: 404 }, { kind: 'Stopped' }],
    'a workflow that is gone': [withCode(404, 'WorkflowNotFound'), { kind: 'Stopped' }],
    'a workflow that is switched off': [withCode(400, 'WorkflowTriggerIsNotEnabled'), { kind: 'Stopped' }],
    'an address that has lost its signature': [withCode(401, 'DirectApiAuthorizationRequired'), { kind: 'Stopped' }],
    'another trigger': [withCode(400, 'TriggerInputSchemaMismatch'), { kind: 'Stopped' }],
    'a card that can not be read': [withCode(400, 'InvalidRequestContent'), { kind: 'Rejected' }],
    'a code that is not known': [withCode(400, 'toString'), { kind: 'Rejected' }],
    'a message that is too large': [{ kind: 'Answer', status: 413 }, { kind: 'Rejected' }],
    'too many, at once': [
      { kind: 'Answer', status: 429, headers: { 'retry-after': '0' } },
      { kind: 'NotNow', retryAfterMs: 0 },
    ],
    'too many, shortly': [{ kind: 'Answer', status: 429, headers: { 'retry-after': '2' } }, { retryAfterMs: 2_000 }],
    'too many, for an hour': [{ kind: 'Answer', status: 429, headers: { 'retry-after': '3600' } }, { retryAfterMs: 3_600_000 }],
    'too many, for long': [{ kind: 'Answer', status: 429 }, { kind: 'NotNow' }],
    'an error of its own': [{ kind: 'Answer', status: 500, body: 'canary' }, { kind: 'NotNow' }],
    'a gateway that lost sight': [withCode(504, 'WorkflowNotFound'), { kind: 'Unanswered' }],
    silence: [{ kind: 'Silence', carriedOut: true }, { kind: 'Unanswered' }],
    'a hang-up after it was taken': [{ kind: 'HangUp', carriedOut: true }, { kind: 'Unanswered' }],
    'a redirect': [{ kind: 'Answer', status: 302, headers: { location: '/canary' } }, { kind: 'Stopped' }],
    'a connector of old that says 200': [{ kind: 'Answer', status: 200, body: OLD }, { kind: 'Stopped' }],
  } satisfies Record<string, [Fault, Partial<DeliveryResult>]>),
)('%s', async (_sentence, [fault, want]) => {
  teams.next('post', fault);
  expect(await deliver()).toMatchObject(want);
});

test('where nobody listens, nothing was sent', async () => {
  await teams.close();
  expect(await deliver()).toMatchObject({ kind: 'NotNow' });
  teams = await startFakeTeams();
});

test('a look starts no workflow, and sees whether it would start', async () => {
  const look = async (): Promise<string> => (await notifier.probe(PLACE, never)).kind;
  expect(await notifier.probe(PLACE, never)).toEqual({ kind: 'Ready', drift: [] });
  for (const state of ['off', 'deleted'] as const) {
    teams.state = state;
    expect(await look()).toBe('Stopped');
  }
  teams.next(
    'look',
    { kind: 'Answer', status: 503 },
    { kind: 'HangUp', carriedOut: false },
    { kind: 'HangUp', carriedOut: false },
  );
  expect([await look(), await look()]).toEqual(['NotNow', 'NotNow']);
  expect(teams.visible).toEqual([]);
});

test('a wrong address is said without being repeated', () => {
  expect(() => platform.open(SETTINGS, optionsWith('canary'))).toThrow(/^the Secret holds no address/);
});
