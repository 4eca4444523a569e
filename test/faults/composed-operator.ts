import { Operator } from '../../src/controller/index.ts';
import { type EvidenceStore, openSqliteStore } from '../../src/evidence/index.ts';
import { loadKubeConfig, newTransport, type Transport } from '../../src/kube/index.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import type { Logger } from '../../src/platform/log.ts';
import { Metrics } from '../../src/platform/metrics.ts';
import { SYSTEM } from '../cluster/operator-world.ts';

export interface ComposedOptions {
  readonly kubeconfig: string;
  /** Path of the evidence store. */
  readonly store: string;
  readonly log: Logger;
  readonly clock?: Clock;
  /** What stands between the operator and its store, or the API server. */
  readonly aroundStore?: (store: EvidenceStore) => EvidenceStore;
  readonly aroundTransport?: (transport: Transport) => Transport;
}

export interface ComposedOperator {
  readonly operator: Operator;
  readonly metrics: Metrics;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Puts the operator together as `startController` does, with something between it and its ports; it holds no lease. */
export function composeOperator(options: ComposedOptions): ComposedOperator {
  const { kubeconfig, store: path, log, clock = systemClock, aroundStore = same, aroundTransport = same } = options;
  const transport = newTransport({ config: loadKubeConfig({ kind: 'File', path: kubeconfig }), clock });
  const store = aroundStore(openSqliteStore({ path, clock }));
  const metrics = new Metrics();
  const operator = new Operator({
    ...{ transport: aroundTransport(transport), store, clock, log, metrics },
    ...{ namespace: SYSTEM, instance: 'test', version: '0.0.0-test' },
  });
  const stop = async (): Promise<void> => {
    await operator.stop();
    await store.close();
    await transport.close();
  };
  return { operator, metrics, start: () => operator.start(new AbortController().signal), stop };
}

const same = <T>(port: T): T => port;
