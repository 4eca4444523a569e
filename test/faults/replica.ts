import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fetch } from 'undici';

import { freePort } from '../../src/parts/index.ts';
import { dyingWithUs } from '../../src/parts/run/death-signal.ts';
import { SYSTEM, type World } from '../cluster/operator-world.ts';

export interface ReplicaOptions {
  readonly name: string;
  readonly store: string;
  readonly kubeconfig?: string;
  /** As of the flag. */
  readonly leaseDuration: string;
}

/** One of several operators that want the same lease and the same store; it is started once, and need never become ready. */
export interface Replica {
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  kill(signal: NodeJS.Signals): void;
  /** What /readyz answers; status 0 while nobody does, or nobody within a second. */
  ready(): Promise<{ readonly status: number; readonly text: string }>;
  logged(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts one; it ends with the world. */
export function startReplica(world: World, options: ReplicaOptions): Promise<Replica> {
  return world.session.use(start(world, options));
}

async function start({ cluster, session }: World, options: ReplicaOptions): Promise<Replica> {
  const { name, store, leaseDuration, kubeconfig = cluster.kubeconfigPath } = options;
  const port = await freePort();
  const logPath = join(session.dir, `${name}.log`);
  const flags = { kubeconfig, store, namespace: SYSTEM, port, 'lease-duration': leaseDuration };
  const { program, args } = await dyingWithUs({
    program: process.execPath,
    args: [
      join(import.meta.dirname, '../../src/main.ts'),
      'controller',
      ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
    ],
  });
  const log = await open(logPath, 'a');
  const child = spawn(program, args, { env: { POD_NAME: name, POD_UID: name }, stdio: ['ignore', log.fd, log.fd] });
  const ended = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  await once(child, 'spawn');
  await log.close();
  return {
    ended,
    pid: child.pid!,
    kill: (signal) => void child.kill(signal),
    ready: () => answerOf(`http://127.0.0.1:${port}/readyz`),
    logged: () => readFile(logPath, 'utf8'),
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** What a page answers; status 0 while nobody does within a second. */
export async function answerOf(url: string): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    return { status: answer.status, text: await answer.text() };
  } catch {
    return { status: 0, text: '' };
  }
}
