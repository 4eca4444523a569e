import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadKubeConfig, serverUrl } from './config.ts';
import { configFor } from './stand-ins.ts';

const invalid = expect.objectContaining({ code: 'KUBE_CONFIG_INVALID' }) as Error;
let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'kube-'))));
afterEach(() => rm(dir, { recursive: true }));

async function file(text: string): Promise<string> {
  const path = join(dir, 'config');
  await writeFile(path, text);
  return path;
}
const kubeconfig = (cluster: string, user = '{}'): string => `
apiVersion: v1
kind: Config
current-context: one
clusters: [{ name: c, cluster: ${cluster} }]
users: [{ name: u, user: ${user} }]
contexts:
  - { name: one, context: { cluster: c, user: u } }
  - { name: two, context: { cluster: c, user: u, namespace: n } }
`;

test('a file is loaded, and a context of it chosen', async () => {
  const path = await file(kubeconfig('{ server: "https://a:6443/x" }'));
  expect(serverUrl(loadKubeConfig({ kind: 'File', path })).href).toBe('https://a:6443/x');
  expect(loadKubeConfig({ kind: 'File', path, context: 'two' }).getCurrentContext()).toBe('two');
});

test('a tokenFile is read when it is needed, next to the file that names it', async () => {
  const path = await file(kubeconfig('{ server: "https://a" }', '{ tokenFile: token }'));
  const options: { headers?: Record<string, string> } = {};
  await writeFile(join(dir, 'token'), 'sesame');
  await loadKubeConfig({ kind: 'File', path }).applyToHTTPSOptions(options);
  expect(options.headers?.['Authorization']).toBe('Bearer sesame');
});

test.each(
  Object.entries({
    'no YAML': '{',
    'no clusters': 'apiVersion: v1',
    'no address': kubeconfig('{}'),
    'an address that is none': kubeconfig('{ server: nowhere }'),
    'no TLS, and nothing that says that this is meant': kubeconfig('{ server: "http://a" }'),
    'a proxy': kubeconfig('{ server: "https://a", proxy-url: "http://p" }'),
  }),
)('a file is refused with %s', async (_sentence, text) => {
  const path = await file(text);
  expect(() => loadKubeConfig({ kind: 'File', path })).toThrow(invalid);
});

test('so is a file that is not there, a context that is not in it, and a pod that is none', async () => {
  const path = await file(kubeconfig('{ server: "https://a" }'));
  expect(() => loadKubeConfig({ kind: 'File', path: join(dir, 'nope') })).toThrow(invalid);
  expect(() => loadKubeConfig({ kind: 'File', path, context: 'nope' })).toThrow(invalid);
  expect(() => loadKubeConfig({ kind: 'Cluster' })).toThrow(invalid);
});

test('an address without TLS is fine where it is meant', () => {
  expect(serverUrl(configFor('http://127.0.0.1:8080')).port).toBe('8080');
});
