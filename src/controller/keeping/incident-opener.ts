import type { RecordBody } from '../../api/records.ts';
import { type Opening, openingOfDeviation, type OpenIncidents } from '../../domain/incident-opening.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import type { Inbox } from '../../inbox/index.ts';
import { collectionPath, FIELD_MANAGER, KubeError, type Transport, WorkQueue } from '../../kube/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { type AlertsRead, areOpenedByAlerts, askedOfSources, openingsAfter } from './alert-openings.ts';
import type { Attendant } from '../attendant.ts';
import type { IncidentBooks } from './incident-book.ts';
import { criterionKey, type KnownCriterion } from '../judging/known.ts';
import type { Ledger } from '../judging/ledger.ts';
import { ownService } from '../operator-life.ts';
import { RESOURCES } from '../resources.ts';
import { serviceKey, serviceOf } from '../service-key.ts';

export interface IncidentOpenerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: Pick<EvidenceStore, 'services' | 'read' | 'cursor' | 'setCursor'>;
  readonly ledger: Ledger;
  readonly books: IncidentBooks;
  /** The operator's own namespace. */
  readonly namespace: string;
  /** Where pushed alerts lie; without one only deviations open incidents. */
  readonly inbox?: Pick<Inbox, 'alertsBetween'>;
  readonly from: OpenIncidents;
}

const CURSOR = 'incidents';
// The services that there are, and the alerts that came: no service is called so.
const EVERYTHING = '';
const ALERTS = 'alerts';
const ALERTS_EVERY_MS = 5_000;
const HELD_EVERY_MS = 30_000;

/**
 * Opens incidents by itself: for deviations, and for grave alerts of Falco. It reads the log and the inbox, and moves its durable cursor
 * only once the API server has the object: after a crash none is lost, and its fixed name keeps a second one away. What is on record
 * under that name, deleted or not, is not made again.
 */
export class IncidentOpener implements Attendant {
  readonly #options: IncidentOpenerOptions;
  readonly #queue: WorkQueue;

  constructor(options: IncidentOpenerOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#queue = new WorkQueue({ clock, log, concurrency: 1, work: (key, signal) => this.#work(key, signal) });
  }

  start(): void {
    this.#queue.add(EVERYTHING);
    this.#queue.add(ALERTS);
  }

  changed(service: ServiceName): void {
    this.#queue.add(serviceKey(service));
  }

  stop(graceMs: number): Promise<void> {
    return this.#queue.stop(graceMs);
  }

  async #work(key: string, signal: AbortSignal): Promise<void> {
    if (key === EVERYTHING) {
      for (const service of await this.#options.store.services()) this.changed(service);
      return;
    }
    if (key === ALERTS) return this.#ofAlerts(signal);
    return this.#ofDeviations(serviceOf(key), signal);
  }

  async #ofDeviations(service: ServiceName, signal: AbortSignal): Promise<void> {
    const { store, ledger } = this.#options;
    const fromSeq = await store.cursor(CURSOR, service);
    for await (const { kind, head, body } of store.read({ ...service, fromSeq, kinds: ['DeviationOpened'] })) {
      if (kind !== 'DeviationOpened') continue;
      const known = ledger.get(criterionKey({ namespace: service.namespace, name: body.criterion }));
      // A criterion whose name moved to another service meanwhile has taken its deviations along: nobody looks for them here.
      const opening = known?.service === service.service ? this.#openingOf(known, body) : undefined;
      const refusal = opening && (await this.#open(service, opening, signal));
      if (refusal) throw refusal;
      await store.setCursor(CURSOR, service, head.seq + 1);
    }
  }

  #openingOf(known: KnownCriterion, body: RecordBody<'DeviationOpened'>): Opening | undefined {
    const { clock, from, inbox } = this.#options;
    if (inbox && areOpenedByAlerts(known, body, { inbox, from })) return undefined;
    const isGoingOn = known.state.track.deviation?.from === body.from;
    return openingOfDeviation({ body, spec: known.spec, isGoingOn }, { from, now: clock.now() });
  }

  async #ofAlerts(signal: AbortSignal): Promise<void> {
    const { inbox, store, ledger, clock, namespace, from } = this.#options;
    if (!inbox) return;
    const own = ownService(namespace);
    let isHeld = false;
    for (const [source, asked] of askedOfSources(ledger.list())) {
      const cursor = `${CURSOR} ${source}`;
      const afterSeq = await store.cursor(cursor, own);
      const read = { inbox, source, asked, afterSeq, from, now: clock.now() };
      isHeld = (await this.#ofSource(read, (seq) => store.setCursor(cursor, own, seq), signal)) || isHeld;
    }
    this.#queue.addAfter(ALERTS, isHeld ? HELD_EVERY_MS : ALERTS_EVERY_MS);
  }

  /** Opens what the alerts of a source open. Returns whether something is refused for now: it holds up the cursor, and no other namespace. */
  async #ofSource(read: AlertsRead, setCursor: (seq: number) => Promise<void>, signal: AbortSignal): Promise<boolean> {
    let isHeld = false;
    for (const { seq, openings } of openingsAfter(read)) {
      for (const { service, opening } of openings) {
        const refusal = await this.#open(service, opening, signal);
        if (refusal)
          this.#options.log.warn('an incident is not let in yet', { incident: `${service.namespace}/${opening.name}` });
        isHeld ||= refusal !== undefined;
      }
      if (!isHeld) await setCursor(seq);
    }
    return isHeld;
  }

  /** Resolves once it is settled, or with the refusal of its namespace (a quota, a webhook), which may end. Throws whatever else there is. */
  async #open(service: ServiceName, { name, spec }: Opening, signal: AbortSignal): Promise<KubeError | undefined> {
    const { transport, books, log } = this.#options;
    // A person who deleted it has said what there was to say.
    if ((await books.of(service)).has(name)) return undefined;
    const { apiVersion, kind } = RESOURCES.incidents;
    const { namespace } = service;
    try {
      await transport.request({
        ...{ method: 'POST', path: collectionPath(RESOURCES.incidents, namespace), signal },
        query: { fieldManager: FIELD_MANAGER },
        body: { apiVersion, kind, metadata: { name, namespace }, spec },
        // Its name makes it so.
        idempotent: true,
      });
      log.info('an incident opened by itself', { incident: `${namespace}/${name}`, severity: spec.severity });
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      const { status, reason } = error;
      if (!isSettled(error)) {
        if (status === 403) return error;
        throw error;
      }
      if (status !== 409) log.warn('an incident can not be opened', { incident: `${namespace}/${name}`, status, reason });
    }
    return undefined;
  }
}

/** It is there already, its namespace is going or gone, or it is not acceptable: another try would end as this one did. */
function isSettled({ status, reason, causes }: KubeError): boolean {
  if (status === 409) return reason === 'AlreadyExists';
  if (status === 403) return causes.includes('NamespaceTerminating');
  return status === 400 || status === 413 || status === 422 || (status === 404 && reason === 'NotFound');
}
