import type { Clock } from '../../src/platform/clock.ts';

interface Timer {
  readonly dueAt: number;
  readonly run: () => void;
}

/** A clock that stands still until it is moved. What is due at once happens at once, so that work goes on meanwhile. */
export class HandClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    if (ms <= 0) {
      const soon = setImmediate(run);
      return () => clearImmediate(soon);
    }
    const timer = { dueAt: this.#now + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves on to `at`; what falls due on the way happens in order, each at its own time. */
  moveTo(at: number): void {
    for (let next = this.#next(at); next; next = this.#next(at)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.dueAt);
      next.run();
    }
    this.#now = at;
  }

  #next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (timer.dueAt <= until && timer.dueAt < (first?.dueAt ?? Infinity)) first = timer;
    return first;
  }
}
