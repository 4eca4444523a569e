import type { Reading } from '../../domain/sample.ts';
import type { EvidenceReader, KindReader } from '../../sources/source.ts';
import { believedPast } from './past.ts';

const samples = (...values: number[]): Reading => ({ kind: 'Samples', samples: values.map((value) => ({ labels: {}, value })) });
const empty = samples();
const unreachable: Reading = { kind: 'Unavailable', reason: 'SourceUnreachable', message: 'refused' };
const signal = new AbortController().signal;
const range = { query: 'q', from: 0, to: 60_000, stepMs: 30_000, maxAgeMs: 300_000 };

/** A source of three slots that was collecting at the last of them only. */
function source(readings: readonly Reading[], longAgo: Reading): { reader: EvidenceReader; asked: string[] } {
  const asked: string[] = [];
  const answer = <T>(name: string, value: T): Promise<T> => {
    asked.push(name);
    return Promise.resolve(value);
  };
  const reader: EvidenceReader = {
    kinds: {
      prometheus: {
        read: () => answer('read', longAgo),
        readRange: () => answer('readRange', readings),
        check: () => Promise.resolve(undefined),
      },
    },
    wasCollecting: () => answer('wasCollecting', [false, false, true]),
    probe: () => Promise.resolve({ kind: 'Answering', latencyMs: 1 }),
    close: () => Promise.resolve(),
  };
  return { reader, asked };
}

/** How the queries of a source are read. */
function pastOf(reader: EvidenceReader): KindReader {
  const { prometheus } = believedPast(reader).kinds;
  if (!prometheus) throw new Error('the source takes no queries');
  return prometheus;
}

test.each(
  Object.entries({
    'samples that rest on data prove themselves': {
      given: [samples(1), samples(0), samples(1)],
      longAgo: empty,
      want: ['1', '0', '1'],
    },
    'no data is no proof that there was nothing': {
      given: [samples(1), empty, empty],
      longAgo: empty,
      want: ['1', 'NoHistory', ''],
    },
    'a query that answers without data is believed where the source was collecting': {
      given: [samples(0), samples(0), samples(0)],
      longAgo: samples(0),
      want: ['NoHistory', 'NoHistory', '0'],
    },
    'where that can not be found out, so it is too': {
      given: [samples(1), empty, samples(1)],
      longAgo: unreachable,
      want: ['NoHistory', 'NoHistory', '1'],
    },
    'a failed answer stays what it is': {
      given: [unreachable, unreachable, unreachable],
      longAgo: empty,
      want: ['SourceUnreachable', 'SourceUnreachable', 'SourceUnreachable'],
    },
  } satisfies Record<string, { given: Reading[]; longAgo: Reading; want: string[] }>),
)('%s', async (_sentence, { given, longAgo, want }) => {
  const readings = await pastOf(source(given, longAgo).reader).readRange(range, signal);
  expect(
    readings.map((reading) => (reading.kind === 'Samples' ? reading.samples.map(({ value }) => value).join() : reading.reason)),
  ).toEqual(want);
});

test.each(['logs', 'alerts'] as const)('a count of %s is believed only where the source was collecting', async (kind) => {
  const { reader } = source([samples(0), samples(2), samples(0)], empty);
  const { prometheus: counting } = reader.kinds;
  const believed = believedPast({ ...reader, kinds: { [kind]: counting } }).kinds[kind];
  const readings = await (believed as unknown as KindReader | undefined)?.readRange(range, signal);
  expect(readings?.map((reading) => (reading.kind === 'Samples' ? reading.samples[0]?.value : reading.reason))).toEqual([
    ...['NoHistory', 'NoHistory', 0],
  ]);
});

test('criteria that ask the same at the same time ask once', async () => {
  const { reader, asked } = source([empty, empty, empty], empty);
  const believed = pastOf(reader);
  await Promise.all([believed.readRange(range, signal), believed.readRange({ ...range }, signal)]);
  expect(asked).toEqual(['readRange', 'read', 'wasCollecting']);
});
