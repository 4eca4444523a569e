import type { Clock } from '../../src/platform/clock.ts';

interface Timer {
  readonly dueAt: number;
  readonly run: () => void;
}

/**
 * A clock that stands still until it is moved. Whoever waits on it is let go when it has moved that far, or when that much time has
 * really passed: a watch that broke off is opened again although nobody moves the clock meanwhile.
 */
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
    const timer: Timer = {
      dueAt: this.#now + ms,
      run: () => {
        clearTimeout(really);
        if (this.#timers.delete(timer)) run();
      },
    };
    const really = setTimeout(() => timer.run(), Math.max(ms, 0));
    this.#timers.add(timer);
    return () => {
      clearTimeout(really);
      this.#timers.delete(timer);
    };
  }

  /** Moves on to `at`; what falls due on the way happens in order, each at its own time. */
  moveTo(at: number): void {
    for (let next = this.#next(at); next; next = this.#next(at)) {
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
