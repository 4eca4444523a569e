import { isDeepStrictEqual } from 'node:util';

import TinyQueue from 'tinyqueue';

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
  /** Its place in the lines of the backlog; absent while it is being written. */
  ticket: Ticket | undefined;
}

/** A place in a line. One that its entry does not hold any more means nothing. */
interface Ticket {
  readonly entry: Entry;
  readonly dueAt: number;
  readonly urgent: boolean;
  readonly turn: number;
}

/**
 * The statuses that are not written yet, one an object. Times in milliseconds. What is due next is found without looking at the rest:
 * thousands wait for minutes when thousands of criteria are new.
 */
export class StatusBacklog {
  readonly #entries = new Map<string, Entry>();
  readonly #unwritten = new Set<Entry>();
  readonly #later = new TinyQueue<Ticket>([], (a, b) => a.dueAt - b.dueAt);
  readonly #due = { urgent: newLine(), calm: newLine() };
  #turns = 0;
  #hastened = false;

  /** How many objects have a status that is not written yet. */
  get pending(): number {
    return this.#unwritten.size;
  }

  /** Whether a status of this object waits, is being written or was a moment ago: what is shown of it may be older. */
  isUnsettled(resource: Resource, object: KubeObject): boolean {
    return this.#entries.has(entryKey(resource, object));
  }

  /** Wants this status, in place of what was wanted for the object before; nothing, if the API server has it already. */
  want({ resource, object, status, urgent = false }: StatusChange): void {
    const entry = this.#entryOf(resource, object);
    // As it will come back from the API server; and the caller may go on changing its own.
    const wanted: unknown = JSON.parse(JSON.stringify(status));
    const before = entry.wanted ?? { urgent: false, turn: (this.#turns += 1) };
    entry.wanted = { status: wanted, urgent: urgent || before.urgent, turn: before.turn };
    if (!entry.writing) settle(entry);
    this.#line(entry);
  }

  /** The next to be written now: urgent ones first, and those that wait the longest. */
  next(now: number, { urgentOnly }: { readonly urgentOnly: boolean }): Entry | undefined {
    this.#call(now);
    const ticket = firstOf(this.#due.urgent) ?? (urgentOnly ? undefined : firstOf(this.#due.calm));
    return ticket?.entry;
  }

  /** When an entry that waits for its time is due next, be it only to be forgotten; Infinity if there is none. */
  earliest(): number {
    return firstOf(this.#later)?.dueAt ?? Infinity;
  }

  begin(entry: Entry): void {
    entry.writing = true;
    entry.ticket = undefined;
  }

  /** A try to write it has ended, however it went. */
  end(entry: Entry): void {
    entry.writing = false;
    settle(entry);
    this.#line(entry);
  }

  /** From now on nothing waits for its time, but what failed. */
  hasten(): void {
    this.#hastened = true;
    for (const entry of this.#entries.values()) this.#line(entry);
  }

  clear(): void {
    this.#entries.clear();
    this.#unwritten.clear();
    for (const line of [this.#later, this.#due.urgent, this.#due.calm]) while (line.pop() !== undefined);
  }

  /** Calls those whose time has come to the lines of those that are due. */
  #call(now: number): void {
    for (let ticket = firstOf(this.#later); ticket !== undefined && ticket.dueAt <= now; ticket = firstOf(this.#later)) {
      this.#later.pop();
      const { entry } = ticket;
      if (entry.wanted === undefined) this.#entries.delete(entryKey(entry.resource, entry.object));
      else this.#due[ticket.urgent ? 'urgent' : 'calm'].push(ticket);
    }
  }

  /** Gives an entry the place that it is due, if it is not there already. */
  #line(entry: Entry): void {
    if (entry.wanted === undefined && !entry.writing) this.#unwritten.delete(entry);
    else this.#unwritten.add(entry);
    if (entry.writing) return;
    const { urgent, turn } = entry.wanted ?? { urgent: false, turn: 0 };
    const dueAt = this.#dueAt(entry);
    const { ticket } = entry;
    if (ticket?.dueAt === dueAt && ticket.urgent === urgent && ticket.turn === turn) return;
    entry.ticket = { entry, dueAt, urgent, turn };
    this.#later.push(entry.ticket);
  }

  #dueAt({ notBefore, calmAt, wanted, failures }: Entry): number {
    if (wanted === undefined) return calmAt;
    return this.#hastened && failures === 0 ? 0 : notBefore;
  }

  #entryOf(resource: Resource, object: StatusChange['object']): Entry {
    const key = entryKey(resource, object);
    const seen = { version: object.metadata.resourceVersion ?? '', status: object.status, own: false };
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      if (isNewer(seen.version, entry.known.version)) entry.known = seen;
      return entry;
    }
    const { status: _unused, ...named } = object;
    const state = { known: seen, wanted: undefined, notBefore: 0, calmAt: 0, failures: 0, conflicts: 0, writing: false };
    const added = { resource, object: named, ...state, ticket: undefined };
    this.#entries.set(key, added);
    return added;
  }
}

function newLine(): TinyQueue<Ticket> {
  return new TinyQueue<Ticket>([], (a, b) => a.turn - b.turn);
}

/** The first of a line that is still held; those before it are dropped. */
function firstOf(line: TinyQueue<Ticket>): Ticket | undefined {
  for (let ticket = line.peek(); ticket !== undefined; ticket = line.peek()) {
    if (ticket.entry.ticket === ticket) return ticket;
    line.pop();
  }
  return undefined;
}

/** Wants nothing any more if the API server has it. */
function settle(entry: Entry): void {
  if (entry.wanted !== undefined && isDeepStrictEqual(entry.known.status, entry.wanted.status)) entry.wanted = undefined;
}

const entryKey = (resource: Resource, object: KubeObject): string => `${resource.plural} ${object.metadata.uid ?? keyOf(object)}`;

/** Versions of one kind are comparable: whole numbers, of which the later is the larger. */
function isNewer(version: string, than: string): boolean {
  return version.length === than.length ? version > than : version.length > than.length;
}
