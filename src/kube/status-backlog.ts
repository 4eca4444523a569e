import { isDeepStrictEqual } from 'node:util';

import type { KubeObject } from '../api/common.ts';
import { keyOf, type Resource } from './resource.ts';

/** A status that is wanted for an object. */
export interface StatusChange {
  readonly resource: Resource;
  /** The object as it was last seen, with its status. */
  readonly object: KubeObject & { readonly status?: unknown };
  /** The whole status; what it leaves out and this operator once wrote is removed. */
  readonly status: object;
  /** Passes before others where writes have to wait for each other. */
  readonly urgent?: boolean;
}

/** What the API server has, as far as known, and at which version; without `status` it may have anything. */
export interface Known {
  readonly version: string;
  readonly status: unknown;
  /** Whether it is what this writer wrote. */
  readonly own: boolean;
}

interface Wanted {
  readonly status: unknown;
  readonly urgent: boolean;
  /** Smaller where something unwritten has been wanted for longer. */
  readonly turn: number;
}

/** What is known of one object. It lives only while something is to be written or has just been, so that memory stays flat. */
export interface Entry {
  readonly resource: Resource;
  readonly object: KubeObject;
  known: Known;
  wanted: Wanted | undefined;
  notBefore: number;
  /** When its writes are as far apart again as they should be; until then it is remembered. */
  calmAt: number;
  /** In a row, as are conflicts. */
  failures: number;
  conflicts: number;
  writing: boolean;
}

/** Which entries are asked for: with `flushing` intervals do not count. */
export interface Which {
  readonly flushing: boolean;
  readonly urgentOnly: boolean;
}

/** The statuses that are not written yet, one an object. Times in milliseconds. */
export class StatusBacklog {
  readonly #entries = new Map<string, Entry>();
  #turns = 0;

  /** How many objects have a status that is not written yet. */
  get pending(): number {
    return [...this.#entries.values()].filter(({ wanted, writing }) => wanted !== undefined || writing).length;
  }

  /** Wants this status, in place of what was wanted for the object before; nothing, if the API server has it already. */
  want({ resource, object, status, urgent = false }: StatusChange): void {
    const entry = this.#entryOf(resource, object);
    // As it will come back from the API server; and the caller may go on changing its own.
    const wanted: unknown = JSON.parse(JSON.stringify(status));
    const before = entry.wanted ?? { urgent: false, turn: (this.#turns += 1) };
    entry.wanted = { status: wanted, urgent: urgent || before.urgent, turn: before.turn };
    if (!entry.writing) settle(entry);
  }

  /** The next to be written now: urgent ones first, and those that wait the longest. */
  next(now: number, { flushing, urgentOnly }: Which): Entry | undefined {
    let first: Entry | undefined;
    for (const [key, entry] of this.#entries) {
      if (entry.writing || dueAt(entry, flushing) > now) continue;
      if (entry.wanted === undefined) this.#entries.delete(key);
      else if (urgentOnly && !entry.wanted.urgent) continue;
      else if (first?.wanted === undefined || passes(entry.wanted, first.wanted)) first = entry;
    }
    return first;
  }

  /** When an entry that is not being written is due next, be it only to be forgotten; Infinity if there is none. */
  earliest({ flushing, urgentOnly }: Which): number {
    let earliest = Infinity;
    for (const entry of this.#entries.values()) {
      if (entry.writing || (urgentOnly && entry.wanted?.urgent === false)) continue;
      earliest = Math.min(earliest, dueAt(entry, flushing));
    }
    return earliest;
  }

  clear(): void {
    this.#entries.clear();
  }

  #entryOf(resource: Resource, object: StatusChange['object']): Entry {
    const key = `${resource.plural} ${object.metadata.uid ?? keyOf(object)}`;
    const seen = { version: object.metadata.resourceVersion ?? '', status: object.status, own: false };
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      if (isNewer(seen.version, entry.known.version)) entry.known = seen;
      return entry;
    }
    const { status: _unused, ...named } = object;
    const state = { known: seen, wanted: undefined, notBefore: 0, calmAt: 0, failures: 0, conflicts: 0, writing: false };
    const added = { resource, object: named, ...state };
    this.#entries.set(key, added);
    return added;
  }
}

/** Wants nothing any more if the API server has it. */
export function settle(entry: Entry): void {
  if (entry.wanted !== undefined && isDeepStrictEqual(entry.known.status, entry.wanted.status)) entry.wanted = undefined;
}

function dueAt({ notBefore, calmAt, wanted, failures }: Entry, flushing: boolean): number {
  if (wanted === undefined) return calmAt;
  return flushing && failures === 0 ? 0 : notBefore;
}

function passes(one: Wanted, other: Wanted): boolean {
  return one.urgent === other.urgent ? one.turn < other.turn : one.urgent;
}

/** Versions of one kind are comparable: whole numbers, of which the later is the larger. */
function isNewer(version: string, than: string): boolean {
  return version.length === than.length ? version > than : version.length > than.length;
}
