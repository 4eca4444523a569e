import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answers } from './answers.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';

/** The shop as a running service: stop and start `daemon` for an outage, on the same port. */
export interface Shop {
  readonly url: string;
  readonly daemon: Daemon;
  stop(): Promise<void>;
}

/** Starts the shop in a process of its own and resolves once it answers. */
export async function startShop(options: { dir: string; port?: number; signal?: AbortSignal }): Promise<Shop> {
  const { dir, port = await freePort(), signal } = options;
  const url = `http://127.0.0.1:${port}`;
  const daemon = await startDaemon({
    name: 'shop',
    program: process.execPath,
    args: [fileURLToPath(new URL('../shop.ts', import.meta.url)), '--port', String(port)],
    logPath: join(dir, 'shop.log'),
    ready: () => answers(`${url}/healthz`),
    signal,
  });
  return { url, daemon, stop: () => daemon.stop() };
}
