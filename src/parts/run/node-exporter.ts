import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { answers } from './answers.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';

/** What a node exporter is started with. */
export interface NodeExporterOptions {
  /** Its log goes here. */
  readonly dir: string;
  readonly bin: string;
  /** Where it finds /proc and the root of the file systems; those of this machine unless said. */
  readonly procfs?: string;
  readonly rootfs?: string;
  readonly port?: number;
  readonly signal?: AbortSignal;
}

/** A node exporter on loopback that tells of processors, memory and file systems. */
export interface NodeExporter {
  readonly url: string;
  readonly daemon: Daemon;
  stop(): Promise<void>;
}

const COLLECTORS = ['cpu', 'meminfo', 'filesystem'];

/** Starts a node exporter and resolves once it answers. */
export async function startNodeExporter(options: NodeExporterOptions): Promise<NodeExporter> {
  const { dir, bin, port = await freePort(), procfs, rootfs } = options;
  const url = `http://127.0.0.1:${port}`;
  await mkdir(dir, { recursive: true });
  const daemon = await startDaemon({
    name: 'node exporter',
    program: bin,
    args: [
      `--web.listen-address=127.0.0.1:${port}`,
      '--collector.disable-defaults',
      ...COLLECTORS.map((collector) => `--collector.${collector}`),
      ...(procfs === undefined ? [] : [`--path.procfs=${procfs}`]),
      ...(rootfs === undefined ? [] : [`--path.rootfs=${rootfs}`]),
    ],
    logPath: join(dir, 'node-exporter.log'),
    ready: () => answers(`${url}/metrics`),
    signal: options.signal,
  });
  return { url, daemon, stop: () => daemon.stop() };
}
