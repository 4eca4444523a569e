import { eventually, metricIn, type SpawnedOperator, SYSTEM } from '../cluster/operator-world.ts';

import { type ApiScene, openApiScene, shopCriterion, untilJudged, untilVerdict } from './api-scene.ts';
import { expectAllToHold } from './what-must-hold.ts';

// The flow control of the API server itself (priority and fairness) turns the operator away: a level without a single seat.

const ACCOUNT = 'assay';
const JAIL = {
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'PriorityLevelConfiguration',
  metadata: { name: 'jail' },
  spec: {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } },
  },
};
const OPERATOR_TO_JAIL = {
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'FlowSchema',
  metadata: { name: 'operator-to-jail' },
  spec: {
    matchingPrecedence: 2,
    priorityLevelConfiguration: { name: 'jail' },
    rules: [
      {
        subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace: SYSTEM, name: ACCOUNT } }],
        resourceRules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'], namespaces: ['*'], clusterScope: true }],
      },
    ],
  },
};

let scene: ApiScene;
let operator: SpawnedOperator;
let store: string;

beforeAll(async () => {
  scene = await openApiScene('front');
  const { world } = scene;
  await world.kubectl('create', 'serviceaccount', ACCOUNT, '-n', SYSTEM);
  const subject = `--serviceaccount=${SYSTEM}:${ACCOUNT}`;
  await world.kubectl('create', 'clusterrolebinding', ACCOUNT, '--clusterrole=cluster-admin', subject);
  const token = await world.kubectl('create', 'token', ACCOUNT, '-n', SYSTEM);
  const kubeconfig = await world.cluster.kubeconfigFor(ACCOUNT, token.trim());
  operator = await world.spawnOperator({ kubeconfig, leaseDuration: '120s' });
  ({ store } = operator);
  await untilVerdict(store, 'front', 'Pass');
}, 120_000);
afterAll(() => scene.close(), 60_000);

const create = async (object: object): Promise<void> => {
  const { ok, said } = await scene.world.tryKubectl(JSON.stringify(object), 'create', '-f', '-');
  if (!ok) throw new Error(said);
};

const refusals = async (): Promise<number> => metricIn(await operator.metrics(), 'assay_kube_requests_total', { code: '429' });

test('turned away with 429 it judges on, and tells everything once it is let in again', async () => {
  await create(JAIL);
  await create(OPERATOR_TO_JAIL);
  scene.measure('0');
  await scene.world.api.apply(shopCriterion('new'));
  // How many depends on how long the server asks to be left alone: each time it refuses, for longer.
  await eventually(async () => expect(await refusals()).toBeGreaterThan(0), 40_000);
  await untilVerdict(store, 'front', 'Fail');
  await untilVerdict(store, 'new', 'Fail');
  await untilJudged(store, 'front');
  await scene.world.kubectl('delete', 'flowschema', 'operator-to-jail');
  await expectAllToHold({ api: scene.world.api, store });
}, 240_000);
