import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { answers } from './answers.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';

/** What an Alertmanager is started with. */
export interface AlertmanagerOptions {
  /** Silences, configuration and log go here. */
  readonly dir: string;
  readonly bin: string;
  readonly port?: number;
  /** Its configuration as it documents it; without, alerts are kept and nobody is told. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
}

/** An Alertmanager on loopback. A stop keeps its silences; alerts it forgets until they are sent again. */
export interface Alertmanager {
  readonly url: string;
  readonly daemon: Daemon;
  /** Replaces the configuration in place; throws when Alertmanager refuses it and goes on with the former. */
  configure(config: Readonly<Record<string, unknown>>): Promise<void>;
  stop(): Promise<void>;
}

const TELLS_NOBODY = { route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] };

/** Starts an Alertmanager without a cluster and resolves once it answers. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
  const { dir, bin, port = await freePort(), config = TELLS_NOBODY } = options;
  const address = `127.0.0.1:${port}`;
  const url = `http://${address}`;
  const configPath = join(dir, 'alertmanager.yml');
  await mkdir(dir, { recursive: true });
  await writeFile(configPath, stringify(config));
  const flags = {
    'config.file': configPath,
    'storage.path': join(dir, 'data'),
    'web.listen-address': address,
    'cluster.listen-address': '',
  };
  const daemon = await startDaemon({
    name: 'alertmanager',
    program: bin,
    args: Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
    logPath: join(dir, 'alertmanager.log'),
    ready: () => answers(`${url}/-/ready`),
    signal: options.signal,
  });
  return {
    ...{ url, daemon },
    configure: async (changed) => {
      await writeFile(configPath, stringify(changed));
      const reloaded = await answers(`${url}/-/reload`, { method: 'POST' });
      if (!reloaded) throw new Error(`alertmanager refused its new configuration; see ${daemon.logPath}`);
    },
    stop: () => daemon.stop(),
  };
}
