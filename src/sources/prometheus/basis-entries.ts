import { createHash } from 'node:crypto';

import canonicalize from 'canonicalize';

import type { Labels } from '../../domain/sample.ts';
import type { BasisRule } from '../source.ts';
import { type Reads, readsOf } from './basis-reads.ts';
import type { AlertRule, RecordingRule } from './basis-rules.ts';

/** One rule of a book. What it reads is found out only where somebody asks. */
export class Entry {
  /** What it records, or the alert that it raises. */
  readonly record: string;
  readonly type: 'recording' | 'alerting';
  readonly labels: Labels;
  /** All that makes it another rule, in one text. */
  readonly text: string;
  readonly queryDigest: string;
  readonly #query: string;
  #reads: Reads | undefined;

  constructor(rule: Pick<Entry, 'record' | 'type' | 'labels' | 'text' | 'queryDigest'>, query: string) {
    this.record = rule.record;
    this.type = rule.type;
    this.labels = rule.labels;
    this.text = rule.text;
    this.queryDigest = rule.queryDigest;
    this.#query = query;
  }

  get reads(): Reads {
    return (this.#reads ??= readsOf(this.#query));
  }
}

export function recordingEntry({ record, query, labels }: RecordingRule): Entry {
  const text = textOf({ record, query, labels });
  return new Entry({ record, type: 'recording', labels, text, queryDigest: digestOf(textOf(query)) }, query);
}

/** What an alert looks for is not its expression alone: how long it waits, and its labels, decide whether it is asked for. */
export function alertEntry({ alert, query, labels, forSeconds, keepFiringForSeconds }: AlertRule): Entry {
  const text = textOf({ alert, query, labels, for: forSeconds, keepFiringFor: keepFiringForSeconds });
  return new Entry({ record: alert, type: 'alerting', labels, text, queryDigest: digestOf(text) }, query);
}

/** A rule as it is told of. */
export const listed = ({ record, type, queryDigest }: Entry): BasisRule => ({
  record: shown(record),
  queryDigest,
  ...(type === 'alerting' && { type }),
});

/** What weakens a rule as evidence, each with its name. */
export const weakIn = ({ record, reads }: Entry): string[] => reads.weak.map((words) => `${shown(record)}: ${words}`);

/** Sorted, and each once: replicas of a server tell the same rules. */
export function inOrder(entries: readonly Entry[]): readonly Entry[] {
  const once = [...new Map(entries.map((entry) => [entry.text, entry])).values()];
  return once.sort((a, b) => compare(a.record, b.record) || compare(a.text, b.text));
}

/** The digest of rules that are in order. */
export const digestOfAll = (entries: readonly Entry[]): string => digestOf(`[${entries.map(({ text }) => text).join(',')}]`);

const MAX_SHOWN = 200;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const textOf = (value: unknown): string => canonicalize(value) ?? '';
const shown = (name: string): string => (name.length <= MAX_SHOWN ? name : `${name.slice(0, MAX_SHOWN - 1).toWellFormed()}…`);
