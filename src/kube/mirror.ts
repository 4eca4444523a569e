import { isDeepStrictEqual } from 'node:util';

import type { KubeObject } from '../api/common.ts';
import { messageOf } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { keyOf } from './resource.ts';
import { IndexedStore, type Indexes, type Store } from './store.ts';

/** Told of each change, after the store has it: without `before` the object is new, without `after` it is gone. */
export type ChangeHandler<T> = (before: T | undefined, after: T | undefined) => void;

/** What is kept of an object by default: all but what only the API server needs. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _dropped, ...metadata } = object.metadata as T['metadata'] & { managedFields?: unknown };
  return { ...object, metadata };
}

/**
 * A write of a status brings another copy of the same spec. The first one is kept: it is held once, and is the same at a glance. One
 * generation may still show two specs, when the schema in the CRD was changed.
 */
function withSpecOf<T extends KubeObject & { readonly spec?: unknown }>(before: T, object: T): T {
  const { generation } = object.metadata;
  if (generation === undefined || before.metadata.generation !== generation) return object;
  return isDeepStrictEqual(before.spec, object.spec) ? { ...object, spec: before.spec } : object;
}

export interface MirrorOptions<T extends KubeObject> {
  readonly log: Logger;
  readonly trim?: (object: T) => T;
  readonly indexes?: Indexes<T>;
}

/** A store and those who are told of its changes. Whatever a handler, a trim or an index function throws is logged and ends nothing. */
export class Mirror<T extends KubeObject> {
  readonly #log: Logger;
  readonly #trim: (object: T) => T;
  readonly #store: IndexedStore<T>;
  readonly #handlers = new Set<ChangeHandler<T>>();

  constructor({ log, trim = withoutManagedFields, indexes = {} }: MirrorOptions<T>) {
    this.#log = log;
    this.#trim = (object) => this.#guarded('an object could not be trimmed', () => trim(object), object);
    const guarded = Object.entries(indexes).map(([index, valuesOf]): [string, (object: T) => readonly string[]] => [
      index,
      (object) => this.#guarded('an object could not be indexed', () => valuesOf(object), []),
    ]);
    this.#store = new IndexedStore<T>(Object.fromEntries(guarded));
  }

  get store(): Store<T> {
    return this.#store;
  }

  /** The answer takes the handler away again. */
  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  trimmed(object: T): T {
    return this.#trim(object);
  }

  /** Takes over a trimmed object. One of the same name with another uid is another object: the old one is told gone first. */
  put(object: T): void {
    const key = keyOf(object);
    const before = this.#store.get(key);
    if (before?.metadata.uid === object.metadata.uid && before?.metadata.resourceVersion === object.metadata.resourceVersion)
      return;
    const sameObject = before?.metadata.uid === object.metadata.uid;
    if (!sameObject) this.remove(key);
    const kept = before && sameObject ? withSpecOf(before, object) : object;
    this.#store.put(kept);
    this.#tell(sameObject ? before : undefined, kept);
  }

  remove(key: string): void {
    const before = this.#store.get(key);
    if (before === undefined) return;
    this.#store.remove(key);
    this.#tell(before, undefined);
  }

  /** Makes the store hold exactly these trimmed objects; what was deleted while nobody watched is told as deleted. */
  replace(objects: ReadonlyMap<string, T>): void {
    const gone = this.#store
      .list()
      .map(keyOf)
      .filter((key) => !objects.has(key));
    for (const key of gone) this.remove(key);
    for (const object of objects.values()) this.put(object);
  }

  #tell(before: T | undefined, after: T | undefined): void {
    for (const handler of this.#handlers) this.#guarded('a change handler failed', () => handler(before, after), undefined);
  }

  #guarded<R>(sentence: string, run: () => R, otherwise: R): R {
    try {
      return run();
    } catch (error) {
      this.#log.error(sentence, { error: messageOf(error) });
      return otherwise;
    }
  }
}
