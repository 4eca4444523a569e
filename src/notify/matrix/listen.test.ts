import { NOW } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { ListenOptions, Question, Reply } from '../notifier.ts';
import { FAKE_NAME, FAKE_ROOM, FAKE_TOKEN, type FakeEvent, type FakeMatrix } from './fake-server.ts';
import { answer, error, MINUTE, patientTest, REPLY, startWorld, texts, until, untilRead, type World } from './listen.fixtures.ts';

const REPORT = { name: 'incident.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF incident') };
const relationOf = (event: FakeEvent | undefined): unknown => event?.content['m.relates_to'];

let world: World;
let fake: FakeMatrix;

beforeEach(async () => {
  world = await startWorld();
  fake = world.fake;
});
afterEach(() => world.close());

describe('a question', () => {
  patientTest('is answered in its thread by a notice, and is on record as heard', async () => {
    const ear = world.listen();
    const id = fake.say({ body: 'assay availability of shop' });
    await until(() => ear.marks.length > 0);
    const answeredIn = `${FAKE_ROOM} ${id}`;
    expect(ear.questions).toEqual([{ id, person: '@ann:test.local', text: 'availability of shop', at: NOW, answeredIn }]);
    expect(world.answers().map(({ content }) => content)).toMatchObject([
      { msgtype: 'm.notice', 'm.mentions': {}, 'm.relates_to': { rel_type: 'm.thread', event_id: id, is_falling_back: true } },
    ]);
    expect(ear.marks).toEqual([NOW]);
    expect(ear.standings).toEqual([undefined]);
    expect(fake.filters).toMatchObject([{ room: { rooms: [FAKE_ROOM] } }]);
  });

  patientTest('within a thread is answered there, and says where it stands', async () => {
    const ear = world.listen();
    const root = fake.say({ body: 'what is this?' });
    const id = fake.say({ body: `${FAKE_NAME}: why`, 'm.relates_to': { rel_type: 'm.thread', event_id: root } });
    await until(() => ear.marks.length > 0);
    expect(ear.questions).toMatchObject([{ id, text: 'why', thread: `${FAKE_ROOM} ${root}` }]);
    expect(relationOf(world.answers()[0])).toMatchObject({
      ...{ rel_type: 'm.thread', event_id: root, is_falling_back: false },
      'm.in_reply_to': { event_id: id },
    });
  });

  test.each([
    ['in a thread of ours', (event: string) => ({ rel_type: 'm.thread', event_id: event })],
    ['that answers a message of ours', (event: string) => ({ 'm.in_reply_to': { event_id: event } })],
  ])(
    '%s needs no mention',
    async (_, relation) => {
      fake.fill(1);
      world.now += 20 * MINUTE;
      const ear = world.listen();
      fake.say({ body: 'why?', 'm.relates_to': relation('$event0') });
      fake.say({ body: 'and since when?', 'm.relates_to': relation('$event0') });
      await until(() => ear.questions.length === 2);
      expect(ear.questions).toMatchObject([{ text: 'why?', thread: `${FAKE_ROOM} $event0` }, { thread: `${FAKE_ROOM} $event0` }]);
      // What is answered is looked at once.
      expect(fake.asked.filter((name) => name === 'event').length).toBeLessThanOrEqual(3);
    },
    40_000,
  );

  patientTest('that answers an answer in a thread belongs to the thread', async () => {
    fake.fill(1);
    const thread = { rel_type: 'm.thread', event_id: '$event0' };
    const other = fake.say({ body: 'hm', 'm.relates_to': thread });
    const ear = world.listen();
    fake.say({ body: 'assay who?', 'm.relates_to': { 'm.in_reply_to': { event_id: other } } });
    // What stands in a thread of ours is heard as well, first.
    await until(() => ear.questions.length === 2);
    expect(ear.questions.map(({ text }) => text)).toEqual(['hm', 'who?']);
    for (const question of ear.questions) expect(question.thread).toBe(`${FAKE_ROOM} $event0`);
  });

  patientTest('gets files as a delivery does, and words alone if the homeserver takes no files', async () => {
    const ear = world.listen({ ask: () => Promise.resolve({ ...REPLY, attachments: [REPORT] }) });
    fake.say({ body: 'assay report' });
    await until(() => ear.marks.length === 1);
    expect(world.ours().map(({ content }) => content['msgtype'])).toEqual(['m.notice', 'm.file']);
    expect(relationOf(world.ours()[1])).toMatchObject({ rel_type: 'm.thread', event_id: '$event0' });
    world.now += 1;
    fake.next('upload', error(403, 'M_FORBIDDEN'));
    fake.say({ body: 'assay report' });
    await until(() => ear.marks.length === 2);
    expect(world.ours().map(({ content }) => content['msgtype'])).toEqual(['m.notice', 'm.file', 'm.notice']);
    expect(ear.logged.join('')).toContain('an answer goes without its files');
  });

  patientTest('to which nothing is to be said is heard, and not answered', async () => {
    const ear = world.listen({ ask: () => Promise.resolve(undefined) });
    fake.say({ body: 'assay status' });
    await until(() => ear.marks.length === 1);
    expect(world.ours()).toEqual([]);
  });

  patientTest('that somebody has removed is not answered any more', async () => {
    const gone = { ...fake.events[0], content: {} };
    const ear = world.listen();
    fake.next('event', answer(200, gone));
    fake.say({ body: 'assay status' });
    await until(() => ear.marks.length === 1);
    expect(world.ours()).toEqual([]);
  });
});

describe('not answered', () => {
  patientTest('what is not said to us, what we or programs say, edits, and what is old', async () => {
    fake.say({ body: 'assay old' }, { origin_server_ts: NOW - 10 * MINUTE - 1 });
    const ear = world.listen();
    const root = fake.say({ body: 'is shop slow?' });
    fake.say({ body: 'for me too', 'm.relates_to': { rel_type: 'm.thread', event_id: root } });
    fake.say({ body: 'assay notice', msgtype: 'm.notice' });
    fake.say({ body: 'assay ours' }, { sender: '@assay:test.local' });
    const relates = { rel_type: 'm.replace', event_id: root };
    fake.say({ body: '* assay edit', 'm.new_content': { body: 'assay edit' }, 'm.relates_to': relates });
    fake.say({ body: 'assay late' }, { origin_server_ts: NOW - 11 * MINUTE });
    fake.say({}, { content: {} });
    await untilRead(world, ear);
    expect(texts(ear)).toEqual(['last']);
    expect(ear.logged.filter((line) => line.includes('too old'))).toHaveLength(2);
    expect(ear.logged.join('')).not.toMatch(/assay late|for me too/);
  });

  patientTest('nor an answer to a message that nobody knows; but one that names us is', async () => {
    const ear = world.listen();
    fake.say({ body: 'why?', 'm.relates_to': { 'm.in_reply_to': { event_id: '$nothing' } } });
    fake.say({ body: 'assay why?', 'm.relates_to': { 'm.in_reply_to': { event_id: '$nothing' } } });
    await until(() => ear.questions.length === 1);
    expect(ear.questions).toMatchObject([{ text: 'why?', thread: `${FAKE_ROOM} $nothing` }]);
  });
});

describe('once', () => {
  patientTest('killed between the answer and the record of it, the next run shows it no second time', async () => {
    const first = world.listen({ heard: () => Promise.reject(new Error('killed')) });
    const id = fake.say({ body: 'assay status' });
    await until(() => world.answers().length === 1);
    await first.listener.close();
    // Not even with another token, for which no transactions are known.
    fake.forgetTransactions();
    const second = world.listen();
    await until(() => second.marks.length === 1);
    expect(second.questions).toMatchObject([{ id }]);
    expect(world.answers()).toHaveLength(1);
  });

  patientTest('what was heard is not asked again by the next run, and what came in between is', async () => {
    const first = world.listen();
    fake.say({ body: 'assay one' });
    await until(() => first.marks.length === 1);
    await first.listener.close();
    world.now += MINUTE;
    fake.say({ body: 'assay two' });
    const second = world.listen({ since: first.marks[0] ?? 0 });
    await untilRead(world, second);
    expect(texts(second)).toEqual(['two', 'last']);
  });

  test.each<[string, Fault]>([
    ['lost on the way', { kind: 'HangUp', carriedOut: true }],
    ['not taken for now', error(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 7_000 })],
    ['met by a failing homeserver', error(500, 'M_UNKNOWN')],
  ])(
    'an answer that is %s is sent again, and shown once',
    async (_, fault) => {
      const ear = world.listen();
      fake.next('send', fault);
      fake.say({ body: 'assay status' });
      await until(() => ear.marks.length === 1);
      expect(world.answers()).toHaveLength(1);
      if (JSON.stringify(fault).includes('retry_after')) expect(ear.waits).toContain(7_000);
    },
    40_000,
  );

  patientTest('an answer that can not be sent for good is given up, and said in the log', async () => {
    const ear = world.listen();
    fake.next('send', error(400, 'M_BAD_JSON'));
    fake.say({ body: 'assay status' });
    await until(() => ear.marks.length === 1);
    fake.next('send', error(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 3_600_000 }));
    world.now += 1;
    fake.say({ body: 'assay status' });
    await until(() => ear.marks.length === 2);
    expect(world.answers()).toEqual([]);
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

  patientTest('a slow answer keeps only whoever asked for it waiting, and is not heard before it is there', async () => {
    const { ask, end } = slowly();
    const ear = world.listen({ ask });
    fake.say({ body: 'assay slow' });
    world.now += 1;
    fake.say({ body: 'assay after it' });
    fake.say({ body: 'assay quick' }, { sender: '@ben:test.local' });
    await until(() => world.answers().length === 1);
    expect(texts(ear)).toEqual(['slow', 'quick']);
    // What is not answered yet is for the next run, if this one is killed.
    expect(ear.marks.filter((mark) => mark >= NOW)).toEqual([]);
    end();
    await until(() => ear.marks.at(-1) === world.now);
    expect(texts(ear)).toEqual(['slow', 'quick', 'after it']);
  });

  patientTest('four are answered at once, and of one person not more than ten wait', async () => {
    const { ask, end } = slowly();
    const ear = world.listen({ ask });
    for (const name of ['a', 'b', 'c', 'd', 'e']) fake.say({ body: `assay slow ${name}` }, { sender: `@${name}:test.local` });
    await until(() => ear.questions.length === 4);
    for (let count = 1; count <= 12; count += 1) fake.say({ body: `assay more ${count}` }, { sender: '@a:test.local' });
    await until(() => ear.logged.filter((line) => line.includes('too many questions')).length === 2);
    expect(texts(ear)).toEqual(['slow a', 'slow b', 'slow c', 'slow d']);
    end();
    await until(() => texts(ear).includes('slow e'));
    end();
    await until(() => world.answers().length === 15);
  });

  patientTest('one that throws is a bug that ends nothing', async () => {
    const ear = world.listen({
      ask: ({ text }) => (text === 'bad' ? Promise.reject(new Error('a bug')) : Promise.resolve(REPLY)),
    });
    fake.say({ body: 'assay bad' });
    await untilRead(world, ear);
    await until(() => world.answers().length === 1);
    expect(ear.logged.join('')).toContain('a question could not be answered');
  });

  patientTest('a clock of another server that is ahead hides nothing', async () => {
    const ear = world.listen();
    fake.say({ body: 'assay from the future' }, { origin_server_ts: NOW + 3_600_000 });
    await until(() => ear.marks.length === 1);
    expect([ear.marks, ear.questions[0]?.at]).toEqual([[NOW], NOW]);
  });
});
