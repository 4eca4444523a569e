import type { KubeObject, LabelSelector } from '../../api/common.ts';
import type { EvidenceSource } from '../../api/source.ts';
import { evaluationDelayOf, type PushedKind, sourceKindOf } from '../../api/source.ts';
import { Programs } from '../../domain/expression-program.ts';
import { durationMs } from '../../domain/duration.ts';
import { digest } from '../../evidence/index.ts';
import type { Clock } from '../../platform/clock.ts';
import { AssayError, messageOf } from '../../platform/errors.ts';
import type { Sources, Unavailable } from '../../sources/evidence.ts';
import type { Inbox } from '../../inbox/index.ts';
import type { ClusterObjects } from '../../sources/cluster.ts';
import type { OwnRecords } from '../../sources/own-records.ts';
import { READERS } from '../../sources/registry.ts';
import type { Connection, EvidenceReader, Reachability } from '../../sources/source.ts';
import { connectionOf, type IntakeAccess, intakeAccessOf, type SecretLookup, secretsOf } from './credentials.ts';
import { matches } from '../selector.ts';
import { SourceMonitor } from './source-monitor.ts';

/** A source as it stands: usable, or why it is not. */
export type Standing =
  | { readonly kind: 'Usable'; readonly reader: EvidenceReader; readonly monitor: SourceMonitor; readonly timesRegained: number }
  | { readonly kind: 'Unusable'; readonly message: string };

type Resolved = { readonly kind: 'Resolved'; readonly connection: Connection } | Extract<Standing, { kind: 'Unusable' }>;

interface Member {
  readonly object: EvidenceSource;
  /** Digest of the spec. */
  readonly digest: string;
  /** Digest of the spec with its resolved Secrets, by which a change of a Secret is noticed; it never leaves this object. */
  readonly connectionDigest: string;
  standing: Standing;
}

export interface PoolOptions {
  /** Where alerts lie that were pushed to sources. */
  readonly inbox?: Inbox;
  /** The objects of the cluster as evidence. */
  readonly objects?: ClusterObjects;
  /** The log as evidence. */
  readonly records?: OwnRecords;
  readonly clock: Clock;
  readonly secrets: SecretLookup;
  readonly namespace: (name: string) => KubeObject | undefined;
  readonly onRequest: (source: string, outcome: string, ms: number) => void;
  /** Called when a source was probed. */
  readonly onProbe: (name: string) => void;
}

/** Whether criteria of a namespace may use a source. */
export type Grant = 'Granted' | 'NotFound' | 'NotAllowed';

/** The evidence sources of the installation: a reader and a monitor each, made anew when spec or Secrets change. */
export class SourcePool implements Sources {
  readonly programs = new Programs();
  readonly #options: PoolOptions;
  readonly #members = new Map<string, Member>();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  now(): number {
    return this.#options.clock.now();
  }

  get objects(): ClusterObjects | undefined {
    return this.#options.objects;
  }

  get records(): OwnRecords | undefined {
    return this.#options.records;
  }

  /** What whoever pushes alerts to a source has to show; undefined where nobody may. */
  intakeAccessOf(kind: PushedKind, name: string): IntakeAccess | undefined {
    const member = this.#members.get(name);
    return member && intakeAccessOf(kind, member.object.spec, this.#options.secrets);
  }

  /**
   * Takes over what the API server has of a source; undefined when it is gone or can't be used.
   * @param beforeSwap called before anything changes, and only then: what is being read must be given up first
   */
  async set(name: string, object: EvidenceSource | undefined, beforeSwap: () => void = () => undefined): Promise<void> {
    const before = this.#members.get(name);
    const next = object && this.#member(name, object, before);
    if (next === before) return;
    beforeSwap();
    if (next) this.#members.set(name, next);
    else this.#members.delete(name);
    if (next?.standing.kind === 'Usable') void next.standing.monitor.probe();
    await this.#end(before);
  }

  /** The member as it was, if neither spec nor Secrets changed. */
  #member(name: string, object: EvidenceSource, before: Member | undefined): Member {
    const resolved = this.#resolve(object);
    const connectionDigest = digest({ spec: object.spec, ...resolved });
    if (before?.connectionDigest === connectionDigest) return before;
    return { object, digest: digest(object.spec), connectionDigest, standing: this.#standing(name, object, resolved) };
  }

  #standing(name: string, object: EvidenceSource, resolved: Resolved): Standing {
    if (resolved.kind === 'Unusable') return resolved;
    try {
      return this.#open(name, object, resolved);
    } catch (error) {
      return { kind: 'Unusable', message: messageOf(error) };
    }
  }

  /** The names of the sources that read a Secret. */
  usersOf(secret: string): string[] {
    return [...this.#members.values()]
      .filter(({ object }) => secretsOf(object.spec).includes(secret))
      .map(({ object }) => object.metadata.name);
  }

  get(name: string): Standing | undefined {
    return this.#members.get(name)?.standing;
  }

  digestOf(name: string): string | undefined {
    return this.#members.get(name)?.digest;
  }

  /** How long after a slot it is asked, in milliseconds. */
  delayMsOf(name: string): number {
    return durationMs(evaluationDelayOf(this.#members.get(name)?.object.spec ?? {}));
  }

  names(): string[] {
    return [...this.#members.keys()];
  }

  grant(name: string, namespace: string): Grant {
    const member = this.#members.get(name);
    if (!member) return 'NotFound';
    const { from, selector } = member.object.spec.namespaces;
    if (from === 'All') return 'Granted';
    return matches(selector as LabelSelector, this.#options.namespace(namespace)?.metadata.labels) ? 'Granted' : 'NotAllowed';
  }

  reader(name: string): EvidenceReader | Unavailable {
    const standing = this.#members.get(name)?.standing;
    if (!standing) return unavailable(`no EvidenceSource is named ${name}`);
    if (standing.kind === 'Unusable') return unavailable(`source ${name}: ${standing.message}`);
    const { latest } = standing.monitor;
    // One fact, not as many as there are criteria: while the source is known to be away nobody waits for it.
    if (latest?.kind === 'NotAnswering' && latest.reason === 'Unreachable')
      return unavailable(`source ${name}: ${latest.message}`);
    return standing.reader;
  }

  async reachability(name: string, slot: number): Promise<Reachability> {
    const standing = this.#members.get(name)?.standing;
    if (standing?.kind === 'Usable') return standing.monitor.since(slot);
    return { kind: 'NotAnswering', reason: 'Unreachable', message: standing?.message ?? `no EvidenceSource is named ${name}` };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#members.values()].map((member) => this.#end(member)));
  }

  #resolve(object: EvidenceSource): Resolved {
    try {
      return { kind: 'Resolved', connection: connectionOf(object.spec, this.#options.secrets) };
    } catch (error) {
      if (error instanceof AssayError && error.code === 'SECRET_MISSING') return { kind: 'Unusable', message: error.message };
      throw error;
    }
  }

  #open(name: string, { spec }: EvidenceSource, { connection }: Extract<Resolved, { kind: 'Resolved' }>): Standing {
    const { clock, onRequest, onProbe } = this.#options;
    const kind = sourceKindOf(spec);
    if (kind === undefined) return { kind: 'Unusable', message: 'the spec names no kind of source' };
    const { inbox } = this.#options;
    const reader = READERS[kind](connection, spec, {
      clock,
      ...(inbox ? { intake: { inbox, source: name } } : {}),
      onRequest: (outcome, ms) => {
        onRequest(name, outcome, ms);
        // One read that found nobody is reason enough to look at once.
        if (outcome === 'SOURCE_UNREACHABLE' && monitor.latest?.kind === 'Answering') void monitor.probe();
      },
    });
    let before: Reachability | undefined;
    const monitor = new SourceMonitor({
      reader,
      clock,
      timeoutMs: connection.timeoutMs + 1000,
      onProbe: (found) => {
        const member = this.#members.get(name);
        if (member?.standing.kind === 'Usable' && before?.kind === 'NotAnswering' && found.kind === 'Answering') {
          member.standing = { ...member.standing, timesRegained: member.standing.timesRegained + 1 };
        }
        before = found;
        onProbe(name);
      },
    });
    return { kind: 'Usable', reader, monitor, timesRegained: 0 };
  }

  async #end(member: Member | undefined): Promise<void> {
    if (member?.standing.kind !== 'Usable') return;
    member.standing.monitor.stop();
    await member.standing.reader.close();
  }
}

const unavailable = (message: string): Unavailable => ({ kind: 'Unavailable', reason: 'SourceUnreachable', message });
