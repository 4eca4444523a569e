import { readFileSync } from 'node:fs';

import { never, startReader, type TestReader, type TestReaderOptions, up } from './test-reader.ts';
import type { FakeAnswer, FakeRequest } from './fake-server.ts';

let made: TestReader;
const start = async (
  answer: (request: FakeRequest) => FakeAnswer | undefined,
  options?: TestReaderOptions,
): Promise<TestReader> => (made = await startReader(answer, options));
afterEach(() => made.stop());

describe('recorded answers of real servers', () => {
  type Recording = Record<string, { path: string; form: Record<string, string> | null; status: number; body: string }>;
  const recorded = (version: string): Recording =>
    JSON.parse(readFileSync(`${import.meta.dirname}/fixtures/prometheus-${version}.json`, 'utf8')) as Recording;
  const failed = (message: RegExp): object => ({
    kind: 'Unavailable',
    reason: 'QueryFailed',
    message: expect.stringMatching(message) as unknown,
  });
  const wants: Record<string, object> = {
    vector: { kind: 'Samples', samples: [{ labels: { s: 'a' } }, { labels: { s: 'b' } }] },
    'vector with NaN': { samples: [{ value: NaN }, { value: NaN }] },
    infinities: { samples: [{ labels: {}, value: Infinity }] },
    scalar: { samples: [{ labels: {}, value: 720 }] },
    empty: { kind: 'Samples', samples: [] },
    matrix: failed(/range of samples/),
    string: failed(/gives a string/),
    'parse error': failed(/^invalid parameter "query": 1:12: parse error: unexpected end of input inside braces$/),
    'execution error': failed(/^the source can not execute the query \(422\)$/),
    'native histogram': failed(/not a number/),
    'not found': failed(/does not answer as a Prometheus server does \(404\)/),
    info: { kind: 'Samples', samples: [{}, {}] },
  };
  const cases = ['2.42', '3.16'].flatMap((version) =>
    Object.entries(recorded(version))
      .filter(([name]) => name in wants)
      .map(([name, answer]) => [version, name, answer] as const),
  );

  test.each(cases)('Prometheus %s: %s', async (_version, name, { status, body }) => {
    await start(() => ({ status, body }));
    // A native histogram was recorded at the moment, all else at a slot.
    const [, at = '0'] = /\[(\d+(?:\.\d+)?),/.exec(body) ?? [];
    const reading = await made.reader.read({ ...up, slot: Math.round(Number(at) * 1000) }, never);
    expect(reading).toMatchObject(wants[name]!);
    expect(reading).not.toHaveProperty('partial');
  });

  test('a warning makes the reading partial', async () => {
    const answer = recorded('3.16')['warning']!;
    await start(() => answer);
    const reading = await made.reader.read({ ...up, slot: Number(answer.form!['time']) * 1000 }, never);
    expect(reading).toMatchObject({ samples: [{ value: Infinity }], partial: 'the source gave warnings with its answer' });
  });
});
