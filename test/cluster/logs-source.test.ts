import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'yaml';

import type { CertificationCriterion } from '../../src/api/criterion.ts';
import { judge } from '../../src/domain/outcome.ts';
import type { Reading } from '../../src/domain/sample.ts';
import { openSession, type Session, waitUntil } from '../../src/parts/index.ts';
import { fetchOpenSearch } from '../../src/parts/get/from-maven.ts';
import { type OpenSearch, startOpenSearch } from '../../src/parts/run/opensearch.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { newOpenSearchReader } from '../../src/sources/opensearch/index.ts';
import type { Connection, EvidenceReader, Refusal } from '../../src/sources/source.ts';

const never = new AbortController().signal;
const BUILD_WITHIN_MS = 30 * 60_000;
const SLOW_MS = 30_000;
const SLOT = 1_795_341_600_000;
const WINDOW_MS = 300_000;

const properties = {
  '@timestamp': { type: 'date' },
  ...{ level: { type: 'keyword' }, user: { type: 'keyword' }, message: { type: 'text' }, status: { type: 'long' } },
};

interface Line {
  readonly atMs: number;
  readonly level?: string;
  readonly user?: string;
  readonly message?: string;
}

let session: Session;
let opensearch: OpenSearch;
const opened: EvidenceReader[] = [];

beforeAll(async () => {
  session = await openSession();
  const { dir, signal } = session;
  const bin = await fetchOpenSearch({ env: process.env, say: (line) => process.stderr.write(`${line}\n`), signal });
  opensearch = await session.use(startOpenSearch({ dir: `${dir}/opensearch`, bin, env: process.env, signal }));
}, BUILD_WITHIN_MS);
afterAll(async () => {
  for (const reader of opened) await reader.close();
  await session.close();
}, SLOW_MS);

async function call(method: string, path: string, body?: object | string): Promise<void> {
  const type = typeof body === 'string' ? 'application/x-ndjson' : 'application/json';
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  const init = { method, headers: { 'content-type': type }, ...(text !== undefined && { body: text }) };
  const response = await fetch(`${opensearch.url}${path}`, init);
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
}

/** Makes an index of two shards, and writes lines so that they can be found at once. */
async function makeIndex(name: string, lines: readonly Line[], mapping: object = properties): Promise<void> {
  await call('PUT', `/${name}`, {
    settings: { number_of_shards: 2, number_of_replicas: 0 },
    mappings: { properties: mapping },
  });
  await write(name, lines);
}

async function write(name: string, lines: readonly Line[]): Promise<void> {
  if (lines.length === 0) return;
  const documents = lines.map(({ atMs, ...line }) => JSON.stringify({ '@timestamp': atMs, ...line }));
  await call('POST', `/${name}/_bulk?refresh=true`, documents.map((line) => `{"index":{}}\n${line}\n`).join(''));
}

function readerOf(index: string, more: Partial<Connection> & { timeField?: string } = {}): EvidenceReader {
  const tls = { insecureSkipVerify: false };
  const connection = { url: opensearch.url, headers: {}, tls, timeoutMs: 20_000, maxConcurrency: 4, ...more };
  const reader = newOpenSearchReader(connection, { index, timeField: more.timeField }, { clock: systemClock });
  opened.push(reader);
  return reader;
}

const question = (query: string, groupBy?: string) => ({ query, window: '5m', ...(groupBy !== undefined && { groupBy }) });
const read = (index: string, query: string, groupBy?: string, slot = SLOT): Promise<Reading> =>
  readerOf(index).kinds.logs!.read({ query: question(query, groupBy), slot, maxAgeMs: WINDOW_MS }, never);
const check = (index: string, query: string, groupBy?: string): Promise<Refusal | undefined> =>
  readerOf(index).kinds.logs!.check({ query: question(query, groupBy), maxAgeMs: WINDOW_MS }, never);
const counts = (...samples: [object, number][]): object => ({
  ...{ kind: 'Samples', samples: samples.map(([labels, value]) => ({ labels, value })) },
});

describe('lines of an evening', () => {
  beforeAll(async () => {
    const logins = ['ann', 'ann', 'ann', 'bob'].map((user, index) => ({ atMs: SLOT - 1_000 * index, level: 'warn', user }));
    await makeIndex('evening-1', [
      { atMs: SLOT - WINDOW_MS, level: 'error', message: 'at the beginning, which is out' },
      { atMs: SLOT - WINDOW_MS + 1, level: 'error', message: 'a timeout' },
      { atMs: SLOT, level: 'error', message: 'at the end, which is in' },
      { atMs: SLOT + 1, level: 'error', message: 'behind the end' },
      ...logins,
    ]);
    await makeIndex('evening-2', [{ atMs: SLOT - 5, level: 'error', message: 'a timeout, elsewhere' }]);
  }, SLOW_MS);

  test.each<[string, string, string | undefined, object]>([
    ['the window is open at its beginning and closed at its end', 'level:error', undefined, counts([{}, 3])],
    ['a count of zero is an answer', 'level:fatal', undefined, counts([{}, 0])],
    ['no line is zero, by groups too', 'level:fatal', 'user', counts([{}, 0])],
    ['words, operators and phrases', 'message:(timeout AND NOT elsewhere)', undefined, counts([{}, 1])],
    ['every line', '*', undefined, counts([{}, 7])],
    ['groups', 'level:warn', 'user', counts([{ user: 'ann' }, 3], [{ user: 'bob' }, 1])],
    [
      'lines without the field are a group of their own',
      '*',
      'user',
      counts([{ user: 'ann' }, 3], [{ user: 'bob' }, 1], [{}, 3]),
    ],
  ])('%s', async (_, query, groupBy, want) => expect(await read('evening-*', query, groupBy)).toEqual(want), SLOW_MS);

  test('a range says of each slot what its own question says', async () => {
    const range = { from: SLOT - 2, to: SLOT + WINDOW_MS + 2, stepMs: WINDOW_MS / 2 };
    const query = question('level:(error OR warn)', 'user');
    const readings = await readerOf('evening-*').kinds.logs!.readRange({ ...range, query, maxAgeMs: 1 }, never);
    const alone = readings.map((_, index) => read('evening-*', query.query, 'user', range.from + index * range.stepMs));
    expect(readings).toHaveLength(3);
    expect(readings).toEqual(await Promise.all(alone));
    expect(new Set(readings.map((reading) => JSON.stringify(reading))).size).toBe(3);
  });

  test('collecting is proven by a line in the ten minutes before', async () => {
    const range = { from: SLOT - 300_001, to: SLOT + 600_002, stepMs: 300_001 };
    // The last slot is ten minutes and one millisecond after the last line.
    expect(await readerOf('evening-*').wasCollecting(range, never)).toEqual([false, true, true, false]);
    const heartbeat = 'message:elsewhere';
    expect(await readerOf('evening-*', { heartbeat }).wasCollecting(range, never)).toEqual([false, true, true, false]);
    expect(await readerOf('evening-*', { heartbeat: 'message:nowhere' }).wasCollecting(range, never)).not.toContain(true);
  });

  test.each<[string, string, string | undefined, RegExp | undefined]>([
    ['a query that can be asked', 'level:error AND message:"a timeout"', 'user', undefined],
    ['a query that can not be parsed', 'level:( AND', undefined, /can not be parsed \(line 1, column 8\)/],
    ['a word that begins with *', 'message:*imeout', undefined, /begins with \* or \?/],
    ['a number that is none', 'status:abc', undefined, /a value that it can not hold/],
    ['a word without a field', 'timeout', undefined, /a word without a field/],
    ['a text field as groupBy', 'level:error', 'message', /groupBy names a text field/],
  ])('check: %s', async (_, query, groupBy, message) => {
    const want = message && { reason: 'InvalidQuery', message: expect.stringMatching(message) as unknown };
    expect(await check('evening-*', query, groupBy)).toEqual(want);
  });

  test('a time field that is none counts nothing, not even zero', async () => {
    for (const timeField of ['when', 'message']) {
      const { logs } = readerOf('evening-*', { timeField }).kinds;
      const message = expect.stringMatching(`^timeField ${timeField} is not a date`) as unknown;
      expect(await logs!.read({ query: question('level:fatal'), slot: SLOT, maxAgeMs: 1 }, never)).toMatchObject({ message });
      expect(await logs!.check({ query: question('*'), maxAgeMs: 1 }, never)).toEqual({ reason: 'InvalidQuery', message });
    }
  });
});

test('an index that is not there is no zero', async () => {
  const missing = { kind: 'Unavailable', reason: 'EmptyResult', message: 'no index matches the index of the source (404)' };
  expect(await read('nowhere-*', 'level:error')).toEqual(missing);
  expect(await read('nowhere', 'level:error')).toEqual(missing);
  expect(await check('nowhere-*', 'level:error')).toBeUndefined();
});

test('a line that comes late is counted once it is there: hence the evaluationDelay', async () => {
  await makeIndex('late', [{ atMs: SLOT - 3, level: 'error' }]);
  expect(await read('late', 'level:error')).toEqual(counts([{}, 1]));
  await write('late', [{ atMs: SLOT - 2, level: 'error' }]);
  expect(await read('late', 'level:error')).toEqual(counts([{}, 2]));
});

test('an index that can not answer makes the count partial', async () => {
  await makeIndex('mixed-1', [{ atMs: SLOT, level: 'error', user: 'ann' }]);
  await makeIndex('mixed-2', [{ atMs: SLOT, level: 'error', user: 'bob' }], { ...properties, user: { type: 'text' } });
  const reading = await read('mixed-*', 'level:error', 'user');
  expect(reading).toEqual({
    ...counts([{ user: 'ann' }, 1]),
    partial: expect.stringMatching(/^[12] of 4 shards gave no answer$/) as unknown,
  });
});

test('a shard that is nowhere makes the count partial', async () => {
  await makeIndex('whole', [{ atMs: SLOT, level: 'error' }]);
  // No node has this name, so its shards have no place.
  const settings = { number_of_shards: 1, number_of_replicas: 0, 'index.routing.allocation.require._name': 'nobody' };
  await call('PUT', '/whole-no-place?wait_for_active_shards=0', { settings, mappings: { properties } });
  expect(await read('whole*', 'level:error')).toEqual({ ...counts([{}, 1]), partial: '1 of 3 shards gave no answer' });
  await call('DELETE', '/whole-no-place');
  expect(await read('whole*', 'level:error')).toEqual(counts([{}, 1]));
});

test(
  'more groups than are counted apart are too many',
  async () => {
    await makeIndex(
      'crowd',
      Array.from({ length: 1_001 }, (_, index) => ({ atMs: SLOT, level: 'warn', user: `u${index}` })),
    );
    expect(await read('crowd', 'level:warn', 'user')).toMatchObject({ kind: 'Unavailable', reason: 'TooManySeries' });
    const all = await read('crowd', 'NOT user:u7', 'user');
    expect(all).toMatchObject({ kind: 'Samples' });
    expect(all.kind === 'Samples' && all.samples.length).toBe(1_000);
  },
  SLOW_MS,
);

describe('examples/ops-13-logs', () => {
  const folder = join(import.meta.dirname, '../../examples/ops-13-logs');
  const line = { 'service.name': 'shop', 'log.level': 'info' };
  const login = { ...line, 'event.category': 'authentication', 'event.outcome': 'failure' };
  const lines = (count: number, fields: object): object[] => Array.from({ length: count }, () => fields);
  const slots = { quiet: SLOT, busy: SLOT + 3_600_000, silent: SLOT + 7_200_000 };

  beforeAll(async () => {
    const template = JSON.parse(await readFile(`${folder}/monitoring/index-template.json`, 'utf8')) as object;
    await call('PUT', '/_index_template/shop', template);
    const at = (slot: number) => (fields: object) => ({ atMs: slot - 60_000, ...fields });
    await write('logs-shop-1', [
      ...[...lines(3, { ...line, 'log.level': 'error' }), ...lines(9, { ...login, 'user.hash': 'a' })].map(at(slots.quiet)),
      ...[...lines(20, { ...line, 'log.level': 'fatal' }), ...lines(10, { ...login, 'user.hash': 'a' })].map(at(slots.busy)),
      ...lines(1, { ...line, 'event.category': 'web' }).map(at(slots.quiet)),
      ...[...lines(50, line), ...lines(50, { 'service.name': 'other', 'event.category': 'web' })].map(at(slots.silent)),
    ]);
  }, SLOW_MS);

  test.each<[string, keyof typeof slots, string]>([
    ['shop-errors', 'quiet', 'Met'],
    ['shop-errors', 'busy', 'NotMet'],
    ['shop-failed-logins', 'quiet', 'Met'],
    ['shop-failed-logins', 'busy', 'NotMet'],
    ['shop-logs-arrive', 'quiet', 'Met'],
    ['shop-logs-arrive', 'silent', 'NotMet'],
  ])('%s in a %s time is %s', async (name, time, want) => {
    const { spec } = parse(await readFile(`${folder}/${name}.yaml`, 'utf8')) as CertificationCriterion;
    const item = spec.evidence[0]!;
    const slot = slots[time];
    const reading = await readerOf('logs-shop-*').kinds.logs!.read({ query: item.logs!, slot, maxAgeMs: 1 }, never);
    expect(judge({ item, threshold: spec.rule.threshold!, reading, slot, maxAgeMs: 1 }).outcome).toEqual({ kind: want });
  });
});

test(
  'tells its version, and that it is gone',
  async () => {
    const reader = readerOf('evening-*', { timeoutMs: 5_000 });
    expect(await reader.probe(never)).toMatchObject({
      kind: 'Answering',
      version: expect.stringMatching(/^2\.\d+\.\d+ \(opensearch\)$/) as unknown,
    });
    opensearch.daemon.kill('SIGKILL');
    await opensearch.daemon.exited();
    const gone = await waitUntil(async () => (await reader.probe(never)).kind === 'NotAnswering', { withinMs: 10_000 });
    expect(gone).toBe(true);
    expect(await reader.kinds.logs!.read({ query: question('*'), slot: SLOT, maxAgeMs: 1 }, never)).toMatchObject({
      reason: 'SourceUnreachable',
    });
  },
  SLOW_MS,
);
