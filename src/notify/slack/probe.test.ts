import { aDelivery, never, NOW, optionsWith } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Notifier } from '../notifier.ts';
import { FAKE_TOKEN, type FakeSlack, startFakeSlack } from './fake-server.ts';
import { slack } from './index.ts';

const PLACE = { namespace: 'web', service: 'shop' };
const lost: Fault = { kind: 'HangUp', carriedOut: true };

let fake: FakeSlack;
const opened: Notifier[] = [];

beforeEach(async () => {
  fake = await startFakeSlack(() => NOW);
});
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  await fake.close();
});

function bot(channel: string): Notifier {
  const tokenSecret = { name: 'slack', key: 'token' };
  const made = slack.open({ url: fake.apiUrl, channel, tokenSecret }, optionsWith(FAKE_TOKEN));
  opened.push(made);
  return made;
}

const channel = (): FakeSlack['workspace']['channels'][number] => fake.workspace.channels[0]!;
const look = (): ReturnType<Notifier['probe']> => bot('#{service}-alerts').probe(PLACE, never);

test('finds all in order', async () => {
  expect(await look()).toEqual({ kind: 'Ready', drift: [] });
  expect(fake.visible()).toEqual([]);
});

test.each(['chat:write', 'channels:read', 'groups:history'])('misses the scope %s', async (scope) => {
  fake.workspace.scopes = fake.workspace.scopes.filter((each) => each !== scope);
  expect(await look()).toMatchObject({ kind: 'Stopped', message: expect.stringContaining(scope) as unknown });
});

test('tells of strangers, and of what will not arrive', async () => {
  channel().shared = true;
  fake.workspace.scopes = fake.workspace.scopes.filter((each) => each !== 'files:write');
  expect(await look()).toEqual({
    kind: 'Ready',
    drift: [
      'The channel is shared with another organisation.',
      'The token lacks the scope files:write: messages with files do not arrive.',
    ],
  });
});

test.each(
  Object.entries<() => unknown>({
    archived: () => (channel().archived = true),
    'without the bot': () => (channel().member = false),
    gone: () => (fake.workspace.channels = []),
  }),
)('finds a channel that is %s', async (_sentence, change) => {
  change();
  expect((await look()).kind).toBe('Stopped');
  expect((await bot('C0SHOPALERTS').probe(PLACE, never)).kind).toBe('Stopped');
});

test('finds the channel that has the name now', async () => {
  const notifier = bot('shop-alerts');
  await notifier.deliver(aDelivery(), never);
  fake.workspace.channels = [{ ...channel(), id: 'C0ANEW00000' }];
  expect((await notifier.probe(PLACE, never)).kind).toBe('Ready');
  await notifier.deliver(aDelivery({ id: '2'.repeat(64) }), never);
  expect(fake.visible().at(-1)?.channel).toBe('C0ANEW00000');
});

test('gets no answer', async () => {
  fake.next('auth.test', lost, { kind: 'Answer', status: 429, headers: { 'retry-after': '3' } });
  expect((await look()).kind).toBe('NotNow');
  expect(await look()).toMatchObject({ kind: 'NotNow', retryAfterMs: 3_000 });
});
