import { AssayError } from '../platform/errors.ts';

/** What is known of an answer that was no success; without `status` there was no answer at all. */
export interface Refusal {
  readonly status?: number;
  /** One word: the `reason` of the Status object, or `Idle` for a watch that fell silent. */
  readonly reason?: string;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs?: number;
  /** The reasons of the `causes` of the Status object. */
  readonly causes?: readonly string[];
  /** The server's own sentence. It can quote what was sent, so it stays out of the message. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** A request that the API server refused or did not answer. */
export class KubeError extends AssayError {
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly causes: readonly string[];
  readonly detail: string | undefined;

  constructor(message: string, refusal: Refusal = {}) {
    super('KUBE_REQUEST_FAILED', message, refusal.cause === undefined ? undefined : { cause: refusal.cause });
    this.name = 'KubeError';
    this.status = refusal.status;
    this.reason = refusal.reason;
    this.retryAfterMs = refusal.retryAfterMs;
    this.causes = refusal.causes ?? [];
    this.detail = refusal.detail;
  }
}

/** The HTTP status that an error carries; undefined when it is none of the API server's answers. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof KubeError ? error.status : undefined;
}

const LONGEST_ASKED_MS = 60_000;

/** How long the API server asked to be left alone, if it did; 0 otherwise, and never more than a minute. */
export function askedMs(error: unknown): number {
  return Math.min((error instanceof KubeError ? error.retryAfterMs : undefined) ?? 0, LONGEST_ASKED_MS);
}
