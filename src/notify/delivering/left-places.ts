import type { Period } from '../../domain/timeline.ts';

/** The places that messages do not reach for now. */
export class LeftPlaces {
  readonly #left = new Map<string, Period>();

  leave(place: string, during: Period): void {
    this.#left.set(place, during);
  }

  /** Until when a place is left alone; a clock that is set back leaves nothing for longer. */
  until(place: string, now: number): number {
    const { from, to } = this.#left.get(place) ?? { from: 0, to: 0 };
    return from <= now && now < to ? to : 0;
  }

  /** Whether it was left and not reached since. */
  has(place: string): boolean {
    return this.#left.has(place);
  }

  delete(place: string): void {
    this.#left.delete(place);
  }
}
