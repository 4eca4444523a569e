/** When something is due; undefined where nothing is. */
export interface Due {
  readonly at: number;
  /** Whether something is lacking already, and only waits. */
  readonly isLacking: boolean;
}

/** What is to be looked at, at once or later, so that nobody looks at everything each time. */
export class Agenda {
  readonly #due: (id: string, now: number) => Due | undefined;
  /** Not looked at since it changed. */
  readonly #changed = new Set<string>();
  /** Due, oldest first. */
  readonly #ready = new Set<string>();
  readonly #later = new Map<string, Due>();
  readonly #paceMs: (id: string) => number;
  readonly #lookedAt = new Map<string, number>();
  #soonest = Infinity;
  /** When the first of those is looked at that changed and were looked at just before. */
  #pacedUntil = Infinity;
  #lacking = 0;
  #lastLook = -Infinity;

  /** @param paceMs what changes all the time is looked at once in so many milliseconds, and when it is due */
  constructor(due: (id: string, now: number) => Due | undefined, paceMs: (id: string) => number = () => 0) {
    this.#due = due;
    this.#paceMs = paceMs;
  }

  /** It is something else now; what is due at once stays in its place. */
  changed(id: string): void {
    if (!this.#ready.has(id)) this.#changed.add(id);
  }

  /** What was due is done, or is not due any more. */
  done(id: string): void {
    this.#ready.delete(id);
    this.#changed.add(id);
  }

  /** What was due is not any more, for now: it comes behind all that is due by then. */
  postponed(id: string, now: number): void {
    this.#ready.delete(id);
    this.#place(id, now);
  }

  drop(id: string): void {
    this.#changed.delete(id);
    this.#ready.delete(id);
    this.#lookedAt.delete(id);
    this.#take(id);
  }

  /** What is due, oldest first; each is to be done or postponed before the next one is asked for. */
  first(now: number): string | undefined {
    this.#look(now);
    return this.#ready.values().next().value;
  }

  /** All that is due as of the last look, oldest first. */
  get ready(): Iterable<string> {
    return this.#ready;
  }

  /** In how many milliseconds something is due. */
  wait(now: number): number | undefined {
    this.#look(now);
    const next = Math.min(this.#soonest, this.#pacedUntil);
    return next === Infinity ? undefined : Math.max(0, next - now);
  }

  /** How many lack something. */
  lacking(now: number): number {
    this.#look(now);
    return this.#ready.size + this.#lacking;
  }

  #look(now: number): void {
    // A clock that was set back: what was to come is looked at anew.
    const wasSetBack = now < this.#lastLook;
    if (wasSetBack) for (const id of this.#later.keys()) this.#changed.add(id);
    this.#lastLook = now;
    if (this.#soonest <= now) for (const [id, { at }] of this.#later) if (at <= now) this.#changed.add(id);
    this.#pacedUntil = Infinity;
    for (const id of this.#changed) this.#lookAt(id, now);
    if (this.#soonest <= now || wasSetBack)
      this.#soonest = [...this.#later.values()].reduce((soonest, { at }) => Math.min(soonest, at), Infinity);
  }

  #lookAt(id: string, now: number): void {
    const lookedAt = this.#lookedAt.get(id) ?? -Infinity;
    const at = lookedAt + this.#paceMs(id);
    const isDue = (this.#later.get(id)?.at ?? Infinity) <= now;
    // Whatever the clock does, nothing waits longer than its pace.
    if (!isDue && lookedAt <= now && now < at) {
      this.#pacedUntil = Math.min(this.#pacedUntil, at);
      return;
    }
    this.#changed.delete(id);
    this.#lookedAt.set(id, now);
    this.#place(id, now);
  }

  #place(id: string, now: number): void {
    this.#take(id);
    const due = this.#due(id, now);
    if (due === undefined) return;
    if (due.at <= now) {
      this.#ready.add(id);
      return;
    }
    this.#later.set(id, due);
    this.#soonest = Math.min(this.#soonest, due.at);
    if (due.isLacking) this.#lacking += 1;
  }

  #take(id: string): void {
    if (this.#later.get(id)?.isLacking === true) this.#lacking -= 1;
    this.#later.delete(id);
  }
}
