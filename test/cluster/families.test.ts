import fc from 'fast-check';

import type { Reading, Sample } from '../../src/domain/sample.ts';
import { fetchParts, freePort, openSession, type Prometheus, type Session, startPrometheus } from '../../src/parts/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { newPrometheusReader, type PrometheusReader } from '../../src/sources/prometheus/index.ts';

import { closed, openQuery, type Quote, series, SLOTS, VALUES } from './family-queries.ts';
import { FIRST_SLOT, writeHistory } from './history.ts';
import { criterion, namespace, source } from './manifests.ts';
import { eventually, metricIn, openWorld, type World } from './operator-world.ts';

const never = new AbortController().signal;
const FIVE_MINUTES = 300_000;
const RUNS = 300;
const DIGITS = 9;

/** A reader, and how many requests it has made. */
interface Counted {
  readonly reader: PrometheusReader;
  requests(): number;
}

function readerOf({ url }: Prometheus, gatherMs: number): Counted {
  let requests = 0;
  const connection = {
    url,
    headers: {},
    tls: { insecureSkipVerify: false },
    timeoutMs: 20_000,
    maxConcurrency: 8,
    heartbeat: 'count(up)',
  };
  const reader = newPrometheusReader(connection, { clock: systemClock, gatherMs, onRequest: () => (requests += 1) });
  return { reader, requests: () => requests };
}

/** Every bit of a reading as text. */
const bytes = (reading: Reading): string =>
  JSON.stringify(reading, (_, value: unknown) =>
    typeof value === 'number' ? (Object.is(value, -0) ? '-0' : String(value)) : value,
  );

const byLabels = (a: Sample, b: Sample): number => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1);

/** These give their series in another order each time they are asked. */
const inNoOrder = (query: string): boolean => /histogram_quantile|sort|topk|bottomk|count_values|:30s/.test(query);

/** What is summed up in another order differs in its last digits. */
const isSummedUp = (query: string): boolean => /\b(sum|avg|stddev|stdvar)\b/.test(query);
const rounded = (sample: Sample): Sample => ({ ...sample, value: Number(sample.value.toPrecision(DIGITS)) });

function comparable(reading: Reading, query: string): string {
  if (reading.kind !== 'Samples' || !inNoOrder(query)) return bytes(reading);
  const samples = [...reading.samples].sort(byLabels);
  return bytes({ ...reading, samples: isSummedUp(query) ? samples.map(rounded) : samples });
}

describe.each(['prometheus2', 'prometheus3'] as const)('%s', (part) => {
  let session: Session;
  let together: Counted;
  let apart: Counted;

  beforeAll(async () => {
    session = await openSession();
    const bins = await fetchParts([part], { env: process.env, say: () => undefined });
    const extraFlags = ['--web.enable-remote-write-receiver'];
    const prometheus = await session.use(
      startPrometheus({ dir: `${session.dir}/${part}`, bin: bins[part], config: [], extraFlags }),
    );
    const [data = []] = fc.sample(series, 1);
    await writeHistory(prometheus.url, data);
    [together, apart] = [readerOf(prometheus, 20), readerOf(prometheus, 0)];
  }, 60_000);
  afterAll(async () => {
    await Promise.all([together.reader.close(), apart.reader.close()]);
    await session.close();
  });

  const asked = fc.record({
    query: openQuery,
    values: fc.uniqueArray(fc.constantFrom('ghost', ...VALUES), { minLength: 2, maxLength: 6 }),
    quote: fc.constantFrom<Quote[]>('"', "'", '`'),
    slot: fc.nat(SLOTS * 30_000 + 60_000).map((ms) => FIRST_SLOT + ms),
    maxAgeMs: fc.constantFrom(FIVE_MINUTES, FIVE_MINUTES, 60_000),
  });

  test('readings of a family are what its members read alone, to the byte', async () => {
    const seen = { families: 0, samples: 0, empty: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(asked, async ({ query, values, quote, slot, maxAgeMs }) => {
        const requests = values.map((value) => ({ query: closed(query, value, quote), slot, maxAgeMs }));
        const before = together.requests();
        const readings = await Promise.all(requests.map((request) => together.reader.read(request, never)));
        const used = together.requests() - before;
        const alone = await Promise.all(requests.map((request) => apart.reader.read(request, never)));
        const texts = (all: readonly Reading[]): string[] =>
          all.map((reading, index) => comparable(reading, requests[index]!.query));
        expect(texts(readings)).toEqual(texts(alone));
        if (used === 1 && new Set(requests.map((request) => request.query)).size > 1) seen.families += 1;
        for (const reading of readings) {
          if (reading.kind === 'Unavailable') seen.failed += 1;
          else if (reading.samples.length === 0) seen.empty += 1;
          else seen.samples += 1;
        }
      }),
      { numRuns: RUNS },
    );
    // The queries of this test are worth it.
    expect(seen.families).toBeGreaterThan(RUNS / 4);
    expect(seen.samples).toBeGreaterThan(RUNS);
    expect(seen.empty).toBeGreaterThan(RUNS / 4);
    expect(seen.failed).toBeGreaterThan(RUNS / 20);
  }, 240_000);
});

describe('the operator', () => {
  const JOBS = Array.from({ length: 10 }, (_, index) => `job-${index}`);
  const SLOTS_LOOKED_AT = 5;
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  }, 60_000);
  afterAll(() => world.close(), 60_000);

  test('asks for the criteria of a service at once, and judges each by its own series', async () => {
    const port = await freePort();
    const targets = { static_configs: [{ targets: [`127.0.0.1:${port}`] }] };
    // The last of them is there, and answers nothing.
    const config = JOBS.map((job) => ({ job_name: job, metrics_path: job === 'job-9' ? '/nowhere' : '/metrics', ...targets }));
    const prometheus = await world.startPrometheus({ config, port });
    const operator = await world.startOperator();
    await world.api.apply(namespace('shop'), source('prometheus', prometheus.url));
    const criteria = JOBS.map((job) =>
      criterion(`shop/${job}`, { source: 'prometheus', query: `sum(up{job="${job}"})` }, { service: 'shop' }),
    );
    await world.api.apply(...criteria);
    await Promise.all(
      JOBS.map((job) =>
        eventually(async () => {
          const { status } = await world.api.get('CertificationCriterion', `shop/${job}`);
          expect(status?.verdict).toBe(job === 'job-9' ? 'Fail' : 'Pass');
        }, 40_000),
      ),
    );
    const counted = async (): Promise<{ judged: number; asked: number }> => {
      const metrics = await operator.metrics();
      const judged = ['Met', 'NotMet'].map((outcome) => metricIn(metrics, 'assay_evaluations_total', { outcome }));
      return { judged: judged[0]! + judged[1]!, asked: metricIn(metrics, 'assay_source_requests_total', { outcome: '2xx' }) };
    };
    const before = await counted();
    const after = await eventually(async () => {
      const now = await counted();
      expect(now.judged - before.judged).toBeGreaterThan(SLOTS_LOOKED_AT * JOBS.length);
      return now;
    }, 40_000);
    expect((after.asked - before.asked) / (after.judged - before.judged)).toBeLessThan(0.5);
  }, 120_000);
});
