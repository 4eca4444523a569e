import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type ControlPlane,
  fetchParts,
  openSession,
  type Session,
  startBlackboxExporter,
  startControlPlane,
  startPrometheus,
  startShop,
  waitUntil,
} from '../../src/parts/index.ts';
import { answers } from '../../src/parts/run/answers.ts';

const NAMES = ['etcd', 'kube-apiserver', 'kubectl', 'prometheus2', 'prometheus3', 'blackbox-exporter'] as const;
// Parts that are not on the machine yet have to be built.
const FETCH_WITHIN_MS = 30 * 60_000;
const START_WITHIN_MS = 30_000;

let bins: Record<(typeof NAMES)[number], string>;
beforeAll(async () => {
  bins = await fetchParts(NAMES, { env: process.env, say: (line) => process.stderr.write(`${line}\n`) });
}, FETCH_WITHIN_MS);

let session: Session;
beforeAll(async () => {
  session = await openSession();
});
afterAll(() => session.close(), START_WITHIN_MS);

describe('the control plane', () => {
  let cluster: ControlPlane;
  beforeAll(async () => {
    const { dir, signal } = session;
    const users = [{ name: 'reader', groups: ['readers'] }];
    const apiServerFlags = [`--audit-log-path=${join(dir, 'audit.log')}`];
    cluster = await session.use(startControlPlane({ dir: join(dir, 'cluster'), bins, signal, users, apiServerFlags }));
  }, START_WITHIN_MS);

  async function kubectl(kubeconfig: string, ...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(bins.kubectl, ['--kubeconfig', kubeconfig, ...args], {
      env: { HOME: session.dir },
    });
    return stdout;
  }

  test('answers kubectl', async () => {
    expect(await kubectl(cluster.kubeconfigPath, 'get', 'ns', '-o', 'name')).toContain('namespace/default\n');
  });

  test(
    'gives a user no rights but those that RBAC grants',
    async () => {
      const reader = await cluster.kubeconfigFor('reader');
      await expect(kubectl(reader, 'get', 'ns')).rejects.toThrow('Forbidden');
      await kubectl(cluster.kubeconfigPath, 'create', 'clusterrole', 'readers', '--verb=list', '--resource=configmaps');
      await kubectl(
        cluster.kubeconfigPath,
        'create',
        'clusterrolebinding',
        'readers',
        '--clusterrole=readers',
        '--group=readers',
      );
      const allowed = async (): Promise<boolean> =>
        kubectl(reader, 'auth', 'can-i', 'list', 'configmaps').then(
          (answer) => answer === 'yes\n',
          () => false,
        );
      expect(await waitUntil(allowed, { withinMs: 10_000 })).toBe(true);
      expect(() => cluster.tokenFor('nobody')).toThrow('without a user "nobody"');
    },
    START_WITHIN_MS,
  );

  test('knows service accounts by the tokens that it issues', async () => {
    await kubectl(cluster.kubeconfigPath, 'create', 'serviceaccount', 'robot');
    const token = (await kubectl(cluster.kubeconfigPath, 'create', 'token', 'robot')).trim();
    const robot = await cluster.kubeconfigFor('robot', token);
    expect(await kubectl(robot, 'auth', 'whoami')).toContain('system:serviceaccount:default:robot');
  });

  test(
    'keeps address, data and tokens over a stop and over a crash',
    async () => {
      await kubectl(cluster.kubeconfigPath, 'create', 'namespace', 'kept');
      await cluster.stopApiServer();
      await expect(kubectl(cluster.kubeconfigPath, 'get', 'ns')).rejects.toThrow('refused');
      await cluster.startApiServer();
      cluster.apiServer.kill('SIGKILL');
      await cluster.apiServer.exited();
      await cluster.startApiServer();
      expect(await kubectl(cluster.kubeconfigPath, 'get', 'ns', 'kept', '-o', 'name')).toBe('namespace/kept\n');
    },
    START_WITHIN_MS,
  );

  test('refuses who brings no token', async () => {
    const { ca, url, adminToken } = cluster;
    expect(await answers(`${url}/version`, { ca, headers: { authorization: `Bearer ${adminToken}` } })).toBe(true);
    expect(await answers(`${url}/version`, { ca })).toBe(false);
  });
});

test(
  'Prometheus 2 and 3 see through the exporter how the shop goes away and comes back',
  async () => {
    await Promise.all((['prometheus2', 'prometheus3'] as const).map(watchShop));
  },
  START_WITHIN_MS,
);

async function watchShop(name: 'prometheus2' | 'prometheus3'): Promise<void> {
  const dir = join(session.dir, name);
  const { signal } = session;
  const shop = await session.use(startShop({ dir, signal }));
  const exporter = await session.use(startBlackboxExporter({ dir, bin: bins['blackbox-exporter'], signal }));
  const config = [exporter.scrapeConfig({ job: 'shop', targets: [shop.url], labels: { service: 'shop' } })];
  const prometheus = await session.use(startPrometheus({ dir, bin: bins[name], config, signal }));
  const query = `probe_success{job="shop",service="shop",instance="${shop.url}"}`;
  const shows = (want: string): Promise<boolean> =>
    waitUntil(async () => (await valueOf(prometheus.url, query)) === want, { withinMs: 15_000 });

  expect(await shows('1')).toBe(true);
  await shop.daemon.stop();
  expect(await shows('0')).toBe(true);
  await shop.daemon.start();
  expect(await shows('1')).toBe(true);

  await expect(prometheus.configure('no configuration')).rejects.toThrow('refused its new configuration');
  await prometheus.configure([]);
}

async function valueOf(url: string, query: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  return data.result[0]?.value[1];
}
