import type { NotificationChannel } from '../../api/channel.ts';
import { type Asker, type Listener, newShared, type PlatformAnswer, type PlatformRequest } from '../../notify/index.ts';
import type { ListenOptions, NotifierOptions, Place, Question, Reply } from '../../notify/notifier.ts';
import type { Logger } from '../../platform/log.ts';
import { chosenPlatform } from './channel-platform.ts';

/** Answers what somebody asks; undefined where nothing is to be said. */
export type Converse = (asker: Asker, question: Question) => Promise<Reply | undefined>;

export interface EarsOptions {
  readonly log: Logger;
  readonly converse: Converse;
  /** The services that a channel is for, as they are now. */
  readonly placesOf: (channel: NotificationChannel) => readonly Place[];
  /** How far a channel has listened, kept over restarts. Throws AssayError STORE_FAILED. */
  readonly since: (channel: string) => Promise<number>;
  readonly heard: (channel: string, until: number) => Promise<void>;
  /** Called when it hears again, or does no more. */
  readonly onChange: (channel: string) => void;
}

interface Ear {
  readonly listener: Listener;
  /** Why nothing is heard; undefined while it is. */
  problem?: string;
}

/** Hears what people ask in the channels that let them, and has it answered. */
export class ChannelEars {
  readonly #options: EarsOptions;
  readonly #ears = new Map<string, Ear>();
  readonly #shared = newShared();

  constructor(options: EarsOptions) {
    this.#options = options;
  }

  /** Begins to hear in a channel, if people may ask there. Throws AssayError SECRET_MISSING, SPEC_INVALID or STORE_FAILED. */
  async open(channel: NotificationChannel, options: NotifierOptions): Promise<void> {
    const { name } = channel.metadata;
    if (channel.spec.chat === undefined) return;
    const { platform, settings } = chosenPlatform(channel.spec);
    const since = await this.#options.since(name);
    const listener = platform.listen?.(settings, { ...options, ...this.#listening(channel), since });
    if (listener) this.#ears.set(name, { listener });
  }

  async close(name: string): Promise<void> {
    const ear = this.#ears.get(name);
    this.#ears.delete(name);
    await ear?.listener.close();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#ears.keys()].map((name) => this.close(name)));
  }

  /** Why nothing is heard in a channel, `''` while all is; undefined where nobody may ask. */
  deafness(name: string): string | undefined {
    const ear = this.#ears.get(name);
    return ear && (ear.problem ?? '');
  }

  /** Takes what a platform posts to a channel; undefined where it has nothing to post. */
  receiver(name: string): ((request: PlatformRequest) => Promise<PlatformAnswer>) | undefined {
    const listener = this.#ears.get(name)?.listener;
    return listener?.receive?.bind(listener);
  }

  #listening(channel: NotificationChannel): Omit<ListenOptions, keyof NotifierOptions | 'since'> {
    const { log, placesOf, heard, onChange, converse } = this.#options;
    const { name } = channel.metadata;
    return {
      ...{ log, shared: this.#shared },
      places: () => placesOf(channel),
      ask: (question) => converse(askerOf(channel, question, placesOf(channel)), question),
      heard: (until) => heard(name, until),
      onStanding: (problem) => {
        const ear = this.#ears.get(name);
        if (!ear || ear.problem === problem) return;
        if (problem === undefined) delete ear.problem;
        else ear.problem = problem;
        onChange(name);
      },
    };
  }
}

/** Who asks: of somebody whom the channel does not name only the audience is known. */
function askerOf({ metadata, spec }: NotificationChannel, question: Question, places: readonly Place[]): Asker {
  const { timeZone = 'UTC', people = [] } = spec.chat ?? {};
  const person = people.find(({ id }) => id === question.person);
  return {
    channel: metadata.name,
    audience: spec.audience,
    timeZone,
    places,
    ...(person && { person: { user: person.user, groups: person.groups ?? [] } }),
  };
}
