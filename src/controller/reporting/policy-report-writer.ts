import type { KubeObject } from '../../api/common.ts';
import type { ServiceName } from '../../evidence/index.ts';
import { applyOwn, deleteObject, keyOf, type Standing, type Transport, WorkQueue } from '../../kube/index.ts';
import { TokenBucket } from '../../kube/token-bucket.ts';
import { type Clock, sleep } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { KnownCriterion } from '../judging/known.ts';
import { contentOf, reportsOf, type SeenReport, seen, type VerdictReport } from './policy-report.ts';
import { type InstalledApi, OF_SERVICE, PolicyReportApis } from './policy-report-apis.ts';
import { serviceKey, serviceOf } from '../service-key.ts';

/** Where verdicts come from, and where they go. */
export interface PolicyReportOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  /** All criteria that there are or were. */
  readonly criteria: () => Iterable<KnownCriterion>;
  /** How often it is looked for the APIs of policy reports (default 30 s). */
  readonly lookMs?: number;
  /** Least time between two writes of the reports of one service (default 10 s). */
  readonly minIntervalMs?: number;
}

/** What was written last: what was wanted, and what the API server made of it. */
interface Written {
  readonly wanted: string;
  readonly stored: string;
}

interface Steps {
  readonly superfluous: readonly { readonly installed: InstalledApi; readonly report: SeenReport }[];
  readonly outdated: readonly VerdictReport[];
}

const MIN_INTERVAL_MS = 10_000;
// What changes together is written together.
const GATHER_MS = 500;
// An object of somebody else carries no label by which its end would be seen.
const TAKEN_RETRY_MS = 60_000;
const RATE = { perSecond: 10, burst: 20 };

/**
 * Keeps the verdicts of each service as results in policy reports, in the one API of them that is installed: only what differs is
 * written, what somebody else changed is put right, and an object that is not ours is left alone.
 */
export class PolicyReportWriter {
  readonly #options: PolicyReportOptions;
  readonly #apis: PolicyReportApis;
  readonly #queue: WorkQueue;
  readonly #bucket: TokenBucket;
  readonly #written = new Map<string, Written>();
  /** When the reports of a service may be written again. */
  readonly #notBefore = new Map<string, number>();
  readonly #taken = new Set<string>();

  constructor(options: PolicyReportOptions) {
    const { clock, log } = options;
    this.#options = options;
    this.#apis = new PolicyReportApis({
      ...options,
      onApis: () => this.#addAll(),
      onReport: (service) => this.changed(service),
    });
    this.#bucket = new TokenBucket(RATE, clock.now());
    this.#queue = new WorkQueue({ clock, log, concurrency: 1, work: (key, signal) => this.#bringUpToDate(key, signal) });
  }

  start(): void {
    this.#apis.start();
  }

  /** Ends; what is not written yet is after the next start. */
  async stop(graceMs: number): Promise<void> {
    await this.#queue.stop(graceMs);
    await this.#apis.stop();
  }

  /** Something of the service may look otherwise now. Never waits. */
  changed(service: ServiceName): void {
    if (this.#apis.installed) this.#queue.addAfter(serviceKey(service), GATHER_MS, 'changed');
  }

  #addAll(): void {
    const installed = this.#apis.installed ?? [];
    const shown = installed.flatMap(({ reports }) => reports.list().flatMap(({ service }) => service ?? []));
    const keys = [...this.#options.criteria(), ...shown].map(serviceKey);
    for (const key of new Set(keys)) this.#queue.add(key);
  }

  async #bringUpToDate(key: string, signal: AbortSignal): Promise<void> {
    const [written, ...others] = this.#apis.installed ?? [];
    if (!written) return;
    const { superfluous, outdated } = this.#stepsFor(key, written, others);
    const { clock, minIntervalMs = MIN_INTERVAL_MS } = this.#options;
    const waitMs = (this.#notBefore.get(key) ?? 0) - clock.now();
    if (waitMs <= 0) this.#notBefore.delete(key);
    if (superfluous.length + outdated.length === 0) return;
    if (waitMs > 0) {
      this.#queue.addAfter(key, waitMs, 'changed');
      return;
    }
    this.#notBefore.set(key, clock.now() + minIntervalMs);
    // What is in the other API goes first: nobody is to see the same verdict twice.
    for (const each of superfluous) await this.#remove(each, signal);
    for (const report of outdated) await this.#write(key, written, report, signal);
  }

  #stepsFor(key: string, written: InstalledApi, others: readonly InstalledApi[]): Steps {
    const { namespace, service } = serviceOf(key);
    const criteria = [...this.#options.criteria()].filter((known) => known.namespace === namespace && known.service === service);
    const wanted = reportsOf(written.api, { namespace, service }, criteria);
    const names = new Set(wanted.map(({ metadata }) => metadata.name));
    const ours = [written, ...others].flatMap((installed) =>
      installed.reports.byIndex(OF_SERVICE, key).map((report) => ({ installed, report })),
    );
    return {
      superfluous: ours.filter(({ installed, report }) => installed !== written || !names.has(report.metadata.name)),
      outdated: wanted.filter((report) => !this.#isShown(report, written.reports.get(keyOf(report)))),
    };
  }

  #isShown(report: VerdictReport, shown: SeenReport | undefined): boolean {
    return shown?.service !== undefined && this.#says(report, shown.content);
  }

  /** Whether this is what a report is to say, or what the API server made of it when it was written last. */
  #says(report: VerdictReport, content: string): boolean {
    const wanted = contentOf(report);
    const before = this.#written.get(writtenKey(report));
    return content === wanted || (before?.wanted === wanted && before.stored === content);
  }

  async #write(key: string, { resource }: InstalledApi, report: VerdictReport, signal: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const { transport } = this.#options;
    const standing = (found: KubeObject): Standing => this.#standingOf(report, seen(found));
    const outcome = await applyOwn({ transport, resource, object: report, standing, signal });
    if (outcome.kind === 'Taken') this.#leave(key, report);
    else this.#wrote(report, outcome.object);
  }

  #wrote(report: VerdictReport, stored: KubeObject): void {
    this.#taken.delete(writtenKey(report));
    this.#written.set(writtenKey(report), { wanted: contentOf(report), stored: contentOf(stored) });
  }

  #standingOf(report: VerdictReport, found: SeenReport): Standing {
    if (!found.service) return 'Foreign';
    if (this.#says(report, found.content)) return 'UpToDate';
    const before = this.#written.get(writtenKey(report));
    if (before && before.stored !== found.content)
      this.#options.log.warn('a policy report was changed by another writer, and is written again', nameIn(report));
    return 'Outdated';
  }

  #leave(key: string, report: VerdictReport): void {
    if (!this.#taken.has(writtenKey(report)))
      this.#options.log.warn('a policy report can not be written: an object that is not ours has its name', nameIn(report));
    this.#taken.add(writtenKey(report));
    this.#queue.addAfter(key, TAKEN_RETRY_MS);
  }

  async #remove({ installed, report }: Steps['superfluous'][number], signal: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const { metadata } = report;
    await deleteObject(this.#options.transport, installed.resource, { ...metadata, uid: metadata.uid ?? '' }, signal);
    this.#written.delete(writtenKey(report));
  }

  /** Waits until one more may be written. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await sleep(clock, this.#bucket.waitMs(clock.now()), signal);
    signal.throwIfAborted();
    this.#bucket.take(clock.now());
  }
}

const writtenKey = (report: Pick<SeenReport, 'apiVersion' | 'metadata'>): string => `${report.apiVersion} ${keyOf(report)}`;

const nameIn = (report: VerdictReport): { report: string; kind: string } => ({ report: keyOf(report), kind: report.kind });
