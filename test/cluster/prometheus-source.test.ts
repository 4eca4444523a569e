import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Reading, Sample } from '../../src/domain/sample.ts';
import { fetchParts, openSession, type Prometheus, type Session, startPrometheus, waitUntil } from '../../src/parts/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { newPrometheusReader, type PrometheusOptions, type PrometheusReader } from '../../src/sources/prometheus/index.ts';

const never = new AbortController().signal;
const FIVE_MINUTES = 300_000;
const SCRAPES = 16;
// Old on purpose, and without the mark that Prometheus leaves when a series ends.
const OLD_MS = 30_000;

/** What is scraped: a wave that loses and regains a series, odd values, a counter, a histogram, and a sample that is old. */
function exposition(scrape: number, startMs: number): string {
  const lines = [
    '# TYPE wave gauge',
    `wave{s="a"} ${Math.sin(scrape)}`,
    ...(scrape % 8 < 4 ? [`wave{s="b"} ${Math.cos(scrape)}`] : []),
    '# TYPE odd gauge',
    `odd ${['NaN', '+Inf', '-Inf', '1e-9'][scrape % 4]}`,
    '# TYPE work counter',
    `work_total ${scrape * 3}`,
    '# TYPE old gauge',
    `old 7 ${startMs - OLD_MS}`,
    '# TYPE took histogram',
    ...['took_bucket{le="1"} 1', 'took_bucket{le="+Inf"} 2', 'took_sum 3', 'took_count 2'],
  ];
  return `${lines.join('\n')}\n`;
}

function configFor(target: string, native: boolean): string {
  return `global: { scrape_interval: 400ms, scrape_timeout: 400ms }
scrape_configs:
  - job_name: demo
    static_configs: [{ targets: ['${target}'] }]
${native ? '    scrape_native_histograms: true\n    convert_classic_histograms_to_nhcb: true\n' : ''}`;
}

const queries = [
  ...['wave', 'wave{s="b"}', 'odd', 'old', 'work_total', 'took', 'nothing', '{job="demo"}', 'up or wave'],
  ...['1', 'time()', 'vector(time())', 'scalar(wave{s="a"})', 'scalar(wave)', 'sum(wave)', 'wave > 0', 'wave > bool 0'],
  ...['rate(work_total[2s])', 'sum by (s) (avg_over_time(wave[1500ms]))', 'max_over_time(sum(wave)[3s:300ms])', 'topk(1, wave)'],
  ...['wave offset 1s', 'timestamp(wave)', 'absent(wave{s="b"})', 'count(up)', 'wave @ 1700000000', 'changes(wave[5s])'],
  // Only at the slots at which both series are there can these not be executed.
  ...['label_replace(wave, "s", "x", "", "")', 'odd * on() wave'],
  // About the range itself, not a number, and not a query.
  ...['wave @ end()', 'wave @ start()', 'sum_over_time(wave[2s] @ end())', '"text"', 'wave[2s]', 'wave{', 'sum(', 'nope(wave)'],
];

const byLabels = (a: Sample, b: Sample): number => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1);
const inOrder = (reading: Reading): Reading =>
  reading.kind === 'Samples' ? { ...reading, samples: [...reading.samples].sort(byLabels) } : reading;

describe.each([
  { part: 'prometheus2', honours: false },
  { part: 'prometheus3', honours: true },
] as const)('$part', ({ part, honours }) => {
  let session: Session;
  let target: Server;
  let prometheus: Prometheus;
  let reader: PrometheusReader;
  let startMs: number;
  let endMs: number;
  const readerWith = (options: Partial<PrometheusOptions> = {}): PrometheusReader => {
    const tls = { insecureSkipVerify: false };
    const connection = { url: prometheus.url, headers: {}, tls, timeoutMs: 5_000, maxConcurrency: 8, heartbeat: 'count(up)' };
    return newPrometheusReader(connection, { clock: systemClock, ...options });
  };

  beforeAll(async () => {
    session = await openSession();
    let scrape = 0;
    startMs = Date.now();
    target = createServer((_, response) =>
      response.setHeader('content-type', 'text/plain').end(exposition((scrape += 1), startMs)),
    );
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const bins = await fetchParts([part], { env: process.env, say: () => undefined });
    const config = configFor(`127.0.0.1:${(target.address() as AddressInfo).port}`, honours);
    const extraFlags = honours ? ['--scrape.discovery-reload-interval=100ms'] : [];
    prometheus = await session.use(startPrometheus({ dir: `${session.dir}/${part}`, bin: bins[part], config, extraFlags }));
    reader = readerWith();
    if (!(await waitUntil(() => scrape >= SCRAPES, { withinMs: 40_000 }))) throw new Error('too little was scraped');
    endMs = Date.now() - 500;
    target.closeAllConnections();
    target.close();
  }, 60_000);
  afterAll(async () => {
    await reader.close();
    await session.close();
  });

  test('tells its version and how long it took', async () => {
    const version = expect.stringMatching(part === 'prometheus2' ? /^2\./ : /^3\./) as unknown;
    expect(await reader.probe(never)).toEqual({ kind: 'Answering', version, latencyMs: expect.any(Number) as unknown });
    expect(await reader.read({ query: 'up', slot: endMs, maxAgeMs: FIVE_MINUTES }, never)).toMatchObject({
      sourceVersion: version,
    });
  });

  test.each(queries)('a range of "%s" gives what instant queries give, slot for slot', async (query) => {
    for (const [stepMs, maxAgeMs] of [
      [400, FIVE_MINUTES],
      [700, FIVE_MINUTES],
      [700, 1_500],
    ] as const) {
      const range = { query, from: startMs - 137, to: endMs, stepMs, maxAgeMs };
      const readings = await reader.readRange(range, never);
      const slots = readings.map((_, index) => range.from + index * stepMs);
      expect(readings).toHaveLength(Math.floor((range.to - range.from) / stepMs) + 1);
      const instants = await Promise.all(slots.map((slot) => reader.read({ query, slot, maxAgeMs }, never)));
      expect(readings.map(inOrder)).toEqual(instants.map(inOrder));
    }
  });

  test('the queries of this test are worth it: among their slots are full, empty and broken ones', async () => {
    const kinds = async (query: string): Promise<Set<string>> => {
      const readings = await reader.readRange(
        { query, from: startMs - 1_000, to: endMs, stepMs: 300, maxAgeMs: FIVE_MINUTES },
        never,
      );
      return new Set(readings.map((reading) => (reading.kind === 'Samples' ? `${reading.samples.length}` : reading.reason)));
    };
    expect(await kinds('wave')).toEqual(new Set(['0', '1', '2']));
    expect(await kinds('label_replace(wave, "s", "x", "", "")')).toEqual(new Set(['0', '1', 'QueryFailed']));
    expect(await kinds('took')).toEqual(new Set(honours ? ['0', 'QueryFailed'] : ['0']));
  });

  test('a sample older than maxAge is not taken for evidence', async () => {
    const read = (maxAgeMs: number): Promise<Reading> => reader.read({ query: 'old', slot: endMs, maxAgeMs }, never);
    expect(await read(FIVE_MINUTES)).toMatchObject({ samples: [{ value: 7 }] });
    const recent = await read(OLD_MS / 2);
    // Either the server leaves it out, or it comes with its time, by which the judge leaves it out.
    if (honours) expect(recent).toMatchObject({ kind: 'Samples', samples: [] });
    else expect(recent).toMatchObject({ samples: [{ value: 7, sampleAt: startMs - OLD_MS }] });
  });

  test('which maxAge can be asked', async () => {
    const check = (query: string, maxAgeMs: number) => reader.check({ query, maxAgeMs }, never);
    const notSupported = honours ? undefined : { reason: 'MaxAgeNotSupported', message: expect.any(String) as unknown };
    expect(await check('wave', 60_000)).toBeUndefined();
    expect(await check('sum(wave)', FIVE_MINUTES)).toBeUndefined();
    expect(await check('sum(wave)', 60_000)).toEqual(notSupported);
    expect(await check('wave', 600_000)).toEqual(notSupported);
  });

  test.each([
    ['wave{', /parse error/],
    ['nope(wave)', /unknown function/],
    ['sum(wave[5m])', /expected type instant vector/],
    ['wave[5m]', /range of samples/],
    ['"text"', /gives a string/],
  ])('refuses the query %s with a sentence', async (query, message) => {
    expect(await reader.check({ query, maxAgeMs: FIVE_MINUTES }, never)).toEqual({
      reason: 'InvalidQuery',
      message: expect.stringMatching(message) as unknown,
    });
  });

  test('was collecting since its start, not before', async () => {
    const collecting = await reader.wasCollecting(
      { from: startMs - 3_600_000, to: endMs, stepMs: endMs - startMs + 3_600_000 },
      never,
    );
    expect(collecting).toEqual([false, true]);
  });

  test('more slots than one range query may have', async () => {
    const requests: string[] = [];
    const counting = readerWith({ onRequest: (outcome) => requests.push(outcome) });
    const from = endMs - 12_000 * 1_000;
    const readings = await counting.readRange({ query: 'time()', from, to: endMs, stepMs: 1_000, maxAgeMs: FIVE_MINUTES }, never);
    await counting.close();
    const values = readings.map((reading) =>
      reading.kind === 'Samples' ? Math.round(reading.samples[0]!.value * 1_000) : reading,
    );
    expect(values).toEqual(Array.from({ length: 12_001 }, (_, index) => from + index * 1_000));
    // Five or six to get to know the server, two for the slots.
    expect(requests.length).toBeLessThanOrEqual(8);
  });

  test('more series, or more bytes, than are read', async () => {
    const series = readerWith({ maxSeries: 1 });
    const bytes = readerWith({ maxBytes: 300 });
    const request = { query: '{job="demo"}', slot: endMs, maxAgeMs: FIVE_MINUTES };
    expect(await series.read(request, never)).toMatchObject({ reason: 'TooManySeries' });
    expect(await bytes.read(request, never)).toMatchObject({
      reason: 'QueryFailed',
      message: 'the answer is larger than 300 bytes',
    });
    await Promise.all([series.close(), bytes.close()]);
  });

  test('a warning makes each slot partial', async () => {
    const readings = await reader.readRange(
      { query: 'quantile(2, wave)', from: endMs - 2_000, to: endMs, stepMs: 1_000, maxAgeMs: FIVE_MINUTES },
      never,
    );
    expect(readings.map((reading) => 'partial' in reading)).toEqual(Array(3).fill(honours));
  });

  test('says that it is gone, and answers again afterwards', async () => {
    await prometheus.daemon.stop();
    expect(await reader.probe(never)).toMatchObject({ kind: 'NotAnswering', reason: 'Unreachable' });
    const read = (): Promise<Reading> => reader.read({ query: 'wave', slot: endMs, maxAgeMs: 61_000 }, never);
    expect(await read()).toMatchObject({ kind: 'Unavailable', reason: 'SourceUnreachable' });
    expect(await reader.check({ query: 'wave{', maxAgeMs: 1 }, never)).toBeUndefined();
    await prometheus.daemon.start();
    expect(await reader.probe(never)).toMatchObject({ kind: 'Answering' });
    expect(await read()).toMatchObject({ kind: 'Samples' });
  });
});
