import fc from 'fast-check';

import { aDelivery, CARD, hostileCard, never, NOW, optionsWith } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Delivery, DeliveryResult, Notifier, NotifierOptions } from '../notifier.ts';
import { DOCUMENTED } from './failure.ts';
import { FAKE_TOKEN, type FakeSlack, startFakeSlack } from './fake-server.ts';
import { slack } from './index.ts';

const REF = { name: 'slack', key: 'token' };
const PLACE = { namespace: 'web', service: 'shop' };
const REPORT = { name: 'incident.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF incident') };

let fake: FakeSlack;
let notifier: Notifier;
const opened: Notifier[] = [];

beforeEach(async () => {
  fake = await startFakeSlack(() => NOW);
  notifier = bot();
});
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  await fake.close();
});

function bot(channel = '#{service}-alerts', changed: Partial<NotifierOptions> = {}): Notifier {
  const made = slack.open({ url: fake.apiUrl, channel, tokenSecret: REF }, optionsWith(`${FAKE_TOKEN}\n`, changed));
  opened.push(made);
  return made;
}

const deliver = (changed: Partial<Delivery> = {}): Promise<DeliveryResult> => notifier.deliver(aDelivery(changed), never);

/** The place of a message that was delivered. */
async function delivered(changed: Partial<Delivery> = {}): Promise<string> {
  const result = await deliver(changed);
  if (result.kind !== 'Delivered') throw new Error(JSON.stringify(result));
  return result.message ?? '';
}

const id = (sign: string): string => sign.repeat(64);
const error = (name: string): Fault => ({ kind: 'Answer', body: JSON.stringify({ ok: false, error: name }) });
const lost: Fault = { kind: 'HangUp', carriedOut: true };
const texts = (): readonly string[] => fake.visible().map(({ text }) => text.split('\n')[0] ?? '');

describe('with a bot', () => {
  test('it can edit, answer, carry files, and shows nothing twice', () => {
    const settings = { channel: 'C0SHOPALERTS', tokenSecret: REF };
    expect(slack.abilities(settings)).toEqual({ edits: true, threads: true, files: true, once: true });
  });

  test('a message is posted, answered, edited, and stays one', async () => {
    const root = await delivered({ id: id('1') });
    const answer = await delivered({ id: id('2'), action: { kind: 'Reply', root } });
    await delivered({ id: id('3'), action: { kind: 'Reply', root: answer } });
    expect(await delivered({ action: { kind: 'Edit', message: root }, card: { ...CARD, tone: 'Ended', title: 'over' } })).toBe(
      root,
    );
    const thread = root.split('/')[1];
    expect(fake.visible().map((each) => each.thread)).toEqual([undefined, thread, thread]);
    expect(fake.visible()[0]).toMatchObject({ channel: 'C0SHOPALERTS', edited: true });
    expect(texts()[0]).toBe('✅ over');
  });

  test('a name of a channel is looked up once, beyond the first page', async () => {
    fake.workspace.channels.unshift({ id: 'C0OTHER0000', name: 'other', archived: false, member: true, shared: false });
    await delivered({ id: id('1') });
    await delivered({ id: id('2') });
    expect(fake.asked.filter((name) => name === 'users.conversations')).toHaveLength(2);
    expect(fake.visible().map(({ channel }) => channel)).toEqual(['C0SHOPALERTS', 'C0SHOPALERTS']);
  });

  test('an id of a channel is not looked up', async () => {
    notifier = bot('C0SHOPALERTS');
    await delivered();
    expect(fake.asked).toEqual(['chat.postMessage']);
  });

  test('a message of another channel is told anew rather than edited or answered there', async () => {
    fake.workspace.channels.push({ id: 'C0OTHER0000', name: 'other', archived: false, member: true, shared: false });
    const root = await delivered();
    notifier = bot('other');
    expect((await deliver({ action: { kind: 'Edit', message: root } })).kind).toBe('Gone');
    expect((await deliver({ action: { kind: 'Reply', root } })).kind).toBe('Gone');
    expect((await deliver({ action: { kind: 'Reply', root: 'nonsense' } })).kind).toBe('Gone');
    expect(fake.visible()).toHaveLength(1);
  });

  test('what strangers write arrives as they wrote it, or not at all, and the platform takes it', async () => {
    await fc.assert(
      fc.asyncProperty(hostileCard, async (card) => {
        expect((await deliver({ card })).kind).toBe('Delivered');
      }),
      { numRuns: 30 },
    );
  });
});

describe('what may be there already', () => {
  test.each([0, 1, 5])('is found behind %s newer messages, and not shown twice', async (newer) => {
    fake.next('chat.postMessage', lost);
    expect((await deliver({ id: id('1') })).kind).toBe('Unanswered');
    for (let each = 0; each < newer; each += 1) await delivered({ id: id(`${each + 2}`) });
    const ref = await delivered({ id: id('1'), repeated: true });
    expect(ref).toBe(`C0SHOPALERTS/${fake.workspace.messages[0]?.ts}`);
    expect(fake.visible()).toHaveLength(newer + 1);
  });

  test('is found in its thread', async () => {
    const root = await delivered({ id: id('1') });
    fake.next('chat.postMessage', lost);
    expect((await deliver({ id: id('2'), action: { kind: 'Reply', root } })).kind).toBe('Unanswered');
    await delivered({ id: id('2'), action: { kind: 'Reply', root }, repeated: true });
    expect(fake.visible()).toHaveLength(2);
  });

  test('is sent if it is not there', async () => {
    fake.next('chat.postMessage', { kind: 'HangUp', carriedOut: false });
    expect((await deliver()).kind).toBe('Unanswered');
    await delivered({ repeated: true });
    expect(fake.visible()).toHaveLength(1);
  });

  test('does not count if somebody else wrote it', async () => {
    await delivered();
    const [first] = fake.workspace.messages;
    fake.workspace.messages = [{ ...first!, user: 'U0ELSE' }];
    fake.next('auth.test', { kind: 'Answer', body: JSON.stringify({ ok: true, user_id: 'U0BOT' }) });
    await delivered({ repeated: true });
    expect(fake.visible()).toHaveLength(2);
  });

  test('stays doubtful as long as it can not be looked for', async () => {
    fake.next(
      'conversations.history',
      { kind: 'Answer', status: 429, headers: { 'retry-after': '7' } },
      lost,
      error('missing_scope'),
    );
    expect(await deliver({ repeated: true })).toMatchObject({ kind: 'Unanswered', retryAfterMs: 7_000 });
    expect((await deliver({ repeated: true })).kind).toBe('Unanswered');
    expect((await deliver({ repeated: true })).kind).toBe('Stopped');
    expect(fake.visible()).toHaveLength(0);
  });

  test('an edit is simply done again', async () => {
    const message = await delivered();
    fake.next('chat.update', lost);
    expect((await deliver({ action: { kind: 'Edit', message } })).kind).toBe('Unanswered');
    expect(await delivered({ action: { kind: 'Edit', message }, repeated: true })).toBe(message);
    // The message still says of which delivery it is.
    await delivered({ repeated: true });
    expect(fake.visible()).toHaveLength(1);
  });
});

describe('files', () => {
  const files = (): readonly (readonly string[])[] => fake.visible().map((each) => each.files);

  test('lie in the thread of their message', async () => {
    const root = await delivered({ attachments: [REPORT, { ...REPORT, name: '../a/b\n.txt' }] });
    expect(files()).toEqual([[], ['incident.pdf', '.._a_b .txt']]);
    expect(fake.visible()[1]?.thread).toBe(root.split('/')[1]);
    expect(fake.workspace.messages[1]?.files[0]?.content).toBe('%PDF incident');
    await delivered({ id: id('2'), action: { kind: 'Reply', root }, attachments: [REPORT] });
    expect(fake.visible()[3]?.thread).toBe(root.split('/')[1]);
  });

  test.each(['files.getUploadURLExternal', 'upload'])('of which nothing is shown: %s gives no answer', async (name) => {
    fake.next(name, lost);
    expect((await deliver({ attachments: [REPORT] })).kind).toBe('NotNow');
    expect(fake.visible()).toEqual([]);
  });

  test.each([
    ['too many requests', { kind: 'Answer', status: 429, headers: { 'retry-after': '2' } }, 2_000],
    ['an answer that is lost', lost, undefined],
    ['a request that is lost', { kind: 'HangUp', carriedOut: false }, undefined],
  ] as const)('come once, in spite of %s at the last step', async (_sentence, fault, wait) => {
    fake.next('files.completeUploadExternal', fault);
    const result = await deliver({ attachments: [REPORT] });
    expect(result.kind).toBe('Unanswered');
    if (wait !== undefined) expect(result).toMatchObject({ retryAfterMs: wait });
    await delivered({ attachments: [REPORT], repeated: true });
    expect(files()).toEqual([[], ['incident.pdf']]);
  });

  test('go nowhere but to Slack', async () => {
    const body = JSON.stringify({ ok: true, upload_url: 'http://127.0.0.2:1/upload/v1/F1', file_id: 'F1' });
    fake.next('files.getUploadURLExternal', { kind: 'Answer', body });
    expect((await deliver({ attachments: [REPORT] })).kind).toBe('Rejected');
    expect(fake.visible()).toEqual([]);
  });

  test('without the scope for them stop the channel before anything is sent', async () => {
    fake.workspace.scopes = fake.workspace.scopes.filter((scope) => scope !== 'files:write');
    expect((await deliver({ attachments: [REPORT] })).kind).toBe('Stopped');
    expect(fake.visible()).toEqual([]);
  });
});

describe('what Slack answers', () => {
  const documented = Object.entries(DOCUMENTED).flatMap(([kind, names]) => names.map((name) => [name, kind] as const));
  test.each(documented)('%s means %s', async (name, kind) => {
    notifier = bot('C0SHOPALERTS');
    fake.next('chat.postMessage', error(name));
    const result = await deliver();
    expect(result).toMatchObject({ kind, message: expect.stringContaining(`(${name})`) as unknown });
  });

  test.each(['SECRET <!channel>', 'constructor', '__proto__', ''])(
    'the error %j, which is not documented, is not shown',
    async (name) => {
      fake.next('chat.postMessage', error(name));
      expect(await deliver()).toEqual({
        kind: 'Rejected',
        message: 'Slack refuses the message with an error that is not documented',
      });
    },
  );

  test.each(['0', '2', '3600'])('429 with Retry-After %s', async (seconds) => {
    fake.next('chat.postMessage', { kind: 'Answer', status: 429, headers: { 'retry-after': seconds } });
    expect(await deliver()).toMatchObject({ kind: 'NotNow', retryAfterMs: Number(seconds) * 1_000 });
  });

  test.each([
    [500, 'Unanswered'],
    [502, 'Unanswered'],
    [503, 'Unanswered'],
    [404, 'Stopped'],
    [403, 'Stopped'],
    [413, 'Rejected'],
  ] as const)('%s means %s', async (status, kind) => {
    fake.next('chat.postMessage', { kind: 'Answer', status, body: '<html>SECRET</html>' });
    const result = await deliver();
    expect(result.kind).toBe(kind);
    expect(JSON.stringify(result)).not.toContain('SECRET');
  });

  test.each(['', 'ok', '[]', '{"ok":"yes"}', '{"ok":true}'])('an answer of %j says nothing', async (body) => {
    fake.next('chat.postMessage', { kind: 'Answer', body });
    expect((await deliver()).kind).toBe('Unanswered');
  });

  test('no answer at all', async () => {
    fake.next('chat.postMessage', { kind: 'Silence', carriedOut: true });
    expect((await deliver()).kind).toBe('Unanswered');
    await delivered({ repeated: true });
    expect(fake.visible()).toHaveLength(1);
  });

  test('nobody listens', async () => {
    await fake.close();
    expect(await deliver()).toEqual({ kind: 'NotNow', message: 'no answer (ECONNREFUSED)' });
    fake = await startFakeSlack();
  });
});

describe('what changes at Slack', () => {
  const channel = (): FakeSlack['workspace']['channels'][number] => fake.workspace.channels[0]!;

  test.each(
    Object.entries<readonly [() => unknown, DeliveryResult['kind'], string]>({
      'the token is revoked': [() => (fake.workspace.token = 'revoked'), 'Stopped', 'token_revoked'],
      'the token expires': [() => (fake.workspace.token = 'expired'), 'Stopped', 'token_expired'],
      'the bot is removed': [() => (fake.workspace.token = 'inactive'), 'Stopped', 'account_inactive'],
      'a scope is taken away': [() => (fake.workspace.scopes = ['channels:read', 'groups:read']), 'Stopped', 'missing_scope'],
      'the channel is archived': [() => (channel().archived = true), 'Stopped', 'archived'],
      'the channel is deleted': [() => (fake.workspace.channels = []), 'Stopped', 'channel_not_found'],
      'the bot leaves the channel': [() => (channel().member = false), 'Stopped', 'not_in_channel'],
    }),
  )('%s: message and edit', async (_sentence, [change, kind, says]) => {
    const message = await delivered();
    change();
    const results = [
      await deliver({ id: id('2') }),
      await (notifier = bot('C0SHOPALERTS')).deliver(aDelivery({ action: { kind: 'Edit', message } }), never),
    ];
    for (const result of results) expect(result.kind).toBe(kind);
    expect(JSON.stringify(results[0])).toContain(says);
    expect(fake.visible()).toHaveLength(1);
  });

  test('a channel that was made anew under the same name is found after the first failure', async () => {
    await delivered();
    fake.workspace.channels = [{ ...channel(), id: 'C0ANEW00000' }];
    expect((await deliver({ id: id('2') })).kind).toBe('Stopped');
    await delivered({ id: id('2') });
    expect(fake.visible().at(-1)?.channel).toBe('C0ANEW00000');
  });

  test('the time for edits is over, or the message is gone', async () => {
    const message = await delivered();
    fake.workspace.messages = [{ ...fake.workspace.messages[0]!, ts: String((NOW - 120_000) / 1_000) + '.000001' }];
    const old = `C0SHOPALERTS/${fake.workspace.messages[0]!.ts}`;
    fake.workspace.editWindowMs = 60_000;
    expect(await deliver({ action: { kind: 'Edit', message: old } })).toMatchObject({
      kind: 'Gone',
      message: expect.stringContaining('edit_window_closed') as unknown,
    });
    expect(await deliver({ action: { kind: 'Edit', message } })).toMatchObject({
      kind: 'Gone',
      message: expect.stringContaining('message_not_found') as unknown,
    });
    expect((await deliver({ action: { kind: 'Reply', root: message } })).kind).toBe('Gone');
    expect((await deliver({ action: { kind: 'Reply', root: message }, repeated: true })).kind).toBe('Gone');
  });
});

describe('secrets', () => {
  test('are in no result, whatever the platform says', async () => {
    const said = `${FAKE_TOKEN} ${fake.webhookUrl}`;
    const faults: Fault[] = [
      error(said),
      { kind: 'Answer', status: 400, body: said },
      { kind: 'Answer', body: said },
      { kind: 'HangUp', carriedOut: false },
    ];
    const hook = slack.open({ webhookSecret: REF }, optionsWith(fake.webhookUrl));
    for (const fault of faults) {
      fake.next('chat.postMessage', fault);
      fake.next('webhook', fault);
      fake.next('auth.test', fault);
      const results = [await deliver(), await hook.deliver(aDelivery(), never), await notifier.probe(PLACE, never)];
      expect(JSON.stringify(results)).not.toMatch(/xoxb|not-a-real/);
    }
    await hook.close();
  });

  test('that can not be used are said without themselves', async () => {
    expect(() => slack.open({ webhookSecret: REF }, optionsWith('not-a-real address'))).toThrow('the Secret holds no address');
    expect(() => slack.open({ channel: 'x' }, optionsWith(''))).toThrow('slack has channel and tokenSecret, or webhookSecret');
    const broken = slack.open({ url: fake.apiUrl, channel: 'C0SHOPALERTS', tokenSecret: REF }, optionsWith('xoxb\n\u0000'));
    const result = await broken.deliver(aDelivery(), never);
    expect(result.kind).toBe('Stopped');
    expect(JSON.stringify(result)).not.toContain('xoxb');
    await broken.close();
  });

  test('are asked for once, and what happens is heard of', async () => {
    const heard: string[] = [];
    notifier = bot('C0SHOPALERTS', { onRequest: (outcome) => heard.push(outcome) });
    await delivered();
    expect(heard).toEqual(['2xx']);
  });
});
