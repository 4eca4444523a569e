import type { Reading } from '../domain/sample.ts';

/** One question for one slot. `slot` and `maxAgeMs` in milliseconds. */
export interface ReadRequest {
  readonly query: string;
  readonly slot: number;
  readonly maxAgeMs: number;
}

/** The same question for each slot `from, from + stepMs, ... <= to`. */
export interface ReadRangeRequest {
  readonly query: string;
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly maxAgeMs: number;
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
 * A source of evidence. It gives samples, never verdicts, and never throws for what a source does: that is a `Reading` of kind
 * `Unavailable`.
 */
export interface EvidenceReader {
  read(request: ReadRequest, signal: AbortSignal): Promise<Reading>;
  /** One reading for each slot, in order. */
  readRange(request: ReadRangeRequest, signal: AbortSignal): Promise<readonly Reading[]>;
  /** For each slot, whether the source proves that it was collecting then (its heartbeat query is not empty). */
  wasCollecting(range: { from: number; to: number; stepMs: number }, signal: AbortSignal): Promise<readonly boolean[]>;
  /**
   * Whether this query can be asked with this `maxAgeMs`.
   * @returns undefined when it can, otherwise the reason for `Ready=False` with a sentence.
   */
  check(
    request: { query: string; maxAgeMs: number },
    signal: AbortSignal,
  ): Promise<{ reason: 'InvalidQuery' | 'MaxAgeNotSupported'; message: string } | undefined>;
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
  readonly heartbeat: string;
}
