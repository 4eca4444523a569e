import type { PlatformKind, PlatformSettings } from '../api/channel.ts';
import type { Control, SecretKeyRef, Severity } from '../api/common.ts';
import type { Clock } from '../platform/clock.ts';
import type { HttpClient, HttpClientOptions } from '../platform/http.ts';
import type { Logger } from '../platform/log.ts';
import type { Shared } from './listening/shared.ts';

/** `Failing`: not met. `Unclear`: nobody can say. `Ended`: it is over. `Notice`: everything else. */
export type Tone = 'Failing' | 'Unclear' | 'Ended' | 'Notice';

/**
 * A message that any platform can show. Every text is plain and may be hostile (label values, texts of people): the encoder of the
 * platform makes it harmless, so that it mentions nobody, links nowhere and formats nothing. The caller has already left out what the
 * audience may not see.
 */
export interface Card {
  readonly tone: Tone;
  /** One line, at most 150 characters. */
  readonly title: string;
  /** What is shown as a table or list; names are our own words, values at most 1,024 characters. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** Plain text, line breaks kept; at most 10 of 4,000 characters. */
  readonly paragraphs: readonly string[];
  /** The only links there are: http and https, written by whoever wrote the criterion. */
  readonly links: readonly { readonly text: string; readonly url: string }[];
}

/** What a message is about, for receivers that are programs; holds only what the audience of the channel may see. */
export interface About {
  /** What happens: the same for all messages of one deviation, incident, change or digest. */
  readonly id: string;
  readonly kind: 'Deviation' | 'Incident' | 'Change' | 'Finding' | 'Notice' | 'Digest' | 'Report';
  readonly namespace: string;
  readonly service: string;
  readonly audience: string;
  readonly severity: Severity;
  readonly criterion?: string;
  readonly controls?: readonly Control[];
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly since?: number;
  readonly endedAt?: number;
  /** When the state that this message tells of came to be. */
  readonly at: number;
}

export interface Attachment {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Where a platform keeps a message, in the words of its adapter: at most 1,024 characters that are secret to nobody. */
export type MessageRef = string;

/** One message to be sent. */
export interface Delivery {
  /** 64 hex digits, the same whenever the same message is sent again: by it a platform that can drops the second one. */
  readonly id: string;
  /** What is done: a new message, an answer in the thread of one, or a new text for one. */
  readonly action:
    | { readonly kind: 'Post' }
    | { readonly kind: 'Reply'; readonly root: MessageRef }
    | { readonly kind: 'Edit'; readonly message: MessageRef };
  readonly about: About;
  readonly card: Card;
  /** Only with Post and Reply. */
  readonly attachments: readonly Attachment[];
  /** Whether it may be there already: an earlier attempt ended without an answer. */
  readonly repeated: boolean;
}

/** What became of a delivery. Messages never hold a token, a secret address or what the platform wrote. */
export type DeliveryResult =
  /**
   * `message` is where it lies, on platforms on which it can be edited or answered; `note` is a sentence on what went wrong although it
   * arrived: one of several replicas or receivers has it not.
   */
  | { readonly kind: 'Delivered'; readonly message?: MessageRef; readonly note?: string }
  /** Certainly not there; to be sent again, after `retryAfterMs` if the platform says so. */
  | { readonly kind: 'NotNow'; readonly message: string; readonly retryAfterMs?: number }
  /** Perhaps there: no answer came, or only a part of it is there. To be sent again with `repeated`, after `retryAfterMs` if given. */
  | { readonly kind: 'Unanswered'; readonly message: string; readonly retryAfterMs?: number }
  /** The message to edit or to answer is gone, or can't be edited any more: a new one is needed. */
  | { readonly kind: 'Gone'; readonly message: string }
  /** The platform refuses this message, and would again. */
  | { readonly kind: 'Rejected'; readonly message: string }
  /** The channel can take no message until somebody changes something: a revoked token, an archived room. */
  | { readonly kind: 'Stopped'; readonly message: string };

/** What a platform can do; the sender makes the best of it. */
export interface Abilities {
  readonly edits: boolean;
  readonly threads: boolean;
  readonly files: boolean;
  /** Whether sending a delivery again shows nothing twice. */
  readonly once: boolean;
  /** Every state is to be sent, also one that a later one has overtaken: for receivers that are programs. */
  readonly everyState?: boolean;
  /** For so long after the end the last state is sent again and again, in milliseconds: for receivers that forget. */
  readonly resendEndedMs?: number;
  /** While something goes on its state is sent again so often, in milliseconds. */
  readonly resendEveryMs?: number;
}

/** Whether a channel could take a message. `drift` says in sentences how the place differs from what the channel says of it. */
export type Probe =
  { readonly kind: 'Ready'; readonly drift: readonly string[] } | Extract<DeliveryResult, { kind: 'NotNow' | 'Stopped' }>;

/** Sends messages to the place of one channel. Never throws for what a platform does. */
export interface Notifier {
  deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliveryResult>;
  /** Looks without saying anything; `place` is the service that a message would be about. */
  probe(place: Place, signal: AbortSignal): Promise<Probe>;
  close(): Promise<void>;
}

/** Something that a person wrote to us in a channel. */
export interface Question {
  /** The same whenever the platform hands it over again, and that of no other question of the channel. */
  readonly id: string;
  /** The platform's own unchanging id of the person: @alice:example.org, U012AB3CD. Never a name that people choose. */
  readonly person: string;
  /** Plain text, without the platform's markup and without the mention of us; at most 4,000 characters. */
  readonly text: string;
  /** The message that it answers, or in whose thread it was said. */
  readonly thread?: MessageRef;
  /** The message in whose thread it is answered, where what follows in that thread can be overheard. */
  readonly answeredIn?: MessageRef;
  /** The services that the room belongs to, where its name holds {service} or {namespace}: nothing is said of others there. */
  readonly places?: readonly Place[];
  /** Said in a thread of ours without naming us: people may be talking to each other, and what is no clear request is left alone. */
  readonly isOverheard?: boolean;
  /** When it was written, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly at: number;
}

/** Who asks, and where: what may be answered follows from it. */
export interface Asker {
  readonly channel: string;
  readonly audience: string;
  /** Where the asker's days begin and end: a name of the IANA data base. */
  readonly timeZone: string;
  /** The services that the channel is for. */
  readonly places: readonly Place[];
  /** Who it is to Kubernetes; without one nothing may be written. */
  readonly person?: { readonly user: string; readonly groups: readonly string[] };
}

/** What is answered, in the thread of the question where the platform has threads. */
export interface Reply {
  readonly card: Card;
  readonly attachments: readonly Attachment[];
}

/** Answers a question; undefined where nothing is to be said. Never rejects, and may take some seconds. */
export type Ask = (question: Question) => Promise<Reply | undefined>;

/** What a listener gets beside the settings of its platform. */
export interface ListenOptions extends NotifierOptions {
  readonly ask: Ask;
  readonly log: Logger;
  /** The services that the channel is for, as they are now. */
  readonly places: () => readonly Place[];
  /** How far it has listened, kept for it over restarts: a number of its own choosing, 0 at first. */
  readonly since: number;
  readonly heard: (until: number) => Promise<void>;
  /** Called when it hears again, or says in a sentence why it does not. */
  readonly onStanding: (problem: string | undefined) => void;
  /** The same for all listeners of an operator: an app of Slack has one connection, whichever channels it serves. */
  readonly shared: Shared;
}

/** A request of a platform to us: a slash command. */
export interface PlatformRequest {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** What it is answered, within the three seconds that platforms wait. */
export interface PlatformAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
}

/** Hears what people ask in the place of one channel. It began when it was opened. */
export interface Listener {
  /** Takes a request of the platform, and checks that it is one of it; only where the platform posts to us. Never rejects. */
  receive?(request: PlatformRequest): Promise<PlatformAnswer>;
  close(): Promise<void>;
}

/** Whose messages: what stands for `{namespace}` and `{service}` in the name of a room. */
export interface Place {
  readonly namespace: string;
  readonly service: string;
}

/** What every adapter gets beside the settings of its platform. */
export interface NotifierOptions {
  /** The value of a key of a Secret. Throws AssayError SECRET_MISSING. */
  readonly secret: (ref: SecretKeyRef) => string;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Certificates to trust, in PEM, beside none. */
  readonly ca?: string;
  /** Hears of each request to the platform: `2xx`, `4xx`, `5xx` or the code of an error. */
  readonly onRequest?: (outcome: string) => void;
  /** Makes the way to the platform (default: over the network). */
  readonly newClient?: (options: HttpClientOptions) => HttpClient;
}

/** How one platform is spoken to. */
export interface Platform<K extends PlatformKind> {
  readonly abilities: (settings: PlatformSettings[K]) => Abilities;
  /** Nothing is connected yet. Throws AssayError SECRET_MISSING or SPEC_INVALID. */
  readonly open: (settings: PlatformSettings[K], options: NotifierOptions) => Notifier;
  /** Only of a platform in which people can ask; undefined where these settings do not let them. Throws as `open` does. */
  readonly listen?: (settings: PlatformSettings[K], options: ListenOptions) => Listener | undefined;
}

/** The name of a room for a service. */
export function roomFor(template: string, { namespace, service }: Place): string {
  return template.replaceAll('{service}', service).replaceAll('{namespace}', namespace);
}

/** Whether a name is that of one room for all services. */
export const isForAll = (template: string): boolean => !/\{(service|namespace)\}/.test(template);
