import type { Condition } from '../../api/common.ts';
import { MATCHES_REASONS } from '../../api/conditions.ts';
import type { CertificationCriterion } from '../../api/criterion.ts';
import type { Look } from '../../sources/observe.ts';

const TYPE = 'QueryMatches';

/**
 * Whether the queries of criteria have ever found anything, as they are written now: one with a misspelt metric finds nothing for ever,
 * and with `whenEmpty: Zero` may even hold. What a process does not remember stands in the status.
 */
export class QueryMatches {
  readonly #matched = new Map<string, { readonly generation: number | undefined; readonly names: Set<string> }>();

  /** Remembers which queries found something. */
  noted(key: string, { metadata: { generation } }: CertificationCriterion, look: Look): Look {
    if (look.matched.length === 0) return look;
    const before = this.#matched.get(key);
    const names = before && before.generation === generation ? before.names : new Set<string>();
    for (const name of look.matched) names.add(name);
    this.#matched.set(key, { generation, names });
    return look;
  }

  /** The condition, but for its times; undefined for a criterion without queries. */
  condition(
    key: string,
    { metadata: { generation }, spec, status }: CertificationCriterion,
    look: Look | undefined,
  ): Omit<Condition, 'lastTransitionTime'> | undefined {
    const queries = spec.evidence.filter(({ prometheus }) => prometheus !== undefined).map(({ name }) => name);
    if (queries.length === 0) return undefined;
    const shown = status?.conditions?.find(({ type, observedGeneration }) => type === TYPE && observedGeneration === generation);
    const remembered = this.#matched.get(key);
    const isMatched = (name: string): boolean => remembered?.generation === generation && remembered?.names.has(name) === true;
    if (shown?.status === 'True' || queries.every(isMatched)) return conditionOf('True', 'Matched', MATCHES_REASONS.Matched);
    const never = queries.filter((name) => look?.unmatched.includes(name) && !isMatched(name));
    if (never.length > 0) return conditionOf('False', 'NeverMatched', `${never.join(', ')}: ${MATCHES_REASONS.NeverMatched}`);
    if (shown) return conditionOf(shown.status, shown.reason as keyof typeof MATCHES_REASONS, shown.message);
    return conditionOf('Unknown', 'NothingAsked', MATCHES_REASONS.NothingAsked);
  }

  forget(key: string): void {
    this.#matched.delete(key);
  }
}

const conditionOf = (
  status: Condition['status'],
  reason: keyof typeof MATCHES_REASONS,
  message: string,
): Omit<Condition, 'lastTransitionTime'> => ({ type: TYPE, status, reason, message });
