import { join } from 'node:path';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { env } from 'node:process';

import type { KubeObject } from '../../src/api/common.ts';
import {
  loadKubeConfig,
  newTransport,
  objectPath,
  statusOf,
  type KubeRequest,
  type Resource,
  type Transport,
} from '../../src/kube/index.ts';
import { eventually } from '../../src/kube/stand-ins.ts';
import { type ControlPlane, fetchParts, openSession, type Session, startControlPlane } from '../../src/parts/index.ts';

/** A kind with a status, of no meaning. */
export const GAUGES: Resource = { apiVersion: 'kube.test/v1', kind: 'Gauge', plural: 'gauges', namespaced: true };
export const CONFIG_MAPS: Resource = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const NAMESPACES: Resource = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
const CRDS: Resource = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

export type Gauge = KubeObject & { readonly spec?: { readonly n: number }; readonly status?: { readonly n: number } };

/** A real API server, a transport to it for the test itself, and helpers to make objects. */
export interface World {
  readonly cluster: ControlPlane;
  readonly api: Transport;
  /** Opens a way to the API server that goes through a port on loopback. */
  transportTo(port: number): Transport;
  create(resource: Resource, object: { metadata: object; [field: string]: unknown }): Promise<KubeObject>;
  namespace(name: string): Promise<string>;
  gauge(namespace: string, name: string, n?: number): Promise<Gauge>;
  read(resource: Resource, namespace: string, name: string): Promise<Gauge>;
  /** Changes an object as somebody else would. */
  patch(resource: Resource, namespace: string, name: string, body: object): Promise<KubeObject>;
  patchStatus(namespace: string, name: string, body: object): Promise<KubeObject>;
  remove(resource: Resource, namespace: string | undefined, name: string): Promise<void>;
  createGaugeKind(): Promise<void>;
  removeGaugeKind(): Promise<void>;
  /** Kills the API server; `cluster.startApiServer` brings it back. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const session = await openSession();
  const { dir, signal } = session;
  const bins = await fetchParts(['etcd', 'kube-apiserver'], { env, say: () => undefined, signal });
  const cluster = await session.use(startControlPlane({ dir: join(dir, 'cluster'), bins, signal }));
  const config = loadKubeConfig({ kind: 'File', path: cluster.kubeconfigPath });
  return worldOf(session, cluster, newTransport({ config }));
}

function worldOf(session: Session, cluster: ControlPlane, api: Transport): World {
  const transports = [api];
  const create: World['create'] = async (resource, object) => {
    const { namespace } = object.metadata as { namespace?: string };
    const path = objectPath(resource, { name: '', ...(namespace === undefined ? {} : { namespace }) }).slice(0, -1);
    const body = { apiVersion: resource.apiVersion, kind: resource.kind, ...object };
    return (await api.request({ method: 'POST', path, body })) as KubeObject;
  };
  const remove: World['remove'] = async (resource, namespace, name) => {
    await api.request({
      method: 'DELETE',
      path: objectPath(resource, { name, ...(namespace === undefined ? {} : { namespace }) }),
    });
  };
  const merge = async (path: string, body: object): Promise<KubeObject> => {
    const contentType = 'application/merge-patch+json';
    return (await api.request({ method: 'PATCH', path, contentType, body })) as KubeObject;
  };
  return {
    cluster,
    api,
    create,
    remove,
    transportTo: (port) => {
      const config = loadKubeConfig({ kind: 'File', path: cluster.kubeconfigPath });
      config.clusters = config.clusters.map((each) => ({ ...each, server: `https://127.0.0.1:${port}` }));
      const transport = newTransport({ config });
      transports.push(transport);
      return transport;
    },
    namespace: async (name) => (await create(NAMESPACES, { metadata: { name } })).metadata.name,
    gauge: async (namespace, name, n = 0) => await create(GAUGES, { metadata: { namespace, name }, spec: { n } }),
    read: async (resource, namespace, name) =>
      (await api.request({ method: 'GET', path: objectPath(resource, { namespace, name }) })) as Gauge,
    patch: (resource, namespace, name, body) => merge(objectPath(resource, { namespace, name }), body),
    patchStatus: (namespace, name, body) => merge(`${objectPath(GAUGES, { namespace, name })}/status`, body),
    createGaugeKind: async () => {
      await create(CRDS, gaugeKind);
      await eventually('the kind is served', () => isServed(api));
    },
    removeGaugeKind: async () => {
      await remove(CRDS, undefined, 'gauges.kube.test');
      await eventually('the kind is gone', async () => !(await isServed(api)), 20_000);
    },
    crash: async () => {
      cluster.apiServer.kill('SIGKILL');
      await cluster.apiServer.exited();
    },
    close: async () => {
      await Promise.all(transports.map((transport) => transport.close()));
      await session.close();
    },
  };
}

async function isServed(api: Transport): Promise<boolean> {
  try {
    await api.request({ method: 'GET', path: '/apis/kube.test/v1/gauges' });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const gaugeKind = {
  metadata: { name: 'gauges.kube.test' },
  spec: {
    group: 'kube.test',
    scope: 'Namespaced',
    names: { plural: 'gauges', singular: 'gauge', kind: 'Gauge' },
    versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: anything } }],
  },
};

/** A line to the API server that can be cut, frozen and blocked. */
export interface Line {
  readonly port: number;
  /** How many connections were ever made. */
  readonly made: number;
  /** Breaks all connections. */
  cut(): void;
  /** Nothing passes any more on the connections of now, and nobody is told; new ones are fine. */
  freeze(): void;
  /** Breaks all connections, and new ones as soon as they are made, until unblocked. */
  block(): void;
  unblock(): void;
  close(): Promise<void>;
}

export async function startLine(toUrl: string): Promise<Line> {
  const open = new Set<Socket>();
  let made = 0;
  let blocked = false;
  const server = createServer((near) => {
    made += 1;
    const far = connect(Number(new URL(toUrl).port), '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        other.destroy();
        open.delete(one);
      });
    }
    if (blocked) near.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get made() {
      return made;
    },
    cut,
    freeze: () => {
      for (const socket of open) socket.unpipe().pause();
    },
    block: () => {
      blocked = true;
      cut();
    },
    unblock: () => (blocked = false),
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A transport on which something happens just before the first request that `when` picks. */
export function interrupted(
  transport: Transport,
  when: (request: KubeRequest) => boolean,
  happens: () => Promise<unknown>,
): Transport {
  let done = false;
  return {
    request: async (request) => {
      if (!done && when(request)) {
        done = true;
        await happens();
      }
      return transport.request(request);
    },
    stream: (request) => transport.stream(request),
    close: () => transport.close(),
  };
}
