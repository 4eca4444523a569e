import { KINDS } from '../../src/api/kinds.ts';
import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { env } from 'node:process';
import { promisify } from 'node:util';

import { type ControlPlane, fetchParts, openSession, type Session, startControlPlane } from '../../src/parts/index.ts';

import { type Chart, CHART, openChart, podOf, type Rendered, VALUE_SETS, valueFlags } from './chart-world.ts';
import { SYSTEM } from './operator-world.ts';

// The chart on a real API server, in a namespace that enforces the restricted Pod Security Standard and warns of every workload that
// does not meet it. No controllers run there: what the StatefulSet would make is asked for by hand.

const FETCH_WITHIN_MS = 10 * 60_000;
const WITHIN_MS = 120_000;

let session: Session;
let cluster: ControlPlane;
let kubectlPath: string;
let chart: Chart;

beforeAll(async () => {
  session = await openSession();
  const { dir, signal } = session;
  const bins = await fetchParts(['etcd', 'kube-apiserver', 'kubectl'], { env, say: () => undefined, signal });
  kubectlPath = bins.kubectl;
  chart = await openChart(session);
  cluster = await session.use(startControlPlane({ dir: join(dir, 'cluster'), bins, signal }));
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/warn': 'restricted' };
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM, labels } });
  await kubectl('create', 'namespace', 'shop');
}, FETCH_WITHIN_MS);

afterAll(() => session.close(), WITHIN_MS);

interface Said {
  readonly ok: boolean;
  /** All that kubectl printed, warnings and refusals among it. */
  readonly said: string;
}

async function tryKubectl(args: readonly string[], input?: object): Promise<Said> {
  const running = promisify(execFile)(kubectlPath, ['--kubeconfig', cluster.kubeconfigPath, ...args]);
  running.child.stdin?.end(input && JSON.stringify(input));
  return running.then(
    ({ stdout, stderr }) => ({ ok: true, said: stdout + stderr }),
    (error: unknown) => ({ ok: false, said: String((error as { stderr?: unknown }).stderr) }),
  );
}

async function kubectl(...args: string[]): Promise<string> {
  const { ok, said } = await tryKubectl(args);
  if (!ok) throw new Error(said);
  return said;
}

async function apply(object: object, ...flags: string[]): Promise<string> {
  const { ok, said } = await tryKubectl(['apply', '--server-side', '--validate=strict', '-f', '-', ...flags], object);
  if (!ok) throw new Error(said);
  return said;
}

const asList = (objects: readonly object[]): object => ({ apiVersion: 'v1', kind: 'List', items: objects });

const namesOf = async (kind: string, ...flags: string[]): Promise<string[]> =>
  (await kubectl('get', kind, '-o', 'name', ...flags)).split('\n').filter(Boolean);

/** What the Prometheus operator's own definition says of the part that the chart writes. */
const serviceMonitors = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'servicemonitors.monitoring.coreos.com',
    annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
  },
  spec: {
    group: 'monitoring.coreos.com',
    scope: 'Namespaced',
    names: { plural: 'servicemonitors', singular: 'servicemonitor', kind: 'ServiceMonitor', listKind: 'ServiceMonitorList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['endpoints', 'selector'],
                properties: {
                  selector: {
                    type: 'object',
                    properties: { matchLabels: { type: 'object', additionalProperties: { type: 'string' } } },
                  },
                  endpoints: {
                    type: 'array',
                    items: {
                      type: 'object',
                      properties: {
                        port: { type: 'string' },
                        path: { type: 'string', default: '/metrics' },
                        interval: {
                          type: 'string',
                          pattern: '^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?)$',
                        },
                        honorLabels: { type: 'boolean' },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

test(
  'a ServiceMonitor where there is no such kind: Helm says what is missing, and nothing is installed',
  async () => {
    const flags = valueFlags({ serviceMonitor: { enabled: true } });
    const installing = chart.helm(['install', 'assay', CHART, '--namespace', SYSTEM, ...flags], cluster.kubeconfigPath);
    await expect(installing).rejects.toThrow(/no matches for kind "ServiceMonitor".*\n?.*ensure CRDs are installed first/);
    expect(await namesOf('statefulsets', '-n', SYSTEM)).toEqual([]);
  },
  WITHIN_MS,
);

describe('what the chart makes is taken, without a warning, in a namespace that is restricted', () => {
  beforeAll(async () => {
    await apply(serviceMonitors);
    await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  }, WITHIN_MS);

  test.each(Object.entries(VALUE_SETS))(
    'with %s',
    async (_sentence, values) => {
      const objects = await chart.render(values);
      const said = await apply(asList(objects), '--dry-run=server');
      expect(said.split('\n').filter((line) => line !== '' && !line.endsWith(' serverside-applied (server dry run)'))).toEqual(
        [],
      );
      expect(said.split('\n').filter(Boolean)).toHaveLength(objects.length);
      expect(await dryPod(objects)).toEqual({ ok: true, said: 'pod/assay-0 created (server dry run)\n' });
    },
    WITHIN_MS,
  );

  test(
    'a pod with more than it needs would be warned of, and refused',
    async () => {
      const objects = JSON.parse(
        JSON.stringify(await chart.render()).replace('"runAsNonRoot":true', '"runAsNonRoot":false'),
      ) as Rendered[];
      expect(await apply(asList(objects), '--dry-run=server')).toContain(
        'Warning: would violate PodSecurity "restricted:latest"',
      );
      expect((await dryPod(objects)).said).toContain('violates PodSecurity "restricted:latest"');
    },
    WITHIN_MS,
  );
});

/** Asks for the StatefulSet's pod, which has the claim as a volume beside its own. */
function dryPod(objects: readonly Rendered[]): Promise<Said> {
  const { metadata, spec } = podOf(objects);
  const claim = { name: 'evidence', persistentVolumeClaim: { claimName: 'evidence-assay-0' } };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name: 'assay-0', namespace: SYSTEM },
    spec: { ...spec, volumes: [claim, ...(spec.volumes ?? [])] },
  };
  return tryKubectl(['create', '--dry-run=server', '--validate=strict', '-f', '-'], pod);
}

describe('a release', () => {
  const helm = (command: string, ...flags: string[]): Promise<string> =>
    chart.helm([command, 'assay', ...flags, '--namespace', SYSTEM], cluster.kubeconfigPath);
  let notes: string;

  beforeAll(async () => {
    notes = await helm('install', CHART);
  }, WITHIN_MS);

  test(
    'says the next two commands, and they work',
    async () => {
      const [wait = '', tell = '', ...others] = [...notes.matchAll(/^ {3}kubectl [^]*?(?=\n\n)/gm)].map(([text]) =>
        text.replace(/^ {3}/gm, ''),
      );
      expect(others).toEqual([]);
      const [, object = '', namespace = ''] = /^kubectl rollout status (\S+) -n (\S+) --timeout=5m$/.exec(wait) ?? [];
      expect(await kubectl('get', object, '-n', namespace, '-o', 'name')).toBe('statefulset.apps/assay\n');
      await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
      const own = { HOME: session.dir, PATH: `${dirname(kubectlPath)}:${env['PATH'] ?? ''}`, KUBECONFIG: cluster.kubeconfigPath };
      await promisify(execFile)('sh', ['-ec', tell], { env: own });
      expect(await namesOf('evidencesources')).toEqual(['evidencesource.assay.dev/prometheus']);
    },
    WITHIN_MS,
  );

  test.each(['view', 'edit', 'admin'])(
    'adds to the role %s of the cluster what belongs there',
    async (name) => {
      const { aggregationRule } = await roleOf(name);
      const selectors = aggregationRule?.clusterRoleSelectors ?? [];
      const ours = await Promise.all(['assay-view', 'assay-edit', 'assay'].map(roleOf));
      const added = ours.filter(({ metadata: { labels = {} } }) =>
        selectors.some(({ matchLabels }) => Object.entries(matchLabels).every(([label, value]) => labels[label] === value)),
      );
      expect(added.map(({ metadata }) => metadata.name)).toEqual(name === 'view' ? ['assay-view'] : ['assay-view', 'assay-edit']);
    },
    WITHIN_MS,
  );

  test(
    'is upgraded to another version and to other values, but not to other storage',
    async () => {
      const next = join(session.dir, 'next');
      await cp(CHART, next, { recursive: true });
      const chartYaml = join(next, 'Chart.yaml');
      const described = await readFile(chartYaml, 'utf8');
      await writeFile(
        chartYaml,
        described.replace(/^version: .*$/m, 'version: 99.0.0').replace(/^appVersion: .*$/m, "appVersion: '99.0.0'"),
      );
      const definition = join(next, 'files/crds/assay.dev_evidencesources.yaml');
      await writeFile(definition, (await readFile(definition, 'utf8')).replace('- evsrc', '- evsource'));
      const { storage, ...values } = VALUE_SETS['everything set'] as { storage: object };
      await chart.helm(['upgrade', 'assay', next, '--namespace', SYSTEM, ...valueFlags(values)], cluster.kubeconfigPath);
      expect(await kubectl('get', 'statefulset', 'assay', '-n', SYSTEM, '-o', 'yaml')).toContain('helm.sh/chart: assay-99.0.0');
      expect(await kubectl('get', 'crd', 'evidencesources.assay.dev', '-o', 'jsonpath={.spec.names.shortNames}')).toBe(
        '["evsource"]',
      );
      const upgrading = helm('upgrade', next, '--reuse-values', ...valueFlags({ storage }));
      await expect(upgrading).rejects.toThrow(/StatefulSet.* updates to statefulset spec for fields other than/);
    },
    WITHIN_MS,
  );

  test(
    'leaves the definitions and what was written when it is uninstalled, takes the rest along, and can come back',
    async () => {
      const definitions = await namesOf('crd', '-l', 'app.kubernetes.io/instance=assay');
      expect(definitions).toHaveLength(KINDS.length);
      await helm('uninstall');
      const left = 'clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings';
      expect(await namesOf(left, '-l', 'app.kubernetes.io/instance=assay')).toEqual([]);
      const inside = 'statefulsets,services,serviceaccounts,roles,rolebindings,secrets,servicemonitors.monitoring.coreos.com';
      expect(await namesOf(inside, '-n', SYSTEM)).toEqual([]);
      expect(await namesOf('crd', '-l', 'app.kubernetes.io/instance=assay')).toEqual(definitions);
      expect(await namesOf('evidencesources')).toEqual(['evidencesource.assay.dev/prometheus']);
      await helm('install', CHART);
    },
    WITHIN_MS,
  );
});

test(
  'definitions that somebody else applied are taken over only when that is asked for',
  async () => {
    await chart.helm(['uninstall', 'assay', '--namespace', SYSTEM], cluster.kubeconfigPath);
    // Not deleted and applied: an API server may take minutes to be rid of a definition that was changed a moment before.
    await kubectl('replace', '-f', join(CHART, '../../crds'));
    expect(await namesOf('crd', '-l', 'app.kubernetes.io/instance=assay')).toEqual([]);
    const install = ['install', 'assay', CHART, '--namespace', SYSTEM];
    await expect(chart.helm(install, cluster.kubeconfigPath)).rejects.toThrow(
      'exists and cannot be imported into the current release',
    );
    await chart.helm([...install, '--take-ownership'], cluster.kubeconfigPath);
  },
  WITHIN_MS,
);

interface ClusterRole extends Rendered {
  readonly aggregationRule?: {
    readonly clusterRoleSelectors: readonly { readonly matchLabels: Readonly<Record<string, string>> }[];
  };
}

const roleOf = async (name: string): Promise<ClusterRole> =>
  JSON.parse(await kubectl('get', 'clusterrole', name, '-o', 'json')) as ClusterRole;
