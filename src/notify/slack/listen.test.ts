import { NOW } from '../deliveries.fixtures.ts';
import { hearing, PLACE, REPLY, until } from '../listening/listening.fixtures.ts';
import { slack } from './index.ts';
import {
  acked,
  answers,
  ASKED_AT,
  command,
  connection,
  event,
  fake,
  hurried,
  listening,
  payloadOf,
  opened,
  SECRETS,
  SLOW,
  useFakeSlack,
} from './listen.fixtures.ts';

const LOST = { kind: 'HangUp', carriedOut: true } as const;

useFakeSlack();

describe('a mention', () => {
  test(
    'is answered in a thread of its own, and says who asks what of which service',
    async () => {
      const { questions, standings } = listening();
      event(await connection());
      await until(() => answers().length === 1);
      expect(answers()).toEqual([ASKED_AT]);
      expect(questions).toEqual([
        { id: `C0SHOPALERTS/${ASKED_AT}`, person: 'U0ALICE', text: 'status', places: [PLACE], at: NOW },
      ]);
      expect(standings).toEqual([undefined]);
    },
    SLOW,
  );

  test(
    'in a thread is answered there, and names the message that it is about',
    async () => {
      const { questions } = listening({}, 'C0SHOPALERTS');
      event(await connection(), { ts: `${NOW / 1_000}.000200`, thread_ts: ASKED_AT });
      await until(() => answers().length === 1);
      expect(answers()).toEqual([ASKED_AT]);
      expect(questions[0]).toMatchObject({ thread: `C0SHOPALERTS/${ASKED_AT}` });
      expect(questions[0]).not.toHaveProperty('places');
    },
    SLOW,
  );

  test(
    'in the channel of a namespace is answered there, and says whose it is',
    async () => {
      const own = ['cart', 'till'].map((service) => ({ namespace: 'shop', service }));
      const places = [{ namespace: 'bank', service: 'till' }, ...own];
      const { questions } = listening({ places: () => places }, '#{namespace}-alerts');
      event(await connection());
      await until(() => answers().length === 1);
      expect(questions).toMatchObject([{ places: own }]);
    },
    SLOW,
  );

  test(
    'is answered once, however often and in whichever events it comes',
    async () => {
      const { questions } = listening();
      const to = await connection();
      const ids = [event(to), event(to, {}, { retry_attempt: 1, retry_reason: 'timeout' }), event(to, { client_msg_id: 'x' })];
      await until(() => answers().length === 1 && ids.every((id) => acked(to, id)));
      expect(questions).toHaveLength(1);
    },
    SLOW,
  );

  test(
    'that was answered before Slack hands it over again is not answered twice',
    async () => {
      listening();
      event(await connection());
      await until(() => answers().length === 1);
      await Promise.all(opened.splice(0).map((each) => each.close()));
      const { questions } = listening();
      event(await connection(2), {}, { retry_attempt: 1 });
      await until(() => questions.length === 1 && fake.asked.includes('conversations.replies'));
      await Promise.all(opened.splice(0).map((each) => each.close()));
      expect(answers()).toHaveLength(1);
    },
    SLOW,
  );

  test(
    'is answered once although the answer to the answer is lost, or there is too much traffic',
    async () => {
      listening({ clock: hurried(20) });
      fake.next('chat.postMessage', { kind: 'Answer', status: 429, headers: { 'retry-after': '1' } }, LOST);
      event(await connection());
      await until(() => fake.asked.includes('conversations.replies') && answers().length === 1);
      await Promise.all(opened.splice(0).map((each) => each.close()));
      expect(answers()).toHaveLength(1);
    },
    SLOW,
  );

  test(
    'is answered although somebody with nothing to say asked before',
    async () => {
      let said = 0;
      listening({ ask: () => Promise.resolve((said += 1) === 1 ? undefined : REPLY) });
      const to = await connection();
      event(to, { ts: `${NOW / 1_000}.000050` });
      await until(() => said === 1);
      event(to);
      await until(() => answers().length === 1);
    },
    SLOW,
  );
});

const NOT_FOR_US = {
  'a message of ours': { bot_id: 'B0BOT' },
  'a message of another app': { bot_profile: { id: 'B0ELSE' } },
  'an edit': { edited: { user: 'U0ALICE', ts: ASKED_AT } },
  'a message of which something changed': { type: 'message', channel_type: 'im', subtype: 'message_changed' },
  'what nobody wrote to us': { type: 'message', channel_type: 'channel' },
  'a reaction': { type: 'reaction_added' },
  'a mention in another channel': { channel: 'C0OTHER0000' },
  'a mention in a channel that is not known': { channel: 'C0NOWHERE00' },
  'what is written to us alone': { type: 'message', channel_type: 'im', channel: 'D0ALICE0000' },
  'a mention of nobody': { user: undefined },
  'a time that is none': { ts: '../../x' },
};

test.each(Object.entries(NOT_FOR_US))(
  '%s is acknowledged, and not answered',
  async (_sentence, changed) => {
    fake.workspace.channels.push({ id: 'C0OTHER0000', name: 'other', archived: false, member: true, shared: false });
    const { questions } = listening();
    const to = await connection();
    const id = event(to, { ts: `${NOW / 1_000}.000050`, ...changed });
    event(to);
    await until(() => questions.length === 1 && acked(to, id));
    expect(questions[0]?.id).toBe(`C0SHOPALERTS/${ASKED_AT}`);
  },
  SLOW,
);

test(
  'what is written to us alone is answered where that is the channel',
  async () => {
    const { questions } = listening({}, 'D0ALICE0000');
    event(await connection(), { type: 'message', channel_type: 'im', channel: 'D0ALICE0000', text: 'hallo' });
    await until(() => questions.length === 1);
  },
  SLOW,
);

test(
  'what the app takes no interest in is acknowledged',
  async () => {
    listening();
    const to = await connection();
    to.send({ type: 'interactive', envelope_id: 'i', accepts_response_payload: true, payload: {} });
    to.send({ type: 'of-tomorrow', envelope_id: 't', payload: 'x' });
    await until(() => acked(to, 'i') && acked(to, 't'));
  },
  SLOW,
);

test(
  'several channels of an app share one connection, and each answers its own',
  async () => {
    fake.workspace.channels.push({ id: 'C0OTHER0000', name: 'other', archived: false, member: true, shared: false });
    const first = listening();
    const second = listening({ shared: first.options.shared }, 'other');
    const to = await connection();
    event(to);
    event(to, { channel: 'C0OTHER0000' });
    await until(() => first.questions.length === 1 && second.questions.length === 1);
    await until(() => second.standings.length === 1);
    expect(fake.sockets.connections).toHaveLength(1);
    await opened.shift()?.close();
    const id = command(to, { channel_id: 'C0OTHER0000' });
    await until(() => acked(to, id));
    expect(payloadOf(to, id)).toMatchObject({ response_type: 'in_channel' });
  },
  SLOW,
);

describe('the connection', () => {
  test('is replaced before Slack ends it, and until then brings what it brings', async () => {
    const { questions } = listening({ clock: hurried(20) });
    const first = await connection();
    fake.sockets.greets = false;
    first.send({ type: 'disconnect', reason: 'warning', debug_info: { host: 'x' } });
    await connection(2);
    event(first);
    await until(() => answers().length === 1);
    expect(first.isOpen).toBe(true);
    fake.sockets.greets = true;
    await until(() => !first.isOpen, 'the end of the first connection');
    event(fake.sockets.connections.at(-1)!, { ts: `${NOW / 1_000}.000300` });
    await until(() => questions.length === 2);
  }, 60_000);

  test.each(['hangUp', 'fallSilent'] as const)(
    'is made anew after it broke: %s',
    async (how) => {
      listening({ clock: hurried(20) });
      const first = await connection();
      await until(() => fake.asked.includes('apps.connections.open'));
      first[how]();
      event(await connection(2));
      await until(() => answers().length === 1);
    },
    SLOW,
  );

  test(
    'is not made while nobody may, and how long is waited is what Slack says',
    async () => {
      fake.next(
        'apps.connections.open',
        { kind: 'Answer', body: JSON.stringify({ ok: false, error: 'invalid_auth' }) },
        { kind: 'Answer', status: 429, headers: { 'retry-after': '60' } },
        { kind: 'Answer', body: JSON.stringify({ ok: true, url: 'wss://evil.example/link' }) },
      );
      const { standings } = listening({ clock: hurried(2_000), timeoutMs: 40_000_000 });
      await until(() => standings.length >= 4);
      expect(standings.slice(0, 4)).toEqual([
        'people are not heard: the token is not valid (invalid_auth)',
        expect.stringContaining('429'),
        'Slack names no address of its own to listen at',
        undefined,
      ]);
    },
    SLOW,
  );

  test(
    'says that Socket Mode was turned off',
    async () => {
      const { standings } = listening();
      (await connection()).send({ type: 'disconnect', reason: 'link_disabled' });
      await until(() => standings.length > 0 && standings.at(-1) !== undefined);
      expect(standings.at(-1)).toBe('Socket Mode is turned off for the app');
    },
    SLOW,
  );
});

test('without a token of the app or a signing secret nobody is heard', () => {
  expect(slack.listen!({ channel: 'x', tokenSecret: { name: 'slack', key: 'bot' } }, hearing(SECRETS).options)).toBeUndefined();
  expect(slack.listen!({ webhookSecret: { name: 'slack', key: 'bot' } }, hearing(SECRETS).options)).toBeUndefined();
});
