import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { answers } from './answers.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';

/** What an OpenSearch is started with. */
export interface OpenSearchOptions {
  /** Data, configuration and log go here. */
  readonly dir: string;
  /** The script that `fetchOpenSearch` answers. */
  readonly bin: string;
  /** Its PATH leads to Java. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly port?: number;
  readonly signal?: AbortSignal | undefined;
}

/** An OpenSearch of one node on loopback, without users; its data survive a stop. */
export interface OpenSearch {
  readonly url: string;
  readonly daemon: Daemon;
  stop(): Promise<void>;
}

// 4 s on an idle machine, six times that on a busy one.
const READY_WITHIN_MS = 120_000;
const STOP_GRACE_MS = 20_000;

/** Starts an OpenSearch with 512 MB of heap and resolves once it can take data. */
export async function startOpenSearch(options: OpenSearchOptions): Promise<OpenSearch> {
  const { dir, bin, env, port = await freePort(), signal } = options;
  const url = `http://127.0.0.1:${port}`;
  await mkdir(dir, { recursive: true });
  const daemon = await startDaemon({
    name: 'opensearch',
    program: bin,
    args: [dir, `${port}`, `${await freePort()}`],
    env: { PATH: env['PATH'] ?? '' },
    logPath: join(dir, 'opensearch.log'),
    ready: () => answers(`${url}/_cluster/health?wait_for_status=yellow&timeout=500ms`),
    readyWithinMs: READY_WITHIN_MS,
    stopGraceMs: STOP_GRACE_MS,
    signal,
  });
  return { url, daemon, stop: () => daemon.stop() };
}
