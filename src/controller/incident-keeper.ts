import type { Incident } from '../api/incident.ts';
import type { EvidenceStore, ServiceName } from '../evidence/index.ts';
import { keyOf, Reflector, type StatusWriter, type Transport, withoutManagedFields, WorkQueue } from '../kube/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import type { Attendant } from './attendant.ts';
import type { IncidentBooks } from './incident-book.ts';
import { type IncidentParts, lostIncidents, reconcileIncident } from './incident-reconciler.ts';
import { RESOURCES } from './resources.ts';
import { Validated } from './validated.ts';
import { isSameDemand } from './words.ts';

export interface IncidentKeeperOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: EvidenceStore;
  readonly books: IncidentBooks;
  readonly statuses: StatusWriter;
  /** Called when something was put on record of a service. */
  readonly told: (service: ServiceName) => void;
}

// In place of a key: to look for what was deleted while nobody looked. No object has this key.
const LOST = '';

/** Keeps the Incidents of the cluster on record. That their CRD is missing holds up nothing else. */
export class IncidentKeeper implements Attendant {
  readonly #mirror: Reflector<Incident>;
  readonly #queue: WorkQueue;

  constructor({ transport, clock, log, ...parts }: IncidentKeeperOptions) {
    this.#mirror = new Reflector<Incident>({ transport, clock, log, resource: RESOURCES.incidents, trim: withoutManagedFields });
    const reconciling = { ...parts, clock, incidents: this.#mirror.store, validated: new Validated() };
    // One after the other: two at once could put the same on record.
    this.#queue = new WorkQueue({
      ...{ clock, log, concurrency: 1 },
      work: (key) => (key === LOST ? this.#addLost(reconciling) : reconcileIncident(reconciling, key)),
    });
    this.#mirror.onChange((before, after) => {
      const object = after ?? before;
      if (object && !isSameDemand(before, after)) this.#queue.add(keyOf(object));
    });
  }

  start(): void {
    this.#mirror.start();
    void this.#mirror.synced.then(
      () => this.#queue.add(LOST),
      () => undefined,
    );
  }

  changed(): void {
    // Only Incidents bring something on record here.
  }

  async stop(graceMs: number): Promise<void> {
    await this.#queue.stop(graceMs);
    await this.#mirror.stop();
  }

  async #addLost(parts: IncidentParts): Promise<void> {
    for (const key of await lostIncidents(parts)) this.#queue.add(key);
  }
}
