import { createHash } from 'node:crypto';

import canonicalize from 'canonicalize';

import type { Basis } from '../source.ts';
import { type Reads, readsOf } from './basis-reads.ts';
import type { RecordingRule } from './basis-rules.ts';

/** The recording rules of a server at one time, and what queries rest on because of them. */
export interface RuleBook {
  /** The same for the same rules, whatever their order. */
  readonly version: string;
  /** The same object for the same query. */
  basisOf(query: string): Basis;
}

// As many as a record names; the digest is of all.
const MAX_LISTED = 50;
// Rules that are followed from one query; behind more than these all rules count.
const MAX_FOLLOWED = 1_000;
const MAX_KEPT = 10_000;
const MAX_SHOWN = 200;
const TOO_MANY = `more than ${MAX_FOLLOWED} recording rules lie behind it: every one of the source counts`;

/** One rule of the book. What it reads is found out only where somebody asks. */
class Entry {
  readonly record: string;
  readonly queryDigest: string;
  /** Name, query and labels in one text. */
  readonly text: string;
  readonly #query: string;
  #reads: Reads | undefined;

  constructor({ record, query, labels }: RecordingRule) {
    this.record = record;
    this.text = textOf({ record, query, labels });
    this.queryDigest = digestOf(textOf(query));
    this.#query = query;
  }

  get reads(): Reads {
    return (this.#reads ??= readsOf(this.#query));
  }
}

/** Makes the book of these rules. */
export function newRuleBook(rules: readonly RecordingRule[]): RuleBook {
  const all = inOrder(rules.map((rule) => new Entry(rule)));
  const byName = Map.groupBy(all, ({ record }) => record);
  const version = digestOfAll(all);
  const kept = new Map<string, Basis>();
  const nothing: Basis = { kind: 'Basis', digest: digestOfAll([]), rules: [], weak: [] };

  const find = (query: string): Basis => {
    const own = readsOf(query);
    const { entries, complete } = behind(own, byName);
    const everything = !complete || own.everything || entries.some(({ reads }) => reads.everything);
    const weak = [...own.weak, ...entries.flatMap(weakIn), ...(complete ? [] : [TOO_MANY])];
    const counted = everything ? all : inOrder(entries);
    if (counted.length === 0 && weak.length === 0) return nothing;
    return {
      kind: 'Basis',
      digest: everything ? version : digestOfAll(counted),
      rules: counted.slice(0, MAX_LISTED).map(({ record, queryDigest }) => ({ record: shown(record), queryDigest })),
      weak: weak.slice(0, MAX_LISTED),
    };
  };

  return {
    version,
    basisOf: (query) => {
      const before = kept.get(query);
      if (before !== undefined) return before;
      if (kept.size >= MAX_KEPT) kept.clear();
      const found = find(query);
      kept.set(query, found);
      return found;
    },
  };
}

/** The rules that record what is read, and what those read, each once; rules may record what they read themselves. */
function behind(
  own: Reads,
  byName: ReadonlyMap<string, readonly Entry[]>,
): { readonly entries: readonly Entry[]; readonly complete: boolean } {
  const names = new Set(own.names);
  const entries: Entry[] = [];
  // A set that grows while it is walked gives what was added, too.
  for (const name of names) {
    for (const entry of byName.get(name) ?? []) {
      if (entries.length === MAX_FOLLOWED) return { entries, complete: false };
      entries.push(entry);
      for (const read of entry.reads.names) names.add(read);
    }
  }
  return { entries, complete: true };
}

const weakIn = ({ record, reads }: Entry): string[] => reads.weak.map((words) => `${shown(record)}: ${words}`);

/** Sorted, and each once: replicas of a server tell the same rules. */
function inOrder(entries: readonly Entry[]): readonly Entry[] {
  const once = [...new Map(entries.map((entry) => [entry.text, entry])).values()];
  return once.sort((a, b) => compare(a.record, b.record) || compare(a.text, b.text));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const digestOfAll = (entries: readonly Entry[]): string => digestOf(`[${entries.map(({ text }) => text).join(',')}]`);
const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const textOf = (value: unknown): string => canonicalize(value) ?? '';
const shown = (name: string): string => (name.length <= MAX_SHOWN ? name : `${name.slice(0, MAX_SHOWN - 1).toWellFormed()}…`);
