import type { CertificationCriterion } from '../../api/criterion.ts';
import type { NewObservation, NewRecord } from '../../api/records.ts';
import { timeText } from '../../domain/moment.ts';
import type { SlotGrid } from '../../domain/slots.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { KnownCriterion } from './known.ts';
import type { Committed, Ledger } from './ledger.ts';
import type { Plan } from './plan.ts';
import type { SourcePool } from '../sources/source-pool.ts';

/** What judging is done with. */
export interface JudgingParts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly pool: SourcePool;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** What judging needs to know of one criterion. */
export interface Judged {
  readonly object: CertificationCriterion;
  readonly known: KnownCriterion;
  readonly plan: Plan;
}

/** Where the slots of a criterion lie. */
export function gridOf({ state, offsetMs }: KnownCriterion): SlotGrid {
  return { intervalMs: state.rules.intervalMs, offsetMs };
}

/** Puts something on record for a criterion. */
export function commit(
  ledger: Ledger,
  known: KnownCriterion,
  content: NewRecord | NewObservation,
  message: string,
): Promise<Committed> {
  return ledger.commit({ namespace: known.namespace, service: known.service, criterion: known.name, content, message });
}

/** Says which verdicts changed. */
export function logVerdicts(log: Logger, { known, facts }: Committed): void {
  for (const fact of facts) {
    if (fact.kind !== 'VerdictChanged') continue;
    log.info('verdict changed', {
      criterion: known.state.id,
      from: fact.from,
      to: fact.to,
      reason: fact.reason,
      at: timeText(fact.at),
    });
  }
}
