import type { FalcoFacts, RuleCount } from './facts.ts';
import type { Around, Look } from './looks.ts';

type Seen = Extract<Around, { kind: 'Around' }>;

/** What Falco's own figures say that it missed between the looks of a span, each as a part of a sentence. */
export function lossesBetween({ looks, first, last }: Seen): string[] {
  const pairs = looks.slice(1).map((look, index) => ({ before: (looks[index] ?? first).facts, after: look.facts }));
  const found = {
    'another Falco answered': pairs.some(({ before, after }) => before.hostname !== after.hostname),
    'Falco was restarted': pairs.some(({ before, after }) => restarted(before, after)),
    'the counters of Falco began anew': pairs.some(({ before, after }) => fell(before, after)),
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

/** How often each rule matched between two looks, those that did; a counter that fell began anew. */
export function growthBetween(first: Look, last: Look): readonly RuleCount[] {
  const before = totals(first.facts.rules);
  return [...totals(last.facts.rules).values()].flatMap((now) => {
    const was = before.get(keyOf(now))?.count ?? 0;
    const count = now.count >= was ? now.count - was : now.count;
    return count > 0 ? [{ ...now, count }] : [];
  });
}

/** Rules of one name, of several sources of events, are one. */
function totals(rules: readonly RuleCount[]): ReadonlyMap<string, RuleCount> {
  const sums = new Map<string, RuleCount>();
  for (const rule of rules) {
    const count = (sums.get(keyOf(rule))?.count ?? 0) + rule.count;
    sums.set(keyOf(rule), { ...rule, count });
  }
  return sums;
}

const keyOf = ({ rule, priority }: RuleCount): string => JSON.stringify([rule, priority]);
