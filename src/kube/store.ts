import type { KubeObject } from '../api/common.ts';
import { keyOf } from './resource.ts';

/** For each index, the values under which an object is found. */
export type Indexes<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

/** Objects as they were last seen, by key (`namespace/name`, or `name`) and by index. What it answers is not to be changed. */
export interface Store<T extends KubeObject> {
  readonly size: number;
  get(key: string): T | undefined;
  list(): readonly T[];
  /** The objects for which the index function named `index` gave `value`. */
  byIndex(index: string, value: string): readonly T[];
}

/** The store behind a reflector, which alone changes it. */
export class IndexedStore<T extends KubeObject> implements Store<T> {
  readonly #objects = new Map<string, T>();
  readonly #functions: Indexes<T>;
  readonly #keysByIndex = new Map<string, Map<string, Set<string>>>();
  // What an object was indexed under, so that it is found again when the function answers differently later.
  readonly #values = new Map<string, readonly (readonly [index: string, values: readonly string[]])[]>();

  constructor(indexes: Indexes<T> = {}) {
    this.#functions = indexes;
    for (const index of Object.keys(indexes)) this.#keysByIndex.set(index, new Map());
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  byIndex(index: string, value: string): readonly T[] {
    const keys = this.#keysByIndex.get(index)?.get(value) ?? [];
    return [...keys].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Puts it in place of what has its key. An index function that throws throws here, before anything is changed. */
  put(object: T): void {
    const key = keyOf(object);
    const values = Object.entries(this.#functions).map(([index, valuesOf]) => [index, valuesOf(object)] as const);
    this.remove(key);
    this.#objects.set(key, object);
    this.#values.set(key, values);
    for (const [index, found] of values) for (const value of found) this.#keysUnder(index, value).add(key);
  }

  remove(key: string): void {
    for (const [index, values] of this.#values.get(key) ?? []) for (const value of values) this.#unindex(index, value, key);
    this.#values.delete(key);
    this.#objects.delete(key);
  }

  #keysUnder(index: string, value: string): Set<string> {
    const byValue = this.#keysByIndex.get(index) ?? new Map<string, Set<string>>();
    const keys = byValue.get(value) ?? new Set<string>();
    byValue.set(value, keys);
    return keys;
  }

  #unindex(index: string, value: string, key: string): void {
    const byValue = this.#keysByIndex.get(index);
    const keys = byValue?.get(value);
    keys?.delete(key);
    if (keys?.size === 0) byValue?.delete(value);
  }
}
