import { join } from 'node:path';
import { answers } from './answers.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';

/** An etcd on loopback, without authentication and without fsync: for throw-away data only. */
export interface Etcd {
  readonly url: string;
  readonly daemon: Daemon;
}

/** Starts one member in a folder of its own. */
export async function startEtcd(options: { dir: string; bin: string; signal?: AbortSignal | undefined }): Promise<Etcd> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const flags = {
    'data-dir': join(options.dir, 'etcd'),
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `default=${peerUrl}`,
    'log-level': 'warn',
  };
  const daemon = await startDaemon({
    name: 'etcd',
    program: options.bin,
    args: ['--unsafe-no-fsync', ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)],
    logPath: join(options.dir, 'etcd.log'),
    ready: () => answers(`${url}/health`),
    signal: options.signal,
  });
  return { url, daemon };
}
