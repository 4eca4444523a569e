import type { NotificationChannel } from '../../api/channel.ts';
import type { KubeObject } from '../../api/common.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { Reflector, type StatusWriter, type Transport, withoutManagedFields, WorkQueue } from '../../kube/index.ts';
import type { Courier, DeliveryEntry } from '../../notify/delivering/courier.ts';
import { turnsOf } from '../../notify/stories/change-story.ts';
import type { Place } from '../../notify/notifier.ts';
import { storyAsOf, type StoryBook } from '../../notify/stories/story-book.ts';
import type { Story } from '../../notify/stories/story.ts';
import type { Thread } from '../../notify/delivering/thread.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Attendant } from '../attendant.ts';
import { ChannelEars, type Converse } from './channel-ears.ts';
import { ChannelPool } from './channel-pool.ts';
import {
  createdAt,
  digestOf,
  heldBy,
  isDigested,
  isDue,
  isForPlace,
  isNews,
  isToldBy,
  newRouting,
  type Routing,
  tellsOfChannel,
} from './channel-routes.ts';
import { channelStatus } from './channel-status.ts';
import type { Secret } from '../sources/credentials.ts';
import { type Couriers, knows, type Previous } from './couriers.ts';
import { Digests } from './digests.ts';
import { incidentFiles } from './incident-files.ts';
import type { Ledger } from '../judging/ledger.ts';
import { ownService } from '../operator-life.ts';
import { Outages } from './outages.ts';
import { RESOURCES } from '../resources.ts';
import { noteRouting } from './routed-since.ts';
import { StatusPace } from '../status-pace.ts';
import { isLongOver, StoryLedger } from './story-ledger.ts';
import { Validated } from '../validated.ts';
import { isSameDemand } from '../words.ts';
import { serviceKey, serviceOf } from '../service-key.ts';

export interface TellerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: EvidenceStore;
  readonly ledger: Ledger;
  readonly metrics: Metrics;
  readonly statuses: StatusWriter;
  /** The operator's own namespace. */
  readonly namespace: string;
  readonly secrets: Reflector<Secret>;
  readonly namespaces: Reflector<KubeObject>;
  /** Called when something was put on record of a service. */
  readonly told: (service: ServiceName) => void;
  /** Answers what people ask in channels; absent where nobody is answered. */
  readonly converse?: Converse;
}

const PROBE_MS = 5 * 60_000;
const STATUS_MS = 10_000;
const TIDY_MS = 10 * 60_000;
/** A timer of longer than 24 days does not wait. */
const LONGEST_WAIT_MS = 86_400_000;

/**
 * Tells audiences what is on record, through the channels of the cluster. It reads the log and puts on record what it sends; nothing
 * waits for it.
 */
export class Teller implements Attendant {
  readonly #options: TellerOptions;
  readonly #channels: Reflector<NotificationChannel>;
  readonly #pool: ChannelPool;
  readonly #ears: ChannelEars | undefined;
  /** The stories of all services. */
  readonly stories: StoryLedger;
  readonly #routing: Routing;
  readonly #outages: Outages;
  readonly #digests: Digests;
  readonly #validated = new Validated();
  readonly #pace = new StatusPace();
  /**
   * Keys: `service namespace/service`; of a channel, `channel`, `offer`, `status`, `outage` and `digest` before its name; and
   * `outages` for all that are on record.
   */
  readonly #queue: WorkQueue;
  /** Looks at platforms; one that does not answer holds up nothing else. Keys: names of channels. */
  readonly #probes: WorkQueue;
  readonly #tidied = new Map<string, number>();
  /** Since when each channel is for what it is for. */
  readonly #since = new Map<string, number>();
  /** Channels whose courier is new and was not offered all yet, each with the courier before it. */
  readonly #unoffered = new Map<string, Previous | undefined>();
  /** When the stories of a service were last offered; windows of changes open and close without a record. */
  readonly #offeredAt = new Map<string, number>();
  #unlisten: (() => void)[] = [];

  constructor(options: TellerOptions) {
    const { transport, clock, log, store, ledger, metrics, namespace, secrets, namespaces, told } = options;
    this.#options = options;
    this.#routing = newRouting(ledger, namespaces);
    this.stories = new StoryLedger(store);
    const channels = (): readonly NotificationChannel[] => this.#channels.store.list();
    this.#digests = new Digests({ store, namespace, stories: this.stories, routing: this.#routing, channels });
    this.#outages = new Outages({ store, stories: this.stories, own: ownService(namespace), told });
    this.#channels = new Reflector<NotificationChannel>({
      ...{ transport, clock, log, resource: RESOURCES.channels, trim: withoutManagedFields },
    });
    this.#ears = options.converse && this.#newEars(options.converse);
    this.#pool = new ChannelPool({
      ...{ clock, log, record: (entries) => this.#record(entries) },
      describe: this.#routing.describe,
      holds: (story) => heldBy(this.#pool.list(), story, this.#routing).filter(({ untilMs }) => untilMs > clock.now()),
      secrets: (name) => secrets.store.get(`${namespace}/${name}`),
      filesOf: (story, audience) => incidentFiles(store, story, audience),
      onChange: (channel) => this.#queue.addAfter(`status ${channel}`, 0),
      onRequest: (channel, outcome) => metrics.notificationRequests.inc({ channel, outcome }),
      ...(this.#ears && { ears: this.#ears }),
    });
    this.#queue = new WorkQueue({ clock, log, concurrency: 4, work: (key) => this.#work(key) });
    this.#probes = new WorkQueue({ clock, log, concurrency: 8, work: (name, signal) => this.#probe(name, signal) });
  }

  #newEars(converse: Converse): ChannelEars {
    const { log, store, namespace } = this.#options;
    const own = ownService(namespace);
    const cursor = (channel: string): string => `listener ${channel}`;
    return new ChannelEars({
      ...{ log, converse, placesOf: (channel) => this.#placesOf(channel) },
      since: (channel) => store.cursor(cursor(channel), own),
      heard: (channel, until) => store.setCursor(cursor(channel), own, until),
      onChange: (channel) => this.#queue.addAfter(`status ${channel}`, 0),
    });
  }

  /** Takes what a platform posts to a channel; undefined where nothing is posted. */
  receiverOf(channel: string): ReturnType<ChannelEars['receiver']> {
    return this.#ears?.receiver(channel);
  }

  start(): void {
    const { secrets, namespaces } = this.#options;
    this.#unlisten = [
      this.#channels.onChange((before, after) => {
        const object = after ?? before;
        if (object && !isSameDemand(before, after)) this.#queue.add(`channel ${object.metadata.name}`);
      }),
      secrets.onChange((before, after) => {
        const name = (after ?? before)?.metadata.name ?? '';
        for (const channel of this.#pool.usersOf(name)) this.#queue.add(`channel ${channel}`);
      }),
      // Labels grant channels: what was not told because of them may be now.
      namespaces.onChange((before, after) => {
        if (JSON.stringify(before?.metadata.labels) === JSON.stringify(after?.metadata.labels)) return;
        for (const { metadata } of this.#channels.store.list()) this.#queue.add(`offer ${metadata.name}`);
      }),
    ];
    this.#channels.start();
    // A channel that was deleted while nobody looked is stopped no more.
    this.#channels.onceSynced(() => this.#queue.add('outages'));
  }

  changed(service: ServiceName): void {
    this.#queue.add(`service ${serviceKey(service)}`);
  }

  async stop(graceMs: number): Promise<void> {
    for (const unlisten of this.#unlisten) unlisten();
    await this.#channels.stop();
    await Promise.all([this.#queue.stop(graceMs), this.#probes.stop(graceMs)]);
    await this.#pool.stop();
  }

  async #work(key: string): Promise<void> {
    const [what = '', name = ''] = key.split(' ');
    switch (what) {
      case 'service':
        return this.#tellOf(serviceOf(name));
      case 'channel':
        return this.#take(name);
      case 'offer':
        return this.#offerAll(name);
      case 'digest':
        return this.#digest(name);
      case 'outages':
        for (const channel of await this.#outages.open()) this.#queue.add(`outage ${channel}`);
        return;
      case 'outage':
        return this.#lookForOutage(name);
      default:
        this.#show(name);
    }
  }

  /** Offers what changed in a service to the channels that tell of it. */
  async #tellOf(service: ServiceName): Promise<void> {
    const book = await this.stories.of(service);
    const hasTurned = this.#hasTurned(service, book);
    this.#comeBack(service, book);
    const changed = hasTurned ? [...book.stories.values()] : [...book.changed].flatMap((id) => book.stories.get(id) ?? []);
    for (const channel of this.#pool.list()) for (const story of changed) this.#offer(channel, book, story);
    book.changed.clear();
    // The first service is also the first place that can be looked at.
    for (const name of this.#pool.unprobed()) this.#probes.add(name, 'periodic');
    await this.#tidy(service);
  }

  /** Comes back when a change of the service next becomes another one by itself, or somebody is to be told of it. */
  #comeBack(service: ServiceName, { stories }: StoryBook): void {
    const now = this.#options.clock.now();
    const next = Math.min(...[...stories.values()].flatMap(turnsOf).filter((at) => at > now));
    if (next === Infinity) return;
    const key = `service ${serviceKey(service)}`;
    this.#queue.addAfter(key, Math.min(next - now, LONGEST_WAIT_MS), 'changed');
  }

  /** Whether a change of the service became another one by itself since its stories were last offered to all. */
  #hasTurned(service: ServiceName, { stories }: StoryBook): boolean {
    const key = serviceKey(service);
    const now = this.#options.clock.now();
    const before = this.#offeredAt.get(key) ?? -Infinity;
    this.#offeredAt.set(key, now);
    return [...stories.values()].flatMap(turnsOf).some((at) => at > before && at <= now);
  }

  async #tidy(service: ServiceName): Promise<void> {
    const key = serviceKey(service);
    const now = this.#options.clock.now();
    if (now - (this.#tidied.get(key) ?? 0) < TIDY_MS) return;
    this.#tidied.set(key, now);
    const digestMs = Math.max(0, ...this.#pool.list().map(({ spec }) => digestOf(spec)?.everyMs ?? 0));
    const gone = await this.stories.tidy(service, now, digestMs);
    for (const { metadata } of this.#pool.list()) for (const id of gone) this.#pool.courier(metadata.name)?.forget(id);
  }

  #offer(channel: NotificationChannel, book: StoryBook, kept: Story, previous?: Previous): void {
    const story = storyAsOf(book, kept, this.#options.clock.now());
    const courier = this.#pool.courier(channel.metadata.name);
    // Nobody reads more of what he may not read any more, not even that it still goes on.
    const isAway = story.kind !== 'Channel' && !isForPlace(channel.spec, story, this.#routing.namespace);
    if (isAway) courier?.withdraw(story.id);
    else if (courier && this.#isTold(channel, story, { courier, previous })) courier.offer(story);
  }

  /** Whether a channel tells a story by itself now. */
  #isTold(channel: NotificationChannel, story: Story, couriers: Couriers): boolean {
    const { courier } = couriers;
    const { metadata, spec } = channel;
    const since = this.#since.get(metadata.name) ?? createdAt(channel);
    const now = this.#options.clock.now();
    if (isLongOver(story, now) || !this.#isFor(channel, story, courier) || !isDue(story, spec.audience, now)) return false;
    // What was begun by itself is told so to its end.
    if (isDigested(spec, story, this.#routing) && !courier.hasBegun(story.id)) return false;
    // Whoever was told that something goes on hears of its end, also where the channel is younger than what goes on.
    return knows(couriers, spec.audience, story.id) || isNews(story, spec, since);
  }

  #isFor(channel: NotificationChannel, story: Story, courier: Courier): boolean {
    if (story.kind === 'Channel')
      return courier.hasBegun(story.id) || tellsOfChannel(channel, story, this.#channels.store.list());
    return isToldBy(channel.spec, story, this.#routing, (id) => courier.hasBegun(id));
  }

  /** Tells together what is not told by itself, and comes back for the next time. */
  async #digest(name: string): Promise<void> {
    const channel = this.#channels.store.get(name);
    const courier = this.#pool.courier(name);
    const againMs = channel && courier && (await this.#digests.tell(channel, courier, this.#options.clock.now()));
    if (againMs !== undefined) this.#queue.addAfter(`digest ${name}`, againMs);
  }

  async #lookForOutage(name: string): Promise<void> {
    const { clock } = this.#options;
    const object = this.#channels.store.get(name);
    const channel = this.#pool.standing(name);
    if (!object) return this.#outages.gone(name, clock.now());
    const againMs = channel && (await this.#outages.look(object, channel, clock.now()));
    if (againMs !== undefined) this.#queue.addAfter(`outage ${name}`, againMs);
  }

  /** Takes over what the API server and the Secrets say of a channel. */
  async #take(name: string): Promise<void> {
    const object = this.#channels.store.get(name);
    if (!object) return this.#close(name);
    const { store, clock, namespace } = this.#options;
    this.#since.set(name, await noteRouting(store, ownService(namespace), object, clock.now()));
    const isOwed = this.#unoffered.has(name);
    // Until all of it is done: what fails in between is done again.
    if (!isOwed) this.#unoffered.set(name, this.#openOf(name));
    const problem = this.#validated.problemOf(object);
    const isNew = await this.#pool.set(name, object, problem, () => this.#threadsOf(name));
    if (isNew || isOwed) {
      await this.#offerAll(name, this.#unoffered.get(name));
      this.#queue.add(`digest ${name}`, 'periodic');
    }
    // As long as it can not be opened, what waited before waits on.
    if (this.#pool.courier(name)) this.#unoffered.delete(name);
    this.#probes.add(name);
  }

  #openOf(name: string): Previous | undefined {
    const courier = this.#pool.courier(name);
    const audience = this.#pool.list().find(({ metadata }) => metadata.name === name)?.spec.audience;
    return courier && audience !== undefined ? { audience, courier } : undefined;
  }

  async #close(name: string): Promise<void> {
    await this.#pool.set(name, undefined, undefined, () => Promise.resolve([]));
    this.#validated.forget(name);
    this.#pace.forget(name);
    this.#since.delete(name);
    this.#unoffered.delete(name);
    this.#queue.add(`outage ${name}`);
  }

  async #offerAll(name: string, previous?: Previous): Promise<void> {
    const channel = this.#channels.store.get(name);
    for (const service of channel ? await this.#options.store.services() : []) {
      const book = await this.stories.of(service);
      this.#comeBack(service, book);
      for (const story of book.stories.values()) if (channel) this.#offer(channel, book, story, previous);
    }
  }

  /** What the log has of a channel while it was for its audience, of all services: a message may speak of several. */
  async #threadsOf(channel: string): Promise<readonly Thread[]> {
    const audience = this.#channels.store.get(channel)?.spec.audience;
    const found: Thread[] = [];
    for (const service of await this.#options.store.services()) {
      found.push(...((await this.stories.of(service)).threads.get(channel)?.values() ?? []));
    }
    return found.filter((thread) => thread.audience === audience);
  }

  async #probe(name: string, signal: AbortSignal): Promise<void> {
    const place = await this.#placeOf(name);
    if (place) await this.#pool.probe(name, place, signal);
    this.#show(name);
    if (this.#pool.courier(name)) this.#probes.addAfter(name, PROBE_MS, 'periodic');
  }

  /** The services of the criteria that a channel is for. */
  #placesOf({ spec }: NotificationChannel): Place[] {
    const places = new Map<string, Place>();
    for (const known of this.#options.ledger.list()) {
      const { namespace, service } = known;
      places.set(serviceKey(known), { namespace, service });
    }
    return [...places.values()].filter((place) => isForPlace(spec, place, this.#routing.namespace));
  }

  /** A service that the channel may tell of, for a room whose name depends on it. */
  async #placeOf(name: string): Promise<ServiceName | undefined> {
    const spec = this.#channels.store.get(name)?.spec;
    if (!spec) return undefined;
    const { namespace, store } = this.#options;
    const places = (await store.services()).filter((service) => service.namespace !== namespace);
    return places.find((place) => isForPlace(spec, place, this.#routing.namespace));
  }

  #show(name: string): void {
    const { clock, statuses } = this.#options;
    const object = this.#channels.store.get(name);
    const channel = this.#pool.standing(name);
    if (!object || !channel) return;
    this.#queue.add(`outage ${name}`, 'periodic');
    const now = clock.now();
    const status = channelStatus(object, channel, now);
    const shown = { uid: object.metadata.uid, status: object.status };
    const due = this.#pace.due(name, status, shown, now);
    if (due !== 'No') {
      statuses.write({ resource: RESOURCES.channels, object, status, urgent: due === 'Changed' });
      this.#pace.written(name, status, shown, now);
    }
    if (channel.kind === 'Open' && channel.standing.pending > 0) this.#queue.addAfter(`status ${name}`, STATUS_MS, 'periodic');
  }

  async #record(entries: readonly DeliveryEntry[]): Promise<void> {
    const { store, clock } = this.#options;
    const slot = clock.now();
    const records = entries.map((entry) => ({ ...entry, kind: 'Delivery' as const, slot }));
    // A message waits for it, and behind that the next one.
    await store.append(records, 'Urgent');
  }
}
