import { createLogger, transports } from 'winston';
import { Writable } from 'node:stream';

import { type Clock, systemClock } from '../../platform/clock.ts';
import { CARD, NOW, optionsWith } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Listener, ListenOptions, Place, Question, Reply } from '../notifier.ts';
import { FAKE_ALIAS, FAKE_NAME, FAKE_ROOM, FAKE_TOKEN, type FakeEvent, type FakeMatrix, startFakeMatrix } from './fake-server.ts';
import { matrix } from './index.ts';

const REPLY: Reply = { card: { ...CARD, tone: 'Notice', title: 'shop: 99.95 % today' }, attachments: [] };
const REPORT = { name: 'incident.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF incident') };
const MINUTE = 60_000;
const WITHIN_MS = 20_000;

/** A channel that listens, and what came of it. */
interface Ear {
  readonly listener: Listener;
  readonly questions: Question[];
  /** How far it says that it has listened. */
  readonly marks: number[];
  readonly standings: (string | undefined)[];
  /** How long it has waited after failures. */
  readonly waits: number[];
  readonly logged: string[];
}

let fake: FakeMatrix;
let now: number;
const opened: Listener[] = [];

beforeEach(async () => {
  now = NOW;
  fake = await startFakeMatrix(() => now);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((listener) => listener.close()));
  await fake.close();
});

interface Changed extends Partial<ListenOptions> {
  readonly room?: string;
  readonly token?: string;
}

function listen({ room = FAKE_ROOM, token = FAKE_TOKEN, ask, ...changed }: Changed = {}): Ear {
  const heard = { questions: [], marks: [], standings: [], waits: [], logged: [] } as Omit<Ear, 'listener'>;
  // What is waited for on purpose is over soon, and written down.
  const clock: Clock = {
    now: () => now,
    after: (ms, run) => {
      heard.waits.push(ms);
      return systemClock.after(ms === 60_000 ? ms : Math.min(ms, 5), run);
    },
  };
  const stream = new Writable({ write: (line: Buffer, _, done) => done(void heard.logged.push(line.toString())) });
  const listener = matrix.listen?.(
    { url: fake.origin, room, tokenSecret: { name: 'matrix', key: 'token' } },
    {
      ...optionsWith(token, { clock }),
      log: createLogger({ level: 'debug', transports: [new transports.Stream({ stream })] }),
      ask: (question) => {
        heard.questions.push(question);
        return ask === undefined ? Promise.resolve(REPLY) : ask(question);
      },
      places: () => [],
      since: 0,
      heard: (until) => Promise.resolve(void heard.marks.push(until)),
      onStanding: (problem) => void heard.standings.push(problem),
      ...changed,
    },
  );
  if (listener === undefined) throw new Error('it does not listen');
  opened.push(listener);
  return { listener, ...heard };
}

async function until(check: () => boolean): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`not within ${WITHIN_MS} ms: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const ours = (): FakeEvent[] => fake.events.filter(({ sender }) => sender === '@assay:test.local');
const answers = (): FakeEvent[] => ours().filter(({ content }) => content['msgtype'] === 'm.notice');
const relationOf = (event: FakeEvent | undefined): unknown => event?.content['m.relates_to'];
const answer = (status: number, body: object | string, headers: Record<string, string> = {}): Fault => ({
  ...{ kind: 'Answer', status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) },
});
const error = (status: number, errcode: string, more: object = {}): Fault =>
  answer(status, { errcode, error: FAKE_TOKEN, ...more });
const texts = ({ questions }: Ear): string[] => questions.map(({ text }) => text);

/** It has read everything once a later question is answered. */
async function untilRead(ear: Ear): Promise<void> {
  fake.say({ body: 'assay last' }, { sender: '@zoe:test.local' });
  await until(() => texts(ear).includes('last') && ear.marks.length > 0);
}

describe('a question', () => {
  test('is answered in its thread by a notice, and is on record as heard', async () => {
    const ear = listen();
    const id = fake.say({ body: 'assay availability of shop' });
    await until(() => ear.marks.length > 0);
    expect(ear.questions).toEqual([{ id, person: '@ann:test.local', text: 'availability of shop', at: NOW }]);
    expect(answers().map(({ content }) => content)).toMatchObject([
      { msgtype: 'm.notice', 'm.mentions': {}, 'm.relates_to': { rel_type: 'm.thread', event_id: id, is_falling_back: true } },
    ]);
    expect(ear.marks).toEqual([NOW]);
    expect(ear.standings).toEqual([undefined]);
    expect(fake.filters).toMatchObject([{ room: { rooms: [FAKE_ROOM] } }]);
  });

  test('within a thread is answered there, and says where it stands', async () => {
    const ear = listen();
    const root = fake.say({ body: 'what is this?' });
    const id = fake.say({ body: `${FAKE_NAME}: why`, 'm.relates_to': { rel_type: 'm.thread', event_id: root } });
    await until(() => ear.marks.length > 0);
    expect(ear.questions).toMatchObject([{ id, text: 'why', thread: `${FAKE_ROOM} ${root}` }]);
    expect(relationOf(answers()[0])).toMatchObject({
      ...{ rel_type: 'm.thread', event_id: root, is_falling_back: false },
      'm.in_reply_to': { event_id: id },
    });
  });

  test.each([
    ['in a thread of ours', (event: string) => ({ rel_type: 'm.thread', event_id: event })],
    ['that answers a message of ours', (event: string) => ({ 'm.in_reply_to': { event_id: event } })],
  ])('%s needs no mention', async (_, relation) => {
    fake.fill(1);
    now += 20 * MINUTE;
    const ear = listen();
    fake.say({ body: 'why?', 'm.relates_to': relation('$event0') });
    fake.say({ body: 'and since when?', 'm.relates_to': relation('$event0') });
    await until(() => ear.questions.length === 2);
    expect(ear.questions).toMatchObject([{ text: 'why?', thread: `${FAKE_ROOM} $event0` }, { thread: `${FAKE_ROOM} $event0` }]);
    // What is answered is looked at once.
    expect(fake.asked.filter((name) => name === 'event').length).toBeLessThanOrEqual(3);
  });

  test('that answers an answer in a thread belongs to the thread', async () => {
    fake.fill(1);
    const thread = { rel_type: 'm.thread', event_id: '$event0' };
    const other = fake.say({ body: 'hm', 'm.relates_to': thread });
    const ear = listen();
    fake.say({ body: 'assay who?', 'm.relates_to': { 'm.in_reply_to': { event_id: other } } });
    await until(() => ear.questions.length === 1);
    expect(ear.questions[0]?.thread).toBe(`${FAKE_ROOM} $event0`);
  });

  test('gets files as a delivery does, and words alone if the homeserver takes no files', async () => {
    const ear = listen({ ask: () => Promise.resolve({ ...REPLY, attachments: [REPORT] }) });
    fake.say({ body: 'assay report' });
    await until(() => ear.marks.length === 1);
    expect(ours().map(({ content }) => content['msgtype'])).toEqual(['m.notice', 'm.file']);
    expect(relationOf(ours()[1])).toMatchObject({ rel_type: 'm.thread', event_id: '$event0' });
    now += 1;
    fake.next('upload', error(403, 'M_FORBIDDEN'));
    fake.say({ body: 'assay report' });
    await until(() => ear.marks.length === 2);
    expect(ours().map(({ content }) => content['msgtype'])).toEqual(['m.notice', 'm.file', 'm.notice']);
    expect(ear.logged.join('')).toContain('an answer goes without its files');
  });

  test('to which nothing is to be said is heard, and not answered', async () => {
    const ear = listen({ ask: () => Promise.resolve(undefined) });
    fake.say({ body: 'assay status' });
    await until(() => ear.marks.length === 1);
    expect(ours()).toEqual([]);
  });

  test('that somebody has removed is not answered any more', async () => {
    const gone = { ...fake.events[0], content: {} };
    const ear = listen();
    fake.next('event', answer(200, gone));
    fake.say({ body: 'assay status' });
    await until(() => ear.marks.length === 1);
    expect(ours()).toEqual([]);
  });
});

describe('not answered', () => {
  test('what is not said to us, what we or programs say, edits, and what is old', async () => {
    fake.say({ body: 'assay old' }, { origin_server_ts: NOW - 10 * MINUTE - 1 });
    const ear = listen();
    const root = fake.say({ body: 'is shop slow?' });
    fake.say({ body: 'for me too', 'm.relates_to': { rel_type: 'm.thread', event_id: root } });
    fake.say({ body: 'assay notice', msgtype: 'm.notice' });
    fake.say({ body: 'assay ours' }, { sender: '@assay:test.local' });
    const relates = { rel_type: 'm.replace', event_id: root };
    fake.say({ body: '* assay edit', 'm.new_content': { body: 'assay edit' }, 'm.relates_to': relates });
    fake.say({ body: 'assay late' }, { origin_server_ts: NOW - 11 * MINUTE });
    fake.say({}, { content: {} });
    await untilRead(ear);
    expect(texts(ear)).toEqual(['last']);
    expect(ear.logged.filter((line) => line.includes('too old'))).toHaveLength(2);
    expect(ear.logged.join('')).not.toMatch(/assay late|for me too/);
  });

  test('nor an answer to a message that nobody knows; but one that names us is', async () => {
    const ear = listen();
    fake.say({ body: 'why?', 'm.relates_to': { 'm.in_reply_to': { event_id: '$nothing' } } });
    fake.say({ body: 'assay why?', 'm.relates_to': { 'm.in_reply_to': { event_id: '$nothing' } } });
    await until(() => ear.questions.length === 1);
    expect(ear.questions).toMatchObject([{ text: 'why?', thread: `${FAKE_ROOM} $nothing` }]);
  });
});

describe('once', () => {
  test('killed between the answer and the record of it, the next run shows it no second time', async () => {
    const first = listen({ heard: () => Promise.reject(new Error('killed')) });
    const id = fake.say({ body: 'assay status' });
    await until(() => answers().length === 1);
    await first.listener.close();
    // Not even with another token, for which no transactions are known.
    fake.forgetTransactions();
    const second = listen();
    await until(() => second.marks.length === 1);
    expect(second.questions).toMatchObject([{ id }]);
    expect(answers()).toHaveLength(1);
  });

  test('what was heard is not asked again by the next run, and what came in between is', async () => {
    const first = listen();
    fake.say({ body: 'assay one' });
    await until(() => first.marks.length === 1);
    await first.listener.close();
    now += MINUTE;
    fake.say({ body: 'assay two' });
    const second = listen({ since: first.marks[0] ?? 0 });
    await untilRead(second);
    expect(texts(second)).toEqual(['two', 'last']);
  });

  test.each<[string, Fault]>([
    ['lost on the way', { kind: 'HangUp', carriedOut: true }],
    ['not taken for now', error(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 7_000 })],
    ['met by a failing homeserver', error(500, 'M_UNKNOWN')],
  ])('an answer that is %s is sent again, and shown once', async (_, fault) => {
    const ear = listen();
    fake.next('send', fault);
    fake.say({ body: 'assay status' });
    await until(() => ear.marks.length === 1);
    expect(answers()).toHaveLength(1);
    if (JSON.stringify(fault).includes('retry_after')) expect(ear.waits).toContain(7_000);
  });

  test('an answer that can not be sent for good is given up, and said in the log', async () => {
    const ear = listen();
    fake.next('send', error(400, 'M_BAD_JSON'));
    fake.say({ body: 'assay status' });
    await until(() => ear.marks.length === 1);
    fake.next('send', error(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 3_600_000 }));
    now += 1;
    fake.say({ body: 'assay status' });
    await until(() => ear.marks.length === 2);
    expect(answers()).toEqual([]);
    expect(ear.logged.filter((line) => line.includes('a question was not answered'))).toHaveLength(2);
    expect(ear.logged.join('')).not.toContain(FAKE_TOKEN);
  });
});

describe('several people', () => {
  /** Questions with the word slow are answered when they are told to. */
  function slowly(): { ask: ListenOptions['ask']; end: () => void } {
    const waiting: (() => void)[] = [];
    const ask = async ({ text }: Question): Promise<Reply> => {
      if (text.includes('slow')) await new Promise<void>((resolve) => waiting.push(resolve));
      return REPLY;
    };
    return { ask, end: () => waiting.splice(0).forEach((resolve) => resolve()) };
  }

  test('a slow answer keeps only whoever asked for it waiting, and is not heard before it is there', async () => {
    const { ask, end } = slowly();
    const ear = listen({ ask });
    fake.say({ body: 'assay slow' });
    now += 1;
    fake.say({ body: 'assay after it' });
    fake.say({ body: 'assay quick' }, { sender: '@ben:test.local' });
    await until(() => answers().length === 1);
    expect(texts(ear)).toEqual(['slow', 'quick']);
    // What is not answered yet is for the next run, if this one is killed.
    expect(ear.marks.filter((mark) => mark >= NOW)).toEqual([]);
    end();
    await until(() => ear.marks.at(-1) === now);
    expect(texts(ear)).toEqual(['slow', 'quick', 'after it']);
  });

  test('four are answered at once, and of one person not more than ten wait', async () => {
    const { ask, end } = slowly();
    const ear = listen({ ask });
    for (const name of ['a', 'b', 'c', 'd', 'e']) fake.say({ body: `assay slow ${name}` }, { sender: `@${name}:test.local` });
    await until(() => ear.questions.length === 4);
    for (let count = 1; count <= 12; count += 1) fake.say({ body: `assay more ${count}` }, { sender: '@a:test.local' });
    await until(() => ear.logged.filter((line) => line.includes('too many questions')).length === 2);
    expect(texts(ear)).toEqual(['slow a', 'slow b', 'slow c', 'slow d']);
    end();
    await until(() => texts(ear).includes('slow e'));
    end();
    await until(() => answers().length === 15);
  });

  test('one that throws is a bug that ends nothing', async () => {
    const ear = listen({ ask: ({ text }) => (text === 'bad' ? Promise.reject(new Error('a bug')) : Promise.resolve(REPLY)) });
    fake.say({ body: 'assay bad' });
    await untilRead(ear);
    await until(() => answers().length === 1);
    expect(ear.logged.join('')).toContain('a question could not be answered');
  });

  test('a clock of another server that is ahead hides nothing', async () => {
    const ear = listen();
    fake.say({ body: 'assay from the future' }, { origin_server_ts: NOW + 3_600_000 });
    await until(() => ear.marks.length === 1);
    expect([ear.marks, ear.questions[0]?.at]).toEqual([[NOW], NOW]);
  });
});

describe('more than fits into an answer of the homeserver', () => {
  const sayMany = (count: number): string[] =>
    Array.from({ length: count }, (_, at) => {
      fake.say({ body: `assay ${at}` }, { sender: `@p${at}:test.local` });
      return `${at}`;
    });

  test('is read page by page when it begins, and nothing of it twice', async () => {
    fake.say({ body: 'assay too early' }, { origin_server_ts: NOW - 11 * MINUTE });
    fake.fill(60);
    const wanted = sayMany(70);
    const ear = listen();
    await until(() => answers().length === 70);
    expect(texts(ear)).toEqual(wanted);
    expect(ear.logged.join('')).not.toContain('more was written');
  });

  test('also while it listens', async () => {
    const ear = listen();
    await untilRead(ear);
    const before = fake.asked.filter((name) => name === 'messages').length;
    const wanted = sayMany(40);
    await until(() => answers().length === 41);
    expect(texts(ear)).toEqual(['last', ...wanted]);
    expect(fake.asked.filter((name) => name === 'messages').length - before).toBeLessThanOrEqual(2);
  });

  test('is not read without an end, and that is said', async () => {
    fake.fill(400);
    const ear = listen();
    await untilRead(ear);
    expect(ear.logged.join('')).toContain('more was written in a room than is read at once');
    expect(fake.asked.filter((name) => name === 'messages')).toHaveLength(5);
  });

  test('is asked for in smaller pieces', async () => {
    fake.fill(3);
    fake.next('sync', answer(200, `{"next_batch":"1","x":"${'x'.repeat(9 * 1024 * 1024)}"}`));
    const ear = listen();
    await untilRead(ear);
    expect(ear.standings).toEqual(['the answer is larger than 8388608 bytes', undefined]);
    expect(fake.filters).toMatchObject([10, 1, 10].map((limit) => ({ room: { timeline: { limit } } })));
  });
});

describe('what stands in the way of listening', () => {
  test.each<[string, string, Fault, string]>([
    ...(
      [
        ['too many requests', 'sync', error(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 9_000 })],
        ['too many requests before anything else', 'whoami', error(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 9_000 })],
      ] as const
    ).map(
      (row) => [...row, 'the homeserver takes no more messages for now (M_LIMIT_EXCEEDED)'] as [string, string, Fault, string],
    ),
    ['a failing homeserver', 'sync', error(500, 'M_UNKNOWN'), 'the platform can not take the message now (500)'],
    ['a gateway', 'sync', answer(504, '<html>'), 'the platform gives no answer of its own (504)'],
    ['another server', 'sync', answer(200, '<html>'), 'the answer is not that of a homeserver'],
    ['an answer without a token', 'sync', answer(200, {}), 'the answer is not that of a homeserver'],
    ['a filter that is not taken', 'filter', error(500, 'M_UNKNOWN'), 'the platform can not take the message now (500)'],
  ])('%s passes, and nothing is lost', async (_, name, fault, problem) => {
    fake.next(name, fault);
    const ear = listen();
    fake.say({ body: 'assay status' });
    await until(() => ear.marks.length === 1);
    expect(ear.standings).toEqual([problem, undefined]);
    if (problem.includes('M_LIMIT_EXCEEDED')) expect(ear.waits).toContain(9_000);
  });

  test('failure after failure is waited for longer, up to a minute', async () => {
    fake.next('sync', ...Array.from({ length: 5 }, () => error(500, 'M_UNKNOWN')));
    const ear = listen();
    await until(() => ear.standings.length === 2);
    for (const [failures, waitMs] of ear.waits.slice(0, 5).entries()) {
      expect(waitMs).toBeGreaterThanOrEqual(500 * 2 ** failures);
      expect(waitMs).toBeLessThanOrEqual(1_000 * 2 ** failures);
    }
    expect(ear.standings).toEqual(['the platform can not take the message now (500)', undefined]);
  });

  test('a token that was refused is said, and shown to nobody', async () => {
    const ear = listen({ token: 'syt_other_secret' });
    await until(() => ear.standings.length === 1);
    expect(ear.standings).toEqual(['the homeserver does not know the access token, or not any more (M_UNKNOWN_TOKEN)']);
    expect(ear.logged.join('')).not.toContain('syt_other_secret');
  });

  test('one that is revoked while it listens, and one that is good again', async () => {
    const ear = listen();
    await until(() => ear.standings.length === 1);
    fake.next('sync', error(401, 'M_UNKNOWN_TOKEN'));
    await untilRead(ear);
    await until(() => ear.standings.length === 3);
    expect(ear.standings[1]).toContain('M_UNKNOWN_TOKEN');
  });

  test('a homeserver that was set back knows neither the filter nor how far was read: nothing is asked twice', async () => {
    const ear = listen();
    fake.say({ body: 'assay one' });
    await until(() => answers().length === 1);
    fake.next('sync', error(400, 'M_UNKNOWN_POS'), error(404, 'M_NOT_FOUND'));
    fake.say({ body: 'assay two' });
    await until(() => answers().length === 2);
    await untilRead(ear);
    expect(texts(ear)).toEqual(['one', 'two', 'last']);
  });

  test('a room in which the operator is not', async () => {
    fake.next('joined', answer(200, { joined_rooms: [] }));
    const ear = listen();
    await until(() => ear.standings.length === 1);
    expect(ear.standings).toEqual(['the operator is not in the room; invite @assay:test.local']);
    expect(fake.asked).not.toContain('join');
  });

  test('closing ends it at once, and what is being answered is left to the next run', async () => {
    const ear = listen({ ask: () => new Promise(() => undefined) });
    fake.say({ body: 'assay status' });
    await until(() => ear.questions.length === 1);
    const startedAt = performance.now();
    await ear.listener.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect([ear.marks, ear.standings]).toEqual([[], [undefined]]);
  });
});

describe('rooms by name', () => {
  const template = '#{service}-alerts:test.local';
  const shop: Place = { namespace: 'web', service: 'shop' };

  test('a question says to which service its room belongs', async () => {
    const ear = listen({ room: template, places: () => [shop] });
    fake.say({ body: 'assay status' });
    await until(() => ear.questions.length === 1);
    expect(ear.questions).toMatchObject([{ place: shop }]);
  });

  test('but not where two services of the same name share it, nor where the room is one for all', async () => {
    const shared = listen({ room: template, places: () => [shop, { ...shop, namespace: 'test' }] });
    const single = listen({ room: FAKE_ALIAS, places: () => [shop] });
    fake.say({ body: 'assay status' });
    await until(() => shared.questions.length === 1 && single.questions.length === 1);
    expect([shared.questions[0]?.place, single.questions[0]?.place]).toEqual([undefined, undefined]);
    // Both belong to the same operator, so that there is one answer.
    await until(() => shared.marks.length === 1 && single.marks.length === 1);
    expect(answers()).toHaveLength(1);
  });

  test('services come and go; a name that nobody knows keeps no other room from being heard', async () => {
    let places: Place[] = [];
    const ear = listen({ room: template, places: () => places });
    await until(() => ear.standings.length === 1);
    expect(fake.asked).not.toContain('sync');
    places = [{ ...shop, service: 'cart' }, shop];
    fake.say({ body: 'assay status' });
    await until(() => ear.marks.length === 1);
    expect(ear.standings).toEqual([undefined, 'the homeserver knows no room by the name #cart-alerts:test.local (M_NOT_FOUND)']);
  });

  test('a name that can not be looked up for a while leads where it led', async () => {
    const ear = listen({ room: FAKE_ALIAS });
    await untilRead(ear);
    now += 11 * MINUTE;
    fake.next('alias', error(500, 'M_UNKNOWN'));
    fake.say({ body: 'assay again' });
    fake.say({ body: 'assay and again' });
    await until(() => texts(ear).includes('and again'));
  });

  test('what is neither an id nor a name is a mistake of the channel', () => {
    expect(() => listen({ room: 'shop-alerts' })).toThrow('the room begins neither with ! nor with #');
  });
});
