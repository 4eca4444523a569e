import { gzipSync } from 'node:zlib';

import { systemClock } from '../../platform/clock.ts';
import type { Connection } from '../source.ts';
import { type FakeAnswer, type FakeRequest, refused, success } from './fake-server.ts';
import { newPrometheusReader } from './index.ts';
import {
  AT,
  connectionTo,
  never,
  one,
  raw,
  SLOT,
  startReader,
  type TestReader,
  type TestReaderOptions,
  up,
  vector,
} from './test-reader.ts';

const SECRET = 'tok3n-that-must-not-leak';
const sample = (labels: object = {}, value = 1) => ({ labels: { __name__: 'up', ...labels }, value });

let made: TestReader;
const start = async (
  answer: (request: FakeRequest) => FakeAnswer | undefined,
  options?: TestReaderOptions,
): Promise<TestReader> => (made = await startReader(answer, options));
afterEach(() => made.stop());

describe('read', () => {
  test('asks at the slot, tells how old a sample may be, and gives every series', async () => {
    await start(({ path }) =>
      path.endsWith('buildinfo') ? success({ version: '3.16.0' }) : vector(one({ a: '1' }), one({ a: '1' }, '-Inf')),
    );
    const reading = await made.reader.read({ ...up, slot: SLOT + 5, maxAgeMs: 60_000 }, never);
    expect(reading).toMatchObject({ kind: 'Unavailable', message: expect.stringContaining('another time') as unknown });
    expect(await made.reader.read({ ...up, maxAgeMs: 60_000 }, never)).toEqual({
      ...{ kind: 'Samples', sourceVersion: '3.16.0' },
      samples: [sample({ a: '1' }), sample({ a: '1' }, -Infinity)],
    });
    const form = { query: 'up', time: '1700000000.005', lookback_delta: '60000ms', limit: '10001', timeout: '900ms' };
    expect(made.asked()[0]).toMatchObject({ path: '/api/v1/query', form });
  });

  test('the base path of the address stands in front', async () => {
    await start(() => vector());
    const under = newPrometheusReader(connectionTo(`${made.server.url}/tenant/`), { clock: systemClock });
    await under.read(up, never);
    await under.close();
    expect(made.asked()[0]?.path).toBe('/tenant/api/v1/query');
  });

  const lies: Record<string, [FakeAnswer, string, RegExp]> = {
    'a page with status 200': [raw(`<html>${SECRET}</html>`), 'QueryFailed', /^the answer is not JSON$/],
    'JSON that breaks off': [raw(`{"status":"success","data":{"x":"${SECRET}`), 'QueryFailed', /^the answer is not JSON$/],
    'JSON too deep to parse': [raw('['.repeat(90_000)), 'QueryFailed', /^the answer is not (JSON|of the documented format)/],
    'JSON that is null': [raw('null'), 'QueryFailed', /no object for the envelope/],
    'no status': [{ body: { data: { resultType: 'vector', result: [] } } }, 'QueryFailed', /no status of success/],
    'an error with status 200': [refused(200, 'internal', SECRET), 'QueryFailed', /no status of success/],
    'no data': [{ body: { status: 'success' } }, 'QueryFailed', /no object for data/],
    'an empty body': [raw(''), 'QueryFailed', /not JSON/],
    'nothing at all, with status 204': [raw('', 204), 'QueryFailed', /not JSON/],
    'a value that is a number': [vector(one({}, 1)), 'QueryFailed', /value that is not a number/],
    'a value that is a word': [vector(one({}, SECRET)), 'QueryFailed', /value that is not a number/],
    'a value that is missing': [vector({ metric: {} }), 'QueryFailed', /no list for sample/],
    'another time': [vector(one({}, '1', AT - 30)), 'QueryFailed', /another time/],
    '404': [raw(SECRET, 404), 'QueryFailed', /\(404\)$/],
    '422': [refused(422, 'execution', SECRET), 'QueryFailed', /^the source can not execute the query \(422\)$/],
    '500': [raw(SECRET, 500), 'QueryFailed', /error of its own \(500\)$/],
    '503': [raw(SECRET, 503), 'SourceUnreachable', /unavailable \(503\)$/],
    '401': [raw(SECRET, 401), 'SourceUnreachable', /^the source refuses the credentials \(401\)$/],
    '403': [raw(SECRET, 403), 'SourceUnreachable', /^the source refuses the credentials \(403\)$/],
    'a redirect': [raw(SECRET, 302, { location: `/${SECRET}` }), 'SourceUnreachable', /^redirects elsewhere \(302\)/],
    'no answer in time': [() => undefined, 'SourceUnreachable', /^no answer within 1000 ms$/],
    'a reset': [(response) => response.socket?.resetAndDestroy(), 'SourceUnreachable', /^no answer \(/],
    'more bytes than are read': [raw(Buffer.alloc(200_000, ' ')), 'QueryFailed', /larger than 100000 bytes/],
    'more bytes than are read, packed': [
      raw(gzipSync(Buffer.alloc(5_000_000, ' ')), 200, { 'content-encoding': 'gzip' }),
      'QueryFailed',
      /larger than/,
    ],
    'more series than are read': [
      vector(one({ a: '1' }), one({ a: '2' }), one({ a: '3' }), one({ a: '4' })),
      'TooManySeries',
      /more than 3 series/,
    ],
  };
  test.each(Object.entries(lies))('%s', async (_, [answer, reason, message]) => {
    await start(() => answer, { bearerToken: SECRET, maxBytes: 100_000, maxSeries: 3 });
    const reading = await made.reader.read(up, never);
    expect(reading).toMatchObject({ kind: 'Unavailable', reason, message: expect.stringMatching(message) as unknown });
    expect(JSON.stringify(reading)).not.toContain(SECRET);
  });

  test('nobody there', async () => {
    await start(() => undefined);
    await made.server.stop();
    expect(await made.reader.read(up, never)).toEqual({
      kind: 'Unavailable',
      reason: 'SourceUnreachable',
      message: 'no answer (ECONNREFUSED)',
    });
  });

  test.each<[string, object, string | undefined]>([
    ['warnings', { warnings: [SECRET] }, 'the source gave warnings with its answer'],
    ['warnings of another shape', { warnings: SECRET }, 'the source gave warnings with its answer'],
    ['isPartial', { isPartial: true }, 'the source says that its answer is partial'],
    ['empty warnings, infos and a whole answer', { warnings: [], infos: [SECRET], isPartial: false }, undefined],
  ])('partial: %s', async (_, more, partial) => {
    await start(() => success({ resultType: 'vector', result: [] }, more));
    expect(await made.reader.read(up, never)).toEqual({ kind: 'Samples', samples: [], ...(partial && { partial }) });
  });

  test.each<[string, Partial<Connection>, object]>([
    ['a bearer token, without the line break of its file', { bearerToken: `${SECRET}\n` }, { authorization: `Bearer ${SECRET}` }],
    [
      'basic authentication',
      { basic: { username: 'me', password: 'pä:ss' } },
      { authorization: `Basic ${Buffer.from('me:pä:ss').toString('base64')}` },
    ],
    ['headers', { headers: { 'X-Scope-OrgID': 'shop', Accept: 'x/y' } }, { 'x-scope-orgid': 'shop', accept: 'application/json' }],
  ])('sends %s', async (_, connection, headers) => {
    await start(() => vector(), connection);
    expect(await made.reader.read(up, never)).toEqual({ kind: 'Samples', samples: [] });
    expect(made.asked()[0]?.headers).toMatchObject(headers);
  });

  test('a credential that can not be sent is named as such, without its text', async () => {
    await start(() => vector(), { bearerToken: `${SECRET}\n${SECRET}` });
    const reading = await made.reader.read(up, never);
    expect(reading).toMatchObject({ reason: 'SourceUnreachable', message: expect.stringContaining('a header') as unknown });
    expect(JSON.stringify(reading)).not.toContain(SECRET);
  });

  test('each request is counted', async () => {
    const counted: [string, number][] = [];
    const answers: FakeAnswer[] = [vector(), raw('', 500), raw('', 302), raw('x')];
    await start(({ form }) => answers[Number(form['query'])], { onRequest: (outcome, ms) => counted.push([outcome, ms]) });
    const outcomes: string[] = [];
    for (const query of ['0', '1 ', '2', '3']) {
      counted.length = 0;
      await made.reader.read({ ...up, query }, never);
      outcomes.push(counted.at(-1)![0]);
    }
    expect(outcomes).toEqual(['2xx', '5xx', 'SOURCE_REDIRECTED', '2xx']);
    expect(counted.at(-1)![1]).toBeGreaterThan(0);
  });
});

describe('check', () => {
  test.each<[string, FakeAnswer, object | undefined]>([
    ['a query that the source takes', vector(), undefined],
    [
      'a query that it refuses',
      refused(400, 'bad_data', '1:1: parse error'),
      { reason: 'InvalidQuery', message: '1:1: parse error' },
    ],
    [
      'a range of samples',
      success({ resultType: 'matrix', result: [] }),
      { reason: 'InvalidQuery', message: expect.stringContaining('range of samples') as unknown },
    ],
    [
      'a string',
      success({ resultType: 'string', result: [0, 'x'] }),
      { reason: 'InvalidQuery', message: expect.stringContaining('a string') as unknown },
    ],
    ['a source that is broken', raw('', 500), undefined],
    ['a source that says what nobody understands', raw('x'), undefined],
    ['a source that refuses the credentials', raw('', 401), undefined],
    ['a source that hangs', () => undefined, undefined],
  ])('%s', async (_, answer, want) => {
    await start(({ path }) => (path.endsWith('query') ? answer : undefined), { timeoutMs: 300 });
    expect(await made.reader.check(up, never)).toEqual(want);
    expect(made.asked()[0]).toMatchObject({ form: { query: 'up', time: '0' } });
  });
});

describe('probe', () => {
  const answering = { kind: 'Answering', latencyMs: expect.any(Number) as unknown };
  const info =
    (buildinfo: FakeAnswer, query: FakeAnswer = raw('', 404)) =>
    ({ path }: FakeRequest): FakeAnswer =>
      path.endsWith('buildinfo') ? buildinfo : query;

  test.each<[string, (request: FakeRequest) => FakeAnswer, object]>([
    ['a version', info(success({ version: '3.16.0' })), { ...answering, version: '3.16.0' }],
    ['no buildinfo, but queries', info(raw('', 404), success({ resultType: 'scalar', result: [0, '1'] })), answering],
    ['queries only, the rest forbidden', info(raw('', 403), success({ resultType: 'scalar', result: [0, '1'] })), answering],
    [
      'a page for everything',
      info(raw(SECRET), raw(SECRET)),
      { kind: 'NotAnswering', reason: 'BadAnswer', message: 'the answer is not JSON' },
    ],
    [
      '404 for everything',
      info(raw(SECRET, 404)),
      { kind: 'NotAnswering', reason: 'BadAnswer', message: expect.any(String) as unknown },
    ],
    [
      '401',
      info(raw(SECRET, 401), raw(SECRET, 401)),
      { kind: 'NotAnswering', reason: 'Unauthorized', message: expect.any(String) as unknown },
    ],
    [
      '503',
      info(raw(SECRET, 503), raw(SECRET, 503)),
      { kind: 'NotAnswering', reason: 'ServerError', message: expect.any(String) as unknown },
    ],
    [
      'a redirect',
      info(raw(SECRET, 302, { location: '/' }), raw('', 302)),
      { kind: 'NotAnswering', reason: 'BadAnswer', message: expect.any(String) as unknown },
    ],
    ['no answer', info(() => undefined), { kind: 'NotAnswering', reason: 'Unreachable', message: 'no answer within 300 ms' }],
  ])('%s', async (_, answer, want) => {
    await start(answer, { timeoutMs: 300 });
    expect(await made.reader.probe(never)).toEqual(want);
  });
});
