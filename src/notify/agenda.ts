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
  #soonest = Infinity;
  #lacking = 0;

  constructor(due: (id: string, now: number) => Due | undefined) {
    this.#due = due;
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

  drop(id: string): void {
    this.#changed.delete(id);
    this.#ready.delete(id);
    this.#take(id);
  }

  /** What is due, oldest first; each is to be done or postponed before the next one is asked for. */
  first(now: number): string | undefined {
    this.#look(now);
    return this.#ready.values().next().value;
  }

  /** In how many milliseconds something is due. */
  wait(now: number): number | undefined {
    this.#look(now);
    return this.#soonest === Infinity ? undefined : Math.max(0, this.#soonest - now);
  }

  /** How many lack something. */
  lacking(now: number): number {
    this.#look(now);
    return this.#ready.size + this.#lacking;
  }

  #look(now: number): void {
    if (this.#soonest <= now) for (const [id, { at }] of this.#later) if (at <= now) this.#changed.add(id);
    for (const id of this.#changed) this.#place(id, now);
    this.#changed.clear();
    if (this.#soonest <= now)
      this.#soonest = [...this.#later.values()].reduce((soonest, { at }) => Math.min(soonest, at), Infinity);
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
