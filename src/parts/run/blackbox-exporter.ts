import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { answers } from './answers.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';
import type { ScrapeConfig } from './prometheus.ts';

/** What a blackbox exporter is started with. */
export interface BlackboxOptions {
  readonly dir: string;
  readonly bin: string;
  readonly port?: number;
  /** Its `modules`; without, one named `http_2xx` that gives up after a second. */
  readonly modules?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
}

/** A blackbox exporter on loopback, which asks a target each time it is scraped. */
export interface BlackboxExporter {
  readonly url: string;
  readonly daemon: Daemon;
  /** The scrape configuration with which Prometheus has it ask the targets; `instance` is then the target's URL. */
  scrapeConfig(probe: Probe): ScrapeConfig;
  stop(): Promise<void>;
}

/** Which targets to ask, under which job, with which module. */
export interface Probe {
  readonly job: string;
  readonly targets: readonly string[];
  readonly module?: string;
  /** Labels that each of the series gets. */
  readonly labels?: Readonly<Record<string, string>>;
}

const HTTP_2XX = { http_2xx: { prober: 'http', timeout: '1s', http: { preferred_ip_protocol: 'ip4' } } };

/** Starts a blackbox exporter and resolves once it answers. */
export async function startBlackboxExporter(options: BlackboxOptions): Promise<BlackboxExporter> {
  const { dir, bin, port = await freePort(), modules = HTTP_2XX } = options;
  const address = `127.0.0.1:${port}`;
  const configPath = join(dir, 'blackbox.yml');
  await mkdir(dir, { recursive: true });
  await writeFile(configPath, stringify({ modules }));
  const daemon = await startDaemon({
    name: 'blackbox exporter',
    program: bin,
    args: [`--config.file=${configPath}`, `--web.listen-address=${address}`],
    logPath: join(dir, 'blackbox.log'),
    ready: () => answers(`http://${address}/-/healthy`),
    signal: options.signal,
  });
  return {
    ...{ url: `http://${address}`, daemon },
    scrapeConfig: (probe) => scrapeConfig(address, probe),
    stop: () => daemon.stop(),
  };
}

function scrapeConfig(address: string, { job, targets, module = 'http_2xx', labels = {} }: Probe): ScrapeConfig {
  return {
    job_name: job,
    metrics_path: '/probe',
    params: { module: [module] },
    static_configs: [{ targets, labels }],
    relabel_configs: [
      { source_labels: ['__address__'], target_label: '__param_target' },
      { source_labels: ['__param_target'], target_label: 'instance' },
      { target_label: '__address__', replacement: address },
    ],
  };
}
