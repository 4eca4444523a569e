/**
 * The world of a bench: a real API server, a real Prometheus that scrapes an exporter with one series a criterion, and the operator
 * in a process of its own.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';

import { fetch } from 'undici';
import { stringify } from 'yaml';

import {
  type Daemon,
  fetchParts,
  freePort,
  type Prometheus,
  type Session,
  startDaemon,
  startPrometheus,
} from '../src/parts/index.ts';
import { sleep, systemClock } from '../src/platform/clock.ts';
import { namespace, source } from '../test/cluster/manifests.ts';
import { openWorld, SYSTEM, type World } from '../test/cluster/operator-world.ts';
import { type BenchCriterion, criteriaOf, type Judged, manifestOf, METRIC, NAMESPACE, type Shape, SOURCE } from './criteria.ts';
import { tell } from './table.ts';

const root = join(import.meta.dirname, '..');
const BUNDLE = join(root, 'dist/bin/main.js');
const APPLIED_AT_ONCE = 8;

/** What is measured: the bundle where there is one that is no older than the sources, else the sources. */
export const operatorProgram = (): string => (hasFreshBundle() ? BUNDLE : join(root, 'src/main.ts'));
/** What is measured, in words. */
export const operatorWords = (): string =>
  hasFreshBundle() ? 'bundled operator' : 'operator from src: no bundle as new as it is in dist/ (npm run bundle)';

function hasFreshBundle(): boolean {
  if (!existsSync(BUNDLE)) return false;
  const bundledMs = statSync(BUNDLE).mtimeMs;
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true });
  return sources
    .filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .every(({ parentPath, name }) => statSync(join(parentPath, name)).mtimeMs <= bundledMs);
}

/** The image's own settings of Node.js: what is measured is what runs in a cluster. */
function imageEnv(): Record<string, string> {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const value = (name: string): string => {
    const found = new RegExp(`${name}=(?:"([^"]*)"|(\\S+))`).exec(dockerfile);
    if (!found) throw new Error(`the Dockerfile does not set ${name}`);
    return found[1] ?? found[2] ?? '';
  };
  return { NODE_OPTIONS: value('NODE_OPTIONS'), MALLOC_ARENA_MAX: value('MALLOC_ARENA_MAX') };
}

/** An API server, and the session that ends all that is started. */
export type Place = Pick<World, 'session' | 'cluster' | 'api'>;

export interface BenchWorld {
  readonly place: Place;
  readonly prometheus: Prometheus;
  readonly criteria: readonly BenchCriterion[];
}

export interface WorldOptions {
  readonly criteria: number;
  readonly scrapeMs: number;
  readonly evaluationDelayMs: number;
  readonly shape?: Shape;
  /** The port of Prometheus; by default a free one. */
  readonly port?: number;
}

/** Opens the world and resolves once Prometheus has a sample of every series; nothing is judged yet. `close` ends all. */
export async function openBenchWorld(options: WorldOptions): Promise<BenchWorld & { readonly close: () => Promise<void> }> {
  const world = await openWorld();
  try {
    return { ...(await furnish(world, options)), close: () => world.close() };
  } catch (error) {
    await world.close();
    throw error;
  }
}

/** Starts exporter and Prometheus beside an API server, and makes the Prometheus known there. */
export async function furnish(place: Place, options: WorldOptions): Promise<BenchWorld> {
  const { session, api } = place;
  const { criteria, scrapeMs, evaluationDelayMs, shape = 'distinct', port } = options;
  const exporterPort = await startExporter(session, criteria, shape);
  const { prometheus: bin } = await fetchParts(['prometheus'], { env, say: () => undefined, signal: session.signal });
  const config = configOf(exporterPort, scrapeMs);
  const dir = join(session.dir, 'prometheus');
  const prometheus = await session.use(
    startPrometheus({ dir, config, bin, signal: session.signal, ...(port === undefined ? {} : { port }) }),
  );
  await api.apply(namespace(NAMESPACE));
  const spec = { evaluationDelay: `${evaluationDelayMs / 1000}s`, timeout: '10s' };
  await api.apply(source(SOURCE, prometheus.url, spec));
  await until(async () => (await countOf(prometheus)) === criteria, 3 * scrapeMs + 30_000, 'Prometheus has every series');
  return { place, prometheus, criteria: criteriaOf(criteria, shape) };
}

/** Applies the criteria, some at a time. */
export async function applyCriteria({ place, criteria }: BenchWorld, judged: Judged): Promise<void> {
  const startedAt = Date.now();
  const left = [...criteria];
  const worker = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await place.api.apply(manifestOf(next, judged));
  };
  await Promise.all(Array.from({ length: APPLIED_AT_ONCE }, worker));
  tell(`${criteria.length} criteria applied in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

export interface BenchOperator {
  readonly daemon: Daemon;
  readonly pid: number;
  readonly store: string;
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

export interface BenchOperatorOptions {
  readonly store?: string;
  /** Flags of Node, such as those of a profile. */
  readonly nodeFlags?: readonly string[];
  readonly readyWithinMs?: number;
}

/** Starts the operator, as it is run in a cluster, and resolves once it is ready. */
export async function startBenchOperator(
  { session, cluster }: Place,
  options: BenchOperatorOptions = {},
): Promise<BenchOperator> {
  const dir = join(session.dir, `operator-${Date.now()}`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { store = join(dir, 'evidence.db'), nodeFlags = [], readyWithinMs = 60_000 } = options;
  const flags = { kubeconfig: cluster.kubeconfigPath, store, namespace: SYSTEM, port };
  const starting = startDaemon({
    name: 'assay',
    program: process.execPath,
    args: [...nodeFlags, operatorProgram(), 'controller', ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)],
    logPath: join(dir, 'operator.log'),
    ready: () => answersOk(`${url}/readyz`),
    env: imageEnv(),
    readyWithinMs,
    stopGraceMs: 30_000,
  });
  const daemon = await session.use(starting);
  const { pid } = daemon;
  if (pid === undefined) throw new Error('the operator ended at once');
  return { daemon, pid, store, metrics: () => textOf(`${url}/metrics`), stop: () => daemon.stop() };
}

/** Looks each second until it is so. */
export async function until(check: () => Promise<boolean>, withinMs: number, what: string): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`after ${withinMs / 1000} s it is still not so that ${what}`);
    await sleep(systemClock, 1_000);
  }
}

async function startExporter(session: Session, criteria: number, shape: Shape): Promise<number> {
  const port = await freePort();
  const program = join(import.meta.dirname, 'exporter.ts');
  await session.use(
    startDaemon({
      name: 'exporter',
      program: process.execPath,
      args: [program, '--port', String(port), '--criteria', String(criteria), '--shape', shape],
      logPath: join(session.dir, 'exporter.log'),
      ready: () => answersOk(`http://127.0.0.1:${port}/metrics`),
    }),
  );
  return port;
}

function configOf(port: number, scrapeMs: number): string {
  const interval = `${scrapeMs / 1000}s`;
  return stringify({
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    scrape_configs: [{ job_name: 'bench', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
  });
}

async function countOf({ url }: Prometheus): Promise<number> {
  const query = encodeURIComponent(`count({__name__=~"${METRIC}.*"})`);
  const answer = JSON.parse(await textOf(`${url}/api/v1/query?query=${query}`)) as {
    data: { result: readonly { value: readonly [number, string] }[] };
  };
  return Number(answer.data.result[0]?.value[1] ?? 0);
}

/** What is read there; once more if a kept connection was closed at that moment. */
async function textOf(url: string): Promise<string> {
  const answer = await fetch(url).catch(() => fetch(url));
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${text}`);
  return text;
}

const answersOk = (url: string): Promise<boolean> =>
  textOf(url).then(
    () => true,
    () => false,
  );
