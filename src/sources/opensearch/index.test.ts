import { systemClock } from '../../platform/clock.ts';
import type { Connection, EvidenceReader } from '../source.ts';
import { connectionTo, type FakeAnswer, type FakeRequest, type FakeSource, raw, startFakeSource } from './fake-source.ts';
import { newOpenSearchReader, type OpenSearchTarget } from './index.ts';

const SECRET = 'tok3n-that-must-not-leak';
const SLOT = 1_700_000_000_000;
const never = new AbortController().signal;
const question = { query: { query: 'level:error', window: '5m' }, slot: SLOT, maxAgeMs: 300_000 };
const byUser = { ...question, query: { ...question.query, groupBy: 'user' } };

const date = { body: { indices: ['logs'], fields: { '@timestamp': { date: { type: 'date' } } } } };
const whole = { timed_out: false, _shards: { total: 2, successful: 2, skipped: 0, failed: 0 } };
const total = (value: unknown, relation = 'eq'): object => ({ hits: { total: { value, relation }, hits: [] } });
const found = (more: object = {}): FakeAnswer => ({ body: { ...whole, ...total(3), ...more } });
const buckets = (list: unknown, more: object = {}): FakeAnswer =>
  found({ aggregations: { groups: { sum_other_doc_count: 0, buckets: list, ...more }, none: { doc_count: 0 } } });
const error = (status: number, type: string, reason: string): FakeAnswer => ({
  ...{ status, body: { error: { type, reason, root_cause: [{ type, reason }] }, status } },
});

let source: FakeSource;
let reader: EvidenceReader;
const start = async (
  search: (request: FakeRequest) => FakeAnswer | undefined,
  options: Partial<Connection & OpenSearchTarget & { maxBytes: number; onRequest: (outcome: string) => void }> = {},
): Promise<void> => {
  source = await startFakeSource((request) => (request.path.endsWith('_field_caps') ? date : search(request)));
  const { index = 'logs-*,other', timeField } = options;
  reader = newOpenSearchReader(
    { ...connectionTo(source.url), ...options },
    { index, timeField },
    { clock: systemClock, ...options },
  );
};
const read = (request = question) => reader.kinds.logs!.read(request, never);
/** Whether a query is understood is asked once, before anything is counted by it. */
const isCheck = ({ body }: FakeRequest): boolean => body.includes('terminate_after');
const searches = (): FakeRequest[] => source.requests.filter((each) => each.path.endsWith('_search') && !isCheck(each));
const checks = (): FakeRequest[] => source.requests.filter(isCheck);
const bodyOf = (request: FakeRequest | undefined): unknown => JSON.parse(request?.body ?? 'null');
afterEach(async () => {
  await reader.close();
  await source.stop();
});

describe('read', () => {
  test('counts what matches after the window began and up to the slot', async () => {
    await start(() => found());
    expect(await read()).toEqual({ kind: 'Samples', samples: [{ labels: {}, value: 3 }] });
    expect(await read()).toMatchObject({ kind: 'Samples' });
    // What the time field is was asked once, and so whether the query is understood.
    expect(checks()).toHaveLength(1);
    expect(source.requests.map(({ path }) => path)).toEqual([
      ...['/logs-*,other/_field_caps', '/logs-*,other/_search', '/logs-*,other/_search', '/logs-*,other/_search'],
    ]);
    expect(Object.fromEntries(searches()[0]!.query)).toEqual({
      ignore_unavailable: 'false',
      allow_no_indices: 'false',
      allow_partial_search_results: 'true',
      filter_path: '-_shards.failures,-_clusters.details',
    });
    const { query } = bodyOf(searches()[0]) as { query: { bool: { filter: object[] } } };
    expect(bodyOf(searches()[0])).toMatchObject({ size: 0, track_total_hits: true, timeout: '900ms' });
    expect(query.bool.filter).toEqual([
      {
        query_string: expect.objectContaining({ query: 'level:error', lenient: false, allow_leading_wildcard: false }) as unknown,
      },
      { range: { '@timestamp': { gt: SLOT - 300_000, lte: SLOT, format: 'epoch_millis' } } },
    ]);
  });

  test('a query is a value in JSON, whatever it holds', async () => {
    await start(() => found());
    const query = '"}},"match_all":{} \\ \u2028 é';
    await read({ ...question, query: { ...question.query, query } });
    expect(bodyOf(searches()[0])).toMatchObject({ query: { bool: { filter: [{ query_string: { query } }, {}] } } });
  });

  test('an index is a part of the path, whatever it holds', async () => {
    await start(() => found(), { index: 'remote:logs-*,a%2f_x' });
    await read();
    expect(searches()[0]?.path).toBe('/remote%3Alogs-*,a%252f_x/_search');
  });

  test('groups: the label is the last part of the field, and lines without it have none', async () => {
    await start(() =>
      found({
        aggregations: { groups: { sum_other_doc_count: 0, buckets: [{ key: 7, doc_count: 2 }] }, none: { doc_count: 1 } },
      }),
    );
    const query = { ...question.query, groupBy: 'http.response.status-code.keyword' };
    const samples = [
      { labels: { status_code: '7' }, value: 2 },
      { labels: {}, value: 1 },
    ];
    expect(await read({ ...question, query })).toEqual({ kind: 'Samples', samples });
    expect(bodyOf(searches()[0])).toMatchObject({ aggs: { groups: { terms: { field: query.groupBy, size: 1_000 } } } });
  });

  const lies: Record<string, [FakeAnswer, string, RegExp]> = {
    'a page with status 200': [raw(`<html>${SECRET}</html>`), 'QueryFailed', /^the answer is not JSON$/],
    'JSON that breaks off': [raw(`{"x":"${SECRET}`), 'QueryFailed', /^the answer is not JSON$/],
    'JSON that is null': [raw('null'), 'QueryFailed', /no object for the answer/],
    'nothing at all': [raw(''), 'QueryFailed', /not JSON/],
    'an error with status 200': [{ body: { error: SECRET } }, 'QueryFailed', /no object for _shards/],
    'a total that is a number, as before version 7': [found({ hits: { total: 3 } }), 'QueryFailed', /no object for the total/],
    'a total that is a bound': [found(total(10_000, 'gte')), 'QueryFailed', /total that is not exact/],
    'a total that is a text': [found(total('3')), 'QueryFailed', /not a whole number/],
    'a total below zero': [found(total(-1)), 'QueryFailed', /not a whole number/],
    'no shard at all': [found({ _shards: { total: 0, successful: 0, failed: 0 } }), 'EmptyResult', /^no index matches/],
    'no index': [error(404, 'index_not_found_exception', SECRET), 'EmptyResult', /^no index matches/],
    'another 404': [raw(SECRET, 404), 'QueryFailed', /does not answer as OpenSearch does \(404\)$/],
    'a 400 of a proxy': [raw(SECRET, 400), 'QueryFailed', /does not answer as OpenSearch does \(400\)$/],
    'a 400 too long to read': [raw(SECRET.repeat(10_000), 400), 'QueryFailed', /^the source refuses the query \(400\)$/],
    'a 400 of a kind that nobody knows': [error(400, 'x', SECRET), 'QueryFailed', /^the source refuses the query \(400\)$/],
    '401': [raw(SECRET, 401), 'SourceUnreachable', /^the source refuses the credentials \(401\)$/],
    '403': [error(403, 'security_exception', SECRET), 'SourceUnreachable', /^the source refuses the credentials \(403\)$/],
    '429': [error(429, 'circuit_breaking_exception', SECRET), 'SourceUnreachable', /unavailable \(429\)$/],
    '500': [raw(SECRET, 500), 'QueryFailed', /error of its own \(500\)$/],
    '503': [error(503, 'search_phase_execution_exception', SECRET), 'SourceUnreachable', /unavailable \(503\)$/],
    'a redirect': [raw(SECRET, 302, { location: `/${SECRET}` }), 'SourceUnreachable', /^redirects elsewhere \(302\)/],
    'no answer in time': [() => undefined, 'SourceUnreachable', /^no answer within 1000 ms$/],
    'a reset': [(response) => response.socket?.resetAndDestroy(), 'SourceUnreachable', /^no answer \(/],
    'more bytes than are read': [raw(Buffer.alloc(200_000, ' ')), 'QueryFailed', /larger than 100000 bytes/],
  };
  test.each(Object.entries(lies))('%s', async (_, [answer, reason, message]) => {
    await start(() => answer, { bearerToken: SECRET, maxBytes: 100_000 });
    const reading = await read();
    expect(reading).toMatchObject({ kind: 'Unavailable', reason, message: expect.stringMatching(message) as unknown });
    expect(JSON.stringify(reading)).not.toContain(SECRET);
  });

  const badGroups: Record<string, [FakeAnswer, string, RegExp]> = {
    'no aggregations': [found(), 'QueryFailed', /no object for aggregations/],
    'buckets that are no list': [buckets({}), 'QueryFailed', /no list for buckets/],
    'a key that is an object': [buckets([{ key: {}, doc_count: 3 }]), 'QueryFailed', /group without a key/],
    'a key that is half a character': [buckets([{ key: '\ud800', doc_count: 3 }]), 'QueryFailed', /well-formed/],
    'a count that is a text': [buckets([{ key: 'a', doc_count: '3' }]), 'QueryFailed', /not a whole number/],
    'fewer lines than the total': [buckets([{ key: 'a', doc_count: 2 }]), 'QueryFailed', /fewer lines than the total/],
    'lines in groups that are not told': [buckets([], { sum_other_doc_count: 1 }), 'TooManySeries', /more than 1000 groups/],
  };
  test.each(Object.entries(badGroups))('groups: %s', async (_, [answer, reason, message]) => {
    await start(() => answer);
    expect(await read(byUser)).toMatchObject({ reason, message: expect.stringMatching(message) as unknown });
  });

  test.each<[string, object, string | undefined]>([
    ['a shard failed', { _shards: { total: 2, successful: 1, failed: 1 } }, '1 of 2 shards gave no answer'],
    ['a shard is not there', { _shards: { total: 3, successful: 1, failed: 0 } }, '2 of 3 shards gave no answer'],
    ['timed out', { timed_out: true }, 'the source ran out of time before it had counted all lines'],
    ['timed_out is not said', { timed_out: undefined }, 'the source ran out of time before it had counted all lines'],
    ['ended early', { terminated_early: true }, 'the source ended the count early'],
    ['a cluster skipped', { _clusters: { total: 2, successful: 1, skipped: 1 } }, 'a remote cluster gave no answer'],
    ['a cluster partial', { _clusters: { total: 1, successful: 0, skipped: 0, partial: 1 } }, 'a remote cluster gave no answer'],
    ['all clusters', { _clusters: { total: 2, successful: 2, skipped: 0, partial: 0, failed: 0 } }, undefined],
    ['shards left out because they can not match', { _shards: { total: 2, successful: 2, skipped: 1, failed: 0 } }, undefined],
  ])('partial: %s', async (_, more, partial) => {
    await start(() => found(more));
    expect(await read()).toEqual({ kind: 'Samples', samples: [{ labels: {}, value: 3 }], ...(partial && { partial }) });
  });

  test.each<[string, Partial<Connection>, object]>([
    ['a bearer token, without the line break of its file', { bearerToken: `${SECRET}\n` }, { authorization: `Bearer ${SECRET}` }],
    [
      'basic authentication',
      { basic: { username: 'me', password: 'pä:ss' } },
      { authorization: `Basic ${Buffer.from('me:pä:ss').toString('base64')}` },
    ],
    ['headers', { headers: { 'X-Tenant': 'shop', Accept: 'x/y' } }, { 'x-tenant': 'shop', accept: 'application/json' }],
  ])('sends %s', async (_, connection, headers) => {
    await start(() => found(), connection);
    await read();
    expect(searches()[0]?.headers).toMatchObject({ ...headers, 'content-type': 'application/json' });
  });

  test('nobody there, and each request is counted', async () => {
    const heard: string[] = [];
    await start(() => found(), { onRequest: (outcome) => heard.push(outcome) });
    await read();
    await source.stop();
    expect(await read()).toEqual({ kind: 'Unavailable', reason: 'SourceUnreachable', message: expect.any(String) as unknown });
    expect(heard).toEqual(['2xx', '2xx', '2xx', 'SOURCE_UNREACHABLE']);
  });
});

describe('readRange', () => {
  const range = { ...question, from: SLOT, to: SLOT + 270_000, stepMs: 30_000 };

  test('asks for each slot, and for no more at once than may be', async () => {
    let running = 0;
    let most = 0;
    await start(() => (response) => {
      most = Math.max(most, (running += 1));
      setTimeout(() => {
        running -= 1;
        response.end(JSON.stringify({ ...whole, ...total(running) }));
      }, 5);
    });
    expect(await reader.kinds.logs!.readRange(range, never)).toHaveLength(10);
    const ends = searches().map(
      (request) =>
        (bodyOf(request) as { query: { bool: { filter: { range?: { '@timestamp': { lte: number } } }[] } } }).query.bool.filter[1]
          ?.range?.['@timestamp'].lte,
    );
    expect([...ends].sort()).toEqual(Array.from({ length: 10 }, (_, index) => SLOT + index * 30_000));
    expect(most).toBeLessThanOrEqual(4);
  });

  test('a source that is gone is not asked for every slot', async () => {
    await start(() => raw('', 503));
    const readings = await reader.kinds.logs!.readRange(range, never);
    expect(readings).toEqual(readings.map(() => expect.objectContaining({ reason: 'SourceUnreachable' }) as unknown));
    expect([readings.length, searches().length, checks().length]).toEqual([10, 0, 1]);
  });

  test('a query that the server does not understand counts nothing, also where the server would answer zero', async () => {
    const error = {
      status: 400,
      error: { type: 'search_phase_execution_exception', root_cause: [{ type: 'query_shard_exception' }] },
    };
    await start((request) => (isCheck(request) ? { status: 400, body: error } : found()));
    expect(await read()).toMatchObject({ kind: 'Unavailable', reason: 'QueryFailed' });
    expect(searches()).toHaveLength(0);
  });
});

describe('wasCollecting', () => {
  const slots = { from: SLOT, to: SLOT + 60_000, stepMs: 60_000 };
  const bucket = (key: unknown, doc_count: unknown = 1): object => ({ key, doc_count });
  const answer = (...list: object[]): FakeAnswer => found({ aggregations: { slots: { buckets: list } } });

  test('asks for the lines of the ten minutes before each slot', async () => {
    await start(() => answer(bucket('1'), bucket('0', 0)), { heartbeat: 'service:shop' });
    expect(await reader.wasCollecting(slots, never)).toEqual([false, true]);
    const ranges = [SLOT, SLOT + 60_000].map((slot, index) => ({
      key: `${index}`,
      from: `${slot - 599_999}`,
      to: `${slot + 1}`,
    }));
    expect(bodyOf(searches()[0])).toMatchObject({
      query: {
        bool: { filter: [{ query_string: { query: 'service:shop' } }, { range: { '@timestamp': { gt: SLOT - 600_000 } } }] },
      },
      aggs: { slots: { date_range: { ranges } } },
    });
  });

  test('many slots are several requests', async () => {
    await start(() => answer());
    const many = await reader.wasCollecting({ from: SLOT, to: SLOT + 1_200_000, stepMs: 1_000 }, never);
    expect([many.length, many.some((alive) => alive), searches().length]).toEqual([1_201, false, 3]);
  });

  test.each<[string, FakeAnswer]>([
    ['an error', raw('', 500)],
    ['a slot that was not asked for', answer(bucket('2'))],
    ['a count that is none', answer(bucket('0', 'x'))],
    ['another format', found()],
  ])('%s proves nothing', async (_, given) => {
    await start(() => given);
    expect(await reader.wasCollecting(slots, never)).toEqual([false, false]);
  });
});

describe('probe', () => {
  const about = (version: unknown): FakeAnswer => ({ body: { version } });
  const notAnswering = (reason: string): object => ({ kind: 'NotAnswering', reason, message: expect.any(String) as unknown });
  const answering = { kind: 'Answering', latencyMs: expect.any(Number) as unknown };
  test.each<[string, FakeAnswer, object]>([
    ['OpenSearch', about({ number: '2.19.6', distribution: 'opensearch' }), { ...answering, version: '2.19.6 (opensearch)' }],
    ['Elasticsearch', about({ number: '7.17.29' }), { ...answering, version: '7.17.29' }],
    ['a user that may read the index only', raw('', 403), answering],
    ['a version that is none', about({ number: `<${SECRET}>` }), notAnswering('BadAnswer')],
    ['a page', raw(SECRET), notAnswering('BadAnswer')],
    ['404', raw(SECRET, 404), notAnswering('BadAnswer')],
    ['503', raw(SECRET, 503), notAnswering('ServerError')],
    ['a redirect', raw('', 302, { location: SECRET }), notAnswering('BadAnswer')],
    ['no answer', () => undefined, notAnswering('Unreachable')],
  ])('%s', async (_, answer, want) => {
    await start(({ path }) => (path === '/' ? answer : undefined), { timeoutMs: 300, bearerToken: SECRET });
    const reachability = await reader.probe(never);
    expect(reachability).toEqual(want);
    expect(JSON.stringify(reachability)).not.toContain(SECRET);
  });

  test('credentials that are refused everywhere', async () => {
    source = await startFakeSource(() => raw('', 401));
    reader = newOpenSearchReader(connectionTo(source.url), { index: 'logs' }, { clock: systemClock });
    expect(await reader.probe(never)).toEqual(notAnswering('Unauthorized'));
  });
});

describe('check', () => {
  test.each<[string, boolean]>([
    ['@timestamp:[now-5m TO now]', false],
    ['@timestamp:[2026-01-01 TO now}', false],
    ['@timestamp:>=now-1h', false],
    ['took:{ "now" TO *}', false],
    ['message:(now OR never) AND nowhere', true],
  ])('what depends on the present is never sent: %s', async (text, can) => {
    await start(() => found());
    const query = { ...question.query, query: text };
    const message = expect.stringMatching(/asks for the present/) as unknown;
    expect(await reader.kinds.logs!.check({ query, maxAgeMs: 1 }, never)).toEqual(
      can ? undefined : { reason: 'InvalidQuery', message },
    );
    expect(await read({ ...question, query })).toMatchObject(can ? { kind: 'Samples' } : { reason: 'QueryFailed', message });
    expect([searches().length, checks().length]).toEqual(can ? [1, 1] : [0, 0]);
  });

  test('asks of any time, and for one line a shard', async () => {
    await start(() => found());
    expect(await reader.kinds.logs!.check(byUser, never)).toBeUndefined();
    const body = bodyOf(checks()[0]);
    expect(body).toMatchObject({
      terminate_after: 1,
      query: { query_string: {} },
      aggs: { groups: { terms: { field: 'user' } } },
    });
    expect(JSON.stringify(body)).not.toContain('range');
  });

  test.each<[string, FakeAnswer]>([
    ['a source that is broken', raw('', 500)],
    ['a source that refuses the credentials', raw('', 401)],
    ['a source that says what nobody understands', raw('x')],
    ['a source that hangs', () => undefined],
  ])('%s refuses no query', async (_, answer) => {
    await start(() => answer, { timeoutMs: 300 });
    expect(await reader.kinds.logs!.check(question, never)).toBeUndefined();
  });
});
