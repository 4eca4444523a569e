import { setMaxListeners } from 'node:events';

import type { PlatformSettings } from '../../api/channel.ts';
import { sleep } from '../../platform/clock.ts';
import type { Listener, ListenOptions } from '../notifier.ts';
import { newTurns } from '../listening/turns.ts';
import { answer, type Answering, type Heard, MAX_AGE_MS } from './answer.ts';
import { connect, type Connection } from './connection.ts';
import { messageRef } from './deliver.ts';
import { type Hearing, newHeardRooms } from './heard-rooms.ts';
import { type Asked, failed } from './homeserver.ts';
import { newMark } from './mark.ts';
import { type Myself, readMessage } from './message.ts';
import { newMyself } from './myself.ts';
import { waitAfter } from './patience.ts';
import { newSync, POLL_MS, type RoomEvent } from './sync.ts';
import { newTargets, type Targets } from './targets.ts';

type Settings = PlatformSettings['matrix'];

// An answer that holds what was written in many rooms.
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const TURNS = { atOnce: 4, waitingOfOne: 10, waiting: 100 };
// Of messages that were heard already, in case the homeserver tells them again.
const MAX_KNOWN = 5_000;
// Whoever ends the listening does not wait any longer for what was heard to be on record; the next run hears it again.
const KEEPING_MS = 5_000;
// Some homeservers, and what stands before them, answer at once although there is nothing new.
const QUIET_MS = 1_000;

/** Hears what people ask in the rooms of a channel, and answers there. */
export function listen(settings: Settings, options: ListenOptions): Listener {
  const asking = connect(settings, { ...options, maxBytes: MAX_ANSWER_BYTES });
  const waiting = connect(settings, { ...options, maxBytes: MAX_ANSWER_BYTES, timeoutMs: POLL_MS + options.timeoutMs });
  const closing = new AbortController();
  // Each question that is being answered listens.
  setMaxListeners(0, closing.signal);
  const listening = new Listening({ settings, options, asking, waiting, signal: closing.signal });
  const running = listening.run();
  return {
    close: async () => {
      closing.abort();
      await running;
      await Promise.all([asking.close(), waiting.close()]);
    },
  };
}

interface Parts {
  readonly settings: Settings;
  readonly options: ListenOptions;
  readonly asking: Connection;
  /** For what is answered only when there is news. */
  readonly waiting: Connection;
  readonly signal: AbortSignal;
}

interface Round {
  readonly problem: string | undefined;
  readonly pauseMs: number;
}

class Listening {
  readonly #options: ListenOptions;
  readonly #connection: Connection;
  readonly #signal: AbortSignal;
  readonly #since: number;
  readonly #turns = newTurns(TURNS);
  readonly #mark;
  readonly #myself;
  readonly #rooms;
  readonly #sync;
  readonly #known = new Set<string>();
  #targets: Targets | undefined;
  #told: { readonly problem: string | undefined } | undefined;

  constructor({ settings, options, asking, waiting, signal }: Parts) {
    const { clock, places, log } = options;
    const { homeserver, rooms } = asking;
    // A clock that was ahead is no reason to hear nobody until then.
    this.#since = Math.min(options.since, clock.now());
    this.#options = options;
    this.#connection = asking;
    this.#signal = signal;
    this.#mark = newMark(this.#since, (until) =>
      options.heard(until).catch((error: unknown) => void log.error('how far a channel has listened was not kept', { error })),
    );
    this.#myself = newMyself(homeserver, rooms, clock);
    this.#rooms = newHeardRooms({ homeserver, rooms, template: settings.room, places, clock });
    this.#sync = newSync({ homeserver, patient: waiting.homeserver, me: (until) => rooms.me(until), clock });
  }

  /** Listens until the signal; what is being answered then is left to the next run. */
  async run(): Promise<void> {
    let failures = 0;
    while (!this.#signal.aborted) {
      const round = await this.#round();
      failures = round.kind === 'Got' ? 0 : failures + 1;
      this.#tell(round.kind === 'Got' ? round.value.problem : round.result.message);
      const waitMs = round.kind === 'Got' ? round.value.pauseMs : waitAfter(round.result, failures);
      if (waitMs > 0) await sleep(this.#options.clock, waitMs, this.#signal);
    }
    await this.#turns.idle();
    const kept = new AbortController();
    const late = sleep(this.#options.clock, KEEPING_MS, kept.signal);
    await Promise.race([this.#mark.settled(), late]);
    kept.abort();
  }

  #tell(problem: string | undefined): void {
    // What fails because it is closed is no problem.
    if (this.#signal.aborted || (this.#told !== undefined && this.#told.problem === problem)) return;
    this.#told = { problem };
    this.#options.onStanding(problem);
  }

  async #round(): Promise<Asked<Round>> {
    try {
      return await this.#look();
    } catch (error) {
      // Whatever people write must not end the operator.
      this.#options.log.error('listening failed', { error });
      return failed('NotNow', 'what was written could not be read');
    }
  }

  async #look(): Promise<Asked<Round>> {
    const { clock, log } = this.#options;
    const me = await this.#myself(this.#signal);
    if (me.kind === 'Failed') return me;
    const hearing = await this.#rooms.now(this.#signal);
    const from = Math.max(this.#since, clock.now() - MAX_AGE_MS);
    const rooms = [...hearing.rooms.keys()];
    const nothing = { kind: 'Got', value: { events: [], lost: [] } } as const;
    const news = rooms.length === 0 ? nothing : await this.#sync.next(rooms, from, this.#signal);
    if (news.kind === 'Failed') return news;
    for (const room of news.value.lost) log.warn('more was written in a room than is read at once', { room });
    for (const event of news.value.events) this.#take(event, me.value, hearing);
    const pauseMs = news.value.events.length === 0 ? QUIET_MS : 0;
    return { kind: 'Got', value: { pauseMs, problem: hearing.problem } };
  }

  #take({ room, event, earlier }: RoomEvent, me: Myself, hearing: Hearing): void {
    this.#targets ??= newTargets(this.#connection.homeserver, me.userId, messageRef);
    this.#targets.note(event);
    const message = readMessage(event, me);
    if (message === undefined || !this.#isNew(message.id, message.at)) return;
    if (!message.addressed && message.thread === undefined && message.repliesTo === undefined) return;
    const { clock, log } = this.#options;
    // The clock of another server may be ahead, and would hide what is asked until then.
    const at = Math.min(message.at, clock.now());
    if (at < clock.now() - MAX_AGE_MS) {
      if (message.addressed) log.info('a question is too old to be answered', { room, question: message.id });
      return;
    }
    this.#answer({ ...message, at, room, earlier, places: hearing.rooms.get(room) }, this.#targets);
  }

  #isNew(id: string, at: number): boolean {
    if (this.#known.has(id) || at <= this.#since) return false;
    this.#known.add(id);
    const [oldest] = this.#known;
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return true;
  }

  #answer(heard: Heard, targets: Targets): void {
    const { ask, clock, log } = this.#options;
    const { homeserver, rooms } = this.#connection;
    const answering: Answering = { homeserver, rooms, targets, ask, clock, log, signal: this.#signal };
    const work = async (): Promise<void> => {
      const done = await answer(answering, heard).catch((error: unknown) => {
        log.error('answering failed', { question: heard.id, error });
        return true;
      });
      if (done) this.#mark.end(heard.id);
    };
    this.#mark.begin(heard.id, heard.at);
    if (this.#turns.add(heard.person, work)) return;
    log.warn('too many questions wait; one is not answered', { room: heard.room, question: heard.id });
    this.#mark.end(heard.id);
  }
}
