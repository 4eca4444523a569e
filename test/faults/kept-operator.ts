import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fetch } from 'undici';

import { freePort } from '../../src/parts/index.ts';
import { sleep, systemClock } from '../../src/platform/clock.ts';
import { SYSTEM, type World } from '../cluster/operator-world.ts';

/** An operator that is started again each time it ends, as a kubelet does with a container of a pod. */
export interface KeptOperator {
  readonly store: string;
  /** The exit codes so far, with the time; -1 where a signal ended it. */
  readonly exits: readonly { readonly code: number; readonly atMs: number }[];
  /** The answer of /readyz; status 0 while nobody listens. */
  ready(): Promise<{ readonly status: number; readonly text: string }>;
  logged(): Promise<string>;
  stop(): Promise<void>;
}

const BACK_OFF_MS = 1_000;
const STOP_GRACE_MS = 15_000;

/** Starts one and keeps it up until the world ends. */
export function keepOperator(world: World, store: string, leaseDuration: string): Promise<KeptOperator> {
  return world.session.use(keep(world, store, leaseDuration));
}

async function keep({ cluster, session }: World, store: string, leaseDuration: string): Promise<KeptOperator> {
  const port = await freePort();
  const logPath = join(session.dir, `kept-${port}.log`);
  const flags = { kubeconfig: cluster.kubeconfigPath, store, namespace: SYSTEM, port, 'lease-duration': leaseDuration };
  const args = [
    join(import.meta.dirname, '../../src/main.ts'),
    'controller',
    ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
  ];
  const exits: { code: number; atMs: number }[] = [];
  const ended = new AbortController();
  let child: ChildProcess | undefined;
  const live = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      const log = await open(logPath, 'a');
      child = spawn(process.execPath, args, { env: { POD_NAME: 'kept', POD_UID: 'kept' }, stdio: ['ignore', log.fd, log.fd] });
      const [code] = (await once(child, 'exit')) as [number | null];
      exits.push({ code: code ?? -1, atMs: Date.now() });
      await log.close();
      await sleep(systemClock, BACK_OFF_MS, ended.signal);
    }
  };
  const living = live();
  return {
    ...{ store, exits },
    ready: () => readiness(`http://127.0.0.1:${port}/readyz`),
    logged: () => readFile(logPath, 'utf8'),
    stop: async () => {
      ended.abort();
      child?.kill('SIGTERM');
      const grace = setTimeout(() => child?.kill('SIGKILL'), STOP_GRACE_MS);
      await living;
      clearTimeout(grace);
    },
  };
}

async function readiness(url: string): Promise<{ status: number; text: string }> {
  try {
    const answer = await fetch(url);
    return { status: answer.status, text: await answer.text() };
  } catch {
    return { status: 0, text: '' };
  }
}
