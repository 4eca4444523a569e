import type { Reading } from '../../domain/sample.ts';
import { type FakeAnswer, type FakeRequest, success } from './fake-server.ts';
import {
  AT,
  matrix,
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

const sample = (labels: object = {}, value = 1) => ({ labels: { __name__: 'up', ...labels }, value });

let made: TestReader;
const start = async (
  answer: (request: FakeRequest) => FakeAnswer | undefined,
  options?: TestReaderOptions,
): Promise<TestReader> => (made = await startReader(answer, options));
afterEach(() => made.stop());

describe('a server that ignores lookback_delta', () => {
  const time = (labels: object, seconds: number) => ({
    metric: { ...labels, __assay_sample_at__: '1' },
    value: [AT, String(seconds)],
  });

  test('a bare selector brings the time of each sample', async () => {
    await start(() => vector(one({ a: '1' }), time({ a: '1' }, AT - 45.5)), { honours: false });
    const reading = await made.reader.read({ ...up, maxAgeMs: 60_000 }, never);
    expect(reading).toEqual({ kind: 'Samples', samples: [{ ...sample({ a: '1' }), sampleAt: SLOT - 45_500 }] });
    expect(Object.keys(made.asked()[0]?.form ?? {}).sort()).toEqual(['query', 'time', 'timeout']);
  });

  test('a sample without its time is no evidence', async () => {
    await start(() => vector(one({ a: '1' })), { honours: false });
    expect(await made.reader.read({ ...up, maxAgeMs: 60_000 }, never)).toMatchObject({
      kind: 'Unavailable',
      reason: 'QueryFailed',
    });
  });

  test('the cap counts the series, not their times', async () => {
    await start(() => vector(one({ a: '1' }), time({ a: '1' }, AT)), { honours: false, maxSeries: 1 });
    expect(await made.reader.read({ ...up, maxAgeMs: 60_000 }, never)).toMatchObject({ kind: 'Samples' });
  });

  test('what can not be asked is not asked', async () => {
    await start(() => vector(one()), { honours: false });
    const request = { query: 'sum(up)', maxAgeMs: 60_000 };
    expect(await made.reader.read({ ...request, slot: SLOT }, never)).toMatchObject({
      kind: 'Unavailable',
      reason: 'QueryFailed',
    });
    const range = { ...request, from: SLOT, to: SLOT + 30_000, stepMs: 30_000 };
    expect(await made.reader.readRange(range, never)).toMatchObject([{ reason: 'QueryFailed' }, { reason: 'QueryFailed' }]);
    expect(made.asked()).toEqual([]);
    expect(await made.reader.check(request, never)).toMatchObject({ reason: 'MaxAgeNotSupported' });
    expect(await made.reader.check({ ...request, maxAgeMs: 300_000 }, never)).toBeUndefined();
  });
});

describe('readRange', () => {
  const range = { query: 'up', from: SLOT, to: SLOT + 60_000, stepMs: 30_000, maxAgeMs: 60_000 };
  const instants = ({ path, form }: FakeRequest): FakeAnswer | undefined =>
    path.endsWith('query') ? vector(one({}, form['time']!.slice(-6), Number(form['time']))) : undefined;
  const values = (readings: readonly Reading[]): unknown[] =>
    readings.map((reading) => (reading.kind === 'Samples' ? reading.samples.map(({ value }) => value) : reading.reason));

  test('asks once and deals the points out to the slots', async () => {
    await start(() =>
      matrix(
        {
          metric: { a: '1' },
          values: [
            [AT, '1'],
            [AT + 60, 'NaN'],
          ],
        },
        { metric: { a: '2' }, values: [[AT, '2']] },
      ),
    );
    expect(values(await made.reader.readRange(range, never))).toEqual([[1, 2], [], [NaN]]);
    const form = { query: 'up', start: '1700000000.000', end: '1700000060.000', step: '30000ms', lookback_delta: '60000ms' };
    expect(made.asked()).toMatchObject([{ path: '/api/v1/query_range', form }]);
    expect(made.asked()[0]?.form).not.toHaveProperty('limit');
  });

  test('a warning marks each slot', async () => {
    await start(() => success({ resultType: 'matrix', result: [] }, { warnings: ['x'] }));
    const partial = 'the source gave warnings with its answer';
    expect(await made.reader.readRange(range, never)).toMatchObject([{ partial }, { partial }, { partial }]);
  });

  test('a histogram, or too many series, are of their slot only', async () => {
    const many = ['1', '2', '3'].map((a) => ({ metric: { a }, values: [[AT, '1']] }));
    await start(() => matrix(...many, { metric: {}, values: [[AT + 60, '1']], histograms: [[AT + 30, {}]] }), { maxSeries: 2 });
    expect(values(await made.reader.readRange(range, never))).toEqual(['TooManySeries', 'QueryFailed', [1]]);
  });

  test('times other than the slots: asked again, slot by slot', async () => {
    await start((request) => instants(request) ?? matrix({ metric: {}, values: [[AT + 10, '1']] }));
    expect(values(await made.reader.readRange(range, never))).toEqual([[0], [30], [60]]);
  });

  test('a query about the range itself is asked slot by slot', async () => {
    await start(instants);
    expect(values(await made.reader.readRange({ ...range, query: 'up @ end()' }, never))).toEqual([[0], [30], [60]]);
    expect(made.asked().map(({ path }) => path)).toEqual(Array(3).fill('/api/v1/query'));
  });

  test('an answer that is too large is asked for in halves', async () => {
    const large = Array.from({ length: 3 }, (_, slot) => [AT + 30 * slot, '1']);
    const padded = (form: FakeRequest['form']) => ({
      metric: { pad: 'x'.repeat(form['start'] === '1700000000.000' && form['end'] === '1700000060.000' ? 2_000 : 10) },
      values: large.filter(([at]) => Number(at) >= Number(form['start']) && Number(at) <= Number(form['end'])),
    });
    await start((request) => instants(request) ?? matrix(padded(request.form)), { maxBytes: 1_000 });
    expect(values(await made.reader.readRange(range, never))).toEqual([[1], [1], [60]]);
  });

  test('samples and their times where lookback_delta is ignored', async () => {
    const points = [
      {
        metric: { __name__: 'up' },
        values: [
          [AT, '1'],
          [AT + 30, '0'],
        ],
      },
      {
        metric: { __assay_sample_at__: '1' },
        values: [
          [AT, String(AT - 1)],
          [AT + 30, String(AT + 29)],
        ],
      },
    ];
    await start(() => matrix(...points), { honours: false });
    const readings = await made.reader.readRange(range, never);
    expect(readings).toMatchObject([
      { samples: [{ value: 1, sampleAt: SLOT - 1_000 }] },
      { samples: [{ sampleAt: SLOT + 29_000 }] },
      { samples: [] },
    ]);
  });

  test.each<[string, FakeAnswer, string]>([
    ['a page', raw('<html>'), 'QueryFailed'],
    ['a vector', vector(), 'QueryFailed'],
    ['503', raw('', 503), 'SourceUnreachable'],
    ['no answer', () => undefined, 'SourceUnreachable'],
  ])('%s: each slot says so', async (_, answer, reason) => {
    await start(() => answer);
    expect(values(await made.reader.readRange(range, never))).toEqual([reason, reason, reason]);
  });

  test('a signal that has aborted', async () => {
    await start(instants);
    expect(values(await made.reader.readRange(range, AbortSignal.abort()))).toEqual(Array(3).fill('SourceUnreachable'));
    expect(made.server.requests).toEqual([]);
  });
});

describe('wasCollecting', () => {
  const range = { from: SLOT, to: SLOT + 60_000, stepMs: 30_000 };

  test('is true where the heartbeat is not empty', async () => {
    await start(() => success({ resultType: 'matrix', result: [{ metric: {}, values: [[AT + 30, '0']] }] }), {
      heartbeat: 'count(up{job="x"})',
    });
    expect(await made.reader.wasCollecting(range, never)).toEqual([false, true, false]);
    expect(made.asked()).toMatchObject([{ form: { query: 'count(up{job="x"})' } }]);
    expect(made.asked()[0]?.form).not.toHaveProperty('lookback_delta');
  });

  test('is false where nothing can be read', async () => {
    await start(() => raw('', 500));
    expect(await made.reader.wasCollecting(range, never)).toEqual([false, false, false]);
  });
});
