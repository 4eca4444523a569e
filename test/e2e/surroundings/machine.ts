import { execFile } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TICKS_A_SECOND = 100;
const KIB = 1024 * 1024;
const DISK_MIB = 16;
const EVERY_MS = 500;

/** A machine as the node exporter sees it: its /proc and its file systems, which can be made to run short of everything. */
export interface Machine {
  readonly procfs: string;
  readonly rootfs: string;
  /** Whether its disk is a file system of its own, which takes a right to mount. */
  readonly hasDisk: boolean;
  /** From now on its processor is busy, its memory used and its disk full. */
  runShort(): Promise<void>;
  stop(): Promise<void>;
}

/** Lays out a machine in a folder: busy at 85 %, half of its memory used, an empty disk. */
export async function startMachine(dir: string): Promise<Machine> {
  const [procfs, rootfs] = [join(dir, 'proc'), join(dir, 'root')];
  const disk = join(rootfs, 'data');
  for (const folder of [join(procfs, '1'), join(procfs, 'self'), disk]) await mkdir(folder, { recursive: true });
  const hasDisk = getuid?.() === 0;
  if (hasDisk) await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'disk', disk]);
  const counters = { idle: 100_000, user: 1_000_000 };
  const state = { idleShare: 0.15, freeShare: 0.5, at: Date.now() };
  const write = async (): Promise<void> => {
    const now = Date.now();
    const ticks = ((now - state.at) / 1000) * TICKS_A_SECOND;
    state.at = now;
    counters.idle += ticks * state.idleShare;
    counters.user += ticks * (1 - state.idleShare);
    const cpu = `${Math.round(counters.user)} 0 0 ${Math.round(counters.idle)} 0 0 0 0 0 0`;
    await put(
      procfs,
      'stat',
      `cpu  ${cpu}\ncpu0 ${cpu}\nintr 1\nctxt 1\nbtime 1700000000\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n`,
    );
    const available = Math.round(KIB * state.freeShare);
    await put(procfs, 'meminfo', `MemTotal: ${KIB} kB\nMemFree: ${available} kB\nMemAvailable: ${available} kB\n`);
  };
  await put(procfs, 'cpuinfo', 'processor\t: 0\nmodel name\t: a machine of the tests\n\n');
  await put(procfs, '1/mounts', '/dev/vdb /data ext4 rw,relatime 0 0\n');
  await put(procfs, '1/mountinfo', '30 1 254:16 / /data rw,relatime - ext4 /dev/vdb rw\n');
  await write();
  const timer = setInterval(() => void write(), EVERY_MS);
  return {
    ...{ procfs, rootfs, hasDisk },
    runShort: async () => {
      Object.assign(state, { idleShare: 0, freeShare: 0.02 });
      if (hasDisk) await writeFile(join(disk, 'full'), Buffer.alloc((DISK_MIB - 1) * 1024 * 1024));
    },
    stop: async () => {
      clearInterval(timer);
      if (hasDisk) await run('umount', [disk]);
    },
  };
}

/** In one step, so that nobody reads half of it. */
async function put(dir: string, file: string, text: string): Promise<void> {
  const path = join(dir, file);
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
