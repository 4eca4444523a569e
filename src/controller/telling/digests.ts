import type { NotificationChannel } from '../../api/channel.ts';
import type { LogRecord, RecordKind } from '../../api/records.ts';
import type { Period } from '../../domain/timeline.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import type { Courier } from '../../notify/delivering/courier.ts';
import { digestId, digestPeriod, digestPrefix } from '../../notify/messages/digest-id.ts';
import { type DigestReader, digestText } from '../../notify/messages/digest.ts';
import { type DigestText, levelOf, type Story } from '../../notify/stories/story.ts';
import {
  digestOf,
  isDigested,
  isForEachService,
  isForPlace,
  isRouted,
  isToldBy,
  type Routing,
  createdAt,
} from './channel-routes.ts';
import type { StoryLedger } from './story-ledger.ts';

export interface DigestsOptions {
  readonly store: Pick<EvidenceStore, 'services' | 'read' | 'cursor' | 'setCursor'>;
  readonly stories: Pick<StoryLedger, 'of'>;
  readonly routing: Routing;
  /** All channels: what one of them tells the others need not. */
  readonly channels: () => readonly NotificationChannel[];
  /** The operator's own namespace, whose log is about no service of anybody. */
  readonly namespace: string;
}

/** The courier of a channel, as far as digests need it. */
export type DigestCourier = Pick<Courier, 'offer' | 'forget' | 'hasBegun'>;

/** So long after a period its last records are certainly there. */
const SLACK_MS = 2_000;
/** So often it is looked whether a digest that is under way has arrived. */
const UNDER_WAY_MS = 30_000;

/** What a digest may be made of, and which digests were told. */
const KINDS: readonly RecordKind[] = [
  ...(['DeviationOpened', 'DeviationClosed', 'Notified', 'CriterionChanged', 'BasisChanged', 'SourceChanged', 'Gap'] as const),
  ...(['ObjectiveChanged', 'ChangeRecorded', 'Commented', 'IncidentChanged', 'Delivery'] as const),
];

/** The place of one digest: all services of a channel, or the one whose room it is. */
interface Group {
  /** How the ids of its digests begin. */
  readonly prefix: string;
  readonly places: readonly [ServiceName, ...ServiceName[]];
}

interface Read {
  readonly place: ServiceName;
  readonly records: readonly LogRecord[];
}

/**
 * Tells channels once in a while what was not told by itself. Which period was told is on record with its delivery; what was begun is told
 * again as it was, and what was missed is told with the next one.
 */
export class Digests {
  readonly #options: DigestsOptions;
  /**
   * By the beginning of their ids, the digests that a courier was handed and that may not have arrived yet. What one was handed that is
   * gone is handed to the next one.
   */
  readonly #offered = new WeakMap<DigestCourier, Map<string, string>>();

  constructor(options: DigestsOptions) {
    this.#options = options;
  }

  /**
   * Hands over what is due; one call at a time for each channel. Answers in how many milliseconds to call again; undefined for a channel
   * without digests.
   * @throws AssayError STORE_FAILED
   */
  async tell(channel: NotificationChannel, courier: DigestCourier, now: number): Promise<number | undefined> {
    const { everyMs } = digestOf(channel.spec) ?? {};
    if (everyMs === undefined) return undefined;
    const due = Math.floor((now - SLACK_MS) / everyMs) * everyMs;
    const isUnderWay = await Promise.all(
      (await this.#groupsOf(channel)).map((group) => this.#tellGroup(group, { channel, courier, due })),
    );
    const nextMs = due + everyMs + SLACK_MS - now;
    return isUnderWay.includes(true) ? Math.min(nextMs, UNDER_WAY_MS) : nextMs;
  }

  async #groupsOf({ metadata: { name }, spec }: NotificationChannel): Promise<Group[]> {
    const { store, routing, namespace } = this.#options;
    const places = (await store.services()).filter(
      (place) => place.namespace !== namespace && isForPlace(spec, place, routing.namespace),
    );
    if (isForEachService(spec)) return places.map((place) => ({ prefix: digestPrefix(name, place), places: [place] }));
    const [first, ...others] = places;
    return first ? [{ prefix: digestPrefix(name), places: [first, ...others] }] : [];
  }

  /** Answers whether a digest is under way. */
  async #tellGroup(group: Group, telling: Telling): Promise<boolean> {
    const { channel, due } = telling;
    const { name } = channel.metadata;
    if (due <= createdAt(channel)) return false;
    const reads = await Promise.all(group.places.map((place) => this.#read(name, place)));
    const { told, begun } = digestsIn(reads, name, group.prefix);
    if (this.#isUnderWay(group, telling, told)) return true;
    const toldUntil = told?.to ?? (await this.#toldUntil(name, group));
    const period = begun ?? { from: Math.max(createdAt(channel), toldUntil), to: due };
    if (period.to <= period.from) return false;
    return this.#handOver({ group, reads, period, isBegun: begun !== undefined }, telling);
  }

  /** Whether what was handed over is not on record as told. */
  #isUnderWay({ prefix }: Group, { courier }: Telling, told: Period | undefined): boolean {
    const ofCourier = this.#offered.get(courier);
    const offered = ofCourier?.get(prefix);
    if (offered === undefined) return false;
    if (told === undefined || offered !== digestId(prefix, told)) return true;
    courier.forget(offered);
    ofCourier?.delete(prefix);
    return false;
  }

  async #handOver({ group, reads, period, isBegun }: Next, { channel, courier, due }: Telling): Promise<boolean> {
    const { metadata, spec } = channel;
    const text = await this.#textOf(reads, period, this.#readerOf(channel, courier));
    await this.#moveOn(metadata.name, reads, text === undefined && !isBegun ? due : period.from);
    // What was begun has to be told, whatever is left of it.
    if (text === undefined && !isBegun) return false;
    const story = storyOf(group, period, { audience: spec.audience, text: text ?? NOTHING });
    const ofCourier = this.#offered.get(courier) ?? new Map<string, string>();
    this.#offered.set(courier, ofCourier.set(group.prefix, story.id));
    courier.offer(story);
    return true;
  }

  #readerOf({ metadata: { name }, spec }: NotificationChannel, courier: DigestCourier): DigestReader {
    const { routing, channels } = this.#options;
    const { audience } = spec;
    const others = channels().filter(({ metadata }) => metadata.name !== name);
    return {
      audience,
      describe: routing.describe,
      tellingOf: (story) => {
        if (story.addressed[audience] === undefined) return 'Never';
        if (!isToldBy(spec, story, routing, (id) => courier.hasBegun(id))) {
          const isElsewhere = others.some((other) => other.spec.audience === audience && isRouted(other.spec, story, routing));
          return isElsewhere ? 'Elsewhere' : 'Never';
        }
        const isApart = courier.hasBegun(story.id) || story.withheld?.[audience] !== undefined;
        return isApart || !isDigested(spec, story, routing) ? 'ByItself' : 'InDigest';
      },
    };
  }

  async #read(channel: string, place: ServiceName): Promise<Read> {
    const { store } = this.#options;
    const records: LogRecord[] = [];
    const fromSeq = await store.cursor(`digest ${channel}`, place);
    for await (const record of store.read({ ...place, fromSeq, kinds: KINDS })) records.push(record);
    return { place, records };
  }

  async #textOf(reads: readonly Read[], { from, to }: Period, reader: DigestReader): Promise<DigestText | undefined> {
    const services = await Promise.all(
      reads.map(async ({ place, records }) => ({
        ...place,
        stories: (await this.#options.stories.of(place)).stories,
        records: records.filter(({ head }) => head.recordedAt > from && head.recordedAt <= to),
      })),
    );
    return digestText(services, { from, to }, reader);
  }

  /** Until when nothing is left to be told, as far as it is not on record: where there was nothing new. */
  async #toldUntil(channel: string, { places }: Group): Promise<number> {
    const all = await Promise.all(places.map((place) => this.#options.store.cursor(`digested ${channel}`, place)));
    return Math.max(...all);
  }

  /** What was recorded until then need not be read any more. */
  async #moveOn(channel: string, reads: readonly Read[], until: number): Promise<void> {
    const { store } = this.#options;
    for (const { place, records } of reads) {
      const later = records.find(({ head }) => head.recordedAt > until);
      const seq = later?.head.seq ?? (records.at(-1)?.head.seq ?? -1) + 1;
      await store.setCursor(`digested ${channel}`, place, until);
      if (seq > 0) await store.setCursor(`digest ${channel}`, place, seq);
    }
  }
}

interface Next {
  readonly group: Group;
  readonly reads: readonly Read[];
  readonly period: Period;
  /** Whether it was begun before the operator ended. */
  readonly isBegun: boolean;
}

interface Telling {
  readonly channel: NotificationChannel;
  readonly courier: DigestCourier;
  readonly due: number;
}

const NOTHING: DigestText = { title: 'Digest', facts: [], paragraphs: ['nothing is left of it'] };

/** The digests of a place that are on record: the latest that came to its end, and one that was begun after it. */
function digestsIn(
  reads: readonly Read[],
  channel: string,
  prefix: string,
): { readonly told: Period | undefined; readonly begun: Period | undefined } {
  let told: Period | undefined;
  let begun: Period | undefined;
  for (const { kind, body } of reads.flatMap(({ records }) => records)) {
    const period = kind === 'Delivery' && body.channel === channel ? digestPeriod(body.story, prefix) : undefined;
    if (period === undefined || kind !== 'Delivery') continue;
    if (body.phase === 'Attempted') begun = later(begun, period);
    else told = later(told, period);
  }
  const isOver = begun === undefined || (told !== undefined && begun.to <= told.to);
  return { told, begun: isOver ? undefined : begun };
}

const later = (one: Period | undefined, other: Period): Period => (one !== undefined && one.to >= other.to ? one : other);

/** A digest as what a courier tells. */
function storyOf(group: Group, period: Period, { audience, text }: { audience: string; text: DigestText }): Story {
  const { from, to } = period;
  const [first] = group.places;
  return {
    ...{ id: digestId(group.prefix, period), kind: 'Digest', ...first, since: from, firstSeq: 0, standing: 'Notice', seen: '' },
    severity: 'low',
    addressed: { [audience]: { at: to, late: false } },
    digest: { ...text, places: group.places },
    history: [{ at: to, words: { [levelOf(audience)]: text.title }, turn: true }],
  };
}
