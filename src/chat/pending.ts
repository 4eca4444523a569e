import type { Write } from '../domain/writing.ts';
import type { MessageRef } from '../notify/notifier.ts';

/** What waits for the yes of the person who asked for it. */
export interface Pending {
  readonly writes: readonly Write[];
  /** Of the request, so that its writes have one identity however often it is confirmed. */
  readonly key: string;
  /** What was shown of it. */
  readonly lines: readonly string[];
  /** The thread in which it was shown, where it is known. */
  readonly shownIn?: MessageRef;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly askedAt: number;
}

export const CONFIRM_WITHIN_MS = 5 * 60_000;
const MOST = 1_000;

/** What waits for confirmation, at most one thing for each person in each room. Lost with the process, which loses nothing else. */
export class PendingWrites {
  readonly #pending = new Map<string, Pending>();

  /** In place of what waited before. */
  put(who: string, pending: Pending): void {
    this.#pending.delete(who);
    this.#pending.set(who, pending);
    const oldest = this.#pending.keys().next().value;
    if (this.#pending.size > MOST && oldest !== undefined) this.#pending.delete(oldest);
  }

  /** What waits for this person, and goes on waiting. */
  get(who: string): Pending | undefined {
    return this.#pending.get(who);
  }

  /** What waits for this person; it waits no longer. `Late`: it waited too long. */
  take(who: string, now: number): Pending | 'Late' | undefined {
    const found = this.#pending.get(who);
    this.#pending.delete(who);
    return found && now - found.askedAt > CONFIRM_WITHIN_MS ? 'Late' : found;
  }
}
