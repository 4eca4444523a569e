import { readFileSync } from 'node:fs';

import { systemClock } from '../../platform/clock.ts';
import {
  connectionTo,
  type FakeAnswer,
  type FakeRequest,
  type FakeSource,
  raw,
  startFakeSource,
} from '../opensearch/fake-source.ts';
import type { Connection, EvidenceReader } from '../source.ts';
import { type LokiTarget, newLokiReader } from './index.ts';

const SECRET = 'tok3n-that-must-not-leak';
/** The time of the recorded answers. */
const AT = 1_795_884_035;
const SLOT = AT * 1000;
const never = new AbortController().signal;
const question = { query: { query: '{job="varlogs"} |= "x"', window: '5m' }, slot: SLOT, maxAgeMs: 300_000 };
const recorded = JSON.parse(readFileSync(`${import.meta.dirname}/fixtures/loki-3.7.json`, 'utf8')) as Record<
  string,
  { status: number; body: string }
>;

let source: FakeSource;
let reader: EvidenceReader;
const LABELS = '/loki/api/v1/labels';
type Labels = (request: FakeRequest) => FakeAnswer | undefined;
/** A tenant holds lines unless `labels` says otherwise. */
const start = async (
  answer: (request: FakeRequest) => FakeAnswer | undefined,
  options: Partial<Connection & LokiTarget & { maxBytes: number; labels: Labels }> = {},
): Promise<void> => {
  const { labels = () => recorded['labels'] } = options;
  source = await startFakeSource((request) => {
    if (wrong(request) !== undefined) return { status: 400, body: wrong(request) };
    return request.path === LABELS ? labels(request) : answer(request);
  });
  reader = newLokiReader(
    { ...connectionTo(source.url), ...options },
    { tenant: options.tenant },
    { clock: systemClock, ...options },
  );
};
afterEach(async () => {
  await reader.close();
  await source.stop();
});

/** What of a request is not as it is documented. */
function wrong({ method, path, headers, body, query }: FakeRequest): string | undefined {
  const wanted = { '/loki/api/v1/status/buildinfo': 'GET', [LABELS]: 'GET', '/loki/api/v1/query': 'POST' }[path];
  if (path === LABELS && !/^start=\d{19}&end=\d{19}$/.test(query.toString())) return 'no range in nanoseconds';
  if (method !== wanted) return 'no such path, or not by this method';
  return method === 'GET' ? undefined : wrongForm(headers['content-type'] ?? '', Object.fromEntries(new URLSearchParams(body)));
}

function wrongForm(type: string, { query = '', time = '', ...more }: Record<string, string>): string | undefined {
  if (type !== 'application/x-www-form-urlencoded' || Object.keys(more).length > 0) return 'not the form';
  if (!/^\d{19}$/.test(time)) return 'the time is not in nanoseconds';
  const count = /^sum(?: by \(\w+\) )?\(count_over_time\(\(\n\{[\s\S]*\n\)\[\d+ms\]\)\)$/;
  return query === 'vector(1)' || count.test(query) ? undefined : 'parse error';
}

const form = (request: FakeRequest | undefined): object => Object.fromEntries(new URLSearchParams(request?.body));
const timeOf = (request: FakeRequest): number => Number((form(request) as { time: string }).time.slice(0, 10));
const read = (query: object = {}) => reader.kinds.logs!.read({ ...question, query: { ...question.query, ...query } }, never);
const vector = (...result: unknown[]): FakeAnswer => ({ body: { status: 'success', data: { resultType: 'vector', result } } });
const one = (value: unknown, metric: object = {}, at = AT): object => ({ metric, value: [at, value] });
const failed = (reason: string, message: RegExp): object => ({
  ...{ kind: 'Unavailable', reason },
  message: expect.stringMatching(message) as unknown,
});
const counts = (...samples: [object, number][]): object => ({
  ...{ kind: 'Samples', samples: samples.map(([labels, value]) => ({ labels, value })) },
});

describe('recorded answers of Loki 3.7.8', () => {
  test.each<[string, string | undefined, object]>([
    ['vector', undefined, counts([{}, 2])],
    ['groups', 'level', counts([{}, 2], [{ level: 'error' }, 2], [{ level: 'info' }, 3])],
    ['groups of structured metadata', 'trace', counts([{}, 1], [{ trace: 'x' }, 1])],
    ['empty', 'level', counts([{}, 0])],
    ['empty', undefined, counts([{}, 0])],
    ['parse error', undefined, failed('QueryFailed', /^the query can not be parsed \(line 1, column 17\)$/)],
    ['parse error without a line', undefined, failed('QueryFailed', /^the query can not be parsed$/)],
    ['stage error', undefined, failed('QueryFailed', /^the query can not be parsed$/)],
    ['unwrap', undefined, failed('QueryFailed', /^the query holds unwrap/)],
    ['too long a query', undefined, failed('QueryFailed', /^the query is longer than the source takes$/)],
    ['every stream', undefined, failed('QueryFailed', /^the query selects every stream/)],
    ['pipeline error', 'level', failed('QueryFailed', /^a stage of the query fails on some lines/)],
    ['too many series', 'level', failed('TooManySeries', /more groups than the source counts/)],
    ['too long a window', undefined, failed('QueryFailed', /^the window is longer/)],
    ['blocked', undefined, failed('QueryFailed', /^the source blocks the query/)],
    ['took too long', undefined, failed('SourceUnreachable', /^the query took too long for the source \(504\)$/)],
    ['no tenant', undefined, failed('SourceUnreachable', /demands a tenant/)],
    ['several tenants', undefined, failed('SourceUnreachable', /several tenants at once/)],
    ['tenant of other characters', undefined, failed('SourceUnreachable', /a character that the source does not take/)],
    ['no metric query', undefined, failed('QueryFailed', /^the source refuses the question \(400\)$/)],
    ['not found', undefined, failed('QueryFailed', /does not answer as Loki does \(404\)$/)],
  ])('%s, by %s', async (name, groupBy, want) => {
    await start(() => recorded[name]);
    expect(await read(groupBy === undefined ? {} : { groupBy })).toEqual(want);
  });
});

describe('no line at all', () => {
  const DAY_MS = 86_400_000;
  const ranges = (): number[][] =>
    source.requests
      .filter(({ path }) => path === LABELS)
      .map(({ query }) => ['start', 'end'].map((name) => Number(query.get(name)!.slice(0, 13)) - SLOT));

  test('is zero where the tenant holds lines of the day before', async () => {
    await start(() => vector(), { tenant: 'shop' });
    expect(await read()).toEqual(counts([{}, 0]));
    expect(ranges()).toEqual([[-DAY_MS, 0]]);
    expect(source.requests.map(({ headers }) => headers['x-scope-orgid'])).toEqual(['shop', 'shop']);
  });

  test('is asked about once an hour, and never where lines were counted', async () => {
    const hour = SLOT - (SLOT % 3_600_000);
    let lines: object[] = [];
    await start((request) => vector(...lines.map((line) => ({ ...line, value: [timeOf(request), '1'] }))));
    for (const slot of [hour, hour + 60_000, hour + 3_599_000, hour + 3_600_000]) {
      await reader.kinds.logs!.read({ ...question, slot }, never);
    }
    expect(ranges()).toHaveLength(2);
    lines = [{ metric: {} }];
    await reader.kinds.logs!.read({ ...question, slot: hour + 7_200_000 }, never);
    expect(ranges()).toHaveLength(2);
  });

  const unproven: Record<string, [FakeAnswer | undefined, object]> = {
    'a tenant of which nobody heard': [
      recorded['labels of nobody'],
      failed('EmptyResult', /^the tenant has no line at all in the last 1d: is it the right one/),
    ],
    'a list that is empty': [{ body: { status: 'success', data: [] } }, failed('EmptyResult', /no line at all/)],
    'a gateway that lets only queries through': [
      raw(SECRET, 403),
      failed('SourceUnreachable', /^a count of zero can not be told from a wrong tenant: .*credentials \(403\)$/),
    ],
    '404': [undefined, failed('QueryFailed', /wrong tenant: the source does not answer as Loki does \(404\)$/)],
    '500': [raw(SECRET, 500), failed('QueryFailed', /wrong tenant: .*error of its own \(500\)$/)],
    'a page': [raw(`<html>${SECRET}`), failed('QueryFailed', /wrong tenant: the answer is not JSON$/)],
    'labels that are no list': [{ body: { status: 'success', data: SECRET } }, failed('QueryFailed', /no list of labels/)],
    'no status': [{ body: { data: ['app'] } }, failed('QueryFailed', /no status of success/)],
    'no answer': [() => undefined, failed('SourceUnreachable', /wrong tenant: no answer within 300 ms$/)],
  };
  test.each(Object.entries(unproven))('is no zero: %s', async (_, [labels, want]) => {
    await start(() => vector(), { labels: () => labels, timeoutMs: 300, bearerToken: SECRET });
    const reading = await read();
    expect(reading).toEqual(want);
    expect(JSON.stringify(reading)).not.toContain(SECRET);
    // And is asked about again.
    await read();
    expect(ranges()).toHaveLength(2);
  });

  test('counts where the source lets nobody look back a day, but in the window', async () => {
    const answers = [recorded['labels too far back'], recorded['labels']];
    await start(() => vector(), { labels: () => answers.shift() });
    expect(await read()).toEqual(counts([{}, 0]));
    expect(ranges()).toEqual([
      [-DAY_MS, 0],
      [-300_000, 0],
    ]);
  });

  test('is asked about the window where that is longer than a day', async () => {
    await start(() => vector(), { labels: () => recorded['labels of nobody'] });
    expect(await read({ window: '7d' })).toEqual(failed('EmptyResult', /in the last 7d/));
    expect(ranges()).toEqual([[-7 * DAY_MS, 0]]);
  });
});

describe('read', () => {
  test('asks for the count of the window that ends at the slot', async () => {
    await start(() => vector(one('3')), { tenant: 'shop|web', headers: { 'x-scope-orgid': 'other' } });
    await read();
    expect(form(source.requests[0])).toEqual({
      query: 'sum(count_over_time((\n{job="varlogs"} |= "x"\n)[300000ms]))',
      time: '1795884035000000000',
    });
    expect(source.requests[0]?.headers).toMatchObject({ 'x-scope-orgid': 'shop|web', accept: 'application/json' });
  });

  test('groups are asked for by their label', async () => {
    await start(() => vector(one('3', { app: 'a' })));
    expect(await read({ groupBy: 'app', window: '1h' })).toEqual(counts([{ app: 'a' }, 3]));
    expect(form(source.requests[0])).toMatchObject({
      query: 'sum by (app) (count_over_time((\n{job="varlogs"} |= "x"\n)[3600000ms]))',
    });
  });

  test.each([{ query: '{a="b"}) or ({c="d"}' }, { query: 'rate({a="b"}[5m])' }, { groupBy: 'a.b' }])(
    'what would not stay a log query is never sent: %j',
    async (query) => {
      await start(() => vector(one('3')));
      expect(await read(query)).toMatchObject({ kind: 'Unavailable', reason: 'QueryFailed' });
      expect(source.requests).toEqual([]);
    },
  );

  const lies: Record<string, [FakeAnswer, string, RegExp]> = {
    'a page with status 200': [raw(`<html>${SECRET}</html>`), 'QueryFailed', /^the answer is not JSON$/],
    'JSON that breaks off': [raw(`{"status":"success","x":"${SECRET}`), 'QueryFailed', /^the answer is not JSON$/],
    'JSON that is null': [raw('null'), 'QueryFailed', /no object for the envelope/],
    'no status': [{ body: { data: {} } }, 'QueryFailed', /no status of success/],
    'no data': [{ body: { status: 'success' } }, 'QueryFailed', /no object for data/],
    'a result that is no list': [
      { body: { status: 'success', data: { resultType: 'vector', result: {} } } },
      'QueryFailed',
      /no list/,
    ],
    'lines instead of their number': [
      { body: { status: 'success', data: { resultType: 'streams', result: [{ stream: { app: SECRET }, values: [] }] } } },
      'QueryFailed',
      /not a count/,
    ],
    'a value that is a number': [vector(one(3)), 'QueryFailed', /value that is not a number/],
    'a value that is a word': [vector(one(SECRET)), 'QueryFailed', /value that is not a number/],
    'half a line': [vector(one('2.5')), 'QueryFailed', /count that is not a whole number/],
    'fewer lines than none': [vector(one('-1')), 'QueryFailed', /count that is not a whole number/],
    NaN: [vector(one('NaN')), 'QueryFailed', /count that is not a whole number/],
    'another time': [vector(one('3', {}, AT - 30)), 'QueryFailed', /another time/],
    'a label that is not asked for': [vector(one('3', { [SECRET]: 'x' })), 'QueryFailed', /label by which was not counted/],
    '400 that nobody knows': [raw(SECRET, 400), 'QueryFailed', /^the source refuses the question \(400\)$/],
    '400 with a parse error of ours': [
      raw(`parse error at line 1, col 2: ${SECRET}`, 400),
      'QueryFailed',
      /^the query can not be parsed$/,
    ],
    '401': [raw(SECRET, 401), 'SourceUnreachable', /^the source refuses the credentials \(401\)$/],
    '403': [raw(SECRET, 403), 'SourceUnreachable', /^the source refuses the credentials \(403\)$/],
    '404': [raw(SECRET, 404), 'QueryFailed', /does not answer as Loki does \(404\)$/],
    '500': [raw(SECRET, 500), 'QueryFailed', /error of its own \(500\)$/],
    '429': [raw('too many outstanding requests', 429), 'SourceUnreachable', /unavailable \(429\)$/],
    '503': [raw(SECRET, 503), 'SourceUnreachable', /unavailable \(503\)$/],
    '504': [raw(SECRET, 504), 'SourceUnreachable', /unavailable \(504\)$/],
    'a redirect': [raw(SECRET, 302, { location: `/${SECRET}` }), 'SourceUnreachable', /^redirects elsewhere \(302\)/],
    'no answer in time': [() => undefined, 'SourceUnreachable', /^no answer within 1000 ms$/],
    'a reset': [(response) => response.socket?.resetAndDestroy(), 'SourceUnreachable', /^no answer \(/],
    'more bytes than are read': [raw(Buffer.alloc(200_000, ' ')), 'QueryFailed', /larger than 100000 bytes/],
    'more groups than are read': [
      vector(...Array.from({ length: 1_001 }, (_, index) => one('1', { app: `${index}` }))),
      'TooManySeries',
      /more than 1000 groups/,
    ],
  };
  test.each(Object.entries(lies))('%s', async (_, [answer, reason, message]) => {
    await start(() => answer, { bearerToken: SECRET, maxBytes: 100_000 });
    const reading = await read({ groupBy: 'app' });
    expect(reading).toEqual(failed(reason, message));
    expect(JSON.stringify(reading)).not.toContain(SECRET);
  });

  test.each<[string, object, string | undefined]>([
    ['warnings', { warnings: [SECRET] }, 'the source gave warnings with its answer'],
    ['warnings of another shape', { warnings: SECRET }, 'the source gave warnings with its answer'],
    ['no warnings', { warnings: [] }, undefined],
  ])('partial: %s', async (_, more, partial) => {
    await start(() => ({ body: { status: 'success', data: { resultType: 'vector', result: [one('3')] }, ...more } }));
    expect(await read()).toEqual({ ...counts([{}, 3]), ...(partial && { partial }) });
  });
});

describe('over slots', () => {
  const range = { from: SLOT, to: SLOT + 60_000, stepMs: 30_000 };
  const oddSlots = (request: FakeRequest): FakeAnswer =>
    timeOf(request) === AT + 30 ? vector() : vector(one('2', {}, timeOf(request)));

  test('a range is one question a slot, in order', async () => {
    await start(oddSlots);
    const readings = await reader.kinds.logs!.readRange({ ...question, ...range }, never);
    expect(readings).toEqual([counts([{}, 2]), counts([{}, 0]), counts([{}, 2])]);
  });

  test.each<[string, string | undefined, boolean[], number]>([
    ['a heartbeat is a log query, whose lines count', '{job="varlogs"}', [true, false, true], 3],
    ['without one nothing is proven', undefined, [false, false, false], 0],
    ['a heartbeat that is none of logs proves nothing', 'count(up)', [false, false, false], 0],
  ])('%s', async (_, heartbeat, want, requests) => {
    await start(oddSlots, heartbeat === undefined ? {} : { heartbeat });
    expect(await reader.wasCollecting(range, never)).toEqual(want);
    expect(source.requests).toHaveLength(requests);
  });
});

describe('check', () => {
  const check = (query: object = {}) => reader.kinds.logs!.check({ query: { ...question.query, ...query }, maxAgeMs: 1 }, never);

  test('asks the server about the last millisecond', async () => {
    await start(() => vector());
    expect(await check({ groupBy: 'app' })).toBeUndefined();
    expect(form(source.requests[0])).toMatchObject({ query: expect.stringMatching(/\n\)\[1ms\]\)\)$/) as unknown });
  });

  test.each<[string, FakeAnswer | undefined, object, RegExp | undefined]>([
    ['a query that the server refuses', recorded['parse error'], {}, /line 1, column 17/],
    ['a metric query', vector(), { query: 'rate({a="b"}[5m])' }, /metric query/],
    ['a label that is none', vector(), { groupBy: 'a.b' }, /not the name of a label/],
    ['a source that is broken', raw('', 500), {}, undefined],
    ['a source without a tenant', recorded['no tenant'], {}, undefined],
    ['a source that says what nobody understands', raw('x'), {}, undefined],
    ['a source that hangs', () => undefined, {}, undefined],
  ])('%s', async (_, answer, query, message) => {
    await start(() => answer, { timeoutMs: 300 });
    const want = message && { reason: 'InvalidQuery', message: expect.stringMatching(message) as unknown };
    expect(await check(query)).toEqual(want);
  });
});

describe('probe', () => {
  const answering = { kind: 'Answering', latencyMs: expect.any(Number) as unknown };
  const notAnswering = (reason: string): object => ({ kind: 'NotAnswering', reason, message: expect.any(String) as unknown });
  test.each<[string, FakeAnswer | undefined, FakeAnswer | undefined, object]>([
    ['a version, which later readings carry', recorded['buildinfo'], vector(one('3')), { ...answering, version: '3.7.8' }],
    ['a version that is none', { body: { version: `<${SECRET}>` } }, vector(), answering],
    ['queries only', raw('', 404), vector(), answering],
    ['a version, but none for whom to count', recorded['buildinfo'], recorded['no tenant'], notAnswering('Unauthorized')],
    ['a page for everything', raw(SECRET), raw(SECRET), notAnswering('BadAnswer')],
    ['404 for everything', undefined, undefined, notAnswering('BadAnswer')],
    ['an answer of another format', raw('', 404), { body: {} }, notAnswering('BadAnswer')],
    ['401', raw(SECRET, 401), raw(SECRET, 401), notAnswering('Unauthorized')],
    ['503', raw(SECRET, 503), raw(SECRET, 503), notAnswering('ServerError')],
    ['no answer', () => undefined, undefined, notAnswering('Unreachable')],
  ])('%s', async (_, info, answer, want) => {
    await start(({ path }) => (path.endsWith('buildinfo') ? info : answer), { timeoutMs: 300, bearerToken: SECRET });
    const found = await reader.probe(never);
    expect(found).toEqual(want);
    expect(JSON.stringify(found)).not.toContain(SECRET);
    if ('version' in want) expect(await read()).toEqual({ ...counts([{}, 3]), sourceVersion: '3.7.8' });
  });
});
