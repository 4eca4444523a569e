import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { Operator } from './controller/index.ts';
import { type EvidenceStore, openSqliteStore } from './evidence/index.ts';
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
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
}

export interface RunningController {
  readonly port: number;
  /** Rejects when the operator can not go on. */
  readonly fatal: Promise<never>;
  stop(): Promise<void>;
}

/** Puts the operator together and starts it: resolves once it judges. */
export async function startController(options: ControllerOptions): Promise<RunningController> {
  const { clock, log, namespace, instance, version, host, port, signal } = options;
  const metrics = new Metrics();
  const context = options.context === undefined ? {} : { context: options.context };
  const config = loadKubeConfig(configSource(options, context));
  const transport = newTransport({
    config,
    clock,
    onRequest: (verb, code) => metrics.apiRequests.inc({ verb, code: String(code) }),
  });
  const begun: { operator?: Operator } = {};
  const notReady = (): string | undefined => (begun.operator ? begun.operator.notReady : 'starting');
  // The port before the store: a second operator on this machine fails here, before it takes the store from the first.
  const web = await startWeb({ host, port, registry: metrics.registry, notReady });
  log.info('listening', { host, port: web.port });
  mkdirSync(dirname(options.store), { recursive: true });
  const store = openStore(options, metrics);
  const running = new Operator({ transport, store, clock, log, metrics, namespace, instance, version });
  begun.operator = running;
  const stop = async (): Promise<void> => {
    await running.stop();
    await store.close();
    await transport.close();
    await web.close();
  };
  try {
    await running.start(signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: web.port, fatal: running.fatal, stop };
}

function openStore({ store, clock }: ControllerOptions, metrics: Metrics): EvidenceStore {
  return openSqliteStore({ path: store, clock, onCommit: (_entries, ms) => metrics.storeCommits.observe(ms / 1000) });
}

function configSource(
  { kubeconfig, inCluster }: ControllerOptions,
  context: { context?: string },
): Parameters<typeof loadKubeConfig>[0] {
  if (kubeconfig !== undefined) return { kind: 'File', path: kubeconfig, ...context };
  return inCluster ? { kind: 'Cluster' } : { kind: 'Default', ...context };
}
