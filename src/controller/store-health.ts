import type { EventRecorder } from '../kube/index.ts';
import type { Clock } from '../platform/clock.ts';
import { AssayError, messageOf } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';

export interface StoreHealthOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly namespace: string;
  readonly events: () => EventRecorder;
}

/**
 * Whether the evidence store can be written. Nothing recorded means nothing told, with one exception: that the store failed is
 * told once, by an Event on the operator's own namespace, and the operator is not ready until it can be written again.
 */
export class StoreHealth {
  /** Rejects when the operator can not go on. */
  readonly fatal: Promise<never>;
  readonly #options: StoreHealthOptions;
  readonly #end: (error: unknown) => void;
  #problem: string | undefined;

  constructor(options: StoreHealthOptions) {
    this.#options = options;
    const ended = Promise.withResolvers<never>();
    this.fatal = ended.promise;
    this.#end = ended.reject;
    // Whoever waits for it hears it; nobody has to.
    this.fatal.catch(() => undefined);
  }

  /** In a sentence, what keeps the store from being written; undefined when nothing does. */
  get problem(): string | undefined {
    return this.#problem;
  }

  stored(): void {
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.#options.log.info('the evidence store can be written again');
  }

  failed(error: unknown): void {
    // What is no failure of the store (a record that breaks its schema) keeps nobody else from being recorded.
    if (!(error instanceof AssayError) || !error.code.startsWith('STORE_')) return;
    const { log, metrics } = this.#options;
    metrics.storeFailures.inc();
    if (error.next === 'stop') this.#end(error);
    if (this.#problem !== undefined) return;
    this.#problem = `the evidence store can not be written: ${messageOf(error)}`;
    log.error('the evidence store can not be written: nothing is judged or told until it can', { error: messageOf(error) });
    void this.#tell(this.#problem).catch((failure: unknown) =>
      log.warn('that the store failed could not be told', { error: messageOf(failure) }),
    );
  }

  async #tell(note: string): Promise<void> {
    const { clock, namespace, events } = this.#options;
    const at = clock.now();
    await events().emit({
      name: `${namespace}.evidencestorefailed.${at.toString(16)}`,
      regarding: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      type: 'Warning',
      reason: 'EvidenceStoreFailed',
      action: 'Recording',
      note,
      at: new Date(at),
    });
  }
}
