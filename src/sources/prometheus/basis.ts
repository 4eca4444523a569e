import type { Basis } from '../source.ts';
import type { Trial } from './alerts-match.ts';
import { couldRaise, MAX_WORK } from './alerts-rules.ts';
import { alertEntry, digestOfAll, type Entry, inOrder, listed, recordingEntry, weakIn } from './basis-entries.ts';
import { type Reads, readsOf } from './basis-reads.ts';
import type { AlertRule, RecordingRule } from './basis-rules.ts';

/** The rules of a server at one time, and what questions rest on because of them. */
export interface RuleBook {
  /** The same for the same rules, whatever their order. */
  readonly version: string;
  /** The same object for the same query. */
  basisOf(query: string): Basis;
  /** What alerts of these matchers rest on: the same object for the same `key`. Throws `AssayError` where that is too much work. */
  basisOfAlerts(key: string, trials: readonly Trial[]): Basis;
  /** Whether a query reads the series of alerts, also through recording rules: it then rests on alerting rules, too. */
  readsAlerts(query: string): boolean;
}

// As many as a record names; the digest is of all.
const MAX_LISTED = 50;
// Rules that are followed from one query; behind more than these all rules count.
const MAX_FOLLOWED = 1_000;
const MAX_KEPT = 10_000;
const TOO_MANY = `more than ${MAX_FOLLOWED} rules lie behind it: every one of the source counts`;
// What an alerting rule makes beside alerts.
const SERIES_OF_ALERTS = ['ALERTS', 'ALERTS_FOR_STATE'];

/** Makes the book of these rules. */
export function newRuleBook(rules: readonly RecordingRule[], alerting: readonly AlertRule[] = []): RuleBook {
  const recording = inOrder(rules.map(recordingEntry));
  const alerts = inOrder(alerting.map(alertEntry));
  const byName = Map.groupBy(recording, ({ record }) => record);
  for (const name of SERIES_OF_ALERTS) byName.set(name, [...(byName.get(name) ?? []), ...alerts]);
  const ofAll = digestOfAll(recording);
  const nothing: Basis = { kind: 'Basis', digest: digestOfAll([]), rules: [], weak: [] };

  const find = (own: Reads, first: readonly Entry[]): Basis => {
    const { entries, complete } = behind(own, first, byName);
    const everything = !complete || own.everything || entries.some(({ reads }) => reads.everything);
    const weak = [...own.weak, ...entries.flatMap(weakIn), ...(complete ? [] : [TOO_MANY])];
    const raising = complete ? entries.filter(({ type }) => type === 'alerting') : alerts;
    const counted = everything ? (raising.length === 0 ? recording : inOrder([...recording, ...raising])) : inOrder(entries);
    if (counted.length === 0 && weak.length === 0) return nothing;
    return {
      kind: 'Basis',
      digest: counted === recording ? ofAll : digestOfAll(counted),
      rules: counted.slice(0, MAX_LISTED).map(listed),
      weak: [...new Set(weak)].slice(0, MAX_LISTED),
    };
  };
  const queries = newKept();
  const matchers = newKept();

  return {
    version: digestOfAll([...recording, ...alerts]),
    basisOf: (query) => queries(query, () => find(readsOf(query), [])),
    basisOfAlerts: (key, trials) =>
      matchers(key, () => {
        const work = { left: MAX_WORK };
        return find(
          NO_QUERY,
          alerts.filter(({ record, labels }) => couldRaise({ name: record, labels }, trials, work)),
        );
      }),
    readsAlerts: (query) => {
      const { names } = behind(readsOf(query), [], byName);
      return SERIES_OF_ALERTS.some((name) => names.has(name));
    },
  };
}

const NO_QUERY: Reads = { names: new Set(), everything: false, weak: [] };

/** What was found is the same object again; when too much is kept all is forgotten. */
function newKept(): (key: string, find: () => Basis) => Basis {
  const kept = new Map<string, Basis>();
  return (key, find) => {
    const found = kept.get(key) ?? find();
    if (kept.size >= MAX_KEPT && !kept.has(key)) kept.clear();
    kept.set(key, found);
    return found;
  };
}

/**
 * The rules to begin with, those that record what is read, and what all of these read; each name once, as rules may record what they
 * read themselves.
 */
function behind(
  own: Reads,
  first: readonly Entry[],
  byName: ReadonlyMap<string, readonly Entry[]>,
): { readonly entries: readonly Entry[]; readonly names: ReadonlySet<string>; readonly complete: boolean } {
  const names = new Set([...own.names, ...first.flatMap(({ reads }) => [...reads.names])]);
  const entries = [...first];
  // A set that grows while it is walked gives what was added, too.
  for (const name of names) {
    for (const entry of byName.get(name) ?? []) {
      if (entries.length >= MAX_FOLLOWED) return { entries, names, complete: false };
      entries.push(entry);
      for (const read of entry.reads.names) names.add(read);
    }
  }
  return { entries, names, complete: entries.length <= MAX_FOLLOWED };
}
