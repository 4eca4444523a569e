import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Daemon, freePort, startDaemon } from '../../src/parts/index.ts';
import { answers } from '../../src/parts/run/answers.ts';
import type { World } from '../cluster/operator-world.ts';

/** Where an operator dies (`after append VerdictChanged`), at the n-th time, and what is done so that it gets there. */
export interface Death {
  readonly point: string;
  readonly nth?: number;
  readonly deed?: (operator: Daemon) => Promise<unknown>;
}

const DIES_WITHIN_MS = 40_000;

/** Starts an operator that kills itself at a point, and resolves once it has; throws when it never gets there, or ends otherwise. */
export async function dieAt(world: World, store: string, { point, nth = 1, deed }: Death): Promise<void> {
  const port = await freePort();
  const logPath = join(world.session.dir, `dying-${port}.log`);
  const flags = { kubeconfig: world.cluster.kubeconfigPath, store, port, die: point, nth };
  const operator = startDaemon({
    name: `the operator that dies ${point}`,
    program: process.execPath,
    args: [join(import.meta.dirname, 'dying-operator.ts'), ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)],
    logPath,
    ready: () => answers(`http://127.0.0.1:${port}/readyz`),
  });
  // Many points lie before it is ever ready.
  const started = await operator.catch((error: unknown) => String(error));
  if (typeof started !== 'string') await diesIn(started, deed);
  const log = await readFile(logPath, 'utf8');
  if (!log.includes(`killed ${point}\n`)) throw new Error(`the operator did not die ${point}:\n${log.slice(-3_000)}`);
}

async function diesIn(operator: Daemon, deed: Death['deed']): Promise<void> {
  await deed?.(operator);
  const deadline = setTimeout(() => operator.kill('SIGTERM'), DIES_WITHIN_MS);
  await operator.exited();
  clearTimeout(deadline);
}
