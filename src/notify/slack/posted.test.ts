import fc from 'fast-check';

import { HandClock, settled } from '../../platform/hand-clock.ts';
import { hostileText, NOW } from '../deliveries.fixtures.ts';
import { form, type Heard, hearing, PLACE, REPLY, until } from '../listening/listening.fixtures.ts';
import type { Listener, ListenOptions, PlatformAnswer, Reply } from '../notifier.ts';
import { FAKE_TOKEN, type FakeSlack, startFakeSlack } from './fake-server.ts';
import { slack } from './index.ts';
import { plainText } from './plain-text.ts';
import { signatureOf } from './signature.ts';

/*
 * Commands that Slack posts, and texts as people write them.
 */

const SECRETS = { bot: FAKE_TOKEN, signing: 'not-a-real-signing-secret\n' };
const SECRET = SECRETS.signing.trim();
const SECONDS = NOW / 1_000;
// On a machine that does much else.
const SLOW = 60_000;

let fake: FakeSlack;
let clock: HandClock;
let listener: Listener;
let heard: Heard;

beforeEach(async () => {
  fake = await startFakeSlack(() => NOW);
  clock = new HandClock(NOW);
  listening();
});
afterEach(async () => {
  await listener.close();
  await fake.close();
});

function listening(changed: Partial<ListenOptions> = {}): void {
  heard = hearing(SECRETS, { clock, ...changed });
  const [tokenSecret, signingSecret] = ['bot', 'signing'].map((key) => ({ name: 'slack', key }));
  const settings = { url: fake.apiUrl, channel: '{service}-alerts', tokenSecret: tokenSecret!, signingSecret: signingSecret! };
  listener = slack.listen!(settings, heard.options)!;
}

const command = (): Record<string, string> => ({
  ...{ command: '/assay', text: 'status of shop', user_id: 'U0ALICE', user_name: 'alice', trigger_id: '1.2.3', team_id: 'T0000' },
  ...{ channel_id: 'C0SHOPALERTS', channel_name: 'shop-alerts', response_url: fake.responseUrl },
});

interface Posting {
  readonly fields?: Readonly<Record<string, string>>;
  readonly secret?: string;
  readonly at?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Buffer;
}

function post({ fields = {}, secret = SECRET, at = String(SECONDS), headers, body }: Posting = {}): Promise<PlatformAnswer> {
  const signed = form({ ...command(), ...fields });
  const own = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': at,
    'x-slack-signature': signatureOf(secret, at, signed),
  };
  return listener.receive!({ headers: { ...own, ...headers }, body: body ?? signed });
}

const said = ({ body }: PlatformAnswer): unknown => JSON.parse(body);

test(
  'a command that is signed is answered for all to see',
  async () => {
    const answer = await post();
    expect(answer).toMatchObject({ status: 200, contentType: 'application/json' });
    expect(said(answer)).toMatchObject({ response_type: 'in_channel', blocks: expect.anything() as unknown });
    expect(heard.questions).toEqual([
      { id: 'command/1.2.3', person: 'U0ALICE', text: 'status of shop', places: [PLACE], at: NOW },
    ]);
    expect(fake.asked).toEqual(['conversations.info']);
  },
  SLOW,
);

test('a signature is that of the documentation', () => {
  // https://docs.slack.dev/authentication/verifying-requests-from-slack/
  const body = Buffer.from(
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  );
  expect(signatureOf('8f742231b10e8888abcd99yyyzzz85a5', '1531420618', body)).toBe(
    'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  );
});

const NOT_SLACK: Record<string, Posting> = {
  'signed by somebody else': { secret: 'another' },
  'signed with nothing': { secret: '' },
  'not signed': { headers: { 'x-slack-signature': undefined } },
  'without a time': { headers: { 'x-slack-request-timestamp': undefined } },
  'of six minutes ago': { at: String(SECONDS - 360) },
  'of six minutes ahead': { at: String(SECONDS + 360) },
  'of no time': { at: 'NaN' },
  'with another body': { body: Buffer.from('command=%2Fassay&text=resolve+all&channel_id=C0SHOPALERTS') },
  'with an older version of the signature': { headers: { 'x-slack-signature': `v1=${'0'.repeat(64)}` } },
};

test.each(Object.entries(NOT_SLACK))('a command %s is refused', async (_sentence, posting) => {
  expect(await post(posting)).toEqual({ status: 401, body: '' });
  expect(heard.questions).toEqual([]);
  expect(fake.asked).toEqual([]);
});

test(
  'the same request again is refused, also after five minutes, and a new one is not',
  async () => {
    const at = String(SECONDS + 290);
    expect((await post({ at })).status).toBe(200);
    expect((await post({ at })).status).toBe(401);
    await clock.advance(400_000);
    expect((await post({ at })).status).toBe(401);
    const again = await post({ at: String(SECONDS + 400) });
    expect(said(again)).toEqual({ response_type: 'ephemeral', text: 'This was asked already.' });
    expect((await post({ at, fields: { trigger_id: '1.2.4' } })).status).toBe(200);
    expect(heard.questions.map(({ id }) => id)).toEqual(['command/1.2.3', 'command/1.2.4']);
  },
  SLOW,
);

test('a look at the certificate is answered with nothing, and nothing else comes of it', async () => {
  expect(await post({ headers: { 'x-slack-signature': undefined }, body: form({ ssl_check: '1', token: 'x' }) })).toEqual({
    ...{ status: 200, body: '' },
  });
  expect(heard.questions).toEqual([]);
});

const FOR_ONE: Record<string, { fields: Record<string, string>; text: RegExp }> = {
  'of another channel': { fields: { channel_id: 'C0NOWHERE00' }, text: /another channel/ },
  'given to the app alone': { fields: { channel_id: 'D0ALICE0000' }, text: /another channel/ },
  'whose channel pretends to be ours by its name': {
    fields: { channel_id: 'C0OTHER0000', channel_name: 'shop-alerts' },
    text: /another/,
  },
  'of nobody': { fields: { user_id: '' }, text: /does not say who/ },
  'of somebody with a name of their own choosing': { fields: { user_id: 'alice <@U0BOB>' }, text: /does not say who/ },
};

test.each(Object.entries(FOR_ONE))(
  'a command %s is turned away, for who gave it alone',
  async (_sentence, { fields, text }) => {
    fake.workspace.channels.push({ id: 'C0OTHER0000', name: 'other', archived: false, member: true, shared: false });
    expect(said(await post({ fields }))).toEqual({ response_type: 'ephemeral', text: expect.stringMatching(text) as unknown });
    expect(heard.questions).toEqual([]);
  },
  SLOW,
);

test('what is signed and no command is refused', async () => {
  const body = form({ text: 'x' });
  const signature = signatureOf(SECRET, String(SECONDS), body);
  expect(await post({ body, headers: { 'x-slack-signature': signature } })).toEqual({ status: 400, body: '' });
});

test(
  'files are named, since an answer of a command carries none',
  async () => {
    await listener.close();
    const attachments = [{ name: 'incident.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF') }];
    listening({ ask: () => Promise.resolve({ ...REPLY, attachments }) });
    expect((await post()).body).toContain('Left out: incident.pdf');
  },
  SLOW,
);

test(
  'while Slack does not say which channel it is, who asked hears so',
  async () => {
    fake.next(
      'conversations.info',
      { kind: 'Answer', status: 429, headers: { 'retry-after': '9' } },
      { kind: 'Silence', carriedOut: false },
    );
    const text = expect.stringContaining('Please ask again') as unknown;
    expect(said(await post())).toMatchObject({ response_type: 'ephemeral', text });
    const silent = post({ fields: { text: 'again' } });
    await until(() => fake.asked.length === 2);
    await clock.advance(700);
    expect(said(await silent)).toMatchObject({ response_type: 'ephemeral', text });
    expect(said(await post({ fields: { text: 'and again' } }))).toMatchObject({ response_type: 'in_channel' });
  },
  SLOW,
);

describe('an answer that takes long', () => {
  let later: PromiseWithResolvers<Reply | undefined>;
  const slow = async (fields: Readonly<Record<string, string>> = {}): Promise<void> => {
    const before = heard.questions.length;
    const answer = post({ fields });
    await until(() => heard.questions.length === before + 1);
    await clock.advance(2_000);
    expect(said(await answer)).toEqual({ response_type: 'ephemeral', text: 'Working on it …' });
  };
  beforeEach(async () => {
    await listener.close();
    later = Promise.withResolvers();
    listening({ ask: () => later.promise });
  });

  test(
    'comes later, for all to see, also if Slack asks to slow down',
    async () => {
      fake.next('response', { kind: 'Answer', status: 429, headers: { 'retry-after': '2' } });
      await slow();
      later.resolve(REPLY);
      await until(() => fake.asked.includes('response'));
      await until(() => (void clock.advance(1_000), fake.workspace.responses.length === 1));
      expect(fake.workspace.responses[0]).toMatchObject({ response_type: 'in_channel' });
    },
    SLOW,
  );

  test(
    'is not sent again where it may be there',
    async () => {
      fake.next('response', { kind: 'HangUp', carriedOut: true });
      await slow();
      later.resolve(REPLY);
      await until(() => fake.asked.includes('response'));
      await clock.advance(60_000);
      expect(fake.workspace.responses).toHaveLength(1);
    },
    SLOW,
  );

  test(
    'goes to nobody but Slack',
    async () => {
      const elsewhere = await startFakeSlack();
      await slow({ response_url: elsewhere.responseUrl });
      await slow({ trigger_id: '2', response_url: 'http://169.254.169.254/latest' });
      await slow({ trigger_id: '3', response_url: 'https://hooks.slack.com.evil.example/commands/x' });
      await slow({ trigger_id: '4', response_url: fake.responseUrl.replace('http://', 'http://user:pass@') });
      // One more that goes to Slack, after all others.
      await slow({ trigger_id: '5' });
      later.resolve(REPLY);
      await until(() => fake.workspace.responses.length > 0);
      expect(elsewhere.asked).toEqual([]);
      expect(fake.asked.filter((name) => name === 'response')).toHaveLength(1);
      await elsewhere.close();
    },
    SLOW,
  );

  test(
    'may be to say nothing',
    async () => {
      await slow();
      later.resolve(undefined);
      await settled();
      expect(fake.asked).not.toContain('response');
    },
    SLOW,
  );

  test(
    'and of which there are too many, is not waited for',
    async () => {
      const answers = Array.from({ length: 33 }, (_none, each) => post({ fields: { trigger_id: `many.${each}` } }));
      await until(() => heard.questions.length === 32);
      const last = said(await answers.at(-1)!);
      expect(last).toMatchObject({ response_type: 'ephemeral', text: expect.stringContaining('Too much') as unknown });
      await clock.advance(2_000);
      await Promise.all(answers);
    },
    SLOW,
  );
});

describe('what people write', () => {
  test.each([
    ['<@U0BOT> status', 'status'],
    ['<@U0BOT|assay>status <@U0ALICE>', 'status @U0ALICE'],
    ['see <#C0X|ops> and <#C0Y>', 'see #ops and #C0Y'],
    ['<!here> <!subteam^S0X|@ops>', '@here @ops'],
    ['<https://example.org/?a=1&amp;b=2>', 'https://example.org/?a=1&b=2'],
    ['<http://shop.example|shop.example> 5 &lt; 6 &amp;lt; 7', 'shop.example 5 < 6 &lt; 7'],
    ['a\n\n\nb \u202e\u0000c', 'a\n\nb c'],
    ['<>', ''],
  ])('%p is read as %p', (text, words) => {
    expect(plainText(text, ['U0BOT'])).toBe(words);
  });

  test('is plain, and not too much, whatever it is', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const read = plainText(text);
        expect(read.length).toBeLessThanOrEqual(4_000);
        expect(read).toBe(read.toWellFormed());
      }),
    );
    expect(plainText('x'.repeat(9_000))).toHaveLength(4_000);
  });
});
