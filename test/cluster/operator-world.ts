/**
 * A world for tests of the whole operator: a real API server with the CRDs, on demand a real Prometheus, and operators.
 *
 *   let world: World;
 *   beforeAll(async () => { world = await openWorld(); }, 60_000);
 *   afterAll(() => world.close(), 60_000);
 *
 *   const prometheus = await world.startPrometheus({ config: [...] });       // as startPrometheus of the parts
 *   const operator = await world.startOperator();                            // in this process; { clock } for a clock of yours
 *   const operator = await world.spawnOperator();                            // in one of its own: kill('SIGKILL'), start(), ...
 *   await world.api.apply({ kind: 'Namespace', metadata: { name: 'shop' } }, source('prometheus', prometheus.url), criterion('shop/up', {...}));
 *   await eventually(async () => expect((await world.api.get('CertificationCriterion', 'shop/up')).status?.verdict).toBe('Pass'));
 *   const log = await readEvidenceLog(operator.store);                       // log.get('shop/shop')?.records, .observed('up')
 *
 * Secrets of sources lie in the namespace SYSTEM, which exists. `kubectl` gives what it printed, `tryKubectl` also what it said no to.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { env } from 'node:process';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';

import { fetch } from 'undici';
import { createLogger, format } from 'winston';

import {
  type ControlPlane,
  type ControlPlaneOptions,
  type Daemon,
  fetchParts,
  freePort,
  openSession,
  type Prometheus,
  type PrometheusOptions,
  type Session,
  startControlPlane,
  startDaemon,
  startPrometheus,
} from '../../src/parts/index.ts';
import { type Clock, sleep, systemClock } from '../../src/platform/clock.ts';
import { startController } from '../../src/run-controller.ts';

import { type KubeApi, newKubeApi } from './kube-api.ts';

export const SYSTEM = 'assay-system';
const root = join(import.meta.dirname, '../..');

export interface World {
  readonly session: Session;
  readonly cluster: ControlPlane;
  readonly api: KubeApi;
  kubectl(...args: readonly string[]): Promise<string>;
  /** As kubectl, with input, and without an error: what it printed and what it complained of. */
  tryKubectl(input: string, ...args: readonly string[]): Promise<{ readonly ok: boolean; readonly said: string }>;
  startPrometheus(options: Partial<Omit<PrometheusOptions, 'bin' | 'signal'>>): Promise<Prometheus>;
  /** Resolves once it is ready. */
  startOperator(options?: OperatorOptions): Promise<TestOperator>;
  /** Resolves once it is ready. */
  spawnOperator(options?: SpawnOptions): Promise<SpawnedOperator>;
  close(): Promise<void>;
}

export interface OperatorOptions {
  /** Path of the evidence store; by default a new one. */
  readonly store?: string;
  readonly clock?: Clock;
  readonly kubeconfig?: string;
  /** Folder of the certificates for an intake of its own. */
  readonly intakeTls?: string;
}

export interface SpawnOptions {
  readonly store?: string;
  readonly kubeconfig?: string;
  /** As of the flag; 15s unless said. */
  readonly leaseDuration?: string;
  /** Whether verdicts are also written as policy reports; not unless said. */
  readonly policyReports?: boolean;
  /** From which severity on incidents open by themselves; never unless said. */
  readonly openIncidents?: string;
  /** As of the flag, by severity; the defaults unless said. */
  readonly incidentTimes?: readonly string[];
  /** As of the flag; 5m unless said. */
  readonly toldWithin?: string;
}

/** An operator in whatever process. */
export interface AnyOperator {
  readonly store: string;
  readonly url: string;
  /** All that it logged, on the level debug. */
  logged(): Promise<string>;
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

/** An operator in this process. */
export interface TestOperator extends AnyOperator {
  /** Where alerts are taken with client certificates; 0 where they are not. */
  readonly intakePort: number;
}

/** An operator in a process of its own; it starts again on the same port with the same store. */
export interface SpawnedOperator extends AnyOperator, Pick<Daemon, 'start' | 'kill' | 'exited' | 'restart'> {
  readonly daemon: Daemon;
}

/** Starts the API server and applies the CRDs; everything that the world started ends with it. */
export async function openWorld(options: Pick<ControlPlaneOptions, 'apiServerFlags'> = {}): Promise<World> {
  const session = await openSession();
  try {
    return await worldIn(session, options);
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function worldIn(session: Session, options: Pick<ControlPlaneOptions, 'apiServerFlags'>): Promise<World> {
  const { dir, signal } = session;
  const say = (): void => undefined;
  const bins = await fetchParts(['etcd', 'kube-apiserver', 'kubectl'], { env, say, signal });
  const cluster = await session.use(startControlPlane({ ...options, dir: join(dir, 'cluster'), bins, signal }));
  const api = newKubeApi(cluster);
  const run = (args: readonly string[]) => promisify(execFile)(bins.kubectl, ['--kubeconfig', cluster.kubeconfigPath, ...args]);
  const kubectl = async (...args: readonly string[]): Promise<string> => (await run(args)).stdout;
  await kubectl('apply', '-f', join(root, 'crds'));
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=20s');
  await api.apply({ kind: 'Namespace', metadata: { name: SYSTEM } });
  let started = 0;
  const folder = (name: string): string => join(dir, `${name}-${(started += 1)}`);
  return {
    ...{ session, cluster, api, kubectl },
    tryKubectl: async (input, ...args) => {
      const running = run(args);
      running.child.stdin?.end(input);
      return running.then(
        ({ stdout, stderr }) => ({ ok: true, said: stdout + stderr }),
        (error: unknown) => ({ ok: false, said: String((error as { stderr?: unknown }).stderr) }),
      );
    },
    startPrometheus: async (options) => {
      const { prometheus: bin } = await fetchParts(['prometheus'], { env, say, signal });
      return session.use(startPrometheus({ dir: folder('prometheus'), config: [], ...options, bin, signal }));
    },
    startOperator: (options = {}) => session.use(startInProcess(cluster, folder('operator'), { ...options, signal })),
    spawnOperator: (options = {}) => session.use(startApart(cluster, folder('operator'), options)),
    close: async () => {
      await session.close();
      await api.close();
    },
  };
}

async function startInProcess(
  cluster: ControlPlane,
  dir: string,
  options: OperatorOptions & { readonly signal: AbortSignal },
): Promise<TestOperator> {
  const { store = join(dir, 'evidence.db'), clock = systemClock, kubeconfig = cluster.kubeconfigPath, signal } = options;
  const { intakeTls } = options;
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', format: format.combine(format.timestamp(), format.json()) });
  log.pipe(new Writable({ objectMode: true, write: (info, _encoding, done) => done(void lines.push(lineOf(info as Info))) }));
  const running = await startController({
    ...{ kubeconfig, context: undefined, inCluster: false, store, namespace: SYSTEM, instance: 'test' },
    ...{ host: '127.0.0.1', port: 0, version: '0.0.0-test', clock, log, signal },
    ...{ holder: store, leaseDurationMs: 15_000 },
    ...(intakeTls !== undefined && { intakeTls: { port: 0, folder: intakeTls } }),
  });
  const url = `http://127.0.0.1:${running.port}`;
  let stopping: Promise<void> | undefined;
  return {
    ...{ store, url, intakePort: running.intakePort ?? 0 },
    logged: () => Promise.resolve(lines.join('\n')),
    metrics: () => textOf(`${url}/metrics`),
    stop: () => (stopping ??= running.stop()),
  };
}

// Where winston leaves the line that it made of an entry.
const LINE = Symbol.for('message');
type Info = Readonly<Record<typeof LINE, string>>;
const lineOf = (info: Info): string => info[LINE];

async function startApart(cluster: ControlPlane, dir: string, options: SpawnOptions): Promise<SpawnedOperator> {
  const { store = join(dir, 'evidence.db'), kubeconfig = cluster.kubeconfigPath, leaseDuration = '15s' } = options;
  const { openIncidents = 'never', incidentTimes = [], toldWithin = '5m' } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const flags = {
    kubeconfig,
    store,
    namespace: SYSTEM,
    port,
    'lease-duration': leaseDuration,
    'log-level': 'debug',
    'told-within': toldWithin,
  };
  const opening = openIncidents === 'never' ? [] : [`--open-incidents=${openIncidents}`];
  const timed = incidentTimes.map((times) => `--incident-times=${times}`);
  const given = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  const daemon = await startDaemon({
    name: 'assay',
    program: process.execPath,
    args: [
      join(root, 'src/main.ts'),
      'controller',
      ...given,
      ...(options.policyReports ? ['--policy-reports'] : []),
      ...opening,
      ...timed,
    ],
    logPath: join(dir, 'operator.log'),
    // As a container that its pod starts again: it need not wait for the lease of the one before.
    env: { POD_NAME: basename(dir), POD_UID: basename(dir) },
    ready: () =>
      textOf(`${url}/readyz`).then(
        () => true,
        () => false,
      ),
    stopGraceMs: 15_000,
  });
  return {
    ...{ store, url, daemon },
    logged: () => readFile(daemon.logPath, 'utf8'),
    metrics: () => textOf(`${url}/metrics`),
    start: () => daemon.start(),
    stop: () => daemon.stop(),
    restart: () => daemon.restart(),
    kill: (signal) => daemon.kill(signal),
    exited: () => daemon.exited(),
  };
}

async function textOf(url: string): Promise<string> {
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${text}`);
  return text;
}

/** The sum of the series of a metric that have these labels: `metricIn(text, 'assay_late_slots_total', { fate: 'missed' })`. */
export function metricIn(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const isOf = (line: string): boolean => line.startsWith(`${name}{`) || line.startsWith(`${name} `);
  const series = text.split('\n').filter((line) => isOf(line) && wanted.every((label) => line.includes(label)));
  return series.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** The lines of a log that warn or report an error. */
export const complaintsIn = (log: string): string[] => log.split('\n').filter((line) => /"level":"(warn|error)"/.test(line));

/** Looks again and again until the expectations in `look` hold; after `withinMs` it fails as they did last. */
export async function eventually<T>(look: () => Promise<T> | T, withinMs = 20_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
      await sleep(systemClock, 100);
    }
  }
}
