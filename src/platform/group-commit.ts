import { AssayError } from './errors.ts';
import type { Clock } from './clock.ts';

/** A full queue does not wait any longer; it bounds both the memory and how long a commit holds up everything else. */
const MAX_QUEUED_ENTRIES = 256;

interface Job {
  readonly entries: number;
  readonly run: () => void;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export interface GroupCommitOptions {
  readonly clock: Clock;
  /** How long the first of a group waits for others; 0: until the next turn of the event loop, whatever the clock. */
  readonly delayMs: number;
  /** Runs all writes of a group as one transaction, or throws and leaves nothing of them. */
  readonly transact: (run: () => void) => void;
  readonly onCommit: (entries: number, ms: number) => void;
}

/** Collects writes for a moment and makes them durable together, because what a commit costs is the sync of the disk. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #jobs: Job[] = [];
  #entries = 0;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /**
   * Answers with what `run` gave, once it is durable. `run` is called once, or never when a write before it in its group fails.
   * What is urgent waits only for the next turn of the event loop, and takes with it whatever is queued.
   * @throws AssayError STORE_FAILED, STORE_FENCED: nothing of the whole group is stored
   */
  add<T>(entries: number, run: () => T, urgent = false): Promise<T> {
    if (this.#closed) return Promise.reject(new AssayError('STORE_FAILED', 'the store is closed'));
    return new Promise<T>((resolve, reject) => {
      let result: T;
      this.#jobs.push({ entries, run: () => (result = run()), done: () => resolve(result), failed: reject });
      this.#entries += entries;
      if (this.#entries >= MAX_QUEUED_ENTRIES) this.flush();
      else if (urgent) this.#flushNext();
      else this.#cancelTimer ??= this.#soon(() => this.flush());
    });
  }

  /** Commits what is queued, now. */
  flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const jobs = this.#jobs;
    const entries = this.#entries;
    if (jobs.length === 0) return;
    this.#jobs = [];
    this.#entries = 0;
    const startedMs = performance.now();
    try {
      this.#options.transact(() => jobs.forEach((job) => job.run()));
    } catch (error) {
      for (const job of jobs) job.failed(error);
      return;
    }
    for (const job of jobs) job.done();
    this.#options.onCommit(entries, performance.now() - startedMs);
  }

  /** Commits what is queued and takes no more. */
  close(): void {
    this.#closed = true;
    this.flush();
  }

  #soon(run: () => void): () => void {
    if (this.#options.delayMs > 0) return this.#options.clock.after(this.#options.delayMs, run);
    return nextTurn(run);
  }

  #flushNext(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = nextTurn(() => this.flush());
  }
}

function nextTurn(run: () => void): () => void {
  const immediate = setImmediate(run);
  return () => clearImmediate(immediate);
}
