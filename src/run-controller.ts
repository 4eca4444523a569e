import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { Operator } from './controller/index.ts';
import { openSqliteStore } from './evidence/index.ts';
import { loadKubeConfig, newTransport } from './kube/index.ts';
import { type Clock } from './platform/clock.ts';
import type { Logger } from './platform/log.ts';
import { Metrics } from './platform/metrics.ts';
import { startWeb } from './web/index.ts';

export interface ControllerOptions {
  /** Path of a kubeconfig; without one the cluster that this runs in, or the usual places. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly inCluster: boolean;
  /** Path of the evidence store. */
  readonly store: string;
  readonly namespace: string;
  readonly instance: string;
  readonly host: string;
  readonly port: number;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface RunningController {
  readonly port: number;
  stop(): Promise<void>;
}

/** Puts the operator together and starts it: resolves once it judges. */
export async function startController(options: ControllerOptions): Promise<RunningController> {
  const { clock, log, namespace, instance, version, host, port } = options;
  const metrics = new Metrics();
  const context = options.context === undefined ? {} : { context: options.context };
  const config = loadKubeConfig(configSource(options, context));
  const transport = newTransport({ config, clock, onRequest: (verb, code) => metrics.apiRequests.inc({ verb, code: String(code) }) });
  mkdirSync(dirname(options.store), { recursive: true });
  const store = openSqliteStore({ path: options.store, clock, onCommit: (_entries, ms) => metrics.storeCommits.observe(ms / 1000) });
  const operator = new Operator({ transport, store, clock, log, metrics, namespace, instance, version });
  const web = await startWeb({
    ...{ host, port, registry: metrics.registry },
    notReady: () => (operator.ready ? undefined : 'starting: the log is not folded, or the API server has not answered yet'),
  });
  log.info('listening', { host, port: web.port });
  const stop = async (): Promise<void> => {
    await operator.stop();
    await store.close();
    await transport.close();
    await web.close();
  };
  try {
    await operator.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: web.port, stop };
}

function configSource({ kubeconfig, inCluster }: ControllerOptions, context: { context?: string }): Parameters<typeof loadKubeConfig>[0] {
  if (kubeconfig !== undefined) return { kind: 'File', path: kubeconfig, ...context };
  return inCluster ? { kind: 'Cluster' } : { kind: 'Default', ...context };
}
