import { join } from 'node:path';

import type { Transport } from '../../src/kube/index.ts';
import { rememberingLogger } from '../../src/kube/stand-ins.ts';
import type { Manifest } from '../cluster/kube-api.ts';
import { type Line, startLine } from '../cluster/kube-world.ts';
import { source } from '../cluster/manifests.ts';
import { eventually, type SpawnedOperator } from '../cluster/operator-world.ts';

import { kubeconfigAt } from './api-proxy.ts';
import { type ApiScene, changesOf, openApiScene, shopCriterion, untilJudged, untilVerdict } from './api-scene.ts';
import { compactEtcd } from './compaction.ts';
import { composeOperator } from './composed-operator.ts';
import { expectAllToHold } from './what-must-hold.ts';

// The watches are cut, answered 410, and frozen. Whatever is changed meanwhile has to be seen, and put on record once.

let scene: ApiScene;
let line: Line;
let kubeconfig: string;
let operator: SpawnedOperator;
let store: string;
const KIND = 'CertificationCriterion';
/** Each has slots of its own: of some, one is due in the moment in which they are found to be new. */
const AGAIN = Array.from({ length: 20 }, (_, index) => `again-${index}`);

/** Nothing reads the one; nothing can be sent through the other, whose Secret is not there. */
const SOURCE: Manifest = source('again', 'http://127.0.0.1:9', { timeout: '1s' });
const CHANNEL: Manifest = {
  kind: 'NotificationChannel',
  metadata: { name: 'again' },
  ...{ spec: { audience: 'internal', namespaces: { from: 'All' }, teams: { webhookSecret: { name: 'none', key: 'url' } } } },
};

/** Resolves once both show how they stand. */
async function untilBothShown(): Promise<void> {
  const { api } = scene.world;
  for (const [{ kind }, type] of [
    [SOURCE, 'Reachable'],
    [CHANNEL, 'Delivering'],
  ] as const)
    await eventually(async () => {
      const { status } = (await api.get(kind, 'again')) as { status?: { conditions?: unknown } };
      expect(status?.conditions).toContainEqual(expect.objectContaining({ type, status: 'False' }));
    }, 120_000);
}

beforeAll(async () => {
  scene = await openApiScene('front', 'doomed', ...AGAIN, 'calm');
  const { cluster, session } = scene.world;
  line = await startLine(cluster.url);
  kubeconfig = await kubeconfigAt(cluster.kubeconfigPath, `https://127.0.0.1:${line.port}`, join(session.dir, 'line.json'));
  operator = await scene.world.spawnOperator({ kubeconfig, leaseDuration: '120s' });
  ({ store } = operator);
  for (const name of ['front', 'doomed', ...AGAIN, 'calm']) await untilVerdict(store, name, 'Pass');
  await scene.world.api.apply(SOURCE, CHANNEL);
  await untilBothShown();
}, 120_000);
afterAll(async () => {
  await scene.close();
  await line.close();
}, 60_000);

const holds = (): Promise<void> => expectAllToHold({ api: scene.world.api, store });

/** Each time another spec. */
const change = (name: string, runbook: string): Promise<void> =>
  scene.world.api.patch(KIND, `shop/${name}`, { spec: { runbook: `https://runbooks.example.org/${runbook}` } });

test('watches that are cut again and again miss no change', async () => {
  for (let cut = 1; cut <= 5; cut += 1) {
    line.cut();
    await change('front', `cut-${cut}`);
    await eventually(async () => expect(await changesOf(store, 'front')).toHaveLength(1 + cut));
  }
  await holds();
  expect(await operator.logged()).toContain('"message":"a watch was interrupted"');
}, 180_000);

test('after a version that etcd has forgotten (410) everything is listed again: nothing deleted or re-created meanwhile is lost', async () => {
  const { api, cluster } = scene.world;
  line.block();
  await change('front', 'while-away');
  await api.remove(KIND, 'shop/doomed');
  for (const name of AGAIN) await api.remove(KIND, `shop/${name}`);
  for (const { kind } of [SOURCE, CHANNEL]) await api.remove(kind, 'again');
  await api.apply(...[...AGAIN, 'new'].map((name) => shopCriterion(name)), SOURCE, CHANNEL);
  await compactEtcd(scene.world);
  await cluster.restartApiServer();
  line.unblock();
  await eventually(async () => expect((await changesOf(store, 'front')).length).toBe(7), 120_000);
  await eventually(async () => expect((await changesOf(store, 'doomed')).at(-1)).toBe('Deleted'));
  for (const name of AGAIN)
    await eventually(async () => expect(await changesOf(store, name)).toEqual(['Created', 'Deleted', 'Recreated']));
  await untilVerdict(store, 'new', 'Pass');
  await untilBothShown();
  expect(await operator.logged()).toMatch(/"error":"WATCH certificationcriteria.* 410/);
  await holds();
}, 300_000);

/** Watches that are given up after 4 s of silence, not after 90 s; test/faults/long waits for these. */
const impatient = (transport: Transport): Transport => ({
  request: (request) => transport.request(request),
  stream: (request) => transport.stream({ ...request, idleMs: 4_000 }),
  close: () => transport.close(),
});

test('watches that are frozen are noticed by their silence, and miss no change', async () => {
  await operator.stop();
  const { log, lines } = rememberingLogger();
  const composed = composeOperator({ kubeconfig, store, log, aroundTransport: impatient });
  await scene.world.session.use(Promise.resolve(composed));
  await composed.start();
  await untilJudged(store, 'front');
  line.freeze();
  await change('front', 'frozen');
  await eventually(async () => expect(await changesOf(store, 'front')).toHaveLength(8));
  expect(lines.some(({ error }) => String(error).endsWith('fell silent'))).toBe(true);
  await holds();
}, 300_000);
