import type { CertificationCriterion } from '../api/criterion.ts';
import { sourceNamesIn } from '../api/evidence-kinds.ts';
import { type KubeObject } from '../api/common.ts';
import type { EvidenceReport } from '../api/report.ts';
import type { EvidenceSource, PushedKind } from '../api/source.ts';
import { newClusterObjects } from './sources/cluster-objects.ts';
import { newOwnRecords } from './sources/own-records.ts';
import type { EvidenceStore, ServiceName } from '../evidence/index.ts';
import type { Inbox } from '../inbox/index.ts';
import {
  EventRecorder,
  keyOf,
  Reflector,
  type Resource,
  StatusWriter,
  type Transport,
  withoutManagedFields,
  WorkQueue,
} from '../kube/index.ts';
import type { Clock } from '../platform/clock.ts';
import { messageOf } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { IntakeAccess, Secret } from './sources/credentials.ts';
import type { ChatFacts } from './asking/chat-facts.ts';
import { type AttendantParts, type Attendants, newAttendants } from './attendants.ts';
import type { Converse } from './telling/channel-ears.ts';
import { CriterionReconciler } from './judging/criterion-reconciler.ts';
import { forwardEvents } from './event-forwarder.ts';
import { Ledger } from './judging/ledger.ts';
import { recordStart, recordStop } from './operator-life.ts';
import { LiveSaid } from './reporting/live-said.ts';
import { reconcileReport } from './reporting/report-reconciler.ts';
import { RESOURCES } from './resources.ts';
import { SourcePool } from './sources/source-pool.ts';
import { SourceReconciler } from './sources/source-reconciler.ts';
import { sourcesIn, verdictsIn } from './snapshots.ts';
import { StoreHealth } from './store-health.ts';
import type { Teller } from './telling/teller.ts';
import { Validated } from './validated.ts';
import { isSameDemand } from './words.ts';
import { serviceKey, serviceOf } from './service-key.ts';

export interface OperatorOptions extends Pick<
  AttendantParts,
  'policyReports' | 'openIncidents' | 'incidentTimes' | 'toldWithinMs'
> {
  readonly transport: Transport;
  readonly store: EvidenceStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The operator's own namespace: its Secrets and its own log. */
  readonly namespace: string;
  /** Which process this is, for example its pod's name. */
  readonly instance: string;
  readonly version: string;
  /** Where alerts lie that were pushed to sources; without one none are taken. */
  readonly inbox?: Inbox;
  /** Answers what people ask in channels; absent where nobody is answered. */
  readonly converse?: Converse;
}

// A criterion that waits for a hung source holds up no other: how many ask at once is bounded by each source.
const CRITERIA_AT_ONCE = 10_000;
const STOP_GRACE_MS = 5_000;
// Slots go on falling due: whatever is wrong (a full disk), judging goes on soon after it is mended.
const CRITERION_BACKOFF = { minMs: 500, maxMs: 15_000 };

type Queues = Readonly<Record<'criteria' | 'sources' | 'reports' | 'events', WorkQueue>>;

/** The operator: reflectors, queues and reconcilers, joined. */
export class Operator {
  readonly #options: OperatorOptions;
  readonly #health: StoreHealth;
  readonly #ledger: Ledger;
  readonly #pool: SourcePool;
  readonly #statuses: StatusWriter;
  readonly #events: EventRecorder;
  readonly #said: LiveSaid;
  readonly #queues: Queues;
  readonly #attendants: Attendants;
  readonly #working = new Map<string, AbortController>();
  /** Of sources and reports; criteria are their reconciler's own. */
  readonly #validated = new Validated();
  readonly #mirrors: {
    readonly criteria: Reflector<CertificationCriterion>;
    readonly reports: Reflector<EvidenceReport>;
    readonly sources: Reflector<EvidenceSource>;
    readonly secrets: Reflector<Secret>;
    readonly namespaces: Reflector<KubeObject>;
  };
  #ready = false;

  constructor(options: OperatorOptions) {
    const { transport, store, clock, log, metrics, namespace, instance } = options;
    this.#options = options;
    this.#health = new StoreHealth({ ...options, events: () => this.#events });
    this.#ledger = new Ledger(store, {
      told: (service) => this.#told(service),
      stored: () => this.#health.stored(),
      failed: (error) => this.#health.failed(error),
    });
    const mirror = <T extends KubeObject>(resource: Resource, within?: string): Reflector<T> =>
      new Reflector<T>({
        transport,
        clock,
        log,
        resource,
        trim: withoutManagedFields,
        ...(within === undefined ? {} : { namespace: within }),
      });
    this.#mirrors = {
      criteria: new Reflector<CertificationCriterion>({
        ...{ transport, clock, log, resource: RESOURCES.criteria, trim: withoutManagedFields },
        indexes: { [NAMESPACE]: ({ metadata }) => [metadata.namespace ?? ''], [SOURCE_NAME]: sourceNames },
      }),
      reports: mirror(RESOURCES.reports),
      sources: mirror(RESOURCES.sources),
      secrets: mirror(RESOURCES.secrets, namespace),
      namespaces: mirror(RESOURCES.namespaces),
    };
    this.#pool = new SourcePool({
      clock,
      ...(options.inbox ? { inbox: options.inbox } : {}),
      objects: newClusterObjects({ transport, clock }),
      records: newOwnRecords(store),
      secrets: (name) => this.#mirrors.secrets.store.get(`${namespace}/${name}`),
      namespace: (name) => this.#mirrors.namespaces.store.get(name),
      onRequest: (source, outcome) => metrics.sourceRequests.inc({ source, outcome }),
      onProbe: (name) => this.#queues.sources.add(name, 'periodic'),
    });
    this.#statuses = new StatusWriter({ transport, clock, log, onWrite: (outcome) => metrics.statusWrites.inc({ outcome }) });
    this.#events = new EventRecorder({ transport, log, instance });
    this.#said = new LiveSaid({ store, clock, log, onSaid: (service) => this.#saidIn(service) });
    this.#queues = this.#newQueues();
    const { secrets, namespaces } = this.#mirrors;
    this.#attendants = newAttendants({
      ...{
        ...options,
        secrets,
        namespaces,
        statuses: this.#statuses,
        events: this.#events,
        ledger: this.#ledger,
        pool: this.#pool,
      },
      told: (service) => {
        this.#said.changed(service);
        this.#told(service);
      },
    });
    metrics.observe({
      verdicts: () => verdictsIn(this.#ledger),
      sources: () => sourcesIn(this.#pool),
      queueDepth: () => this.#queues.criteria.depth,
      storeBytes: () => store.sizeBytes(),
    });
  }

  /** What keeps the operator from being ready, in a sentence; undefined when it is. */
  get notReady(): string | undefined {
    if (!this.#ready) return 'starting or stopping: the log is not folded, or the API server has not answered yet';
    return this.#health.problem;
  }

  /** Rejects when the operator can not go on: another one has taken over its store. */
  get fatal(): Promise<never> {
    return this.#health.fatal;
  }

  /** Whether it knows its sources, and so who may push alerts. */
  get takesAlerts(): boolean {
    return this.#ready;
  }

  /** What whoever pushes alerts to a source has to show; undefined where nobody may. */
  intakeAccessOf(kind: PushedKind, source: string): IntakeAccess | undefined {
    return this.#pool.intakeAccessOf(kind, source);
  }

  /** Takes what a platform posts to a NotificationChannel; undefined where nothing is posted. */
  receiverOf(channel: string): ReturnType<Teller['receiverOf']> {
    return this.#attendants.teller.receiverOf(channel);
  }

  /** What people and programs may ask for. */
  get facts(): ChatFacts {
    return this.#attendants.facts;
  }

  /** The criteria as the log knows them. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** Resolves once it judges; rejects when the signal aborts before. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#ledger.load();
    await recordStart(this.#options);
    this.#listen();
    const mirrors = Object.values(this.#mirrors);
    for (const mirror of mirrors) mirror.start();
    await unlessAborted(Promise.all(mirrors.map(({ synced }) => synced)), signal);
    const { criteria, sources, reports } = this.#mirrors;
    // Sources first: a criterion is not to see a source as missing that is only not read yet.
    await Promise.all(sources.store.list().map((source) => this.#takeSource(source.metadata.name)));
    this.#ready = true;
    for (const object of sources.store.list()) this.#queues.sources.add(keyOf(object));
    for (const { state } of this.#ledger.list()) this.#queues.criteria.add(state.id);
    for (const object of criteria.store.list()) this.#queues.criteria.add(keyOf(object));
    for (const object of reports.store.list()) this.#queues.reports.add(keyOf(object));
    for (const service of await this.#options.store.services()) this.#queues.events.add(serviceKey(service));
    for (const attendant of this.#attendants.all) attendant.start();
    this.#options.log.info('operator started', { criteria: criteria.store.size, sources: sources.store.size });
  }

  /** Ends in order: nothing new is judged, what is known is told and written, the store stays open. */
  async stop(): Promise<void> {
    await this.#stopJudging(STOP_GRACE_MS);
    await recordStop(this.#options).catch((error: unknown) =>
      this.#options.log.warn('the end is not on record', { error: messageOf(error) }),
    );
    await this.#queues.events.stop(STOP_GRACE_MS);
    await this.#statuses.flush(STOP_GRACE_MS);
    await this.#stopLooking();
    await this.#ledger.save();
  }

  /** Ends at once, where another operator may be at work: nothing is recorded, told or written any more. */
  async abandon(): Promise<void> {
    this.#statuses.abandon();
    await this.#stopJudging(0);
    await this.#queues.events.stop(0);
    await this.#stopLooking();
  }

  async #stopJudging(graceMs: number): Promise<void> {
    this.#ready = false;
    for (const working of this.#working.values()) working.abort();
    const { criteria, sources, reports } = this.#queues;
    const ending = [criteria, sources, reports].map((queue) => queue.stop(graceMs));
    await Promise.all([...ending, this.#said.stop(graceMs), ...this.#attendants.all.map((attendant) => attendant.stop(graceMs))]);
  }

  async #stopLooking(): Promise<void> {
    await Promise.all(Object.values(this.#mirrors).map((mirror) => mirror.stop()));
    await this.#pool.stop();
  }

  #newQueues(): Queues {
    const { clock, log, transport, store, metrics } = this.#options;
    const { criteria, sources, reports } = this.#mirrors;
    const judging = new CriterionReconciler({
      ...{ clock, log, metrics, transport, ledger: this.#ledger, pool: this.#pool, statuses: this.#statuses, said: this.#said },
      criteria: criteria.store,
      existing: (key) => reports.store.get(key),
    });
    const looking = new SourceReconciler({
      clock,
      log,
      pool: this.#pool,
      sources: sources.store,
      statuses: this.#statuses,
      events: this.#events,
      validated: this.#validated,
    });
    const reporting = {
      clock,
      store,
      ledger: this.#ledger,
      statuses: this.#statuses,
      reports: reports.store,
      criteria: criteria.store,
      validated: this.#validated,
    };
    const forwarding = { store, metrics, ledger: this.#ledger, events: this.#events };
    return {
      criteria: new WorkQueue({
        ...{ clock, log, concurrency: CRITERIA_AT_ONCE, backoff: CRITERION_BACKOFF },
        work: (key) => this.#judge(judging, key),
      }),
      sources: new WorkQueue({ clock, log, work: (key, signal) => looking.reconcile(key, signal) }),
      reports: new WorkQueue({
        ...{ clock, log, concurrency: 1 },
        work: async (key) => this.#comeBack('reports', key, await reconcileReport(reporting, key)),
      }),
      events: new WorkQueue({ clock, log, work: (key, signal) => forwardEvents(forwarding, serviceOf(key), signal) }),
    };
  }

  async #judge(judging: CriterionReconciler, key: string): Promise<void> {
    // Ended by a change, and by the end of the operator.
    const working = new AbortController();
    this.#working.set(key, working);
    try {
      this.#comeBack('criteria', key, await judging.reconcile(key, working.signal));
    } finally {
      this.#working.delete(key);
    }
  }

  #comeBack(queue: 'criteria' | 'reports', key: string, afterMs: number | undefined): void {
    if (afterMs !== undefined) this.#queues[queue].addAfter(key, afterMs);
  }

  /** Which change of which object brings what up to date; before the start is over, the start itself does. */
  #listen(): void {
    const { criteria, reports, sources, secrets, namespaces } = this.#mirrors;
    const whenReady =
      <T extends KubeObject>(handle: (object: T, before: T | undefined, after: T | undefined) => void) =>
      (before: T | undefined, after: T | undefined): void => {
        const object = after ?? before;
        if (this.#ready && object) handle(object, before, after);
      };
    criteria.onChange(
      whenReady((object, before, after) => {
        if (!isSameDemand(before, after)) this.#changed(keyOf(object));
      }),
    );
    sources.onChange(
      whenReady((object, before, after) => {
        if (!isSameDemand(before, after)) void this.#takeSource(object.metadata.name);
      }),
    );
    secrets.onChange(
      whenReady(({ metadata }) => {
        for (const source of this.#pool.usersOf(metadata.name)) void this.#takeSource(source);
      }),
    );
    namespaces.onChange(
      whenReady(({ metadata }, before, after) => {
        // Labels grant sources; everything else of a namespace means nothing here.
        if (JSON.stringify(before?.metadata.labels) === JSON.stringify(after?.metadata.labels)) return;
        for (const object of criteria.store.byIndex(NAMESPACE, metadata.name)) this.#changed(keyOf(object));
      }),
    );
    reports.onChange(
      whenReady((object, _before, after) => {
        this.#queues.reports.add(keyOf(object));
        // A live report that somebody deleted, or a foreign one that is out of the way, is made (anew) by its criterion.
        if (!after && criteria.store.get(keyOf(object))) this.#queues.criteria.add(keyOf(object));
      }),
    );
  }

  /** What is being asked by the old rule is given up; the criterion is brought up to date at once. */
  #changed(key: string): void {
    this.#working.get(key)?.abort();
    this.#queues.criteria.add(key);
  }

  /** Takes over what the API server and the Secrets say of a source; its criteria give up what they are reading from the old one. */
  async #takeSource(name: string): Promise<void> {
    const { criteria, sources } = this.#mirrors;
    const object = sources.store.get(name);
    const usable = object && this.#validated.problemOf(object) === undefined ? object : undefined;
    const users = criteria.store.byIndex(SOURCE_NAME, name).map((each) => keyOf(each));
    try {
      await this.#pool.set(name, usable, () => {
        for (const key of users) this.#working.get(key)?.abort();
      });
    } catch (error) {
      this.#options.log.error('a source can not be taken over', { source: name, error: messageOf(error) });
    }
    if (!this.#ready) return;
    this.#queues.sources.add(name);
    for (const key of users) this.#queues.criteria.add(key);
  }

  /** Something is on record that somebody may have to hear of. */
  #told(service: ServiceName): void {
    this.#queues.events.add(serviceKey(service));
    for (const attendant of this.#attendants.all) attendant.changed(service);
  }

  /** People said something that live reports of a service may show. */
  #saidIn({ namespace, service }: ServiceName): void {
    const keys = this.#mirrors.criteria.store.byIndex(NAMESPACE, namespace).map((each) => keyOf(each));
    // What an object says of its service need not be anything, where a loosened CRD let it through.
    for (const key of keys) if (this.#ledger.get(key)?.service === service) this.#queues.criteria.add(key);
  }
}

const NAMESPACE = 'namespace';
const SOURCE_NAME = 'source';

/** The sources that a criterion names. */
function sourceNames({ spec }: Partial<CertificationCriterion>): string[] {
  // What a loosened CRD lets through need not be a list of anything.
  return sourceNamesIn(Array.isArray(spec?.evidence) ? spec.evidence : []);
}

async function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped while starting')), { once: true });
    if (signal.aborted) reject(new Error('stopped while starting'));
  });
  await Promise.race([work, aborted]);
}
