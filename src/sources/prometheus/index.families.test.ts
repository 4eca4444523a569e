import type { Reading } from '../../domain/sample.ts';
import { type FakeAnswer, type FakeRequest, refused, success } from './fake-server.ts';
import { AT, never, raw, SLOT, startReader, type TestReader, type TestReaderOptions, up, vector } from './test-reader.ts';

let made: TestReader;
const start = async (
  answer: (request: FakeRequest) => FakeAnswer | undefined,
  options?: TestReaderOptions,
): Promise<TestReader> =>
  (made = await startReader((request) => (request.form['query'] === undefined ? undefined : answer(request)), options));
afterEach(() => made.stop());

const sum = (value: string): string => `sum(x{a="${value}"})`;
const FAMILY = 'sum by (a)(x{a=~"v|w"})';
const read = (query: string, { slot = SLOT, maxAgeMs = up.maxAgeMs, signal = never } = {}): Promise<Reading> =>
  made.reader.read({ query, slot, maxAgeMs }, signal);
const readAll = (...queries: string[]): Promise<Reading[]> => Promise.all(queries.map((query) => read(query)));
const queries = (): unknown[] => made.asked().map(({ form }) => form['query']);
const of = (metric: Record<string, string>, value: number, at = AT): object => ({ metric, value: [at, `${value}`] });
/** An answer to the family, and 7 to each member alone. */
const eitherWay =
  (family: FakeAnswer): ((request: FakeRequest) => FakeAnswer) =>
  ({ form }) =>
    form['query']!.includes('=~') ? family : vector(of({}, 7, Number(form['time'])));
const sevens = [7, 7].map((value) => ({ kind: 'Samples', samples: [{ labels: {}, value }] }));

describe('asked as one', () => {
  test('each gets the series of its value, without the label that it would not have alone', async () => {
    await start(() => vector(of({ a: 'w', b: '1' }, 1), of({ a: 'v', b: '1' }, 2), of({ b: '2', a: 'w' }, 3)));
    const [v, w, ghost] = ['v', 'w', 'ghost'].map((value) => `sum by (b) (x{a="${value}"})`);
    expect(await readAll(v!, w!, ghost!)).toEqual([
      { kind: 'Samples', samples: [{ labels: { b: '1' }, value: 2 }] },
      { kind: 'Samples', samples: [1, 3].map((value, index) => ({ labels: { b: `${index + 1}` }, value })) },
      { kind: 'Samples', samples: [] },
    ]);
    expect(queries()).toEqual(['sum by (b, a) (x{a=~"v|w|ghost"})']);
  });

  test('each keeps the label that it would have alone', async () => {
    await start(() => vector(of({ a: 'w' }, 1), of({ a: 'v' }, 2)));
    expect(await readAll('x{a="v"}', 'x{a="w"}', 'sum (x{a="v"})')).toMatchObject([
      { samples: [{ labels: { a: 'v' }, value: 2 }] },
      { samples: [{ labels: { a: 'w' }, value: 1 }] },
      {},
    ]);
    expect(queries()).toEqual(['x{a=~"v|w"}', 'sum (x{a="v"})']);
  });

  test('where the server ignores lookback_delta, with the time of each sample', async () => {
    const time = (a: string, ago: number) => of({ a, __assay_sample_at__: '1' }, AT - ago);
    await start(() => vector(of({ a: 'w' }, 1), of({ a: 'v' }, 2), time('v', 3), time('w', 4)), { honours: false });
    const readings = await Promise.all(['v', 'w'].map((value) => read(`x{a="${value}"}`, { maxAgeMs: 60_000 })));
    expect(readings).toEqual([
      { kind: 'Samples', samples: [{ labels: { a: 'v' }, value: 2, sampleAt: SLOT - 3_000 }] },
      { kind: 'Samples', samples: [{ labels: { a: 'w' }, value: 1, sampleAt: SLOT - 4_000 }] },
    ]);
    expect(made.asked()).toHaveLength(1);
  });
});

describe('asked apart', () => {
  test('for another slot, or with another maxAge', async () => {
    await start(({ form }) => vector(of({}, 1, Number(form['time']))));
    await Promise.all([read(sum('v')), read(sum('w'), { slot: SLOT + 1_000 }), read(sum('u'), { maxAgeMs: 1_000 })]);
    expect(queries().sort()).toEqual([sum('u'), sum('v'), sum('w')]);
  });

  test('without gathering', async () => {
    await start(() => vector(of({}, 1)), { gatherMs: 0 });
    await readAll(sum('v'), sum('w'));
    expect(queries().sort()).toEqual([sum('v'), sum('w')]);
  });

  test.each<[string, FakeAnswer]>([
    ['an error', refused(422, 'execution', 'many-to-many matching not allowed')],
    ['a refusal', refused(400, 'bad_data', 'what is that')],
    ['a page', raw('<html>')],
    ['a warning', success({ resultType: 'vector', result: [] }, { warnings: ['careful'] })],
    ['a series without the label', vector(of({}, 1))],
    ['a series of another value', vector(of({ a: 'v' }, 1), of({ a: 'u' }, 1))],
    ['more series than are read', vector(...[1, 2, 3, 4].map((b) => of({ a: 'v', b: `${b}` }, 1)))],
    ['more bytes than are read', vector(of({ a: 'v', b: 'x'.repeat(1_000) }, 1))],
  ])('when the answer to the family is %s', async (_sentence, answer) => {
    await start(eitherWay(answer), { maxSeries: 3, maxBytes: 500 });
    expect(await readAll(sum('v'), sum('w'))).toMatchObject(sevens);
    expect(queries()[0]).toBe(FAMILY);
    expect(queries().slice(1).sort()).toEqual([sum('v'), sum('w')]);
  });

  test('so that the failure of one is its own, in its own words', async () => {
    const refusal = refused(400, 'bad_data', 'not this one');
    await start(({ form }) => (form['query']!.includes('v') ? refusal : vector(of({}, 7))));
    expect(await readAll(sum('v'), sum('w'))).toEqual([
      { kind: 'Unavailable', reason: 'QueryFailed', message: 'not this one' },
      sevens[0],
    ]);
  });

  test('for five minutes after a failure, but other families are not', async () => {
    let nowMs = 1_000_000;
    await start(eitherWay(raw('', 500)), { clock: { now: () => nowMs, after: () => () => undefined } });
    const asFamilies = async (slot: number, name = 'x'): Promise<number> => {
      const before = queries().length;
      await Promise.all(['v', 'w'].map((value) => read(sum(value).replace('x', name), { slot })));
      return queries()
        .slice(before)
        .filter((query) => String(query).includes('=~')).length;
    };
    expect(await asFamilies(SLOT)).toBe(1);
    nowMs += 299_999;
    expect(await asFamilies(SLOT + 1_000)).toBe(0);
    expect(await asFamilies(SLOT + 1_000, 'y')).toBe(1);
    nowMs += 1;
    expect(await asFamilies(SLOT + 2_000)).toBe(1);
  });
});

describe('giving up', () => {
  test('one leaves the answer to the other', async () => {
    const arrived = Promise.withResolvers<() => void>();
    const answer = JSON.stringify(vector(of({ a: 'v' }, 1), of({ a: 'w' }, 2)).body);
    await start(() => (response) => arrived.resolve(() => response.end(answer)));
    const caller = new AbortController();
    const readings = [read(sum('v'), { signal: caller.signal }), read(sum('w'))];
    const respond = await arrived.promise;
    caller.abort();
    expect(await readings[0]).toMatchObject({ kind: 'Unavailable', reason: 'SourceUnreachable' });
    respond();
    expect(await readings[1]).toMatchObject({ samples: [{ value: 2 }] });
  });

  test('when all do the request ends, and the family is asked again', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const closed = Promise.withResolvers<undefined>();
    const hang: FakeAnswer = (response) => {
      response.on('close', () => closed.resolve(undefined));
      arrived.resolve(undefined);
    };
    const answers = [hang, vector(of({ a: 'v' }, 1), of({ a: 'w' }, 2))];
    await start(() => answers.shift());
    const caller = new AbortController();
    const givenUp = [sum('v'), sum('w')].map((query) => read(query, { signal: caller.signal }));
    await arrived.promise;
    caller.abort();
    expect(await Promise.all(givenUp)).toMatchObject([{ kind: 'Unavailable' }, { kind: 'Unavailable' }]);
    await closed.promise;
    expect(await readAll(sum('v'), sum('w'))).toMatchObject([{ samples: [{ value: 1 }] }, { samples: [{ value: 2 }] }]);
    expect(queries()).toEqual([FAMILY, FAMILY]);
  });
});
