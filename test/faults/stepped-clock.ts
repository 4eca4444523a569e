import { type Clock, systemClock } from '../../src/platform/clock.ts';

/** The clock of a machine that somebody sets: the time of day jumps, and what is waited for takes as long as before. */
export class SteppedClock implements Clock {
  readonly #offset = { ms: 0 };

  /** @param now what it shows at first */
  constructor(now: number) {
    this.stepTo(now);
  }

  now(): number {
    return Date.now() + this.#offset.ms;
  }

  after(ms: number, run: () => void): () => void {
    return systemClock.after(ms, run);
  }

  stepTo(now: number): void {
    this.#offset.ms = now - Date.now();
  }

  step(ms: number): void {
    this.#offset.ms += ms;
  }
}
