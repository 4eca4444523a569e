import type { Reading } from '../../domain/sample.ts';
import { parseQuery } from './promql.ts';
import type { FakeAnswer, FakeRequest } from './fake-server.ts';
import { matrix, never, raw, SLOT, startReader, type TestReader } from './test-reader.ts';

const MINUTE = 60_000;
const SECRET = 'tok3n-that-must-not-leak';
const STEP_S = 30;

/** A series that is there at each step of the range that was asked for. */
function series(labels: object, value: string, { form }: FakeRequest): object {
  const [start, end] = [Number(form['start']), Number(form['end'])];
  const values = Array.from({ length: Math.round((end - start) / STEP_S) + 1 }, (_, index) => [start + index * STEP_S, value]);
  return { metric: labels, values };
}

const AT = { job: 'falco"\\.+', instance: 'a' };
/** A calm Falco, with the labels that its target has. */
const falco = (request: FakeRequest): object[] =>
  [
    ['falcosecurity_falco_version_info', '1', { version: '0.41.0' }],
    ['falcosecurity_falco_duration_seconds_total', '9', {}],
    ['falcosecurity_falco_outputs_queue_num_drops_total', '0', {}],
    ['falcosecurity_scap_n_drops_total', '0', {}],
  ].map(([name, value, labels]) => series({ __name__: name, ...AT, ...(labels as object) }, value as string, request));

let running: TestReader;
afterEach(() => running.stop());

async function start(answer: (request: FakeRequest) => FakeAnswer | undefined, bearerToken?: string): Promise<void> {
  running = await startReader(answer, bearerToken === undefined ? {} : { bearerToken });
}

const read = (query = {}): Promise<Reading> =>
  running.reader.kinds.falco!.read({ query, slot: SLOT, maxAgeMs: 5 * MINUTE }, never);
const isUp = ({ form }: FakeRequest): boolean => form['query']?.startsWith('up{') ?? false;
const calm = (request: FakeRequest): FakeAnswer =>
  matrix(...(isUp(request) ? [series({ __name__: 'up', ...AT }, '1', request)] : falco(request)));

test('values all over the window are asked for, and whether the targets are up; names are escaped', async () => {
  await start(calm);
  expect(await read()).toMatchObject({ kind: 'Samples', samples: [{ labels: {}, value: 0 }] });
  const forms = running.asked().map(({ form }) => form);
  expect(forms).toHaveLength(2);
  const at = (ms: number): string => (ms / 1000).toFixed(3);
  for (const form of forms) expect(form).toMatchObject({ start: at(SLOT - 5 * MINUTE), end: at(SLOT), step: '30000ms' });
  expect(forms[1]?.['query']).toBe(String.raw`up{job=~"falco\"\\\\\\.\\+"}`);
  for (const { query = '' } of forms) expect(parseQuery(query)).toBeDefined();
});

test('nothing that a question says is part of a query', async () => {
  await start(calm);
  const hostile = '"} or vector(0) #';
  await read({ rules: [hostile], tags: [hostile], namespaces: [hostile], window: '1h' });
  expect(JSON.stringify(running.asked())).not.toContain('vector(0)');
});

test('criteria that ask for the same window ask once', async () => {
  await start(calm);
  await Promise.all([read(), read({ minimumPriority: 'Critical' }), read({ rules: ['a*'] })]);
  expect(running.asked()).toHaveLength(2);
});

test.each([
  ['1s', 1_000],
  ['14s', 14_000],
  ['1m', 30_000],
  ['307s', 30_700],
  ['1h', 30_000],
  ['1d', 720_000],
  ['30d', 21_600_000],
])('a window of %s is looked at every %d ms, and at both ends', async (window, stepMs) => {
  await start(() => matrix());
  await read({ window });
  const [form] = running.asked().map((request) => request.form);
  expect(form?.['step']).toBe(`${stepMs}ms`);
  expect((Number(form?.['end']) - Number(form?.['start'])) % (stepMs / 1000)).toBeCloseTo(0);
});

test('a partial answer is no proof, and what it holds is a part', async () => {
  const warned = (answer: { body: unknown }): FakeAnswer => ({
    body: { ...(answer.body as object), warnings: ['a store is gone'] },
  });
  await start((request) => (isUp(request) ? calm(request) : warned(calm(request) as { body: unknown })));
  expect(await read()).toEqual({
    ...{ kind: 'Unavailable', reason: 'IncompleteEvidence' },
    message: 'the source gave warnings with its answer',
  });
});

test.each<[string, FakeAnswer, object]>([
  ['nothing', matrix(), { reason: 'IncompleteEvidence' }],
  ['404', raw('', 404), { reason: 'QueryFailed' }],
  ['500', raw(SECRET, 500), { reason: 'QueryFailed' }],
  ['503', raw(SECRET, 503), { reason: 'SourceUnreachable' }],
  ['refused', raw(SECRET, 401), { reason: 'SourceUnreachable' }],
  ['no answer in time', () => undefined, { reason: 'SourceUnreachable', message: 'no answer within 1000 ms' }],
  ['a page', raw(`<html>${SECRET}`), { reason: 'QueryFailed' }],
  ['a counter that is none', matrix({ metric: { __name__: 'falco_events', ...AT }, values: [[SLOT / 1000, 'NaN']] }), {}],
])('what comes instead: %s', async (_, answer, want) => {
  await start((request) => (isUp(request) ? matrix() : answer), SECRET);
  const reading = await read();
  expect(reading).toMatchObject({ kind: 'Unavailable', ...want });
  expect(JSON.stringify(reading)).not.toContain(SECRET);
});

test('a source that stopped answering is not asked for the slots that are left', async () => {
  await start(() => raw('', 503));
  const range = { from: SLOT - 100 * MINUTE, to: SLOT, stepMs: 61_000, query: {}, maxAgeMs: 5 * MINUTE };
  const readings = await running.reader.kinds.falco!.readRange(range, never);
  expect(readings).toHaveLength(99);
  expect(new Set(readings.map((reading) => 'reason' in reading && reading.reason))).toEqual(new Set(['SourceUnreachable']));
  expect(running.server.requests.length).toBeLessThan(10);
});

test('a read that was given up', async () => {
  await start(() => () => undefined);
  const signal = AbortSignal.timeout(50);
  expect(await running.reader.kinds.falco!.read({ query: {}, slot: SLOT, maxAgeMs: 5 * MINUTE }, signal)).toMatchObject({
    kind: 'Unavailable',
    reason: 'SourceUnreachable',
  });
});
