import { join } from 'node:path';

import { type Line, startLine } from '../../cluster/kube-world.ts';
import { eventually } from '../../cluster/operator-world.ts';
import { kubeconfigAt } from '../api-proxy.ts';
import { type ApiScene, changesOf, openApiScene, untilVerdict } from '../api-scene.ts';
import { expectAllToHold } from '../what-must-hold.ts';

// As in test/faults/api-watch.test.ts, with the operator's own patience: a watch that says nothing for 90 s is opened anew.

const SEEN_WITHIN_MS = 130_000;

let scene: ApiScene;
let line: Line;

beforeAll(async () => {
  scene = await openApiScene('front');
  line = await startLine(scene.world.cluster.url);
}, 120_000);
afterAll(async () => {
  await scene.close();
  await line.close();
}, 60_000);

test('a frozen network is noticed: the lease is kept, a change is seen, and statuses and Events come through', async () => {
  const { api, cluster, session } = scene.world;
  const kubeconfig = await kubeconfigAt(cluster.kubeconfigPath, `https://127.0.0.1:${line.port}`, join(session.dir, 'line.json'));
  const operator = await scene.world.spawnOperator({ kubeconfig, leaseDuration: '60s' });
  const { store } = operator;
  await untilVerdict(store, 'front', 'Pass');
  line.freeze();
  scene.measure('0');
  await api.patch('CertificationCriterion', 'shop/front', { spec: { runbook: 'https://runbooks.example.org/frozen' } });
  await untilVerdict(store, 'front', 'Fail');
  await eventually(async () => expect(await changesOf(store, 'front')).toEqual(['Created', 'Changed']), SEEN_WITHIN_MS);
  await expectAllToHold({ api, store }, 120_000);
  expect(await operator.logged()).not.toContain('LEASE_LOST');
}, 400_000);
