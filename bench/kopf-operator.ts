import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { fetch } from 'undici';

import { type Daemon, freePort, type Session, startDaemon } from '../src/parts/index.ts';
import type { Place } from './bench-world.ts';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, 'kopf');
const INSTALL_WITHIN_MS = 300_000;

/** Installs kopf, as pinned in kopf/requirements.txt, for this session; answers the path of its program. */
export async function installKopf({ dir, signal }: Session, python: string): Promise<string> {
  const venv = join(dir, 'venv');
  const options = { timeout: INSTALL_WITHIN_MS, signal };
  await run(python, ['-m', 'venv', venv], options);
  const install = ['install', '--quiet', '--disable-pip-version-check', '-r', join(FOLDER, 'requirements.txt')];
  await run(join(venv, 'bin/pip'), install, options);
  return join(venv, 'bin/kopf');
}

/** The peer in a process of its own. */
export interface KopfOperator {
  readonly pid: number;
  /** When each evaluation was done, in milliseconds, and its lag in seconds; the latest may still be missing. */
  evaluations(): Promise<readonly { readonly at: number; readonly lag: number }[]>;
  stop(): Promise<void>;
}

/** What the peer is started with. */
export interface KopfOptions {
  readonly kopf: string;
  readonly prometheusUrl: string;
  readonly namespace: string;
  readonly intervalMs: number;
}

/** Starts the peer and resolves once it is alive. */
export async function startKopf({ session, cluster }: Place, options: KopfOptions): Promise<KopfOperator> {
  const dir = join(session.dir, `kopf-${Date.now()}`);
  const lagFile = join(dir, 'lag.txt');
  const liveness = `http://127.0.0.1:${await freePort()}/healthz`;
  const daemon: Daemon = await session.use(
    startDaemon({
      name: 'kopf',
      program: options.kopf,
      args: ['run', '--quiet', `--namespace=${options.namespace}`, `--liveness=${liveness}`, join(FOLDER, 'judge.py')],
      env: {
        KUBECONFIG: cluster.kubeconfigPath,
        PROMETHEUS_URL: options.prometheusUrl,
        INTERVAL_SECONDS: String(options.intervalMs / 1000),
        LAG_FILE: lagFile,
      },
      logPath: join(dir, 'kopf.log'),
      ready: () =>
        fetch(liveness).then(
          ({ ok }) => ok,
          () => false,
        ),
      stopGraceMs: 30_000,
    }),
  );
  if (daemon.pid === undefined) throw new Error('kopf ended at once');
  return { pid: daemon.pid, evaluations: () => readEvaluations(lagFile), stop: () => daemon.stop() };
}

async function readEvaluations(path: string): Promise<{ at: number; lag: number }[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [at = 0, lag = 0] = line.split(' ').map(Number);
      return { at: at * 1000, lag };
    });
}
