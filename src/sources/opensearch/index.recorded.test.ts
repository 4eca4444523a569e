import { readFileSync } from 'node:fs';

import { systemClock } from '../../platform/clock.ts';
import { connectionTo, type FakeAnswer, type FakeSource, startFakeSource } from './fake-source.ts';
import { newOpenSearchReader } from './index.ts';
import type { EvidenceReader } from '../source.ts';

const SLOT = 1_700_000_000_005;
const never = new AbortController().signal;

type Recording = Record<string, { path: string; status: number; body: string }>;
const recorded = (server: string): Recording =>
  JSON.parse(readFileSync(`${import.meta.dirname}/fixtures/${server}.json`, 'utf8')) as Recording;

let reader: EvidenceReader;
let source: FakeSource;
afterEach(async () => {
  await reader.close();
  await source.stop();
});

const failed = (reason: string, message: RegExp): object => ({
  ...{ kind: 'Unavailable', reason },
  message: expect.stringMatching(message) as unknown,
});
const counts = (...samples: [object, number][]): object => ({
  ...{ kind: 'Samples', samples: samples.map(([labels, value]) => ({ labels, value })) },
});
const byUser = counts([{ user: 'u1' }, 2], [{ user: 'u2' }, 2], [{ user: 'u0' }, 1]);

const readings: Record<string, [string | undefined, object]> = {
  count: [undefined, counts([{}, 5])],
  empty: [undefined, counts([{}, 0])],
  groups: ['user', counts([{ user: 'u1' }, 2], [{ user: 'u2' }, 2], [{ user: 'u0' }, 1], [{}, 1])],
  'groups of booleans': ['ok', counts([{ ok: 'true' }, 5])],
  'groups by an absent field': ['nope', counts([{}, 5])],
  'groups, empty': ['user', counts([{}, 0])],
  'one shard failed': ['user', { ...byUser, partial: '1 of 3 shards gave no answer' }],
  'no index': [undefined, failed('EmptyResult', /^no index matches/)],
  'closed index': [undefined, failed('QueryFailed', /^the index is closed/)],
  'bad query': [undefined, failed('QueryFailed', /^the query string can not be parsed \(line 1, column 8\)$/)],
  'leading wildcard': [undefined, failed('QueryFailed', /begins with \* or \?/)],
  'word without a field': [undefined, failed('QueryFailed', /a word without a field is asked of every field/)],
  'value of another type': [undefined, failed('QueryFailed', /a value that it can not hold/)],
  'groups by text': ['message', failed('QueryFailed', /^groupBy names a text field/)],
};

describe.each([
  ['opensearch-2.19', '2.19.6 (opensearch)'],
  ['elasticsearch-7.17', '7.17.29'],
])('recorded answers of %s', (server, version) => {
  const answers = recorded(server);
  const start = async (search: FakeAnswer, timeField = 'time field'): Promise<void> => {
    source = await startFakeSource(({ path }) => {
      if (path === '/') return answers['about'];
      return path.endsWith('_field_caps') ? answers[timeField] : search;
    });
    const field = { 'time field, absent': 'when', 'time field, of text': 'message' }[timeField];
    reader = newOpenSearchReader(connectionTo(source.url), { index: 'logs-*', timeField: field }, { clock: systemClock });
  };

  test.each(Object.entries(readings))('%s', async (name, [groupBy, want]) => {
    await start(answers[name]!);
    const query = { query: 'level:error', window: '1s', ...(groupBy !== undefined && { groupBy }) };
    expect(await reader.kinds.logs!.read({ query, slot: SLOT, maxAgeMs: 1 }, never)).toEqual(want);
  });

  test.each([
    ['check', undefined],
    ['groups by text', 'InvalidQuery'],
    ['bad query', 'InvalidQuery'],
    ['leading wildcard', 'InvalidQuery'],
    ['value of another type', 'InvalidQuery'],
    ['word without a field', 'InvalidQuery'],
    ['no index', undefined],
    ['closed index', undefined],
  ])('check of: %s', async (name, reason) => {
    await start(answers[name]!);
    const refusal = await reader.kinds.logs!.check({ query: { query: 'x' }, maxAgeMs: 1 }, never);
    expect(refusal?.reason).toBe(reason);
  });

  test.each([
    ['time field, absent', /timeField when is not a date in the index of the source: no index has it/],
    ['time field, of text', /timeField message is not a date in the index of the source: it is of another type/],
  ])('no count is taken by a %s', async (field, message) => {
    await start(answers['empty']!, field);
    const want = expect.stringMatching(message) as unknown;
    const logs = reader.kinds.logs!;
    expect(await logs.check({ query: { query: '*' }, maxAgeMs: 1 }, never)).toEqual({ reason: 'InvalidQuery', message: want });
    expect(await logs.read({ query: { query: '*' }, slot: SLOT, maxAgeMs: 1 }, never)).toEqual({
      ...{ kind: 'Unavailable', reason: 'QueryFailed', message: want },
    });
  });

  test('heartbeat: slots by their number, whatever the order of the answer', async () => {
    await start(answers['heartbeat']!);
    expect(await reader.wasCollecting({ from: SLOT, to: SLOT + 20_000, stepMs: 10_000 }, never)).toEqual([true, false, false]);
  });

  test('probe, whose version later readings carry', async () => {
    await start(answers['count']!);
    expect(await reader.probe(never)).toEqual({ kind: 'Answering', version, latencyMs: expect.any(Number) as unknown });
    expect(await reader.kinds.logs!.read({ query: { query: '*' }, slot: SLOT, maxAgeMs: 1 }, never)).toMatchObject({
      sourceVersion: version,
    });
  });
});
