import type { FalcoFacts } from './facts.ts';
import type { FalcoQuestion } from './matching.ts';

/** What counters of alerts say of themselves; `all` where no other can come, as none of a relay is there before its first alert. */
export interface KnownCounters {
  readonly facts: readonly FalcoFacts[];
  readonly all: boolean;
}

/** Why these counters can not tell what is asked, as a sentence; undefined where they can, or where it is not known yet. */
export function whyNotAnswerable({ tags, namespaces }: FalcoQuestion, { facts, all }: KnownCounters): string | undefined {
  const counts = facts.flatMap(({ rules }) => rules);
  if (namespaces !== undefined && facts.length > 0 && (all || counts.length > 0) && facts.every(isFalco)) return NO_NAMESPACES;
  const isUntagged = counts.length > 0 && counts.every((count) => count.tags === undefined);
  return tags !== undefined && isUntagged ? NO_TAGS : undefined;
}

const isFalco = ({ counter }: FalcoFacts): boolean => counter === 'Falco';

const WITH_ALERTS = 'ask a source of kind falco with an intake';
const NO_NAMESPACES = `counters of Falco carry no namespaces, only those of falcosidekick and falco-exporter do: ${WITH_ALERTS}`;
const NO_TAGS = `these counters carry no tags: ${WITH_ALERTS}`;
