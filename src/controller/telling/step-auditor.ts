import { type KubeObject, qualified } from '../../api/common.ts';
import type { NotificationChannel } from '../../api/channel.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { type EventRecorder, Reflector, type Transport, withoutManagedFields, WorkQueue } from '../../kube/index.ts';
import {
  type DueStep,
  emptyStepBook,
  firstSeqOf,
  STEP_KINDS,
  type StepBook,
  takeIntoSteps,
  tidySteps,
} from '../../notify/auditing/due-steps.ts';
import { type Known, knownOf, type StepStanding, standingOf } from '../../notify/auditing/step-standing.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Attendant } from '../attendant.ts';
import { withAgreedBefore } from './agreed-before.ts';
import { createdAt, newRouting, type Routing } from './channel-routes.ts';
import { criterionKey } from '../judging/known.ts';
import type { Ledger } from '../judging/ledger.ts';
import { type LogBooks, newLogBooks } from '../keeping/log-books.ts';
import { RESOURCES } from '../resources.ts';
import { ownService } from '../operator-life.ts';
import { routedSince } from './routed-since.ts';
import { type MovingCursor, newMovingCursor } from './moving-cursor.ts';
import { type Untold, untoldEvent, untoldText } from './step-alarm.ts';
import { longestWaitMs, stepChannels } from './step-channels.ts';
import { serviceKey, serviceOf } from '../service-key.ts';

export interface StepAuditorOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: Pick<EvidenceStore, 'services' | 'read' | 'cursor' | 'setCursor'>;
  readonly ledger: Pick<Ledger, 'get'>;
  readonly metrics: Pick<Metrics, 'undeliveredSteps' | 'events'>;
  readonly events: Pick<EventRecorder, 'emit'>;
  readonly namespaces: Pick<Reflector<KubeObject>, 'store'>;
  /** The operator's own namespace. */
  readonly namespace: string;
  /** How long a message may take from when it was due, in milliseconds (default 5 minutes). */
  readonly toldWithinMs?: number;
}

const CURSOR = 'step-auditor';
const TOLD_WITHIN_MS = 5 * 60_000;
const LOOK_MS = { least: 1_000, most: 60_000 };
/** What fell due before the operator was away is told by it in this time. */
const AFTER_START_MS = 60_000;

/**
 * Looks whether each step that fell due was told, by the log and by what channels there are: it asks nothing of who sends. Once for each
 * step that was not it raises an alarm, as an Event and a line of the log; a metric says how many there are.
 */
export class StepAuditor implements Attendant {
  readonly #options: StepAuditorOptions;
  readonly #books: LogBooks<StepBook>;
  readonly #channels: Reflector<NotificationChannel>;
  readonly #queue: WorkQueue;
  readonly #routing: Routing;
  readonly #boundMs: number;
  readonly #lookMs: number;
  readonly #notBefore: number;
  readonly #cursor: MovingCursor;
  /** The audiences of the steps that were not told, by service and there by step. */
  readonly #untold = new Map<string, ReadonlyMap<string, string>>();

  constructor(options: StepAuditorOptions) {
    const { transport, clock, log, store, ledger, namespaces, toldWithinMs = TOLD_WITHIN_MS } = options;
    this.#options = options;
    this.#boundMs = toldWithinMs;
    this.#lookMs = Math.min(Math.max(toldWithinMs / 5, LOOK_MS.least), LOOK_MS.most);
    this.#notBefore = clock.now() + Math.min(toldWithinMs, AFTER_START_MS);
    this.#routing = newRouting(ledger, namespaces);
    this.#cursor = newMovingCursor(store, CURSOR);
    this.#books = newLogBooks<StepBook>(store, {
      ...{ kinds: STEP_KINDS, take: takeIntoSteps },
      begin: (service, from) => withAgreedBefore(emptyStepBook(), store, service, from),
      from: (service) => this.#cursor.from(service),
    });
    this.#channels = new Reflector<NotificationChannel>({
      ...{ transport, clock, log, resource: RESOURCES.channels, trim: withoutManagedFields },
    });
    this.#queue = new WorkQueue({ clock, log, concurrency: 1, work: (key, signal) => this.#work(key, signal) });
  }

  start(): void {
    this.#channels.start();
    // Before the channels are known, nobody could say that an audience has none.
    const begin = async (): Promise<void> => {
      await this.#channels.synced;
      for (const service of await this.#options.store.services()) this.changed(service);
    };
    begin().catch((error: unknown) => this.#options.log.debug('steps are not looked at', { error: String(error) }));
  }

  changed(service: ServiceName): void {
    this.#queue.addAfter(serviceKey(service), this.#lookMs);
  }

  async stop(graceMs: number): Promise<void> {
    await this.#queue.stop(graceMs);
    await this.#channels.stop();
  }

  async #work(key: string, signal: AbortSignal): Promise<void> {
    const service = serviceOf(key);
    await this.#channels.synced;
    const book = await this.#books.of(service);
    const untold = new Map<string, string>();
    const facts = knownOf(book);
    const since = book.steps.size > 0 ? await this.#routedSince() : new Map<string, number>();
    for (const step of book.steps.values()) {
      const standing = this.#standingOf(step, facts, since);
      if (standing.kind === 'Settled') book.steps.delete(step.id);
      if (standing.kind !== 'Undelivered' && standing.kind !== 'NobodyToTell') continue;
      if (this.#untold.get(key)?.has(step.id) !== true) await this.#alarm(service, step, { untold: standing, signal });
      untold.set(step.id, step.audience);
    }
    this.#count(key, untold);
    tidySteps(book, this.#options.clock.now(), longestWaitMs(this.#channels.store.list()));
    // The next start reads from the beginning of the oldest story on.
    await this.#cursor.moveTo(service, firstSeqOf(book));
    if (book.steps.size > 0) this.changed(service);
  }

  /** By the name of the channel, since when it is for what it is for. */
  async #routedSince(): Promise<ReadonlyMap<string, number>> {
    const { store, namespace } = this.#options;
    const own = ownService(namespace);
    const channels = this.#channels.store.list();
    return new Map(
      await Promise.all(channels.map(async (each) => [each.metadata.name, await routedSince(store, own, each)] as const)),
    );
  }

  #standingOf(step: DueStep, facts: Known, routed: ReadonlyMap<string, number>): StepStanding {
    const story = facts.stories.get(step.story);
    const channels = this.#channels.store.list();
    // Without any channel the team hears by other means, such as a notifier that reads Events.
    if (!story || (step.audience === 'internal' && channels.length === 0)) return { kind: 'Settled' };
    const since = (channel: NotificationChannel): number => routed.get(channel.metadata.name) ?? createdAt(channel);
    const looking = { now: this.#options.clock.now(), boundMs: this.#boundMs, notBefore: this.#notBefore };
    return standingOf(step, stepChannels(step, story, channels, { routing: this.#routing, since }), facts, looking);
  }

  async #alarm(
    service: ServiceName,
    step: DueStep,
    { untold, signal }: { readonly untold: Untold; readonly signal: AbortSignal },
  ): Promise<void> {
    const { ledger, events, metrics, log, clock } = this.#options;
    const known = ledger.get(criterionKey({ namespace: service.namespace, name: step.criterion }));
    const outcome = known && (await events.emit(untoldEvent(known, step, untold, clock.now()), signal));
    // It was said before the last start.
    if (outcome === 'AlreadyThere') return;
    if (outcome === 'Recorded') metrics.events.inc({ reason: 'EscalationNotDelivered' });
    const { criterion, audience, step: when, notice } = step;
    log.warn('a step that was due was not told', {
      ...{ criterion: qualified(service.namespace, criterion), audience, notice, step: when, why: untoldText(untold) },
    });
  }

  #count(key: string, untold: ReadonlyMap<string, string>): void {
    const { undeliveredSteps } = this.#options.metrics;
    const before = this.#untold.get(key);
    if (untold.size > 0) this.#untold.set(key, untold);
    else this.#untold.delete(key);
    for (const audience of new Set([...(before?.values() ?? []), ...untold.values()])) {
      const all = [...this.#untold.values()].flatMap((ofService) => [...ofService.values()]);
      undeliveredSteps.set({ audience }, all.filter((each) => each === audience).length);
    }
  }
}
