import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const NS_A_MS = 1e6;
const KIB = 1024;

/** What a process has used so far, of the CPU in user and kernel mode together. */
export interface Usage {
  readonly cpuMs: number;
  readonly residentBytes: number;
  /** The most that was resident since the process began. */
  readonly peakBytes: number;
}

/** Reads the usage of a process from /proc. */
export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return { cpuMs: cpuMsOf(pid), residentBytes: kib('VmRSS') * KIB, peakBytes: kib('VmHWM') * KIB };
}

/**
 * The time that the threads of a process were on a CPU: in nanoseconds, where /proc/<pid>/stat counts ticks of 10 ms, more than some of
 * what is measured here. Threads that have ended are not in it; neither Node nor Prometheus ends any once it runs.
 */
function cpuMsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      return 0; // ended meanwhile
    }
  });
  return threads.reduce((sum, ns) => sum + ns, 0) / NS_A_MS;
}

/** How many files a process holds open, and how many of them are sockets. */
export function openFilesOf(pid: number): { readonly all: number; readonly sockets: number } {
  const dir = `/proc/${pid}/fd`;
  const links = readdirSync(dir).map((fd) => {
    try {
      return readlinkSync(`${dir}/${fd}`);
    } catch {
      return ''; // closed meanwhile
    }
  });
  return { all: links.length, sockets: links.filter((link) => link.startsWith('socket:')).length };
}
