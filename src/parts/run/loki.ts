import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { answers } from './answers.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';

/** Settings of `limits_config`, as Loki documents them. */
export type LokiLimits = Readonly<Record<string, unknown>>;

/** What a Loki is started with. */
export interface LokiOptions {
  /** Lines, configuration and log go here. */
  readonly dir: string;
  readonly bin: string;
  readonly port?: number;
  /** Beside those that let it take lines of any time. */
  readonly limits?: LokiLimits;
  /** Limits of single tenants, by the name of the tenant. */
  readonly limitsOf?: Readonly<Record<string, LokiLimits>>;
  readonly signal?: AbortSignal | undefined;
}

/** A Loki of one process on loopback, with tenants; what it took survives a stop. */
export interface Loki {
  readonly url: string;
  readonly daemon: Daemon;
  stop(): Promise<void>;
}

// It waits 10 s for rings of which it is the only member, busy or not.
const READY_WITHIN_MS = 120_000;
const STOP_GRACE_MS = 20_000;
const LOOPBACK = '127.0.0.1';

/** Starts a Loki and resolves once it takes lines and answers queries. */
export async function startLoki(options: LokiOptions): Promise<Loki> {
  const { dir, bin, port = await freePort(), signal } = options;
  const url = `http://${LOOPBACK}:${port}`;
  const configPath = join(dir, 'loki.yaml');
  const tenantsPath = join(dir, 'tenants.yaml');
  await mkdir(dir, { recursive: true });
  await writeFile(tenantsPath, stringify({ overrides: options.limitsOf ?? {} }));
  await writeFile(configPath, stringify({ ...serving(port, await freePort()), ...storing(options, tenantsPath) }));
  const daemon = await startDaemon({
    name: 'loki',
    program: bin,
    args: [`-config.file=${configPath}`],
    logPath: join(dir, 'loki.log'),
    ready: () => answers(`${url}/ready`),
    readyWithinMs: READY_WITHIN_MS,
    stopGraceMs: STOP_GRACE_MS,
    signal,
  });
  return { url, daemon, stop: () => daemon.stop() };
}

function serving(httpPort: number, grpcPort: number): object {
  return {
    auth_enabled: true,
    analytics: { reporting_enabled: false },
    server: {
      ...{ http_listen_address: LOOPBACK, http_listen_port: httpPort },
      ...{ grpc_listen_address: LOOPBACK, grpc_listen_port: grpcPort },
      log_level: 'warn',
    },
    ingester: { lifecycler: { min_ready_duration: '0s' } },
  };
}

function storing({ dir, limits }: LokiOptions, tenantsPath: string): object {
  const index = { prefix: 'index_', period: '24h' };
  const schema = { from: '2024-01-01', store: 'tsdb', object_store: 'filesystem', schema: 'v13', index };
  return {
    common: {
      instance_addr: LOOPBACK,
      path_prefix: dir,
      replication_factor: 1,
      ring: { kvstore: { store: 'inmemory' } },
      storage: { filesystem: { chunks_directory: join(dir, 'chunks'), rules_directory: join(dir, 'rules') } },
    },
    schema_config: { configs: [schema] },
    limits_config: { reject_old_samples: false, ...limits },
    runtime_config: { file: tenantsPath },
  };
}
