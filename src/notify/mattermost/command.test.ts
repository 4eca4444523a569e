import { HandClock } from '../../platform/hand-clock.ts';
import { CARD, NOW } from '../deliveries.fixtures.ts';
import { form, type Heard, hearing, PLACE, REPLY, until } from '../listening/listening.fixtures.ts';
import type { Listener, ListenOptions, PlatformAnswer, Reply } from '../notifier.ts';
import { FAKE_CHANNEL, type FakeMattermost, startFakeMattermost } from './fake-server.ts';
import { mattermost } from './index.ts';

const TOKEN = 'not-a-real-command-token00';
const PERSON = 'useralice00000000000000000';
// On a machine that does much else.
const SLOW = 60_000;

let fake: FakeMattermost;
let clock: HandClock;
let heard: Heard;
let listener: Listener;

beforeEach(async () => {
  fake = await startFakeMattermost(() => NOW);
  clock = new HandClock(NOW);
  listening();
});
afterEach(async () => {
  await listener.close();
  await fake.close();
});

function listening(changed: Partial<ListenOptions> = {}, channel = 'ops/{service}-alerts'): void {
  heard = hearing({ command: `${TOKEN}\n`, bot: 'x' }, { clock, ...changed });
  const [tokenSecret, commandTokenSecret] = ['bot', 'command'].map((key) => ({ name: 'mattermost', key }));
  const settings = { url: `${fake.url}/`, channel, tokenSecret: tokenSecret!, commandTokenSecret: commandTokenSecret! };
  listener = mattermost.listen!(settings, heard.options)!;
}

type Fields = Readonly<Record<string, string>>;

/** A command as the server posts it (App.DoCommandRequest). */
const command = (): Record<string, string> => ({
  ...{ command: '/assay', text: 'Verfügbarkeit von shop', user_id: PERSON, user_name: 'alice', trigger_id: 't1', token: TOKEN },
  ...{ channel_id: FAKE_CHANNEL, channel_name: 'shop-alerts', team_domain: 'ops', team_id: 'teamops0000000000000000000' },
  response_url: fake.responseUrl,
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded', authorization: `Token ${TOKEN}` };

const post = (fields: Fields = {}, headers: Readonly<Record<string, string | undefined>> = {}): Promise<PlatformAnswer> =>
  listener.receive!({ headers: { ...FORM, ...headers }, body: form({ ...command(), ...fields }) });
const said = ({ body }: PlatformAnswer): unknown => JSON.parse(body);

test('a command is answered for all to see, and nothing in it is read as Slack would', async () => {
  const answer = await post();
  expect(answer).toMatchObject({ status: 200, contentType: 'application/json' });
  expect(said(answer)).toMatchObject({
    ...{ response_type: 'in_channel', skip_slack_parsing: true, text: expect.stringContaining('shop') as unknown },
    attachments: expect.arrayContaining([expect.objectContaining({ fields: expect.anything() as unknown })]) as unknown,
  });
  expect(heard.questions).toEqual([
    { id: 'command/t1', person: PERSON, text: 'Verfügbarkeit von shop', places: [PLACE], at: NOW },
  ]);
  expect(fake.asked).toEqual([]);
});

test('a command may come as JSON, and the channel may be named by its id', async () => {
  listening({}, FAKE_CHANNEL);
  const body = Buffer.from(JSON.stringify({ ...command(), channel_name: 'of-today', mentions: ['x'] }));
  const answer = await listener.receive!({ headers: { 'content-type': 'application/json; charset=utf-8' }, body });
  expect(said(answer)).toMatchObject({ response_type: 'in_channel' });
  expect(heard.questions[0]).not.toHaveProperty('places');
});

const REFUSED: Record<string, [fields: Fields, headers: Readonly<Record<string, string | undefined>>, status: number]> = {
  'with another token': [{ token: 'another' }, {}, 401],
  'with another token in the header': [{}, { authorization: 'Token another' }, 401],
  'without any': [{ token: '' }, { authorization: undefined }, 401],
  'of nobody': [{ user_id: '' }, {}, 400],
  'of somebody with a name of their own choosing': [{ user_id: '@alice' }, {}, 400],
  'that can not be told from others': [{ trigger_id: '' }, {}, 400],
};

test.each(Object.entries(REFUSED))('a command %s is refused', async (_sentence, [fields, headers, status]) => {
  expect(await post(fields, headers)).toEqual({ status, body: '' });
  expect(heard.questions).toEqual([]);
});

test('one of both places for the token is enough', async () => {
  expect((await post({ token: '' })).status).toBe(200);
  expect((await post({ trigger_id: 't2' }, { authorization: undefined })).status).toBe(200);
});

test('without a token of its own nothing is taken', async () => {
  const tokenSecret = { name: 'mattermost', key: 'bot' };
  expect(mattermost.listen!({ url: fake.url, channel: FAKE_CHANNEL, tokenSecret }, heard.options)).toBeUndefined();
  listening({ secret: () => ' ' });
  expect((await post({ token: '' }, { authorization: undefined })).status).toBe(401);
});

const ELSEWHERE: Record<string, Fields> = {
  'of another channel': { channel_name: 'other' },
  'of a channel of that name in another team': { team_domain: 'sales' },
  'of a service that the channel is not for': { channel_name: 'billing-alerts' },
};

test.each(Object.entries(ELSEWHERE))('a command %s is turned away, for who gave it alone', async (_sentence, fields) => {
  const text = expect.stringContaining('another channel') as unknown;
  expect(said(await post(fields))).toEqual({ response_type: 'ephemeral', skip_slack_parsing: true, text });
  expect(heard.questions).toEqual([]);
});

test('the same command twice is asked once; where nothing is to be said nothing is', async () => {
  await post();
  expect(said(await post())).toMatchObject({ response_type: 'ephemeral', text: 'This was asked already.' });
  expect(heard.questions).toHaveLength(1);
  listening({ ask: () => Promise.resolve(undefined) });
  expect(said(await post())).toEqual({});
});

test(
  'an answer that takes long comes later, to the server alone, whatever address came along',
  async () => {
    const later = Promise.withResolvers<Reply>();
    listening({ ask: () => later.promise });
    const addresses = [
      fake.responseUrl,
      fake.responseUrl.replace(fake.url, 'https://evil.example'),
      'http://169.254.169.254/latest',
      'x',
    ];
    for (const [index, address] of addresses.entries()) {
      const answer = post({ trigger_id: `t${index}`, response_url: address });
      await until(() => heard.questions.length === index + 1);
      await clock.advance(2_000);
      expect(said(await answer)).toMatchObject({ response_type: 'ephemeral', text: 'Working on it …' });
    }
    later.resolve(REPLY);
    await until(() => fake.team.responses.length === 2);
    expect(fake.team.responses[0]).toMatchObject({
      response_type: 'in_channel',
      text: expect.stringContaining(CARD.title.slice(0, 4)) as unknown,
    });
  },
  SLOW,
);
