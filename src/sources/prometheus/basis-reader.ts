import type { Clock } from '../../platform/clock.ts';
import type { Unavailable } from '../evidence.ts';
import type { Basis } from '../source.ts';
import { newRuleBook, type RuleBook } from './basis.ts';
import { recordingRulesOf } from './basis-rules.ts';
import type { PrometheusClient } from './client.ts';
import { type Failure, failure, failureOf } from './failure.ts';
import { newSharing } from '../sharing.ts';

/** What the rules are read with; more than `maxRules` (10,000) are not looked at. */
export interface BasisAccess {
  readonly client: Pick<PrometheusClient, 'recordingRules'>;
  readonly clock: Clock;
  readonly maxRules?: number;
}

type Found = { readonly kind: 'Found'; readonly book: RuleBook } | Failure;

const MAX_RULES = 10_000;
// A little less than the five minutes after which whoever asks comes back.
const KEEP_RULES_MS = 285_000;

/**
 * Makes what tells the bases of queries. Rules are asked for once in about five minutes, also of a server that does not tell them; as long
 * as they stay the same, the basis of a query is the same object.
 */
export function newBases({
  client,
  clock,
  maxRules = MAX_RULES,
}: BasisAccess): (query: string, signal: AbortSignal) => Promise<Basis | Unavailable> {
  const shared = newSharing<Found>({ clock, keepMs: KEEP_RULES_MS, maxWeight: 1, weightOf: () => 1 });
  let latest: RuleBook | undefined;

  const read = async (signal: AbortSignal): Promise<Found> => {
    const answer = await client.recordingRules(signal);
    if (answer.kind === 'Failure') return answer;
    if (answer.partial !== undefined) return failure('SOURCE_BAD_ANSWER', answer.partial, { reason: 'PartialAnswer' });
    try {
      const rules = recordingRulesOf(answer.data);
      if (rules.length > maxRules) {
        return failure('SOURCE_ANSWER_TOO_LARGE', `the answer holds more than ${maxRules} rules`, { reason: 'TooManySeries' });
      }
      const book = newRuleBook(rules);
      latest = latest?.version === book.version ? latest : book;
      return { kind: 'Found', book: latest };
    } catch (error) {
      return failureOf(error);
    }
  };

  return async (query, signal) => {
    const found = await shared.ask('', read, signal).catch(failureOf);
    if (found.kind === 'Found') return found.book.basisOf(query);
    // No rules would be another thing to say.
    const message = `its recording rules are not known: ${found.message}`;
    return { kind: 'Unavailable', reason: found.reason, message };
  };
}
