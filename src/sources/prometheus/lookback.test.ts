import { newPrometheusClient, type PrometheusClient } from './client.ts';
import { type FakeAnswer, type FakeRequest, type FakeServer, refused, startFakeServer, success } from './fake-server.ts';
import { durationMs, findLookback, planFor } from './lookback.ts';

const never = new AbortController().signal;
const honouring = { kind: 'Lookback', honoured: true, defaultMs: 300_000 } as const;
const ignoring = { kind: 'Lookback', honoured: false, defaultMs: 300_000 } as const;
const withForm = (query: string, form = {}): object => ({ kind: 'Ask', query, form, timed: false });

test.each<[string, string, number, typeof honouring | typeof ignoring, object]>([
  [
    'a server that honours it is told, for any query',
    'rate(x_total[5m])',
    60_000,
    honouring,
    withForm('rate(x_total[5m])', { lookback_delta: '60000ms' }),
  ],
  ['beyond the lookback of the server too', 'up', 900_000, honouring, withForm('up', { lookback_delta: '900000ms' })],
  ['the lookback of the server itself needs nothing', 'sum(up)', 300_000, ignoring, withForm('sum(up)')],
  [
    'a bare selector is asked together with the times',
    'up # x',
    60_000,
    ignoring,
    { kind: 'Ask', query: expect.stringMatching(/^up or label_replace\(timestamp\(up\)/) as unknown, form: {}, timed: true },
  ],
  [
    'any other query can not be',
    'sum(up)',
    60_000,
    ignoring,
    {
      kind: 'NotSupported',
      message: expect.stringContaining(
        'looks back 300s by itself; a maxAge of 60s needs a query that is one selector',
      ) as unknown,
    },
  ],
  [
    'nor a bare selector beyond the lookback',
    'up',
    300_001,
    ignoring,
    { kind: 'NotSupported', message: expect.stringContaining('can not be had') as unknown },
  ],
])('%s', (...row) => expect(planFor(row[1], row[2], row[3])).toEqual(row[4]));

test.each([
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['5m0s', 300_000],
  ['1m500ms', 60_500],
  ['2d', 172_800_000],
  ['', undefined],
  ['5', undefined],
  ['5m x', undefined],
])('the duration "%s" is %s ms', (text, want) => expect(durationMs(text)).toBe(want));

describe('what a server does is found out', () => {
  let server: FakeServer;
  let client: PrometheusClient;
  const start = async (honours: boolean, answer: (request: FakeRequest) => FakeAnswer | undefined): Promise<void> => {
    server = await startFakeServer(honours, answer);
    const tls = { insecureSkipVerify: false };
    const connection = { url: server.url, headers: {}, tls, timeoutMs: 500, maxConcurrency: 2, heartbeat: 'count(up)' };
    client = newPrometheusClient(connection, { maxBytes: 10_000 });
  };
  afterEach(async () => {
    await client.close();
    await server.stop();
  });
  const status = (buildinfo: FakeAnswer | undefined, flags?: FakeAnswer) => (request: FakeRequest) =>
    request.path.endsWith('buildinfo') ? buildinfo : request.path.endsWith('flags') ? flags : undefined;
  const flagged = (text: unknown): FakeAnswer => success({ 'query.lookback-delta': text });

  test.each<[string, boolean, FakeAnswer | undefined, FakeAnswer | undefined, object]>([
    ['honoured', true, success({ version: '3.16.0' }), undefined, { ...honouring, version: '3.16.0' }],
    [
      'ignored, with a lookback of its own',
      false,
      success({ version: '2.42.0+ds' }),
      flagged('90s'),
      { ...ignoring, version: '2.42.0+ds', defaultMs: 90_000 },
    ],
    ['ignored, flags unknown', false, undefined, undefined, ignoring],
    ['ignored, flags forbidden', false, undefined, { status: 403, body: '' }, ignoring],
    ['ignored, flags that are none', false, success('x'), flagged('soon'), ignoring],
    ['a version that is text to smuggle is left out', true, success({ version: '3 <b>' }), undefined, honouring],
    [
      'flags for now unreadable: unknown for now',
      false,
      undefined,
      { status: 503, body: '' },
      { kind: 'Failure', code: 'SOURCE_ERROR' },
    ],
  ])('%s', async (...[, honours, buildinfo, flags, want]) => {
    await start(honours, status(buildinfo, flags));
    const found = await findLookback(client, never);
    if ('code' in want) expect(found).toMatchObject(want);
    else expect(found).toEqual(want);
  });

  test('a proxy that drops it from range queries: ignored', async () => {
    await start(true, status(undefined, flagged('5m')));
    const queryRange: PrometheusClient['queryRange'] = () => Promise.resolve({ kind: 'Data', data: {} });
    expect(await findLookback({ ...client, queryRange }, never)).toEqual(ignoring);
  });

  test('a server that refuses everything is not one that honours it', async () => {
    await start(true, () => undefined);
    const query: PrometheusClient['query'] = (form, signal) => client.query({ ...form, lookback_delta: 'assay' }, signal);
    expect(await findLookback({ ...client, query }, never)).toMatchObject({ kind: 'Failure', code: 'QUERY_INVALID' });
  });

  test('a server that is gone', async () => {
    await start(true, () => refused(500, 'internal', ''));
    await server.stop();
    expect(await findLookback(client, never)).toMatchObject({ kind: 'Failure', code: 'SOURCE_UNREACHABLE' });
  });
});
