import type { KubeObject } from '../api/common.ts';
import type { Resource } from './resource.ts';
import {
  eventually,
  json,
  rememberingLogger,
  startFakeApiServer,
  type Asked,
  type FakeApiServer,
  type Logged,
} from './stand-ins.ts';
import { HandClock } from '../platform/hand-clock.ts';
import { StatusWriter, type StatusWriterOptions } from './status-writer.ts';

const WIDGETS: Resource = { apiVersion: 'kube.test/v1', kind: 'Widget', plural: 'widgets', namespaced: true };
type Widget = KubeObject & { status?: { n: number } };
const widget = (name: string, n?: number): Widget => ({
  apiVersion: 'kube.test/v1',
  kind: 'Widget',
  metadata: { namespace: 'ns', name, uid: `uid-${name}`, resourceVersion: '10' },
  ...(n === undefined ? {} : { status: { n } }),
});

interface Sent {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly status: { readonly n: number };
}
interface Bench {
  readonly clock: HandClock;
  readonly writer: StatusWriter;
  readonly lines: readonly Logged[];
  /** What was sent, as `name=n`. */
  readonly sent: () => string[];
  readonly want: (name: string, n: number, urgent?: boolean, seen?: number) => void;
  /** Waits until so many writes have been answered and digested. */
  readonly done: (count: number) => Promise<void>;
}

let api: FakeApiServer;
let answers: ((asked: Asked) => { status: number; body: unknown } | 'hang' | undefined)[];
let bodies: Sent[];
let latest: StatusWriter | undefined;

beforeEach(async () => {
  answers = [];
  bodies = [];
  let version = 10;
  api = await startFakeApiServer((asked, response) => {
    const planned = answers.shift()?.(asked);
    if (planned === 'hang') return;
    if (asked.method === 'PATCH') bodies.push(JSON.parse(asked.body) as Sent);
    version += 1;
    const taken = { ...(asked.body === '' ? {} : JSON.parse(asked.body)), metadata: { resourceVersion: `${version}` } } as object;
    json(response, planned?.status ?? 200, planned?.body ?? taken);
  });
});
afterEach(async () => {
  const flushed = latest?.flush(0);
  await clockOfLatest?.advance(1);
  await flushed;
  await api.stop();
});
let clockOfLatest: HandClock | undefined;

function bench(options: Partial<StatusWriterOptions> = {}): Bench {
  const clock = new HandClock();
  const { log, lines } = rememberingLogger();
  let outcomes = 0;
  const writer = new StatusWriter({
    ...{ transport: api.transport(), clock, log, random: () => 1, burst: 1, backoff: { minMs: 1000, maxMs: 60_000 } },
    ...options,
    onWrite: (...told) => {
      outcomes += 1;
      options.onWrite?.(...told);
    },
  });
  [latest, clockOfLatest] = [writer, clock];
  return {
    clock,
    writer,
    lines,
    sent: () => bodies.map(({ metadata, status }) => `${metadata.name}=${status.n}`),
    want: (name, n, urgent = false, seen) =>
      writer.write({ resource: WIDGETS, object: widget(name, seen), status: { n }, urgent }),
    done: async (count) => {
      await eventually(`${count} writes`, () => outcomes >= count);
      await clock.advance(0);
    },
  };
}

test('a first change is written at once, with manager, force and the version that it was made for', async () => {
  const { want, done } = bench();
  want('a', 1);
  await done(1);
  const [asked] = api.asked;
  expect(asked).toMatchObject({ method: 'PATCH', headers: { 'content-type': 'application/apply-patch+yaml' } });
  expect(asked?.url.pathname).toBe('/apis/kube.test/v1/namespaces/ns/widgets/a/status');
  expect(asked?.url.search).toBe('?fieldManager=assay&force=true');
  expect(JSON.parse(asked?.body ?? '')).toEqual({
    apiVersion: 'kube.test/v1',
    kind: 'Widget',
    metadata: { name: 'a', namespace: 'ns', resourceVersion: '10' },
    status: { n: 1 },
  });
});

test('later changes are written once, at their latest, ten seconds after', async () => {
  const { clock, want, done, sent } = bench();
  want('a', 1);
  await done(1);
  for (const n of [2, 3, 4]) want('a', n);
  await clock.advance(9999);
  expect(sent()).toEqual(['a=1']);
  await clock.advance(1);
  await done(2);
  expect(sent()).toEqual(['a=1', 'a=4']);
});

test('what the API server has already is not written', async () => {
  const { clock, writer, want, sent } = bench();
  want('a', 7, false, 7);
  await clock.advance(60_000);
  expect(sent()).toEqual([]);
  expect(writer.pending).toBe(0);
});

test('a change that was taken back before its time is not written', async () => {
  const { clock, want, done, sent } = bench();
  want('a', 1);
  await done(1);
  want('a', 2);
  want('a', 1);
  await clock.advance(60_000);
  expect(sent()).toEqual(['a=1']);
});

test('a change taken back while it is on its way is written back', async () => {
  const { clock, want, done, sent } = bench();
  want('a', 1, false, 0);
  want('a', 0, false, 0);
  await done(1);
  await clock.advance(10_000);
  await done(2);
  expect(sent()).toEqual(['a=1', 'a=0']);
});

test('a few changes after a calm time pass at once, a flapping object is held to its interval', async () => {
  const { clock, want, done, sent } = bench({ burst: 3 });
  for (let value = 1; value <= 3; value += 1) {
    want('a', value);
    await done(value);
  }
  want('a', 4);
  await clock.advance(9_999);
  expect(sent()).toEqual(['a=1', 'a=2', 'a=3']);
  await clock.advance(1);
  await done(4);
  expect(sent()).toEqual(['a=1', 'a=2', 'a=3', 'a=4']);
});

test('abandoned, it writes nothing any more, and says nothing of what is left', async () => {
  const { writer, want, done, sent, lines } = bench({ rate: { perSecond: 0.001, burst: 1 } });
  want('a', 1);
  want('b', 1);
  await done(1);
  writer.abandon();
  want('c', 1);
  expect(writer.pending).toBe(0);
  expect(sent()).toEqual(['a=1']);
  expect(lines).toEqual([]);
});

test('what is not urgent is held to a rate of its own, and holds up nothing that is', async () => {
  const { clock, want, done, sent } = bench({ calmRate: { perSecond: 0.1, burst: 1 }, concurrency: 1 });
  for (const name of ['a', 'b', 'c']) want(name, 1);
  await done(1);
  want('e', 1, true);
  await done(2);
  expect(sent()).toEqual(['a=1', 'e=1']);
  await clock.advance(9_000);
  expect(sent()).toHaveLength(2);
  await clock.advance(1_000);
  await done(3);
  expect(sent()).toEqual(['a=1', 'e=1', 'b=1']);
});

test('all objects together are held to the rate, urgent ones first, then those that wait the longest', async () => {
  const { clock, want, done, sent } = bench({ rate: { perSecond: 1, burst: 2 }, concurrency: 1 });
  for (const name of ['a', 'b', 'c', 'd']) want(name, 1);
  want('e', 1, true);
  await done(2);
  expect(sent()).toHaveLength(2);
  for (let count = 3; count <= 5; count += 1) {
    await clock.advance(1000);
    await done(count);
    expect(sent()).toHaveLength(count);
  }
  expect(sent()).toEqual(['a=1', 'e=1', 'b=1', 'c=1', 'd=1']);
});

test('an object that changes all the time does not hold up others', async () => {
  const { clock, want, done, sent } = bench({ rate: { perSecond: 1, burst: 1 }, concurrency: 1, minIntervalMs: 0 });
  want('a', 1);
  want('b', 1);
  await done(1);
  want('a', 2);
  await clock.advance(1000);
  await done(2);
  expect(sent()).toEqual(['a=1', 'b=1']);
});

test('a failure is tried again with the latest value', async () => {
  const { clock, want, done, sent, lines } = bench();
  answers = [() => ({ status: 500, body: {} })];
  want('a', 1);
  await done(1);
  want('a', 2);
  await clock.advance(1000);
  await done(2);
  expect(sent()).toEqual(['a=1', 'a=2']);
  expect(lines).toMatchObject([{ level: 'warn', object: 'ns/a', failures: 1 }]);
});

test('after a failure the old value is written too: the API server may have taken the new one', async () => {
  const { clock, want, done, sent } = bench();
  answers = [() => ({ status: 500, body: {} })];
  want('a', 1, false, 0);
  await done(1);
  want('a', 0, false, 0);
  await clock.advance(1000);
  await done(2);
  expect(sent()).toEqual(['a=1', 'a=0']);
});

test('a conflict is read again and written for the version that was found', async () => {
  const outcomes: string[] = [];
  const { want, done } = bench({ onWrite: (outcome) => outcomes.push(outcome) });
  answers = [
    () => ({ status: 409, body: { reason: 'Conflict' } }),
    () => ({ status: 200, body: { ...widget('a', 5), metadata: { ...widget('a').metadata, resourceVersion: '77' } } }),
  ];
  want('a', 1);
  await done(2);
  expect(outcomes).toEqual(['conflict', 'written']);
  expect(bodies.map(({ metadata }) => metadata.resourceVersion)).toEqual(['10', '77']);
});

test('a conflict with one who wrote the same is no further write', async () => {
  const { clock, writer, want, done, sent } = bench();
  answers = [() => ({ status: 409, body: {} }), () => ({ status: 200, body: widget('a', 1) })];
  want('a', 1);
  await done(1);
  await clock.advance(60_000);
  expect(sent()).toEqual(['a=1']);
  expect(writer.pending).toBe(0);
});

test.each(
  Object.entries({
    'is gone': [() => ({ status: 404, body: {} })],
    'was made again under the same name': [
      () => ({ status: 409, body: {} }),
      () => ({ status: 200, body: { ...widget('a'), metadata: { name: 'a', uid: 'another' } } }),
    ],
    'went between write and read': [() => ({ status: 409, body: {} }), () => ({ status: 404, body: {} })],
  }),
)('nothing is written any more for an object that %s', async (_sentence, planned) => {
  const { clock, writer, want, done, sent, lines } = bench();
  answers = [...planned];
  want('a', 1);
  await done(1);
  await clock.advance(60_000);
  expect([sent(), writer.pending, lines]).toEqual([['a=1'], 0, []]);
});

test('a newer look at the object counts, an older one does not', async () => {
  const { clock, writer, want, done, sent } = bench();
  want('a', 1);
  await done(1);
  want('a', 1, false, 0);
  await clock.advance(10_000);
  expect(sent()).toEqual(['a=1']);
  const changed = { ...widget('a', 9), metadata: { ...widget('a').metadata, resourceVersion: '100' } };
  writer.write({ resource: WIDGETS, object: changed, status: { n: 1 } });
  await done(2);
  expect(bodies.at(-1)?.metadata.resourceVersion).toBe('100');
});

test('flush writes what waits, at once, and then takes nothing more', async () => {
  const { writer, want, done, sent } = bench({ rate: { perSecond: 0.001, burst: 1 } });
  want('a', 1);
  await done(1);
  want('a', 2);
  for (const name of ['b', 'c', 'd', 'e', 'f', 'g']) want(name, 1);
  expect(await writer.flush(60_000)).toBe(0);
  want('z', 1);
  expect(sent().sort()).toEqual(['a=1', 'a=2', 'b=1', 'c=1', 'd=1', 'e=1', 'f=1', 'g=1']);
});

test('flush gives up when its time is over, and says how much is not written', async () => {
  const { clock, writer, want } = bench();
  answers = [() => 'hang', () => 'hang'];
  want('a', 1);
  want('b', 1);
  const flushing = writer.flush(3000);
  await clock.advance(3000);
  expect(await flushing).toBe(2);
});

test('thousands of changes at once cost little', () => {
  const { writer, want } = bench({ rate: { perSecond: 0.001, burst: 1 } });
  const before = process.cpuUsage();
  for (let i = 0; i < 5000; i += 1) want(`w${i}`, 1);
  const { user, system } = process.cpuUsage(before);
  expect(writer.pending).toBe(5000);
  expect((user + system) / 1000).toBeLessThan(1000);
});
