import { NOW } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Place } from '../notifier.ts';
import { FAKE_ALIAS, FAKE_ROOM, type FakeMatrix } from './fake-server.ts';
import { answer, error, MINUTE, patientTest, startWorld, texts, until, untilRead, type World } from './listen.fixtures.ts';

/*
 * What stands between a channel and what people ask: much of it, failures, rooms that come and go.
 */

let world: World;
let fake: FakeMatrix;

beforeEach(async () => {
  world = await startWorld();
  fake = world.fake;
});
afterEach(() => world.close());

describe('more than fits into an answer of the homeserver', () => {
  const sayMany = (count: number): string[] =>
    Array.from({ length: count }, (_, at) => {
      fake.say({ body: `assay ${at}` }, { sender: `@p${at}:test.local` });
      return `${at}`;
    });

  patientTest('is read page by page when it begins, and nothing of it twice', async () => {
    fake.say({ body: 'assay too early' }, { origin_server_ts: NOW - 11 * MINUTE });
    const first = sayMany(3);
    fake.fill(60);
    const ear = world.listen({ since: 1 });
    await until(() => world.answers().length === 3);
    const wanted = sayMany(12);
    await until(() => world.answers().length === 15);
    expect(texts(ear)).toEqual([...first, ...wanted]);
    expect(ear.logged.join('')).not.toContain('more was written');
  });

  patientTest('also while it listens', async () => {
    const ear = world.listen();
    await untilRead(world, ear);
    const before = fake.asked.filter((name) => name === 'messages').length;
    const wanted = sayMany(15);
    await until(() => world.answers().length === 16);
    expect(texts(ear)).toEqual(['last', ...wanted]);
    expect(fake.asked.filter((name) => name === 'messages').length - before).toBeLessThanOrEqual(2);
  });

  patientTest('is not read without an end, and that is said', async () => {
    fake.fill(400);
    const ear = world.listen();
    await until(() => ear.standings.length === 1);
    expect(ear.logged.join('')).toContain('more was written in a room than is read at once');
    expect(fake.asked.filter((name) => name === 'messages')).toHaveLength(5);
  });

  patientTest('is asked for in smaller pieces', async () => {
    fake.fill(3);
    fake.next('sync', answer(200, `{"next_batch":"1","x":"${'x'.repeat(9 * 1024 * 1024)}"}`));
    const ear = world.listen();
    await untilRead(world, ear);
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
  ])(
    '%s passes, and nothing is lost',
    async (_, name, fault, problem) => {
      fake.next(name, fault);
      const ear = world.listen();
      fake.say({ body: 'assay status' });
      await until(() => ear.marks.length === 1);
      expect(ear.standings).toEqual([problem, undefined]);
      if (problem.includes('M_LIMIT_EXCEEDED')) expect(ear.waits).toContain(9_000);
    },
    40_000,
  );

  patientTest('failure after failure is waited for longer, up to a minute', async () => {
    fake.next('sync', ...Array.from({ length: 5 }, () => error(500, 'M_UNKNOWN')));
    const ear = world.listen();
    await until(() => ear.standings.length === 2);
    for (const [failures, waitMs] of ear.waits.slice(0, 5).entries()) {
      expect(waitMs).toBeGreaterThanOrEqual(500 * 2 ** failures);
      expect(waitMs).toBeLessThanOrEqual(1_000 * 2 ** failures);
    }
    expect(ear.standings).toEqual(['the platform can not take the message now (500)', undefined]);
  });

  patientTest('a token that was refused is said, and shown to nobody', async () => {
    const ear = world.listen({ token: 'syt_other_secret' });
    await until(() => ear.standings.length === 1);
    expect(ear.standings).toEqual(['the homeserver does not know the access token, or not any more (M_UNKNOWN_TOKEN)']);
    expect(ear.logged.join('')).not.toContain('syt_other_secret');
  });

  patientTest('one that is revoked while it listens, and one that is good again', async () => {
    const ear = world.listen();
    await until(() => ear.standings.length === 1);
    fake.next('sync', error(401, 'M_UNKNOWN_TOKEN'));
    await untilRead(world, ear);
    await until(() => ear.standings.length === 3);
    expect(ear.standings[1]).toContain('M_UNKNOWN_TOKEN');
  });

  patientTest(
    'a homeserver that was set back knows neither the filter nor how far was read: nothing is asked twice',
    async () => {
      const ear = world.listen();
      fake.say({ body: 'assay one' });
      await until(() => world.answers().length === 1);
      fake.next('sync', error(400, 'M_UNKNOWN_POS'), error(404, 'M_NOT_FOUND'));
      fake.say({ body: 'assay two' });
      await until(() => world.answers().length === 2);
      await untilRead(world, ear);
      expect(texts(ear)).toEqual(['one', 'two', 'last']);
    },
  );

  patientTest('a room to which the operator was not invited', async () => {
    fake.next('joined', answer(200, { joined_rooms: [] }));
    fake.next('join', error(403, 'M_FORBIDDEN'));
    const ear = world.listen();
    await until(() => ear.standings.length === 1);
    expect(ear.standings).toEqual(['the operator is not in the room; invite @assay:test.local']);
  });

  patientTest('a room to which it was invited, and in which it has had nothing to say yet, is joined', async () => {
    fake.next('joined', answer(200, { joined_rooms: [] }));
    const ear = world.listen();
    await until(() => ear.standings.length === 1);
    expect([ear.standings, fake.asked.includes('join')]).toEqual([[undefined], true]);
  });

  patientTest('closing ends it at once, and what is being answered is left to the next run', async () => {
    const ear = world.listen({ ask: () => new Promise(() => undefined) });
    fake.say({ body: 'assay status' });
    await until(() => ear.questions.length === 1);
    const startedAt = performance.now();
    await ear.listener.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect([ear.marks, ear.standings]).toEqual([[], [undefined]]);
  });
});

patientTest('closing does not wait for a record that is never made', async () => {
  const ear = world.listen({ heard: () => new Promise(() => undefined) });
  fake.say({ body: 'assay status' });
  await until(() => world.answers().length === 1);
  await ear.listener.close();
});

patientTest('a mark from a clock that was ahead makes nobody unheard', async () => {
  const ear = world.listen({ since: world.now + 60 * MINUTE });
  await until(() => ear.standings.length === 1);
  world.now += MINUTE;
  fake.say({ body: 'assay status' });
  await until(() => world.answers().length === 1 && ear.marks.length === 1);
  expect(ear.marks).toEqual([world.now]);
});

patientTest('a question names the thread in which its answer will stand', async () => {
  const ear = world.listen();
  const asked = fake.say({ body: 'assay status' });
  await until(() => world.answers().length === 1);
  const content = { 'm.relates_to': { rel_type: 'm.thread', event_id: asked } };
  fake.say({ body: 'and now?', ...content, 'm.mentions': { user_ids: ['@assay:test.local'] } });
  await until(() => ear.questions.length === 2);
  expect(ear.questions.map(({ answeredIn }) => answeredIn)).toEqual(Array(2).fill(`${FAKE_ROOM} ${asked}`));
  expect(ear.questions[1]?.thread).toBe(ear.questions[0]?.answeredIn);
});

describe('rooms by name', () => {
  const template = '#{service}-alerts:test.local';
  const shop: Place = { namespace: 'web', service: 'shop' };

  patientTest('a question says to which services its room belongs', async () => {
    const ear = world.listen({ room: template, places: () => [shop] });
    fake.say({ body: 'assay status' });
    await until(() => ear.questions.length === 1);
    expect(ear.questions).toMatchObject([{ places: [shop] }]);
  });

  patientTest('also where two services of the same name share it, and not where the room is one for all', async () => {
    const both = [shop, { ...shop, namespace: 'test' }];
    const shared = world.listen({ room: template, places: () => [...both, { ...shop, service: 'cart' }] });
    const single = world.listen({ room: FAKE_ALIAS, places: () => [shop] });
    fake.say({ body: 'assay status' });
    await until(() => shared.questions.length === 1 && single.questions.length === 1);
    expect([shared.questions[0]?.places, single.questions[0]?.places]).toEqual([both, undefined]);
    // Both belong to the same operator, so that there is one answer.
    await until(() => shared.marks.length === 1 && single.marks.length === 1);
    expect(world.answers()).toHaveLength(1);
  });

  patientTest('services come and go; a name that nobody knows keeps no other room from being heard', async () => {
    let places: Place[] = [];
    const ear = world.listen({ room: template, places: () => places });
    await until(() => ear.standings.length === 1);
    expect(fake.asked).not.toContain('sync');
    places = [{ ...shop, service: 'cart' }, shop];
    fake.say({ body: 'assay status' });
    await until(() => ear.marks.length === 1);
    expect(ear.standings).toEqual([undefined, 'the homeserver knows no room by the name #cart-alerts:test.local (M_NOT_FOUND)']);
  });

  patientTest('a name that can not be looked up for a while leads where it led', async () => {
    const ear = world.listen({ room: FAKE_ALIAS });
    await untilRead(world, ear);
    world.now += 11 * MINUTE;
    fake.next('alias', error(500, 'M_UNKNOWN'));
    fake.say({ body: 'assay again' });
    fake.say({ body: 'assay and again' });
    await until(() => texts(ear).includes('and again'));
  });

  test('what is neither an id nor a name is a mistake of the channel', () => {
    expect(() => world.listen({ room: 'shop-alerts' })).toThrow('the room begins neither with ! nor with #');
  });
});
