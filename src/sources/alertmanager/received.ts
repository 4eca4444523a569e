import { setImmediate as nextTurn } from 'node:timers/promises';

import { durationMs } from '../../domain/duration.ts';
import type { Reading } from '../../domain/sample.ts';
import type { Episode, Inbox } from '../../inbox/index.ts';
import type { Clock } from '../../platform/clock.ts';
import { AssayError } from '../../platform/errors.ts';
import { slotsOf } from '../evidence.ts';
import { type Failure, failure, failureOf, unavailable } from '../prometheus/failure.ts';
import type { EvidenceReader, KindReader, Questions, Reachability, Refusal } from '../source.ts';
import { firesAt, type Heard, isProven, receivedReading } from './received-reading.ts';
import { type Sieve, sieveOf } from './sieve.ts';

type Question = Questions['alerts'];

/** A source to which Alertmanager sends. */
export interface ReceivedConnection {
  readonly inbox: Pick<Inbox, 'episodes' | 'toldBy' | 'gaps' | 'check' | 'maxAgeMs'>;
  readonly source: string;
  /** A matcher of an alert that always fires. */
  readonly heartbeat?: string;
  /** How long ago that may last have been received. */
  readonly heartbeatWithin: string;
}

export interface ReceivedOptions {
  readonly clock: Clock;
  /** More alerts than this are not looked at in one reading (10,000). */
  readonly maxAlerts?: number;
}

const DEFAULT_WITHIN = '15m';
const MAX_ALERTS = 10_000;
/** So many slots are read at a time: others have to come in between. */
const SLOTS_AT_ONCE = 50;

/** What a spec says of the alert that always fires. */
export function heartbeatOf(
  { heartbeat }: { readonly heartbeat?: string },
  { heartbeatWithin = DEFAULT_WITHIN }: { readonly heartbeatWithin?: string },
): Pick<ReceivedConnection, 'heartbeat' | 'heartbeatWithin'> {
  return { heartbeatWithin, ...(heartbeat !== undefined && { heartbeat }) };
}

/** Makes the reader of a source to which Alertmanager sends. A past slot is read as the present one, from what was received by now. */
export function newReceivedReader(connection: ReceivedConnection, options: ReceivedOptions): EvidenceReader {
  const received = new Received(connection, options);
  const alerts: KindReader<Question> = {
    read: ({ query, slot }) => Promise.resolve(received.read(query, [slot])[0] ?? unavailable(GIVEN_UP)),
    readRange: ({ query, ...range }, signal) =>
      bySomeSlots(slotsOf(range), (slots) =>
        signal.aborted ? slots.map(() => unavailable(GIVEN_UP)) : received.read(query, slots),
      ),
    check: ({ query }) => Promise.resolve(received.refusalOf(query)),
  };
  return {
    kinds: { alerts },
    wasCollecting: (range) => bySomeSlots(slotsOf(range), (slots) => received.areProven(slots)),
    probe: () => probe(connection, received),
    close: () => Promise.resolve(),
  };
}

const GIVEN_UP = failure('SOURCE_UNREACHABLE', 'the read was given up before the answer came');

async function bySomeSlots<T>(slots: readonly number[], read: (some: readonly number[]) => readonly T[]): Promise<T[]> {
  const found: T[] = [];
  for (let begin = 0; begin < slots.length; begin += SLOTS_AT_ONCE) {
    await nextTurn();
    found.push(...read(slots.slice(begin, begin + SLOTS_AT_ONCE)));
  }
  return found;
}

async function probe({ inbox, heartbeatWithin }: ReceivedConnection, received: Received): Promise<Reachability> {
  const start = performance.now();
  try {
    await inbox.check();
    if (!received.isSilent()) return { kind: 'Answering', latencyMs: Math.round(performance.now() - start) };
    const message = `the alert that always fires was not received within ${heartbeatWithin}`;
    return { kind: 'NotAnswering', reason: 'BadAnswer', message };
  } catch (error) {
    return { kind: 'NotAnswering', reason: 'ServerError', message: failureOf(error).message };
  }
}

const ONLY_ACTIVE =
  'Alertmanager does not send what is silenced or inhibited: only Active alerts can be asked of a source with an intake';

/** What was received from one Alertmanager, asked for slots. */
class Received {
  readonly #connection: ReceivedConnection;
  readonly #clock: Clock;
  readonly #maxAlerts: number;
  readonly #withinMs: number;

  constructor(connection: ReceivedConnection, { clock, maxAlerts = MAX_ALERTS }: ReceivedOptions) {
    this.#connection = connection;
    this.#clock = clock;
    this.#maxAlerts = maxAlerts;
    this.#withinMs = durationMs(connection.heartbeatWithin);
  }

  refusalOf({ matchers, states }: Question): Refusal | undefined {
    const problem = states?.some((state) => state !== 'Active') === true ? ONLY_ACTIVE : this.#problemOf(matchers);
    return problem === undefined ? undefined : { reason: 'InvalidQuery', message: problem };
  }

  read(question: Question, slots: readonly number[]): Reading[] {
    const refused = this.refusalOf(question);
    const all = (reading: Reading): Reading[] => slots.map(() => reading);
    if (refused !== undefined) return all(unavailable(failure('QUERY_INVALID', refused.message)));
    try {
      const episodes = this.#episodesAt(slots);
      const asked = heldBy(sieveOf(question.matchers), episodes);
      const beats = this.#beatsAmong(episodes);
      return slots.map((slot) => receivedReading(asked.filter(firesAt(slot)), this.#heard(slot, beats)));
    } catch (error) {
      return all(unavailable(ofInbox(failureOf(error))));
    }
  }

  /** Whether none is 0. */
  areProven(slots: readonly number[]): boolean[] {
    try {
      const beats = this.#beatsAmong(this.#episodesAt(slots));
      return slots.map((slot) => isProven(this.#heard(slot, beats)));
    } catch (error) {
      failureOf(error);
      return slots.map(() => false);
    }
  }

  /** Whether the alert that always fires is missing now; never where none is named. */
  isSilent(): boolean {
    const now = this.#clock.now();
    const beats = this.#beatsAmong(this.#episodesAt([now]));
    return beats !== undefined && !this.#isBeating(now, beats);
  }

  #problemOf(matchers: readonly string[]): string | undefined {
    const asked = sieveOf(matchers);
    if (typeof asked === 'string') return asked;
    const beat = sieveOf(this.#heartbeat);
    return typeof beat === 'string' ? `the heartbeat of the source: ${beat}` : undefined;
  }

  get #heartbeat(): readonly string[] {
    const { heartbeat } = this.#connection;
    return heartbeat === undefined ? [] : [heartbeat];
  }

  /** Those that always fire; undefined where none is named, or can be. */
  #beatsAmong(episodes: readonly Episode[]): readonly Episode[] | undefined {
    return this.#heartbeat.length === 0 ? undefined : heldBy(sieveOf(this.#heartbeat), episodes);
  }

  #episodesAt(slots: readonly number[]): readonly Episode[] {
    const { inbox, source } = this.#connection;
    const span = { source, from: Math.min(...slots), to: Math.max(...slots) };
    const episodes = inbox.episodes({ ...span, limit: this.#maxAlerts + 1 });
    if (episodes.length <= this.#maxAlerts) return episodes;
    throw new AssayError('SOURCE_ANSWER_TOO_LARGE', `more than ${this.#maxAlerts} alerts were received`);
  }

  #heard(slot: number, beats: readonly Episode[] | undefined): Heard {
    const { inbox, source, heartbeatWithin } = this.#connection;
    const now = this.#clock.now();
    // What was refused soon afterwards may have fired at the slot.
    const span = { source, from: slot - this.#withinMs, to: Math.min(now, slot + this.#withinMs) };
    const isBeating = beats !== undefined && this.#isBeating(slot, beats);
    return {
      heartbeat: isBeating ? 'Received' : beats === undefined ? 'NotSet' : 'Missing',
      within: heartbeatWithin,
      gaps: inbox.gaps(span),
      isForgotten: span.from <= now - inbox.maxAgeMs,
    };
  }

  #isBeating(slot: number, beats: readonly Episode[]): boolean {
    const { inbox, source } = this.#connection;
    const toldAt = beats.filter(firesAt(slot)).map((episode) => inbox.toldBy(source, episode, slot) ?? -Infinity);
    return toldAt.some((at) => at > slot - this.#withinMs);
  }
}

/** Nothing holds of what is no matcher. */
const heldBy = (sieve: Sieve | string, episodes: readonly Episode[]): readonly Episode[] =>
  typeof sieve === 'string' ? [] : episodes.filter(({ labels }) => sieve.holds(labels));

/** The inbox is a part of this source. */
const ofInbox = (failed: Failure): Failure => ({
  ...failed,
  reason: failed.code === 'SOURCE_ANSWER_TOO_LARGE' ? 'TooManySeries' : 'SourceUnreachable',
});
