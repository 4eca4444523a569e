import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answers } from './answers.ts';
import { type ClusterUser, type Credentials, writeCredentials } from './credentials.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { type Etcd, startEtcd } from './etcd.ts';
import { freePort } from './free-port.ts';
import { writeKubeconfig } from './kubeconfig.ts';

/** What a control plane is started with. */
export interface ControlPlaneOptions {
  /** Data, keys, certificates and logs go here. */
  readonly dir: string;
  /** Paths of the programs, as `fetchParts` answers them. */
  readonly bins: Readonly<Record<'etcd' | 'kube-apiserver', string>>;
  /** Users beside the admin, each with a token of its own and no rights until RBAC grants some. */
  readonly users?: readonly ClusterUser[];
  /** Further flags of kube-apiserver, such as `--audit-log-path=...`; they win over ours. */
  readonly apiServerFlags?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * A Kubernetes API on loopback: etcd and kube-apiserver with RBAC, and nothing else. No controllers run, so a deleted
 * namespace stays Terminating, owners' children are not collected, and no service account appears by itself.
 */
export interface ControlPlane {
  readonly url: string;
  /** The certificate authority of the API server, in PEM. */
  readonly ca: string;
  /** A kubeconfig of the admin (group system:masters). */
  readonly kubeconfigPath: string;
  readonly adminToken: string;
  readonly etcd: Daemon;
  /** Its address for clients, to which it also speaks JSON (`/v3/kv/compaction`). */
  readonly etcdUrl: string;
  /** Stop it, start it, kill or freeze it: address, data and tokens stay. */
  readonly apiServer: Daemon;
  /** The token of a user given at the start; throws for anybody else. */
  tokenFor(user: string): string;
  /** Writes a kubeconfig for a bearer token (of a user, or of a service account) and answers its path. */
  kubeconfigFor(user: string, token?: string): Promise<string>;
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  restartApiServer(): Promise<void>;
  stop(): Promise<void>;
}

const ADMIN: ClusterUser = { name: 'admin', groups: ['system:masters'] };

/** Starts a control plane and resolves once it is ready and its default namespace exists. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const credentials = await writeCredentials(options.dir, [ADMIN, ...(options.users ?? [])]);
  const etcd = await startEtcd({ dir: options.dir, bin: options.bins.etcd, signal: options.signal });
  try {
    return await withApiServer(options, credentials, etcd);
  } catch (error) {
    await etcd.daemon.stop();
    throw error;
  }
}

async function withApiServer(options: ControlPlaneOptions, credentials: Credentials, etcd: Etcd): Promise<ControlPlane> {
  const { dir } = options;
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const tokenFor = (user: string): string => tokenOf(credentials, user);
  const adminToken = tokenFor(ADMIN.name);
  const apiServer = await startDaemon({
    name: 'kube-apiserver',
    program: options.bins['kube-apiserver'],
    args: [...apiServerFlags(dir, port, credentials, etcd), ...(options.apiServerFlags ?? [])],
    logPath: join(dir, 'kube-apiserver.log'),
    ready: () => isReady(dir, url, adminToken),
    signal: options.signal,
  });
  const ca = await readFile(certificatePath(dir), 'utf8');
  const kubeconfigFor = async (user: string, token = tokenFor(user)): Promise<string> => {
    const path = join(dir, `${encodeURIComponent(user)}.kubeconfig`);
    await writeKubeconfig(path, { url, ca, user, token });
    return path;
  };
  return {
    ...{ url, ca, adminToken, etcd: etcd.daemon, etcdUrl: etcd.url, apiServer, tokenFor, kubeconfigFor },
    kubeconfigPath: await kubeconfigFor(ADMIN.name),
    stopApiServer: () => apiServer.stop(),
    startApiServer: () => apiServer.start(),
    restartApiServer: () => apiServer.restart(),
    stop: async () => {
      await apiServer.stop();
      await etcd.daemon.stop();
    },
  };
}

function tokenOf({ tokens }: Credentials, user: string): string {
  const token = tokens[user];
  if (token === undefined) throw new Error(`the control plane was started without a user "${user}"`);
  return token;
}

function apiServerFlags(dir: string, port: number, credentials: Credentials, etcd: Etcd): string[] {
  const flags = {
    'etcd-servers': etcd.url,
    'bind-address': '127.0.0.1',
    'secure-port': port,
    // kube-apiserver signs its serving certificate itself and keeps it here across restarts.
    'cert-dir': join(dir, 'kube-apiserver'),
    'token-auth-file': credentials.tokenFile,
    'anonymous-auth': false,
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': credentials.serviceAccountPublicKey,
    'service-account-signing-key-file': credentials.serviceAccountKey,
    'service-cluster-ip-range': '10.96.0.0/16',
    // Pods would wait for a default service account, which only a controller makes.
    'disable-admission-plugins': 'ServiceAccount',
    // The address of a throw-away server is nobody's to find, and a loopback address may not be published anyway.
    'endpoint-reconciler-type': 'none',
    profiling: false,
  };
  return Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
}

/** The serving certificate, followed by the authority that signed it. */
const certificatePath = (dir: string): string => join(dir, 'kube-apiserver', 'apiserver.crt');

async function isReady(dir: string, url: string, token: string): Promise<boolean> {
  const ca = await readFile(certificatePath(dir), 'utf8').catch(() => undefined);
  if (ca === undefined) return false;
  const asking = { ca, headers: { authorization: `Bearer ${token}` } };
  return (await answers(`${url}/readyz`, asking)) && (await answers(`${url}/api/v1/namespaces/default`, asking));
}
