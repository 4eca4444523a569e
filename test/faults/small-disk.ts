import { execFile } from 'node:child_process';
import { mkdir, open, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

import type { World } from '../cluster/operator-world.ts';

/** A disk of its own for an evidence store, so small that it can be filled, and one that can break. */
export interface SmallDisk {
  /** Lies on it. */
  readonly store: string;
  /** Not another byte fits. `pid` is whoever writes to it; undefined while nobody does. */
  fill(pid: number | undefined): Promise<void>;
  empty(pid: number | undefined): Promise<void>;
  /** From now on it is read-only for everybody, as a file system that found an error in itself. */
  break(pid: number | undefined): Promise<void>;
  /** Nobody may have it open. */
  repair(): Promise<void>;
}

const run = promisify(execFile);
const DISK_BYTES = 24 * 2 ** 20;

/**
 * Who may mount gets a real file system on a file. Anybody else gets the limit on the size of files that the kernel holds a process to:
 * then too every write fails, with another number of error; and while nobody writes, a folder where the write-ahead log belongs.
 * Everything is gone when the world ends.
 */
export function openSmallDisk(world: World): Promise<SmallDisk & { stop(): Promise<void> }> {
  return world.session.use(openMounted(world).catch(() => openLimited(world)));
}

async function openMounted({ session }: World): Promise<SmallDisk & { stop(): Promise<void> }> {
  const image = join(session.dir, 'disk.img');
  const dir = join(session.dir, 'disk');
  const ballast = join(dir, 'ballast');
  const mount = (): Promise<unknown> => run('mount', ['-o', 'loop,errors=remount-ro', image, dir]);
  await writeFile(image, '');
  await run('truncate', ['--size', String(DISK_BYTES), image]);
  // Nothing is kept back for root.
  await run('mkfs.ext4', ['-q', '-m', '0', image]);
  await mkdir(dir);
  await mount();
  return {
    store: join(dir, 'evidence.db'),
    fill: () => fillUp(ballast),
    empty: () => rm(ballast),
    break: async () => {
      const device = (await run('findmnt', ['--noheadings', '--output', 'SOURCE', dir])).stdout.trim();
      await writeFile(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, '1');
    },
    repair: async () => {
      await run('umount', [dir]);
      // 1: it corrected errors.
      await run('e2fsck', ['-p', image]).catch((error: unknown) => {
        if ((error as { code?: unknown }).code !== 1) throw error;
      });
      await mount();
    },
    stop: async () => {
      await run('umount', [dir]);
    },
  };
}

/** Writes a file until nothing more fits, by ever smaller pieces. */
async function fillUp(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let bytes = 2 ** 20; bytes >= 1; bytes = bytes / 4) {
      while (await fits(file, bytes)) continue;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function fits(file: Awaited<ReturnType<typeof open>>, bytes: number): Promise<boolean> {
  try {
    return (await file.write(Buffer.alloc(bytes))).bytesWritten === bytes;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOSPC') return false;
    throw error;
  }
}

async function openLimited({ session }: World): Promise<SmallDisk & { stop(): Promise<void> }> {
  const dir = join(session.dir, 'disk');
  const store = join(dir, 'evidence.db');
  await mkdir(dir, { recursive: true });
  const fill: SmallDisk['fill'] = async (pid) => {
    if (pid === undefined) {
      await mkdir(`${store}-wal`);
      return;
    }
    const { size } = await stat(`${store}-wal`);
    await run('prlimit', ['--pid', String(pid), `--fsize=${size}:`]);
  };
  return {
    ...{ store, fill, break: fill },
    empty: async (pid) => {
      if (pid === undefined) return rmdir(`${store}-wal`);
      await run('prlimit', ['--pid', String(pid), '--fsize=unlimited:']);
    },
    repair: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}
