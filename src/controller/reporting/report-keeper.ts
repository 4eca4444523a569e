import type { CertificationCriterion } from '../../api/criterion.ts';
import type { Clock } from '../../platform/clock.ts';
import { messageOf } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { type KeptReport, keepLiveReport, type LiveReportParts, liveReportSeen } from './live-report.ts';
import { isSameDemand } from '../words.ts';

export interface KeeperParts extends LiveReportParts {
  readonly clock: Clock;
  readonly log: Logger;
}

/** What is known of a live report now. `Pending`: it is being asked for; `Failed`: it will be again. */
export type Keeping = KeptReport | { readonly kind: 'Pending' | 'Failed'; readonly comeBackMs: number };

interface Attempt {
  readonly object: CertificationCriterion;
  readonly given: AbortController;
  state: 'Pending' | 'Failed';
  notBefore: number;
}

const RETRY_MS = 10_000;
const COME_BACK_MS = 500;

/** Keeps the live reports beside the judging of their criteria, which never waits for the API server. */
export class ReportKeeper {
  readonly #parts: KeeperParts;
  readonly #attempts = new Map<string, Attempt>();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Never waits: what has to be asked of the API server is asked beside, until the signal aborts or the criterion changes. */
  keep(key: string, object: CertificationCriterion, signal: AbortSignal): Keeping {
    const seen = liveReportSeen(this.#parts, object);
    if (seen) {
      this.forget(key);
      return seen;
    }
    const before = this.#attempts.get(key);
    const now = this.#parts.clock.now();
    if (before && isSameDemand(before.object, object) && now < before.notBefore) return comingBack(before, now);
    this.forget(key);
    const attempt: Attempt = { object, given: new AbortController(), state: 'Pending', notBefore: Infinity };
    this.#attempts.set(key, attempt);
    void this.#try(key, attempt, AbortSignal.any([signal, attempt.given.signal]));
    return comingBack(attempt, now);
  }

  /** Gives up what is being asked for it. */
  forget(key: string): void {
    this.#attempts.get(key)?.given.abort();
    this.#attempts.delete(key);
  }

  async #try(key: string, attempt: Attempt, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    try {
      await keepLiveReport(this.#parts, attempt.object, signal);
      // The watch brings it.
      attempt.notBefore = clock.now() + RETRY_MS;
    } catch (error) {
      attempt.state = 'Failed';
      attempt.notBefore = signal.aborted ? clock.now() : clock.now() + RETRY_MS;
      if (!signal.aborted) log.warn('the live report can not be kept', { criterion: key, error: messageOf(error) });
    }
  }
}

const comingBack = ({ state, notBefore }: Attempt, now: number): Keeping => ({
  kind: state,
  comeBackMs: state === 'Pending' ? COME_BACK_MS : notBefore - now,
});
