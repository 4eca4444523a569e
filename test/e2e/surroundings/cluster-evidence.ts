import type { World } from '../../cluster/operator-world.ts';
import { POLICY_REPORT_CRDS } from '../../cluster/policy-report-crds.ts';
import type { SetUp } from './surroundings.ts';

/** A Deployment and a policy report, both in order; then one replica less, and a weakness. */
export const clusterEvidence: SetUp = async (world) => {
  await put(world, POLICY_REPORT_CRDS);
  await world.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=20s');
  await put(world, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await put(world, deployment(2));
  await put(world, report('pass'));
  return {
    sources: {},
    judge: 'operator',
    breakIt: async () => {
      await put(world, deployment(1));
      await put(world, report('fail'));
    },
  };
};

async function put(world: World, object: object): Promise<void> {
  const { ok, said } = await world.tryKubectl(JSON.stringify(object), 'apply', '-f', '-');
  if (!ok) throw new Error(said);
}

const deployment = (replicas: number): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'front', namespace: 'shop' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'front' } },
    template: {
      metadata: { labels: { app: 'front' } },
      spec: { containers: [{ name: 'front', image: 'registry.example.org/front:1' }] },
    },
  },
});

/** As Kyverno writes it. */
const report = (result: 'pass' | 'fail'): object => ({
  apiVersion: 'wgpolicyk8s.io/v1alpha2',
  kind: 'PolicyReport',
  metadata: { name: 'front', namespace: 'shop' },
  results: [
    {
      ...{ policy: 'disallow-root', rule: 'run-as-non-root', result, severity: 'high', source: 'kyverno' },
      resources: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'front', namespace: 'shop' }],
      timestamp: { seconds: 1_795_000_000, nanos: 0 },
    },
  ],
});
