import type { AlertsEvidence, FalcoEvidence, LogsEvidence } from '../api/evidence-kinds.ts';
import type { Reading } from '../domain/sample.ts';

/** Why there are no samples. */
export type Unavailable = Extract<Reading, { kind: 'Unavailable' }>;

/** What each kind of evidence asks of a source. */
export interface Questions {
  readonly prometheus: string;
  readonly alerts: Omit<AlertsEvidence, 'source'>;
  readonly logs: Omit<LogsEvidence, 'source'>;
  readonly falco: Omit<FalcoEvidence, 'source'>;
}
export type AskedKind = keyof Questions;

/** One question for one slot. `slot` and `maxAgeMs` in milliseconds. */
export interface ReadRequest<Q = string> {
  readonly query: Q;
  readonly slot: number;
  readonly maxAgeMs: number;
}

/** The same question for each slot `from, from + stepMs, ... <= to`. */
export interface ReadRangeRequest<Q = string> {
  readonly query: Q;
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly maxAgeMs: number;
}

/** Why a criterion can't be evaluated as it is written. */
export interface Refusal {
  readonly reason: 'InvalidQuery' | 'MaxAgeNotSupported';
  readonly message: string;
}

/** What the answers to a query rest on beside the query itself. */
export interface Basis {
  readonly kind: 'Basis';
  /** Of the rules that make what is asked for, also through each other; the same whatever their order. */
  readonly digest: string;
  /** Some of these rules. */
  readonly rules: readonly BasisRule[];
  /** What weakens the query and these rules as evidence, in words. */
  readonly weak: readonly string[];
}

/** A rule that records a series, or raises an alert, of this name. */
export interface BasisRule {
  readonly record: string;
  readonly queryDigest: string;
  readonly type?: 'alerting';
}

/** What a probe of a source found. */
export type Reachability =
  | { readonly kind: 'Answering'; readonly version?: string; readonly latencyMs: number }
  | {
      readonly kind: 'NotAnswering';
      readonly reason: 'Unreachable' | 'Unauthorized' | 'BadAnswer' | 'ServerError';
      readonly message: string;
    };

/**
 * Reads one kind of evidence from a source. It gives samples, never verdicts, and never throws for what a source does: that is a
 * `Reading` of kind `Unavailable`.
 */
export interface KindReader<Q = string> {
  read(request: ReadRequest<Q>, signal: AbortSignal): Promise<Reading>;
  /** One reading for each slot, in order. */
  readRange(request: ReadRangeRequest<Q>, signal: AbortSignal): Promise<readonly Reading[]>;
  /**
   * Whether this query can be asked with this `maxAgeMs`.
   * @returns undefined when it can, otherwise the reason for `Ready=False` with a sentence.
   */
  check(request: { readonly query: Q; readonly maxAgeMs: number }, signal: AbortSignal): Promise<Refusal | undefined>;
  /** What the answers to this query rest on, for a kind whose questions lean on rules of the source; as it was minutes ago at most. */
  basis?(query: Q, signal: AbortSignal): Promise<Basis | Extract<Reading, { kind: 'Unavailable' }>>;
}

/** A source of evidence, and a reader for each kind of evidence that it has. */
export interface EvidenceReader {
  readonly kinds: { readonly [K in AskedKind]?: KindReader<Questions[K]> };
  /** For each slot, whether the source proves that it was collecting then (its heartbeat query is not empty). */
  wasCollecting(range: { from: number; to: number; stepMs: number }, signal: AbortSignal): Promise<readonly boolean[]>;
  probe(signal: AbortSignal): Promise<Reachability>;
  close(): Promise<void>;
}

/** What a reader is made of: the source's spec with its Secrets resolved. */
export interface Connection {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bearerToken?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly tls: {
    readonly ca?: string;
    readonly clientCert?: { readonly cert: string; readonly key: string };
    readonly serverName?: string;
    readonly insecureSkipVerify: boolean;
  };
  readonly timeoutMs: number;
  readonly maxConcurrency: number;
  /** What proves that it was collecting, where that is not left to the kind of source. */
  readonly heartbeat?: string;
}
