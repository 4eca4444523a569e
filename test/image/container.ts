import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { ImageConfig } from './buildah.ts';

const run = promisify(execFile);

/** How an image is run, as a kubelet would: what the image says, but for what is said here. */
export interface ContainerOptions {
  /** Files and folders of this machine, by the place where the container has them. */
  readonly mounts?: Readonly<Record<string, { readonly from: string; readonly writable?: boolean }>>;
  readonly env?: Readonly<Record<string, string>>;
  /** In place of the image's own CMD. */
  readonly args?: readonly string[];
}

export interface Container {
  /** Process id, as this machine sees it, of the container's process 1. */
  pid(): Promise<number>;
  /** What it said so far, on standard output and standard error. */
  said(): string;
  /** Sends a signal to process 1 of the container. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  /** Ends it in any case. */
  stop(): Promise<void>;
}

/** With what containers are run: the runtime, and a folder for what it keeps of them. */
export interface Runtime {
  readonly runc: string;
  readonly dir: string;
}

/**
 * Runs an image in namespaces of its own, but for the network: its entrypoint as its user, on a read-only root, without any
 * capability or new privilege.
 */
export async function startContainer(
  { runc, dir }: Runtime,
  { rootfs, config }: { readonly rootfs: string; readonly config: ImageConfig },
  options: ContainerOptions,
): Promise<Container> {
  const id = dir.replaceAll(/\W/g, '-').replace(/^-/, '');
  const bundle = join(dir, 'bundle');
  await mkdir(bundle, { recursive: true });
  await writeFile(join(bundle, 'config.json'), JSON.stringify(runtimeConfig(rootfs, config, options)));
  const base = ['--root', join(dir, 'state')];
  const child = spawn(runc, [...base, 'run', '--bundle', bundle, id], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  // Not `exit`, after which there may be more to read.
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    pid: async () => (JSON.parse((await run(runc, [...base, 'state', id])).stdout) as { pid: number }).pid,
    said: () => said,
    kill: async (signal) => {
      await run(runc, [...base, 'kill', id, signal]);
    },
    ended,
    stop: async () => {
      if (child.exitCode === null) await run(runc, [...base, 'delete', '--force', id]);
      await ended;
    },
  };
}

/** The OCI runtime's configuration for an image. */
function runtimeConfig(rootfs: string, config: ImageConfig, options: ContainerOptions): object {
  const binds = Object.entries(options.mounts ?? {}).map(([destination, { from, writable = false }]) => ({
    ...{ destination, type: 'bind', source: from, options: ['bind', writable ? 'rw' : 'ro', 'nosuid', 'nodev'] },
  }));
  return {
    ociVersion: '1.0.2',
    process: processOf(config, options),
    root: { path: rootfs, readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
      ...binds,
    ],
    linux: { namespaces: ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })) },
  };
}

function processOf(
  { User = '', Entrypoint = [], Cmd = [], Env = [], WorkingDir = '/' }: ImageConfig,
  options: ContainerOptions,
): object {
  const [uid = 0, gid = 0] = User.split(':').map(Number);
  const own = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`);
  return {
    user: { uid, gid },
    args: [...Entrypoint, ...(options.args ?? Cmd)],
    env: [...Env, ...own],
    cwd: WorkingDir,
    noNewPrivileges: true,
    capabilities: { bounding: [], effective: [], permitted: [], ambient: [] },
  };
}
