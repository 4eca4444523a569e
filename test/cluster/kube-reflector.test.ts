import type { KubeObject } from '../../src/api/common.ts';
import { Reflector, type ReflectorOptions, type Transport } from '../../src/kube/index.ts';
import { eventually, rememberingLogger, type Logged } from '../../src/kube/stand-ins.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { CONFIG_MAPS, GAUGES, interrupted, startLine, startWorld, type Gauge, type Line, type World } from './kube-world.ts';

let world: World;
let line: Line;
let reflector: Reflector<Gauge> | undefined;
let lines: readonly Logged[];
/** What the handler was told: `+a`, `~a`, `-a`. */
let told: string[];
let count = 0;
let namespace: string;

beforeAll(async () => {
  world = await startWorld();
  await world.createGaugeKind();
  line = await startLine(world.cluster.url);
}, 90_000);
afterAll(async () => {
  await line.close();
  await world.close();
}, 30_000);
beforeEach(async () => {
  namespace = await world.namespace(`reflector-${(count += 1)}`);
});
afterEach(async () => {
  await reflector?.stop();
  line.unblock();
});

async function reflect(transport: Transport, options: Partial<ReflectorOptions<Gauge>> = {}): Promise<Reflector<Gauge>> {
  const { log, lines: logged } = rememberingLogger();
  const backoff = { minMs: 50, maxMs: 400 };
  const started = new Reflector<Gauge>({ transport, clock: systemClock, log, resource: GAUGES, namespace, backoff, ...options });
  [reflector, lines, told] = [started, logged, []];
  started.onChange(() => {
    throw new Error('this handler is broken');
  });
  started.onChange((before, after) => {
    const name = (after ?? before)?.metadata.name ?? '';
    told.push(`${before === undefined ? '+' : after === undefined ? '-' : '~'}${name}`);
  });
  started.start();
  await started.synced;
  return started;
}
const names = (): string[] => (reflector?.store.list() ?? []).map(({ metadata }) => metadata.name).sort();
const n = (name: string): number | undefined => reflector?.store.get(`${namespace}/${name}`)?.spec?.n;
const change = (name: string, to: number): Promise<KubeObject> => world.patch(GAUGES, namespace, name, { spec: { n: to } });
const told410 = (): boolean => lines.some(({ error }) => String(error).includes('410'));

test('what is there and what changes is known, trimmed, and found by index; a broken handler ends nothing', async () => {
  await world.gauge(namespace, 'a', 1);
  const { store } = await reflect(world.api, { indexes: { n: ({ spec }) => [String(spec?.n)] } });
  await world.gauge(namespace, 'b', 1);
  await change('a', 2);
  await world.remove(GAUGES, namespace, 'b');
  await eventually('all is told', () => told.length === 4);
  expect(told).toEqual(['+a', '+b', '~a', '-b']);
  expect(store.get(`${namespace}/a`)).toMatchObject({ apiVersion: 'kube.test/v1', kind: 'Gauge', spec: { n: 2 } });
  expect(store.get(`${namespace}/a`)?.metadata).not.toHaveProperty('managedFields');
  expect(store.byIndex('n', '2')).toHaveLength(1);
  expect(store.byIndex('n', '1')).toHaveLength(0);
  expect(lines.filter(({ message }) => message === 'a change handler failed')).toHaveLength(4);
});

test('a list in pages, with changes between the pages, ends up right', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    await world.create(CONFIG_MAPS, { metadata: { namespace, name }, data: { v: '1' } });
  const between = interrupted(
    world.api,
    ({ query }) => query?.['limit'] === 2 && query['continue'] !== undefined,
    async () => {
      await world.remove(CONFIG_MAPS, namespace, 'e');
      await world.patch(CONFIG_MAPS, namespace, 'd', { data: { v: '2' } });
      await world.patch(CONFIG_MAPS, namespace, 'a', { data: { v: '2' } });
      await world.create(CONFIG_MAPS, { metadata: { namespace, name: 'f' } });
    },
  );
  const { store } = await reflect(between, { resource: CONFIG_MAPS, pageSize: 2 });
  await eventually('the list has caught up', () => names().join('') === 'abcdf' && told.length === 9);
  expect(told).toEqual(['+a', '+b', '+c', '+d', '+e', '-e', '~d', '~a', '+f']);
  expect(store.list().map(({ kind, apiVersion }) => `${apiVersion} ${kind}`)).toEqual(Array(5).fill('v1 ConfigMap'));
});

test('a watch that is cut goes on where it was', async () => {
  await world.gauge(namespace, 'a');
  await reflect(world.transportTo(line.port));
  line.cut();
  await change('a', 1);
  await eventually('the change is seen', () => n('a') === 1);
  expect(told).toEqual(['+a', '~a']);
});

test('a watch on which nothing comes through any more is noticed', async () => {
  await world.gauge(namespace, 'a');
  const made = line.made;
  await reflect(world.transportTo(line.port), { idleMs: 1500 });
  await world.gauge(namespace, 'seen');
  await eventually('the watch runs', () => names().includes('seen'));
  line.freeze();
  await change('a', 1);
  await eventually('the change is seen', () => n('a') === 1);
  expect(line.made).toBeGreaterThan(made + 1);
  expect(lines.some(({ error }) => String(error).endsWith('fell silent'))).toBe(true);
}, 20_000);

test('a version that is too old is listed anew, and nothing deleted meanwhile is lost', async () => {
  for (const name of ['a', 'b', 'c']) await world.gauge(namespace, name);
  const first = await world.read(GAUGES, namespace, 'c');
  await reflect(world.transportTo(line.port));
  await eventually('the watch runs', () => told.length === 3);
  line.block();
  await world.remove(GAUGES, namespace, 'b');
  await world.remove(GAUGES, namespace, 'c');
  await world.gauge(namespace, 'c');
  await change('a', 1);
  // A server that starts knows no versions of before: it answers 410.
  await world.crash();
  await world.cluster.startApiServer();
  await change('a', 2);
  line.unblock();
  await eventually('the change is seen', () => n('a') === 2, 20_000);
  expect(told410()).toBe(true);
  expect(told.slice(3).sort()).toEqual(['+c', '-b', '-c', '~a']);
  expect(reflector?.store.get(`${namespace}/c`)?.metadata.uid).not.toBe(first.metadata.uid);
}, 60_000);

test('a restart of the API server loses nothing and tells of no deletions', async () => {
  for (const name of ['a', 'b']) await world.gauge(namespace, name);
  await reflect(world.api);
  await world.crash();
  await eventually('it is noticed', () => lines.some(({ message }) => message === 'a kind can not be watched'));
  await world.cluster.startApiServer();
  await change('a', 1);
  await eventually('the change is seen', () => n('a') === 1, 20_000);
  expect(told).toEqual(['+a', '+b', '~a']);
}, 60_000);

test('a kind that is removed empties the store once, and comes back with its kind', async () => {
  for (const name of ['a', 'b']) await world.gauge(namespace, name);
  await reflect(world.api);
  await world.removeGaugeKind();
  await eventually('the store is empty', () => names().length === 0);
  await eventually('it is looked for', () => lines.filter(({ error }) => String(error).includes('404')).length > 4);
  expect([...told].sort()).toEqual(['+a', '+b', '-a', '-b']);
  await world.createGaugeKind();
  await world.gauge(namespace, 'c');
  await eventually('the new one is seen', () => names().join('') === 'c');
}, 60_000);

test('what never was listed is not waited for longer than until the end', async () => {
  line.block();
  const { log } = rememberingLogger();
  const unlucky = new Reflector({ transport: world.transportTo(line.port), clock: systemClock, log, resource: GAUGES });
  unlucky.start();
  await unlucky.stop();
  await expect(unlucky.synced).rejects.toThrow('were not listed before the end');
});
