import { Operator } from '../../src/controller/index.ts';
import { type EvidenceStore, openSqliteStore } from '../../src/evidence/index.ts';
import { loadKubeConfig, newTransport, type Transport } from '../../src/kube/index.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { newLogger } from '../../src/platform/log.ts';
import { Metrics } from '../../src/platform/metrics.ts';

export interface HandDrivenOptions {
  readonly kubeconfig: string;
  /** Path of the evidence store. */
  readonly store: string;
  readonly clock: Clock;
}

/** An operator on a clock that somebody moves, with what that somebody has to look at before he moves it on. */
export interface HandDrivenOperator {
  readonly store: EvidenceStore;
  readonly ledger: Operator['ledger'];
  /** Whether nobody waits for the API server: what follows from a slot that is on record has been done. */
  isQuiet(): boolean;
  stop(): Promise<void>;
}

/**
 * Puts the operator together as `startController` does, but with the API server reached by the clock of the machine: a time-out of 30
 * seconds is not over because a test moved its clock by a slot.
 */
export async function startHandDriven({ kubeconfig, store: path, clock }: HandDrivenOptions): Promise<HandDrivenOperator> {
  const transport = counted(newTransport({ config: loadKubeConfig({ kind: 'File', path: kubeconfig }) }));
  const store = openSqliteStore({ path, clock, commitDelayMs: 0 });
  const operator = new Operator({
    ...{ transport, store, clock, log: newLogger('warn'), metrics: new Metrics() },
    ...{ namespace: 'assay-system', instance: 'test', version: '0.0.0-test' },
  });
  await operator.start(new AbortController().signal);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await operator.stop();
    await store.close();
    await transport.close();
  };
  return {
    ...{ store, ledger: operator.ledger },
    isQuiet: () => transport.inFlight() === 0,
    stop: () => (stopping ??= stop()),
  };
}

function counted(transport: Transport): Transport & { inFlight(): number } {
  let inFlight = 0;
  return {
    inFlight: () => inFlight,
    request: async (request) => {
      inFlight += 1;
      try {
        return await transport.request(request);
      } finally {
        inFlight -= 1;
      }
    },
    stream: (request) => transport.stream(request),
    close: () => transport.close(),
  };
}
