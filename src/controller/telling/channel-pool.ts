import { type NotificationChannel, type NotificationChannelSpec, platformOf } from '../../api/channel.ts';
import type { SecretKeyRef } from '../../api/common.ts';
import { durationMs } from '../../domain/duration.ts';
import { digest } from '../../evidence/index.ts';
import { Courier, type CourierOptions } from '../../notify/delivering/courier.ts';
import type { Attachment, Notifier, Probe } from '../../notify/index.ts';
import type { NotifierOptions, Place } from '../../notify/notifier.ts';
import type { Story } from '../../notify/stories/story.ts';
import type { Thread } from '../../notify/delivering/thread.ts';
import { AssayError, messageOf } from '../../platform/errors.ts';
import type { ChannelEars } from './channel-ears.ts';
import { chosenPlatform } from './channel-platform.ts';
import { isForEachService } from './channel-routes.ts';
import type { Channel } from './channel-status.ts';
import { type SecretLookup, secretValue } from '../sources/credentials.ts';

export interface ChannelPoolOptions extends Pick<CourierOptions, 'clock' | 'log' | 'record' | 'describe' | 'holds'> {
  readonly secrets: SecretLookup;
  readonly filesOf: (story: Story, audience: string) => Promise<readonly Attachment[]>;
  readonly onChange: (channel: string) => void;
  readonly onRequest: (channel: string, outcome: string) => void;
  /** Absent where nobody is answered. */
  readonly ears?: ChannelEars;
}

interface Member {
  readonly object: NotificationChannel;
  /** Digest of spec and resolved Secrets; it never leaves this object. */
  readonly connectionDigest: string;
  readonly courier?: Courier;
  readonly notifier?: Notifier;
  readonly problem?: Extract<Channel, { kind: 'Unusable' }>;
  probe?: Probe;
  probedAt?: number;
}

/** The channels of the installation: a courier each, made anew when spec or Secrets change. */
export class ChannelPool {
  readonly #options: ChannelPoolOptions;
  readonly #members = new Map<string, Member>();

  constructor(options: ChannelPoolOptions) {
    this.#options = options;
  }

  list(): NotificationChannel[] {
    return [...this.#members.values()].map(({ object }) => object);
  }

  /** Undefined for a channel that can't be used. */
  courier(name: string): Courier | undefined {
    return this.#members.get(name)?.courier;
  }

  /** The names of the channels that were never looked at. */
  unprobed(): string[] {
    return [...this.#members].filter(([, { notifier, probe }]) => notifier && !probe).map(([name]) => name);
  }

  /** The names of the channels that read a Secret. */
  usersOf(secret: string): string[] {
    return this.list()
      .filter(({ spec }) => secretRefsIn(spec).some(({ name }) => name === secret))
      .map(({ metadata }) => metadata.name);
  }

  standing(name: string): Channel | undefined {
    const member = this.#members.get(name);
    if (member?.problem) return member.problem;
    if (!member?.courier) return undefined;
    const deafness = this.#options.ears?.deafness(name);
    return {
      kind: 'Open',
      standing: member.courier.standing,
      probe: newestOf(member, member.courier),
      ...(deafness !== undefined && { deafness }),
    };
  }

  /**
   * Takes over what the API server has of a channel; undefined when it is gone. Answers whether it is to be offered its stories: the
   * courier is new.
   * @param threads what the log has of this channel, asked for once nothing is under way any more
   */
  async set(
    name: string,
    object: NotificationChannel | undefined,
    problem: string | undefined,
    threads: () => Promise<Iterable<Thread>>,
  ): Promise<boolean> {
    const before = this.#members.get(name);
    const connectionDigest = object && this.#digestOf(object, problem);
    if (before?.connectionDigest === connectionDigest) return false;
    await Promise.all([before?.courier?.stop(), this.#options.ears?.close(name)]);
    this.#members.delete(name);
    if (!object || connectionDigest === undefined) return false;
    const member = { object, connectionDigest, ...(await this.#opened(object, problem, await threads())) };
    this.#members.set(name, member);
    member.courier?.start();
    return member.courier !== undefined;
  }

  /** Looks whether a channel could take a message about a service. */
  async probe(name: string, place: Place, signal: AbortSignal): Promise<void> {
    const member = this.#members.get(name);
    const probe = await member?.notifier?.probe(place, signal);
    if (!member || !probe) return;
    member.probe = probe;
    member.probedAt = this.#options.clock.now();
  }

  async stop(): Promise<void> {
    const couriers = [...this.#members.values()].flatMap(({ courier }) => courier ?? []);
    await Promise.all([this.#options.ears?.stop(), ...couriers.map((courier) => courier.stop())]);
    this.#members.clear();
  }

  #digestOf({ spec }: NotificationChannel, problem = ''): string {
    return digest({ spec, problem, secrets: this.#resolved(spec) });
  }

  async #opened(
    object: NotificationChannel,
    problem: string | undefined,
    threads: Iterable<Thread>,
  ): Promise<Pick<Member, 'courier' | 'notifier' | 'problem'>> {
    if (problem !== undefined) return { problem: { kind: 'Unusable', reason: 'InvalidSpec', message: problem } };
    try {
      return await this.#open(object, threads);
    } catch (error) {
      // Nothing is wrong with the channel: whoever calls tries again.
      if (error instanceof AssayError && error.code === 'STORE_FAILED') throw error;
      const reason = error instanceof AssayError && error.code === 'SECRET_MISSING' ? 'CredentialsMissing' : 'InvalidSpec';
      return { problem: { kind: 'Unusable', reason, message: messageOf(error) } };
    }
  }

  #resolved(spec: NotificationChannelSpec): (string | null)[] {
    return secretRefsIn(spec).map(({ name, key }) => this.#options.secrets(name)?.data?.[key] ?? null);
  }

  async #open(object: NotificationChannel, threads: Iterable<Thread>): Promise<Pick<Member, 'courier' | 'notifier'>> {
    const { metadata, spec } = object;
    const { name } = metadata;
    const { secrets, clock, log, record, describe, holds, filesOf, onChange, onRequest } = this.#options;
    const options: NotifierOptions = {
      secret: (ref) => secretValue(ref, secrets),
      clock,
      timeoutMs: durationMs(spec.timeout ?? '10s'),
      ...(spec.ca && { ca: secretValue(spec.ca, secrets) }),
      onRequest: (outcome) => onRequest(name, outcome),
    };
    const { platform, settings } = chosenPlatform(spec);
    const abilities = platform.abilities(settings);
    const notifier = platform.open(settings, options);
    await this.#options.ears?.open(object, options);
    const courier = new Courier({
      ...{ channel: name, audience: spec.audience, notifier, abilities, threads, clock, log, record, describe },
      ...(spec.remindEvery !== undefined && { remindEveryMs: durationMs(spec.remindEvery) }),
      ...{ isForEachService: isForEachService(spec) },
      ...(holds && { holds }),
      ...(spec.templates && { templates: spec.templates }),
      ...(spec.hold !== undefined && { holdMs: durationMs(spec.hold) }),
      filesOf: (story) => filesOf(story, spec.audience),
      onChange: () => onChange(name),
    });
    return { courier, notifier };
  }
}

/** A message that has arrived since says more than a probe that found the platform away. */
function newestOf({ probe, probedAt = 0 }: Member, { standing }: Courier): Probe | undefined {
  const isOvertaken = probe?.kind !== 'Ready' && (standing.lastDeliveryAt ?? 0) > probedAt;
  return isOvertaken ? undefined : probe;
}

/** Every Secret that a channel names: of its platform, and of the certificates that it trusts. */
function secretRefsIn(spec: NotificationChannelSpec): SecretKeyRef[] {
  const kind = platformOf(spec);
  const settings = kind === undefined ? {} : (spec[kind] ?? {});
  const refs: unknown[] = [
    spec.ca,
    ...Object.entries(settings).flatMap(([name, value]) => (name.endsWith('Secret') ? [value] : [])),
  ];
  return refs.filter(isSecretRef);
}

function isSecretRef(value: unknown): value is SecretKeyRef {
  return typeof value === 'object' && value !== null && 'name' in value && 'key' in value;
}
