import type { FalcoFacts } from './facts.ts';

/** One look at the metrics of a Falco: what they said, as of a moment not before `at`. */
export interface Look {
  /** When the request was sent. */
  readonly at: number;
  readonly facts: FalcoFacts;
}

/** The looks around a span of time: the newest from before it, those within, and the first from after it. */
export type Around =
  | { readonly kind: 'Around'; readonly looks: readonly [Look, ...Look[]]; readonly first: Look; readonly last: Look }
  | { readonly kind: 'NotSeen' };

const MAX_LOOKS = 1_500;

/** The looks at one Falco, oldest first: as many as the longest span needs that was asked for, and at most 1,500. */
export class Looks {
  #looks: Look[] = [];
  #longestMs = 0;

  /** Adds the newest one. What did not change since the one before is not kept twice. */
  add(look: Look): void {
    const before = this.#looks.at(-1)?.facts;
    const same = before !== undefined && JSON.stringify(before.rules) === JSON.stringify(look.facts.rules);
    this.#looks.push(same ? { at: look.at, facts: { ...look.facts, rules: before.rules } } : look);
    this.#forget(look.at);
  }

  latest(): Look | undefined {
    return this.#looks.at(-1);
  }

  /** `NotSeen` where nobody looked before `from`, or since `to`. */
  around(from: number, to: number): Around {
    const begin = this.#looks.findLastIndex(({ at }) => at <= from);
    const end = this.#looks.findIndex(({ at }) => at >= to);
    const looks = begin < 0 || end < 0 ? [] : this.#looks.slice(begin, end + 1);
    const [first] = looks;
    const last = looks.at(-1);
    if (first === undefined || last === undefined) return { kind: 'NotSeen' };
    return { kind: 'Around', looks: [first, ...looks.slice(1)], first, last };
  }

  /** Looks that lie back so far are kept from now on. */
  keepFor(spanMs: number): void {
    this.#longestMs = Math.max(this.#longestMs, spanMs);
  }

  #forget(now: number): void {
    const needed = this.#looks.findLastIndex(({ at }) => at <= now - 2 * this.#longestMs);
    if (needed > 0) this.#looks.splice(0, needed);
    // Every second one of the older half: spans become wider, and none is lost.
    if (this.#looks.length > MAX_LOOKS) {
      const half = MAX_LOOKS / 2;
      this.#looks = this.#looks.filter((_, index) => index >= half || index % 2 === 0);
    }
  }
}
