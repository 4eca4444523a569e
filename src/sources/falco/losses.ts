import type { Counter, FalcoFacts, RuleCount } from './facts.ts';
import type { Look } from './looks.ts';

/** What the figures of a Falco, or of a relay, say that it missed between the looks of a span, each as a part of a sentence. */
export function lossesBetween({ looks }: { readonly looks: readonly [Look, ...Look[]] }): string[] {
  const [first] = looks;
  const last = looks.at(-1) ?? first;
  const counter = counterOf(looks);
  const pairs = looks.slice(1).map((look, index) => ({ before: (looks[index] ?? first).facts, after: look.facts }));
  const found = {
    'another Falco answered': pairs.some(({ before, after }) => before.hostname !== after.hostname),
    [`${counter} was restarted`]: pairs.some(({ before, after }) => restarted(before, after)),
    [`the counters of ${counter} began anew`]: pairs.some(
      ({ before, after }) => !restarted(before, after) && fell(before, after),
    ),
    'the rules files were changed': pairs.some(({ before, after }) => before.rulesFiles !== after.rulesFiles),
    'the drops of system calls are not counted (kernel_event_counters_enabled)': looks.some(
      ({ facts }) => facts.syscallDrops === undefined,
    ),
  };
  return [
    ...Object.entries(found).flatMap(([sentence, is]) => (is ? [sentence] : [])),
    ...grown('alerts dropped by the queue of Falco', first, last, ({ queueDrops }) => queueDrops),
    ...grown('system calls dropped', first, last, ({ syscallDrops = 0 }) => syscallDrops),
  ];
}

/** Who counted what was looked at; of a relay that tells it first with an alert. */
export function counterOf(looks: readonly [Look, ...Look[]]): Counter {
  const telling = looks.find(({ facts }) => facts.rules.length > 0) ?? looks[0];
  return telling.facts.counter;
}

function restarted(before: FalcoFacts, after: FalcoFacts): boolean {
  return before.start !== after.start || after.upSeconds < before.upSeconds;
}

/** Whether a counter fell without a restart, or is gone: what it counted in between is not known. */
function fell(before: FalcoFacts, after: FalcoFacts): boolean {
  if (after.queueDrops < before.queueDrops || (after.syscallDrops ?? 0) < (before.syscallDrops ?? 0)) return true;
  const now = totals(after.rules);
  return [...totals(before.rules)].some(([key, { count }]) => (now.get(key)?.count ?? 0) < count);
}

function grown(what: string, first: Look, last: Look, of: (facts: FalcoFacts) => number): string[] {
  const more = of(last.facts) - of(first.facts);
  return more > 0 ? [`${more} ${what}`] : [];
}

/** How often each rule matched over the looks of a span, those that did, as far as it is certain. */
export function growthOver(looks: readonly Look[]): readonly RuleCount[] {
  const grown = looks.slice(1).flatMap((after, index) => growthBetween(looks[index] ?? after, after));
  return [...totals(grown).values()];
}

/** What began anew between two looks counts in full; of what another Falco has counted it is not known when. */
function growthBetween({ facts: before }: Look, { facts: after }: Look): readonly RuleCount[] {
  if (before.hostname !== after.hostname) return [];
  const anew = restarted(before, after);
  // Looks share what did not change.
  if (!anew && before.rules === after.rules) return [];
  const then = totals(anew ? [] : before.rules);
  return [...totals(after.rules).values()].flatMap((now) => {
    const was = then.get(keyOf(now))?.count ?? 0;
    const count = now.count >= was ? now.count - was : now.count;
    return count > 0 ? [{ ...now, count }] : [];
  });
}

/** Counts that are alike in everything that a question can ask for are one. */
function totals(rules: readonly RuleCount[]): ReadonlyMap<string, RuleCount> {
  const sums = new Map<string, RuleCount>();
  for (const rule of rules) {
    const count = (sums.get(keyOf(rule))?.count ?? 0) + rule.count;
    sums.set(keyOf(rule), { ...rule, count });
  }
  return sums;
}

const keyOf = ({ rule, priority, origin, namespace, tags }: RuleCount): string =>
  JSON.stringify([rule, priority, origin, namespace, tags]);
