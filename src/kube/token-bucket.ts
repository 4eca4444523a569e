/** Lets through `burst` at once, and `perSecond` over time. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** `now` in milliseconds, here and below. */
  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }, now: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** How long until one more may pass; 0 if one may now. */
  waitMs(now: number): number {
    this.#fill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) / this.#perMs);
  }

  /** Counts one that passes, whether it had to wait or not. */
  take(now: number): void {
    this.#fill(now);
    this.#tokens = Math.max(this.#tokens - 1, 0);
  }

  #fill(now: number): void {
    // A clock that was set back gives nothing, and takes nothing away.
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(now - this.#at, 0) * this.#perMs);
    this.#at = now;
  }
}
