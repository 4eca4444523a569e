import { Metrics, type Snapshots } from './metrics.ts';

const nothing: Snapshots = { verdicts: () => [], sources: () => [], queueDepth: () => 0, storeBytes: () => Promise.resolve(0) };

const linesOf = async ({ registry }: Metrics, name: string): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(name));

describe('what is asked for at each scrape', () => {
  const cases: Record<string, { name: string; snapshots: Partial<Snapshots>; want: string[] }> = {
    'the verdict of a criterion is 1 for the one that it has': {
      name: 'assay_criterion_verdict{',
      snapshots: { verdicts: () => [{ namespace: 'shop', criterion: 'up', verdict: 'Fail' }] },
      want: ['assay_criterion_verdict{namespace="shop",criterion="up",verdict="Fail"} 1'],
    },
    'a source that answers is 1, one that does not is 0': {
      name: 'assay_source_up{',
      snapshots: {
        sources: () => [
          { source: 'a', up: true },
          { source: 'b', up: false },
        ],
      },
      want: ['assay_source_up{source="a"} 1', 'assay_source_up{source="b"} 0'],
    },
    'the depth of the queue': { name: 'assay_queue_depth ', snapshots: { queueDepth: () => 7 }, want: ['assay_queue_depth 7'] },
    'the size of the store': {
      name: 'assay_store_size_bytes ',
      snapshots: { storeBytes: () => Promise.resolve(4096) },
      want: ['assay_store_size_bytes 4096'],
    },
  };

  test.each(Object.entries(cases))('%s', async (_sentence, { name, snapshots, want }) => {
    const metrics = new Metrics();
    metrics.observe({ ...nothing, ...snapshots });
    expect(await linesOf(metrics, name)).toEqual(want);
  });

  test('a store whose size is not known leaves the other metrics as they are', async () => {
    const metrics = new Metrics();
    metrics.observe({ ...nothing, queueDepth: () => 7, storeBytes: () => Promise.reject(new Error('broken')) });
    expect(await linesOf(metrics, 'assay_queue_depth ')).toEqual(['assay_queue_depth 7']);
  });

  test('a verdict that a criterion no longer has, and a source that is gone, are no longer there', async () => {
    const metrics = new Metrics();
    let verdict = 'Pass';
    let sources = [{ source: 'a', up: true }];
    metrics.observe({
      ...nothing,
      verdicts: () => [{ namespace: 'shop', criterion: 'up', verdict }],
      sources: () => sources,
    });
    await metrics.registry.metrics();
    verdict = 'Fail';
    sources = [];
    expect(await linesOf(metrics, 'assay_criterion_verdict{')).toEqual([expect.stringContaining('verdict="Fail"')]);
    expect(await linesOf(metrics, 'assay_source_up{')).toEqual([]);
  });
});

test('what is counted is there, by its labels', async () => {
  const metrics = new Metrics();
  metrics.evaluations.inc({ outcome: 'Met' });
  metrics.evaluations.inc({ outcome: 'Met' });
  metrics.lateSlots.inc({ fate: 'missed' }, 5);
  expect(await linesOf(metrics, 'assay_evaluations_total{')).toEqual(['assay_evaluations_total{outcome="Met"} 2']);
  expect(await linesOf(metrics, 'assay_late_slots_total{')).toEqual(['assay_late_slots_total{fate="missed"} 5']);
});

test('a lag of three seconds is within five, not within two and a half', async () => {
  const metrics = new Metrics();
  metrics.lag.observe(3);
  const lines = await linesOf(metrics, 'assay_evaluation_lag_seconds_bucket');
  expect(lines).toContain('assay_evaluation_lag_seconds_bucket{le="2.5"} 0');
  expect(lines).toContain('assay_evaluation_lag_seconds_bucket{le="5"} 1');
});

describe('every metric of our own', () => {
  const metrics = new Metrics();
  metrics.observe(nothing);
  const ours = metrics.registry.getMetricsAsArray().filter(({ name }) => name.startsWith('assay_'));

  test('there are some', () => expect(ours.length).toBeGreaterThanOrEqual(14));

  test.each(ours.map((metric) => [metric.name, metric] as const))('%s is explained in a sentence', (_name, { help }) =>
    expect(help).toMatch(/^[A-Z].*\.$/),
  );

  test.each(ours.map((metric) => [metric.name, metric] as const))('%s has few labels, and none for a text', (_name, metric) => {
    const { labelNames } = metric as unknown as { labelNames: string[] };
    expect(labelNames.length).toBeLessThanOrEqual(3);
    expect(labelNames.filter((label) => /message|error|query|url/.test(label))).toEqual([]);
  });
});

test('two of them do not share what they count', async () => {
  const [one, other] = [new Metrics(), new Metrics()];
  one.storeFailures.inc();
  expect(await linesOf(one, 'assay_store_failures_total')).toEqual(['assay_store_failures_total 1']);
  expect(await linesOf(other, 'assay_store_failures_total')).toEqual(['assay_store_failures_total 0']);
});
