import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  type BlackboxExporter,
  type ControlPlane,
  type Daemon,
  freePort,
  type PartName,
  type Prometheus,
  type Session,
  type Shop,
  startBlackboxExporter,
  startControlPlane,
  startDaemon,
  startPrometheus,
  startShop,
} from '../../parts/index.ts';
import { openRooms, type Rooms } from './rooms.ts';

/** The parts that the demo fetches; the shop comes with the checkout. */
export const PARTS = ['etcd', 'kube-apiserver', 'kubectl', 'prometheus', 'blackbox-exporter'] as const satisfies PartName[];
export type Bins = Readonly<Record<(typeof PARTS)[number], string>>;

/** Everything but the operator, started. */
export interface Stage {
  readonly rooms: Rooms;
  readonly cluster: ControlPlane;
  readonly shop: Shop;
  readonly blackbox: BlackboxExporter;
  readonly prometheus: Prometheus;
}

/** The operator in a process of its own. */
export interface OperatorProcess {
  readonly url: string;
  readonly daemon: Daemon;
  readonly storePath: string;
  stop(): Promise<void>;
}

/** Where the operator's log lies in the folder of the session. */
export const operatorLogPath = (dir: string): string => join(dir, 'operator.log');

/** Starts a Kubernetes API, the shop, and the monitoring that asks the shop each second. */
export async function setStage(bins: Bins, session: Session): Promise<Stage> {
  const { dir, signal } = session;
  const [rooms, cluster, monitored] = await Promise.all([
    session.use(openRooms()),
    session.use(startControlPlane({ dir: join(dir, 'cluster'), bins, signal })),
    startMonitored(bins, session),
  ]);
  return { rooms, cluster, ...monitored };
}

async function startMonitored(bins: Bins, session: Session): Promise<Omit<Stage, 'cluster' | 'rooms'>> {
  const { dir, signal } = session;
  const [shop, blackbox] = await Promise.all([
    session.use(startShop({ dir, signal })),
    session.use(startBlackboxExporter({ dir, bin: bins['blackbox-exporter'], signal })),
  ]);
  const config = [blackbox.scrapeConfig({ job: 'shop', targets: [shop.url] })];
  const starting = startPrometheus({ dir: join(dir, 'prometheus'), bin: bins.prometheus, config, signal });
  return { shop, blackbox, prometheus: await session.use(starting) };
}

/** Starts `assay controller` against the cluster and resolves once it is ready. */
export async function startOperator(kubeconfig: string, session: Session): Promise<OperatorProcess> {
  const { dir, signal } = session;
  const port = await freePort();
  const storePath = join(dir, 'evidence.db');
  const flags = { kubeconfig, store: storePath, port: String(port) };
  const url = `http://127.0.0.1:${port}`;
  const starting = startDaemon({
    name: 'the operator',
    program: process.execPath,
    args: [
      fileURLToPath(new URL('../../main.ts', import.meta.url)),
      'controller',
      ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
    ],
    logPath: operatorLogPath(dir),
    ready: () => isReady(`${url}/readyz`),
    signal,
  });
  const daemon = await session.use(starting);
  return { url, daemon, storePath, stop: () => daemon.stop() };
}

const isReady = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(1000) }).then(
    ({ ok }) => ok,
    () => false,
  );
