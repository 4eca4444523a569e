import { openSession, type Loki, type LokiLimits, type Session, waitUntil } from '../../src/parts/index.ts';
import type { Reading } from '../../src/domain/sample.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { newLokiReader } from '../../src/sources/loki/index.ts';
import type { Connection, EvidenceReader, Refusal } from '../../src/sources/source.ts';
import { BUILD_WITHIN_MS, type Line, push, realLoki } from './lines.ts';

// What a real Loki with tenants says to our questions, and what is made of it.

const never = new AbortController().signal;
const SLOW_MS = 60_000;
const WINDOW_MS = 300_000;
const HOUR_MS = 3_600_000;
/** Loki looks for lines of the last hours only where it takes them in, so the lines are of now. */
const SLOT = Math.floor(Date.now() / 1000) * 1000 - 600_000;

const LIMITS: Readonly<Record<string, LokiLimits>> = {
  few: { max_query_series: 3 },
  hasty: { query_timeout: '1ms' },
  narrow: { max_query_length: '1h' },
  blocked: { blocked_queries: [{ pattern: '.*count_over_time.*', regex: true }] },
  forgetful: { max_query_lookback: '30m' },
};

let session: Session;
let loki: Loki;
const opened: EvidenceReader[] = [];

beforeAll(async () => {
  session = await openSession();
  loki = await realLoki(session, LIMITS);
}, BUILD_WITHIN_MS);
afterAll(async () => {
  for (const reader of opened) await reader.close();
  await session.close();
}, SLOW_MS);

function readerOf(tenant: string | undefined, more: Partial<Connection> = {}): EvidenceReader {
  const tls = { insecureSkipVerify: false };
  const connection = { url: loki.url, headers: {}, tls, timeoutMs: 20_000, maxConcurrency: 4, ...more };
  const reader = newLokiReader(connection, { tenant }, { clock: systemClock });
  opened.push(reader);
  return reader;
}

interface Asked {
  readonly groupBy?: string;
  readonly window?: string;
  readonly slot?: number;
}

const read = (tenant: string | undefined, query: string, { slot = SLOT, ...more }: Asked = {}): Promise<Reading> =>
  readerOf(tenant).kinds.logs!.read({ query: { query, window: '5m', ...more }, slot, maxAgeMs: WINDOW_MS }, never);
const check = (tenant: string | undefined, query: string, groupBy?: string): Promise<Refusal | undefined> =>
  readerOf(tenant).kinds.logs!.check({ query: { query, ...(groupBy !== undefined && { groupBy }) }, maxAgeMs: 1 }, never);
const counts = (...samples: [object, number][]): object => ({
  ...{ kind: 'Samples', samples: samples.map(([labels, value]) => ({ labels, value })) },
});
const failed = (reason: string, message: RegExp): object => ({
  ...{ kind: 'Unavailable', reason },
  message: expect.stringMatching(message) as unknown,
});
const at = (atMs: number, text: string, metadata?: Line['metadata']): Line => ({ atMs, text, ...(metadata && { metadata }) });

describe('lines of an evening', () => {
  beforeAll(async () => {
    await push(loki, 'evening', { app: 'shop', level: 'error' }, [
      at(SLOT - WINDOW_MS, 'at the beginning, which is out'),
      at(SLOT - WINDOW_MS + 1, 'a timeout'),
      at(SLOT, 'at the end, which is in'),
      at(SLOT + 1, 'behind the end'),
    ]);
    const logins = ['ann', 'ann', 'ann', 'bob'].map((user, index) =>
      at(SLOT - 1_000 * index, JSON.stringify({ user, ms: index })),
    );
    await push(loki, 'evening', { app: 'shop', level: 'warn' }, logins);
    await push(loki, 'evening', { app: 'web' }, [at(SLOT - 5, 'no label of a level', { trace: 'x' }), at(SLOT - 6, '{ no JSON')]);
  }, SLOW_MS);

  test.each<[string, string, Asked, object]>([
    ['the window is open at its beginning and closed at its end', '{app="shop", level="error"}', {}, counts([{}, 2])],
    ['a line filter', '{app="shop"} |= "timeout"', {}, counts([{}, 1])],
    ['a string that looks like the end', '{app="shop"} != `)[1h]))` |= "timeout"', {}, counts([{}, 1])],
    ['a count of zero is an answer', '{app="shop"} |= "panic"', {}, counts([{}, 0])],
    ['so is one of a stream that is not there', '{app="nobody"}', { groupBy: 'level' }, counts([{}, 0])],
    [
      'groups, and lines without the label',
      '{app=~".+"}',
      { groupBy: 'level' },
      counts([{}, 2], [{ level: 'error' }, 2], [{ level: 'warn' }, 4]),
    ],
    [
      'groups of what a line says',
      '{level="warn"} | json',
      { groupBy: 'user' },
      counts([{ user: 'ann' }, 3], [{ user: 'bob' }, 1]),
    ],
    ['groups of structured metadata', '{app="web"}', { groupBy: 'trace' }, counts([{}, 1], [{ trace: 'x' }, 1])],
    ['a filter on what a line says', '{level="warn"} | json | ms >= 2', {}, counts([{}, 2])],
    ['a window that Loki asks for in pieces counts no line twice', '{app="shop"}', { window: '3h' }, counts([{}, 7])],
    ['the last millisecond', '{app="shop", level="error"}', { window: '1s' }, counts([{}, 1])],
    [
      'lines that no stage understands',
      '{app="web"} | json',
      { groupBy: 'user' },
      failed('QueryFailed', /a stage of the query fails/),
    ],
    ['they count where nobody asks for groups', '{app="web"} | json', {}, counts([{}, 2])],
    ['but not where they are left out', '{app="web"} | json | __error__=""', {}, counts([{}, 0])],
    ['without them', '{app="web"} | json | __error__=""', { groupBy: 'user' }, counts([{}, 0])],
  ])('%s', async (_, query, asked, want) => expect(await read('evening', query, asked)).toEqual(want), SLOW_MS);

  test('a range says of each slot what its own question says', async () => {
    const range = { from: SLOT - 2_000, to: SLOT + WINDOW_MS, stepMs: 151_000 };
    const query = { query: '{app="shop"}', window: '5m', groupBy: 'level' };
    const readings = await readerOf('evening').kinds.logs!.readRange({ ...range, query, maxAgeMs: 1 }, never);
    const alone = readings.map((_, index) =>
      read('evening', query.query, { groupBy: 'level', slot: range.from + index * range.stepMs }),
    );
    expect(readings).toHaveLength(3);
    expect(readings).toEqual(await Promise.all(alone));
    expect(new Set(readings.map((reading) => JSON.stringify(reading))).size).toBe(3);
  });

  test('collecting is proven by a line of the heartbeat in the ten minutes before', async () => {
    const range = { from: SLOT - 300_001, to: SLOT + 600_002, stepMs: 300_001 };
    const reader = readerOf('evening', { heartbeat: '{app="shop"}' });
    // The last slot is ten minutes and one millisecond after the last line.
    expect(await reader.wasCollecting(range, never)).toEqual([false, true, true, false]);
    expect(await readerOf('evening').wasCollecting(range, never)).not.toContain(true);
  });

  test.each<[string, string, string | undefined, RegExp | undefined]>([
    ['a query that can be asked', '{app="shop"} |= "x" | json | user!=""', 'user', undefined],
    ['a query of several lines', '{app="shop"}\n  |= "x"\n  | json', undefined, undefined],
    ['a selector that breaks off', '{app="shop" |= "x"', undefined, /exactly one selector/],
    ['a filter without a string', '{app="shop"} |= x', undefined, /can not be parsed \(line 1, column 17\)/],
    ['the same on its second line', '{app="shop"}\n|= x', undefined, /can not be parsed \(line 2, column 4\)/],
    ['a regular expression that is none', '{app="shop"} |~ "("', undefined, /can not be parsed/],
    ['every stream', '{app=~".*"}', undefined, /selects every stream/],
    ['values instead of lines', '{app="shop"} | json | unwrap ms', undefined, /holds unwrap/],
    ['a metric query', 'rate({app="shop"}[5m])', undefined, /metric query/],
    ['a label that is none', '{app="shop"}', 'a.b', /not the name of a label/],
  ])('check: %s', async (_, query, groupBy, message) => {
    const want = message && { reason: 'InvalidQuery', message: expect.stringMatching(message) as unknown };
    expect(await check('evening', query, groupBy)).toEqual(want);
  });

  /** What breaks out of the count would be one query to the server as well; locally none of it is a log query. */
  test.each(['{app="shop"})[5m])) or sum(count_over_time(({app="web"}', '{app="shop"} or {app="web"}', '({app="shop"})'])(
    'what would not stay one log query is not asked: %s',
    async (query) => expect(await read('evening', query)).toMatchObject({ kind: 'Unavailable', reason: 'QueryFailed' }),
  );
});

describe('tenants', () => {
  beforeAll(async () => {
    for (const tenant of ['one', 'two']) await push(loki, tenant, { app: 'shop' }, [at(SLOT, `a line of ${tenant}`)]);
  }, SLOW_MS);

  test.each<[string, string | undefined, object]>([
    ['each has lines of its own', 'one', counts([{}, 1])],
    ['one of which nobody heard has no zero', 'another', failed('EmptyResult', /the tenant has no line at all in the last 1d/)],
    ['none', undefined, failed('SourceUnreachable', /demands a tenant/)],
    // It tries for some seconds before it says so.
    ['two at once, where that is off', 'one|two', failed('SourceUnreachable', /does not take several tenants at once/)],
    ['a name that is none', 'one/two', failed('SourceUnreachable', /a character that the source does not take/)],
  ])('%s', async (_, tenant, want) => expect(await read(tenant, '{app="shop"}')).toEqual(want), SLOW_MS);

  test('a zero a day and more after the last line is none: in a tenant that went silent, or in a wrong one', async () => {
    const before = { slot: SLOT - 25 * HOUR_MS };
    expect(await read('one', '{app="shop"}', before)).toEqual(failed('EmptyResult', /no line at all/));
    expect(await read('one', '{app="nobody"}')).toEqual(counts([{}, 0]));
  });

  test.each<[string | undefined, string]>([
    [undefined, 'Unauthorized'],
    ['one/two', 'Unauthorized'],
  ])('a probe for the tenant %s finds that it may not ask', async (tenant, reason) =>
    expect(await readerOf(tenant).probe(never)).toMatchObject({ kind: 'NotAnswering', reason }),
  );
});

describe('limits', () => {
  beforeAll(async () => {
    const lines = ['a', 'b', 'c', 'd'].map((user, index) => at(SLOT - index, `user=${user}`));
    for (const tenant of Object.keys(LIMITS)) await push(loki, tenant, { app: 'shop' }, lines);
  }, SLOW_MS);

  test.each<[string, string, Asked, object]>([
    ['more groups than are counted', 'few', { groupBy: 'user' }, failed('TooManySeries', /more groups than the source counts/)],
    ['as many as that', 'few', {}, counts([{}, 4])],
    [
      'a query that takes too long, in pieces of an hour',
      'hasty',
      { window: '7d' },
      failed('SourceUnreachable', /took too long for the source \(504\)/),
    ],
    ['too long a window', 'narrow', { window: '2h' }, failed('QueryFailed', /the window is longer/)],
    ['a query that is blocked', 'blocked', {}, failed('QueryFailed', /the source blocks the query/)],
    // It answers without looking, and without a word.
    ['a time that is looked at no more', 'forgetful', { slot: SLOT - HOUR_MS }, failed('EmptyResult', /no line at all/)],
  ])('%s: %s', async (_, tenant, asked, want) => expect(await read(tenant, '{app="shop"} | logfmt', asked)).toEqual(want));

  test('a window that reaches beyond what is looked at is cut, and nothing says so', async () => {
    const query = '{app="shop"} |= "user"';
    await push(loki, 'forgetful', { app: 'shop' }, [at(SLOT - HOUR_MS / 2, 'user=e')]);
    await push(loki, 'few', { app: 'shop' }, [at(SLOT - HOUR_MS / 2, 'user=e')]);
    expect(await read('few', query, { window: '1h' })).toEqual(counts([{}, 5]));
    expect(await read('forgetful', query, { window: '1h' })).toEqual(counts([{}, 4]));
  });

  test('a zero is proven in the window where nobody may look back a day', async () =>
    expect(await read('narrow', '{app="shop"} |= "panic"')).toEqual(counts([{}, 0])));

  test('a limit is no mistake of the query', async () => expect(await check('hasty', '{app="shop"}')).toBeUndefined());
});

describe('lines that come late', () => {
  const shop = { app: 'shop' };
  const count = (): Promise<Reading> => read('late', '{app="shop"}');

  test('are counted once they are there, hence the evaluationDelay; the same line twice is one', async () => {
    await push(loki, 'late', shop, [at(SLOT - 3, 'in time')]);
    expect(await count()).toEqual(counts([{}, 1]));
    await push(loki, 'late', shop, [at(SLOT - 30_000, 'late, and older than what is there')]);
    expect(await count()).toEqual(counts([{}, 2]));
    await push(loki, 'late', shop, [at(SLOT - 3, 'in time'), at(SLOT - 3, 'in time, but another')]);
    expect(await count()).toEqual(counts([{}, 3]));
  });

  test('hours behind the newest of their stream are not taken', async () =>
    expect(push(loki, 'late', shop, [at(SLOT - 3 * HOUR_MS, 'much too late')])).rejects.toThrow(/too far behind/));
});

test(
  'tells its version, hangs, is gone, and is there again with what it took',
  async () => {
    await push(loki, 'kept', { app: 'shop' }, [at(SLOT, 'a line')]);
    const reader = readerOf('kept', { timeoutMs: 2_000 });
    const asked = { query: { query: '{app="shop"}' }, slot: SLOT, maxAgeMs: 1 };
    const answers = async (): Promise<boolean> => (await reader.probe(never)).kind === 'Answering';
    expect(await reader.probe(never)).toMatchObject({
      kind: 'Answering',
      version: expect.stringMatching(/^3\.\d+\.\d+$/) as unknown,
    });
    const whole = await reader.kinds.logs!.read(asked, never);
    expect(whole).toMatchObject({ ...counts([{}, 1]), sourceVersion: expect.any(String) as unknown });

    loki.daemon.kill('SIGSTOP');
    expect(await reader.kinds.logs!.read(asked, never)).toEqual(failed('SourceUnreachable', /^no answer within 2000 ms$/));
    loki.daemon.kill('SIGCONT');
    expect(await waitUntil(answers, { withinMs: 20_000 })).toBe(true);

    loki.daemon.kill('SIGKILL');
    await loki.daemon.exited();
    expect(await reader.kinds.logs!.read(asked, never)).toEqual(failed('SourceUnreachable', /^no answer/));
    await loki.daemon.start();
    expect(await waitUntil(answers, { withinMs: 20_000 })).toBe(true);
    expect(await reader.kinds.logs!.read(asked, never)).toEqual(whole);
  },
  3 * SLOW_MS,
);
