import type { ServiceName } from '../../evidence/index.ts';
import { Reflector, type Resource, type Store, type Transport } from '../../kube/index.ts';
import { type Clock, sleep } from '../../platform/clock.ts';
import { messageOf } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { OWN_REPORTS } from '../../sources/policy-reports-results.ts';
import { type ClusterKinds, newClusterKinds } from '../sources/cluster-kinds.ts';
import { REPORT_APIS, type ReportApi, seen, type SeenReport } from './policy-report.ts';
import { serviceKey } from '../service-key.ts';

/** An API that is installed, and the reports in it that carry our label. */
export interface InstalledApi {
  readonly api: ReportApi;
  readonly resource: Resource;
  readonly reports: Store<SeenReport>;
}

/** What has to be known to look for the APIs, and who hears of it. */
export interface ApisOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often it is looked for them (default 30 s). */
  readonly lookMs?: number;
  /** Another API is written from now on, or one is there to be cleared. */
  readonly onApis: () => void;
  /** A report of this service was changed, by whomever. */
  readonly onReport: (service: ServiceName) => void;
}

/** The index under which the reports of a service are found, by `namespace/service`. */
export const OF_SERVICE = 'service';

interface Opened extends InstalledApi {
  readonly mirror: Reflector<SeenReport>;
  isSynced: boolean;
  /** How many times in a row it was not found. */
  absences: number;
}

const LOOK_MS = 30_000;
// A server that is starting may not serve a custom resource yet; only a kind that stays away is taken as deleted.
const ABSENCES = 3;
const LABEL = Object.entries(OWN_REPORTS)
  .map(([label, value]) => `${label}=${value}`)
  .join();

/** Knows which APIs of policy reports the API server has, and mirrors our own reports in each: asked for again every half minute. */
export class PolicyReportApis {
  readonly #options: ApisOptions;
  readonly #kinds: ClusterKinds;
  readonly #opened = new Map<ReportApi, Opened>();
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #hasLooked = false;
  #failures = 0;

  constructor(options: ApisOptions) {
    this.#options = options;
    this.#kinds = newClusterKinds(options.transport, options.clock);
  }

  /** The installed ones, the one to be written first; undefined until all is known that is to be known of them. */
  get installed(): readonly InstalledApi[] | undefined {
    const opened = REPORT_APIS.flatMap((api) => this.#opened.get(api) ?? []);
    return this.#hasLooked && opened.every(({ isSynced }) => isSynced) ? opened : undefined;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    await Promise.all([...this.#opened.values()].map(({ mirror }) => mirror.stop()));
  }

  async #run(): Promise<void> {
    const { clock, lookMs = LOOK_MS } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#look(signal);
      await sleep(clock, lookMs, signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    try {
      const resources = await Promise.all(REPORT_APIS.map((api) => this.#find(api, signal)));
      this.#failures = 0;
      if (!signal.aborted) this.#found(resources);
    } catch (error) {
      // Nothing is known: what was there is taken to be there still.
      this.#failures += 1;
      const { log } = this.#options;
      const fields = { error: messageOf(error) };
      if (!signal.aborted && this.#failures === ABSENCES)
        log.warn('it can not be told which policy reports are installed', fields);
    }
  }

  #find({ apiVersion, kind }: ReportApi, signal: AbortSignal): Promise<Resource | undefined> {
    this.#kinds.forget(apiVersion);
    return this.#kinds.find(apiVersion, kind, signal);
  }

  #found(resources: readonly (Resource | undefined)[]): void {
    const changed = REPORT_APIS.map((api, index) => this.#followed(api, resources[index]));
    if (this.#hasLooked && !changed.includes(true)) return;
    this.#hasLooked = true;
    const [written] = REPORT_APIS.filter((api) => this.#opened.has(api));
    const { log } = this.#options;
    if (written) log.info('verdicts are written as policy reports', { apiVersion: written.apiVersion });
    else
      log.warn('no policy reports are installed, so no verdict is written as one', { apiVersions: REPORT_APIS.map(versionOf) });
    this.#tellIfKnown();
  }

  /** Begins and ends to mirror an API; answers whether it did. */
  #followed(api: ReportApi, resource: Resource | undefined): boolean {
    const opened = this.#opened.get(api);
    if (opened) opened.absences = resource ? 0 : opened.absences + 1;
    if (resource && !opened) this.#open(api, resource);
    if (opened?.absences === ABSENCES) this.#close(api, opened);
    return this.#opened.get(api) !== opened;
  }

  #open(api: ReportApi, resource: Resource): void {
    const { transport, clock, log, onReport } = this.#options;
    const mirror = new Reflector<SeenReport>({
      ...{ transport, clock, log, resource, labelSelector: LABEL, trim: seen },
      indexes: { [OF_SERVICE]: ({ service }) => (service ? [serviceKey(service)] : []) },
    });
    const opened: Opened = { api, resource, reports: mirror.store, mirror, isSynced: false, absences: 0 };
    this.#opened.set(api, opened);
    mirror.onChange((before, after) => {
      const service = (after ?? before)?.service;
      if (opened.isSynced && service) onReport(service);
    });
    mirror.start();
    mirror.synced.then(
      () => {
        opened.isSynced = true;
        this.#tellIfKnown();
      },
      // Stopped before.
      () => undefined,
    );
  }

  #close(api: ReportApi, { mirror }: Opened): void {
    this.#opened.delete(api);
    void mirror.stop();
  }

  #tellIfKnown(): void {
    if (this.installed && !this.#stopped.signal.aborted) this.#options.onApis();
  }
}

const versionOf = ({ apiVersion }: ReportApi): string => apiVersion;
