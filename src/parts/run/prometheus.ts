import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { answers } from './answers.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';

/** One entry of `scrape_configs`, as Prometheus documents it. */
export type ScrapeConfig = Readonly<Record<string, unknown>> & { readonly job_name: string };

/** What Prometheus collects: scrape configurations, each second, or the whole text of a configuration file. */
export type PrometheusConfig = readonly ScrapeConfig[] | string;

/** What a Prometheus is started with. */
export interface PrometheusOptions {
  /** Data, configuration and log go here. */
  readonly dir: string;
  readonly bin: string;
  readonly config: PrometheusConfig;
  readonly port?: number;
  readonly extraFlags?: readonly string[];
  readonly signal?: AbortSignal;
}

/** A Prometheus on loopback; its data survive a stop. */
export interface Prometheus {
  readonly url: string;
  readonly daemon: Daemon;
  /** Replaces the configuration in place; throws when Prometheus refuses it and goes on with the former. */
  configure(config: PrometheusConfig): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Prometheus (2.x or 3.x) and resolves once it answers queries. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const { dir, bin, port = await freePort() } = options;
  const url = `http://127.0.0.1:${port}`;
  const configPath = join(dir, 'prometheus.yml');
  await mkdir(dir, { recursive: true });
  await writeFile(configPath, configText(options.config));
  const flags = {
    'config.file': configPath,
    'storage.tsdb.path': join(dir, 'data'),
    'web.listen-address': `127.0.0.1:${port}`,
  };
  const daemon = await startDaemon({
    name: 'prometheus',
    program: bin,
    args: [
      '--web.enable-lifecycle',
      ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
      ...(options.extraFlags ?? []),
    ],
    logPath: join(dir, 'prometheus.log'),
    ready: () => answers(`${url}/-/ready`),
    signal: options.signal,
  });
  return {
    ...{ url, daemon },
    configure: async (config) => {
      await writeFile(configPath, configText(config));
      const reloaded = await answers(`${url}/-/reload`, { method: 'POST' });
      if (!reloaded) throw new Error(`prometheus refused its new configuration; see ${daemon.logPath}`);
    },
    stop: () => daemon.stop(),
  };
}

function configText(config: PrometheusConfig): string {
  if (typeof config === 'string') return config;
  return stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    scrape_configs: config,
  });
}
