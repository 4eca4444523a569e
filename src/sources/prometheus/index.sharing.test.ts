import type { Reading } from '../../domain/sample.ts';
import { type FakeAnswer, type FakeRequest, success } from './fake-server.ts';
import { never, one, raw, SLOT, startReader, type TestReader, type TestReaderOptions, up, vector } from './test-reader.ts';

const sample = (labels: object = {}, value = 1) => ({ labels: { __name__: 'up', ...labels }, value });

let made: TestReader;
const start = async (
  answer: (request: FakeRequest) => FakeAnswer | undefined,
  options?: TestReaderOptions,
): Promise<TestReader> => (made = await startReader(answer, options));
afterEach(() => made.stop());

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('sharing and waiting', () => {
  test('the same question is asked once, whoever asks, at the same time or soon after', async () => {
    await start(() => vector(one()));
    await Promise.all([made.reader.read(up, never), made.reader.read(up, never)]);
    expect(await made.reader.read(up, never)).toEqual({ kind: 'Samples', samples: [sample()] });
    expect(made.asked()).toHaveLength(1);
    await made.reader.read({ ...up, query: 'up ' }, never);
    await made.reader.read({ ...up, maxAgeMs: 60_000 }, never);
    await made.reader.read({ ...up, slot: SLOT - 1 }, never);
    expect(made.asked()).toHaveLength(4);
    // What failed (another time than was asked for) is asked anew.
    await made.reader.read({ ...up, slot: SLOT - 1 }, never);
    expect(made.asked()).toHaveLength(5);
  });

  test('what a server does with lookback_delta is found out once, and again after it was gone', async () => {
    const answers = [vector(one()), raw('', 503), vector(one())];
    await start(({ path }) => (path.endsWith('query') ? answers.shift() : undefined));
    const probes = (): number => made.server.requests.filter(({ form }) => form['lookback_delta'] === 'assay').length;
    const seen: number[] = [];
    for (const query of ['a', 'b', 'c']) {
      await made.reader.read({ ...up, query }, never);
      seen.push(probes());
    }
    expect(seen).toEqual([2, 2, 4]);
  });

  test('one who gives up does not take the answer from the other', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    await start(() => (response) => void promise.then(() => response.end(JSON.stringify(vector(one()).body))));
    const caller = new AbortController();
    const [first, second] = [made.reader.read(up, caller.signal), made.reader.read(up, never)];
    setTimeout(() => caller.abort(), 20);
    expect(await first).toMatchObject({ kind: 'Unavailable', reason: 'SourceUnreachable' });
    resolve(undefined);
    expect(await second).toMatchObject({ kind: 'Samples' });
  });

  test('at most maxConcurrency at once; who waits gives up at its signal, and is not asked for', async () => {
    const held: (() => void)[] = [];
    const two = Promise.withResolvers<undefined>();
    const hold: FakeAnswer = (response) => {
      held.push(() => response.end(JSON.stringify(vector().body)));
      if (held.length === 2) two.resolve(undefined);
    };
    const status = success({ version: '3.16.0' });
    await start(({ path }) => (path.includes('status') ? status : hold), { maxConcurrency: 2 });
    const caller = new AbortController();
    const ask = (query: string, signal = never): Promise<Reading> => made.reader.read({ ...up, query }, signal);
    const readings = [ask('a'), ask('b'), ask('gives up', caller.signal), ask('c')];
    await two.promise;
    // A probe does not wait; by its answer, whatever was sent before it has arrived.
    await made.reader.probe(never);
    expect(held).toHaveLength(2);
    caller.abort();
    expect(await readings[2]).toMatchObject({ kind: 'Unavailable', reason: 'SourceUnreachable' });
    held.splice(0).forEach((end) => end());
    await Promise.all(readings.slice(0, 2));
    await until(() => held.length === 1);
    held[0]?.();
    expect(await readings[3]).toMatchObject({ kind: 'Samples' });
    expect(made.asked().map(({ form }) => form['query'])).toEqual(['a', 'b', 'c']);
  });

  test('close ends what is in flight', async () => {
    const arrived = Promise.withResolvers<undefined>();
    await start(() => () => arrived.resolve(undefined));
    const reading = made.reader.read(up, never);
    await arrived.promise;
    await made.reader.close();
    expect(await reading).toMatchObject({ kind: 'Unavailable', reason: 'SourceUnreachable' });
  });
});
