import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { promisify } from 'node:util';

import { type ControlPlane, fetchParts, type Session, startControlPlane } from '../src/parts/index.ts';
import { type KubeApi, newKubeApi } from '../test/cluster/kube-api.ts';
import { namespace } from '../test/cluster/manifests.ts';
import { SYSTEM } from '../test/cluster/operator-world.ts';

/** An API server whose objects stay in a folder: with their UIDs, which an evidence store speaks of. */
export interface KeptWorld {
  readonly cluster: ControlPlane;
  readonly api: KubeApi;
  /** Whether the folder was there already. */
  readonly found: boolean;
}

/** Starts the API server of a folder, or a new one in it; it ends with the session. */
export async function openKeptWorld(session: Session, folder: string): Promise<KeptWorld> {
  const { signal } = session;
  const dir = join(folder, 'cluster');
  const found = existsSync(dir);
  await mkdir(folder, { recursive: true });
  const bins = await fetchParts(['etcd', 'kube-apiserver', 'kubectl'], { env, say: () => undefined, signal });
  const cluster = await session.use(startControlPlane({ dir, bins, signal }));
  const kubectl = (...args: readonly string[]) =>
    promisify(execFile)(bins.kubectl, ['--kubeconfig', cluster.kubeconfigPath, ...args]);
  await kubectl('apply', '-f', join(import.meta.dirname, '../crds'));
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=20s');
  const api = newKubeApi(cluster);
  await api.apply(namespace(SYSTEM));
  return { cluster, api, found };
}
