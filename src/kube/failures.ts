import { backoffMs, type Backoff } from '../platform/backoff.ts';
import { askedMs, KubeError } from './kube-error.ts';

/** What a reflector does after an error. */
export interface NextStep {
  readonly waitMs: number;
  /** Whether the version it had reached can not be watched from any more. */
  readonly relist: boolean;
  /** Whether the kind is gone, and all of its objects with it; said once. */
  readonly gone: boolean;
  /** Whether this is the moment at which somebody should hear of it; said once a row of failures. */
  readonly worthSaying: boolean;
}

// A server that is starting may not serve a custom resource yet; only a kind that stays away is taken as deleted.
const ABSENCES = 3;
const FAILURES_WORTH_SAYING = 3;

/** Counts the failures in a row of one watch. */
export class Failures {
  readonly #backoff: Backoff;
  readonly #random: () => number;
  #inRow = 0;
  #absences = 0;
  /** Whether one of this row was not waited after. */
  #wentOnAtOnce = false;

  constructor(backoff: Backoff, random: () => number) {
    this.#backoff = backoff;
    this.#random = random;
  }

  /** Something arrived. The answer says whether that ends a row that was worth saying. */
  ended(): boolean {
    const wasSaid = this.#inRow >= FAILURES_WORTH_SAYING;
    this.#inRow = 0;
    this.#wentOnAtOnce = false;
    return wasSaid;
  }

  next(error: unknown): NextStep {
    const { status, reason } = error instanceof KubeError ? error : {};
    this.#absences = status === 404 ? this.#absences + 1 : 0;
    this.#inRow += 1;
    // A version that is too old and a connection that fell silent happen in good health, and after a server was away it is the one
    // that is back who says that the version is too old; the first time, nothing is waited for.
    const atOnce = !this.#wentOnAtOnce && (status === 410 || reason === 'Idle');
    this.#wentOnAtOnce ||= atOnce;
    const waitMs = atOnce ? 0 : backoffMs(this.#backoff, this.#inRow, this.#random);
    return {
      waitMs: Math.max(waitMs, askedMs(error)),
      relist: status === 410 || status === 404 || status === 400,
      gone: this.#absences === ABSENCES,
      worthSaying: this.#inRow === FAILURES_WORTH_SAYING,
    };
  }
}
