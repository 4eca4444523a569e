import type { KubeObject, OwnerReference } from '../../src/api/common.ts';
import {
  apply,
  createOwned,
  deleteObject,
  EventRecorder,
  StatusWriter,
  type EventNote,
  type StatusWriterOptions,
  type WriteOutcome,
} from '../../src/kube/index.ts';
import { eventually, rememberingLogger, type Logged } from '../../src/kube/stand-ins.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { CONFIG_MAPS, GAUGES, interrupted, startWorld, type World } from './kube-world.ts';

let world: World;
let namespace: string;
let count = 0;

beforeAll(async () => {
  world = await startWorld();
  await world.createGaugeKind();
}, 90_000);
afterAll(() => world.close(), 30_000);
beforeEach(async () => {
  namespace = await world.namespace(`writing-${(count += 1)}`);
});

describe('status', () => {
  let writer: StatusWriter;
  let outcomes: WriteOutcome[];
  let lines: readonly Logged[];
  const start = (options: Partial<StatusWriterOptions> = {}): void => {
    outcomes = [];
    const { log, lines: logged } = rememberingLogger();
    lines = logged;
    const onWrite = (outcome: WriteOutcome): unknown => outcomes.push(outcome);
    writer = new StatusWriter({ transport: world.api, clock: systemClock, log, onWrite, minIntervalMs: 200, ...options });
  };
  afterEach(() => writer.flush(0));

  test('it is written once for a difference, and again only for another', async () => {
    start();
    const object = await world.gauge(namespace, 'a');
    writer.write({ resource: GAUGES, object, status: { n: 1 } });
    await eventually('it is written', () => outcomes.length === 1);
    writer.write({ resource: GAUGES, object: await world.read(GAUGES, namespace, 'a'), status: { n: 1 } });
    expect(writer.pending).toBe(0);
    writer.write({ resource: GAUGES, object, status: { n: 2, left: undefined } });
    await eventually('it is written', () => outcomes.length === 2);
    const { status, metadata } = await world.read(GAUGES, namespace, 'a');
    expect(status).toEqual({ n: 2 });
    expect(outcomes).toEqual(['written', 'written']);
    const { managedFields } = metadata as unknown as { managedFields: { manager: string; subresource?: string }[] };
    expect(managedFields).toContainEqual(
      expect.objectContaining({ manager: 'assay', operation: 'Apply', subresource: 'status' }),
    );
  });

  test('a second writer is noticed, and what is wanted is written all the same', async () => {
    start();
    const object = await world.gauge(namespace, 'a');
    writer.write({ resource: GAUGES, object, status: { n: 1 } });
    await eventually('it is written', () => outcomes.length === 1);
    await world.patchStatus(namespace, 'a', { status: { n: 99 } });
    writer.write({ resource: GAUGES, object, status: { n: 2 } });
    await eventually('it is written', () => outcomes.at(-1) === 'written' && outcomes.length === 3);
    expect(outcomes).toEqual(['written', 'conflict', 'written']);
    expect((await world.read(GAUGES, namespace, 'a')).status).toEqual({ n: 2 });
    expect(lines).toMatchObject([{ level: 'warn', message: 'a status was changed by another writer' }]);
  });

  test('a new object of the same name does not get the status of the old one', async () => {
    start();
    const object = await world.gauge(namespace, 'a');
    await world.remove(GAUGES, namespace, 'a');
    await world.gauge(namespace, 'a');
    writer.write({ resource: GAUGES, object, status: { n: 1 } });
    await eventually('it is dropped', () => outcomes.length === 1);
    expect([outcomes, writer.pending]).toEqual([['gone'], 0]);
    expect((await world.read(GAUGES, namespace, 'a')).status).toBeUndefined();
  });

  test('a restart of the API server in between loses nothing', async () => {
    start({ backoff: { minMs: 100, maxMs: 500 } });
    const objects = await Promise.all(['a', 'b', 'c'].map((name) => world.gauge(namespace, name)));
    await world.crash();
    for (const object of objects) writer.write({ resource: GAUGES, object, status: { n: 7 } });
    await eventually('it fails', () => outcomes.filter((outcome) => outcome === 'failed').length > 3);
    await world.cluster.startApiServer();
    await eventually('it is written', () => writer.pending === 0, 20_000);
    for (const name of ['a', 'b', 'c']) expect((await world.read(GAUGES, namespace, name)).status).toEqual({ n: 7 });
  }, 60_000);
});

describe('owned objects', () => {
  const owned = (name: string, labels: Record<string, string>, n: number) => ({
    ...{ apiVersion: 'kube.test/v1', kind: 'Gauge' },
    metadata: { namespace, name, labels },
    spec: { n },
  });
  const ownerOf = ({ apiVersion, kind, metadata }: KubeObject): OwnerReference => ({
    ...{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' },
  });
  let owner: OwnerReference;
  beforeEach(async () => (owner = ownerOf(await world.create(CONFIG_MAPS, { metadata: { namespace, name: 'owner' } }))));

  test('one is created with its owner, updated, and loses what is no longer wanted', async () => {
    const first = await createOwned({ transport: world.api, resource: GAUGES, object: owned('a', { x: '1', y: '1' }, 1), owner });
    const second = await createOwned({ transport: world.api, resource: GAUGES, object: owned('a', { y: '2' }, 2), owner });
    expect([first.kind, second.kind]).toEqual(['Applied', 'Applied']);
    expect(second.object.metadata.uid).toBe(first.object.metadata.uid);
    const found = await world.read(GAUGES, namespace, 'a');
    expect(found).toMatchObject({ metadata: { labels: { y: '2' }, ownerReferences: [owner] }, spec: { n: 2 } });
    expect(found.metadata.labels).not.toHaveProperty('x');
  });

  test("somebody else's object of that name is left alone", async () => {
    const other = await world.gauge(namespace, 'a', 5);
    const outcome = await createOwned({ transport: world.api, resource: GAUGES, object: owned('a', {}, 1), owner });
    expect(outcome).toMatchObject({ kind: 'Taken', object: { metadata: { uid: other.metadata.uid } } });
    expect(await world.read(GAUGES, namespace, 'a')).toEqual(other);
  });

  test('also when it is made between looking and writing', async () => {
    const transport = interrupted(
      world.api,
      ({ method }) => method === 'PATCH',
      () => world.gauge(namespace, 'a', 5),
    );
    const outcome = await createOwned({ transport, resource: GAUGES, object: owned('a', {}, 1), owner });
    expect(outcome.kind).toBe('Taken');
    expect((await world.read(GAUGES, namespace, 'a')).spec).toEqual({ n: 5 });
  });

  test('and when it takes the place of ours between looking and writing', async () => {
    await createOwned({ transport: world.api, resource: GAUGES, object: owned('a', {}, 1), owner });
    const transport = interrupted(
      world.api,
      ({ method }) => method === 'PATCH',
      async () => {
        await world.remove(GAUGES, namespace, 'a');
        await world.gauge(namespace, 'a', 5);
      },
    );
    const outcome = await createOwned({ transport, resource: GAUGES, object: owned('a', {}, 2), owner });
    expect(outcome.kind).toBe('Taken');
    expect((await world.read(GAUGES, namespace, 'a')).spec).toEqual({ n: 5 });
  });

  test('ours is made anew when it is deleted between looking and writing', async () => {
    await createOwned({ transport: world.api, resource: GAUGES, object: owned('a', {}, 1), owner });
    const transport = interrupted(
      world.api,
      ({ method }) => method === 'PATCH',
      () => world.remove(GAUGES, namespace, 'a'),
    );
    const outcome = await createOwned({ transport, resource: GAUGES, object: owned('a', {}, 2), owner });
    expect(outcome.kind).toBe('Applied');
    expect((await world.read(GAUGES, namespace, 'a')).spec).toEqual({ n: 2 });
  });

  test('apply takes over whatever is there, which is why it is not used for owned objects', async () => {
    await world.gauge(namespace, 'a', 5);
    await apply({ transport: world.api, resource: GAUGES, object: owned('a', {}, 1) });
    expect((await world.read(GAUGES, namespace, 'a')).spec).toEqual({ n: 1 });
  });

  test('only the object that is meant is deleted', async () => {
    const first = await world.gauge(namespace, 'a');
    const name = { namespace, name: 'a', uid: first.metadata.uid ?? '' };
    expect(await deleteObject(world.api, GAUGES, { ...name, uid: 'another' })).toBe('Replaced');
    expect(await deleteObject(world.api, GAUGES, name)).toBe('Deleted');
    expect(await deleteObject(world.api, GAUGES, name)).toBe('Gone');
  });
});

describe('events', () => {
  const note = (regarding: KubeObject, given: Partial<EventNote> = {}): EventNote => ({
    ...{ name: 'a.17f0', regarding, type: 'Warning', reason: 'Failed', action: 'Judge', note: 'too low' },
    ...{ at: new Date('2026-01-02T03:04:05.678Z'), ...given },
  });
  const recorder = (): EventRecorder =>
    new EventRecorder({ transport: world.api, log: rememberingLogger().log, instance: 'assay-0' });
  const eventIn = async (place: string): Promise<unknown> =>
    world.api.request({ method: 'GET', path: `/apis/events.k8s.io/v1/namespaces/${place}/events/a.17f0` });

  test('one told twice is there once', async () => {
    const regarding = await world.gauge(namespace, 'a');
    expect(await recorder().emit(note(regarding))).toBe('Recorded');
    expect(await recorder().emit(note(regarding, { note: 'told again' }))).toBe('AlreadyThere');
    expect(await eventIn(namespace)).toMatchObject({
      ...{ type: 'Warning', reason: 'Failed', action: 'Judge', note: 'too low', eventTime: '2026-01-02T03:04:05.678000Z' },
      ...{ reportingController: 'assay.dev/operator', reportingInstance: 'assay-0' },
      regarding: { apiVersion: 'kube.test/v1', kind: 'Gauge', namespace, name: 'a', uid: regarding.metadata.uid },
    });
  });

  test.each(
    Object.entries({
      'of many letters with accents': 'ä'.repeat(1024),
      'of many faces': `x${'🙂'.repeat(1024)}`,
      'of many plain letters': 'x'.repeat(2000),
    }),
  )('a note %s is cut so that the API server takes it', async (_sentence, long) => {
    const regarding = await world.gauge(namespace, 'a');
    expect(await recorder().emit(note(regarding, { note: long, reason: 'R'.repeat(300) }))).toBe('Recorded');
    const { note: kept } = (await eventIn(namespace)) as { note: string };
    expect(Buffer.byteLength(kept)).toBeGreaterThan(1018);
    expect(kept.isWellFormed()).toBe(true);
  });

  test('those of objects without a namespace are in default', async () => {
    const regarding = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, uid: 'u' } };
    expect(await recorder().emit(note(regarding))).toBe('Recorded');
    expect(await eventIn('default')).toMatchObject({ regarding: { name: namespace } });
  });

  test('in a namespace that ends or is not there nothing can be recorded, and nothing is tried again', async () => {
    const regarding = await world.gauge(namespace, 'a');
    // No controller runs, so it stays as it is.
    await world.api.request({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
    expect(await recorder().emit(note(regarding))).toBe('Impossible');
    const gone = { ...regarding, metadata: { ...regarding.metadata, namespace: 'nowhere' } };
    expect(await recorder().emit(note(gone))).toBe('Impossible');
    expect(await recorder().emit(note(gone, { name: 'NOT A NAME' }))).toBe('Impossible');
  });

  test('an API server that is away makes it worth another try', async () => {
    const regarding = await world.gauge(namespace, 'a');
    await world.crash();
    await expect(recorder().emit(note(regarding))).rejects.toMatchObject({ code: 'KUBE_REQUEST_FAILED', next: 'retry' });
    await world.cluster.startApiServer();
    expect(await recorder().emit(note(regarding))).toBe('Recorded');
  }, 60_000);
});
