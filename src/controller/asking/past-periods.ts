import { qualified } from '../../api/common.ts';
import type { CriterionState } from '../../domain/criterion.ts';
import type { Explanation } from '../../domain/explained.ts';
import { summarise } from '../../domain/period.ts';
import { servicePeriod, type ServicePeriod } from '../../domain/service-period.ts';
import type { Period } from '../../domain/timeline.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { KnownCriterion } from '../judging/known.ts';
import type { Ledger } from '../judging/ledger.ts';
import { statesUntil } from './past-states.ts';

export interface PastPeriodsOptions {
  readonly store: Pick<EvidenceStore, 'read' | 'pending'>;
  readonly ledger: Pick<Ledger, 'list' | 'get'>;
  readonly clock: Clock;
}

/** What periods were, for whoever asks in a moment's notice. */
export interface PastPeriods {
  /** Throws AssayError STORE_FAILED. */
  of(service: ServiceName, period: Period, explanations: readonly Explanation[]): Promise<ServicePeriod>;
}

type States = ReadonlyMap<string, CriterionState>;

/**
 * Sums up periods. What is fresh follows from the states that are held anyway; for what is older, or was judged by other rules, the log is
 * folded as for a report, one period after the other, since that takes a while.
 */
export function newPastPeriods({ store, ledger, clock }: PastPeriodsOptions): PastPeriods {
  let folding: Promise<unknown> = Promise.resolve();
  const folded = (service: ServiceName, until: number): Promise<States> => {
    const next = folding.then(() => statesUntil(store, service, until));
    folding = next.catch(() => undefined);
    return next;
  };
  return {
    of: async (service, period, explanations) => {
      const states = freshStates(ledger, service, period) ?? (await folded(service, period.to));
      const knownUntil = Math.min(period.to, clock.now());
      const members = [...states]
        .filter(([name]) => ledger.get(qualified(service.namespace, name)) !== undefined)
        .map(([name, state]) => ({ name, state, summary: summarise(state, period, knownUntil) }));
      return servicePeriod(members, explanations);
    },
  };
}

/** The states as they are held; undefined where they have forgotten the period, or rules or names changed since it ended or within it. */
function freshStates(ledger: Pick<Ledger, 'list'>, { namespace, service }: ServiceName, period: Period): States | undefined {
  const all = [...ledger.list()].filter((known) => known.namespace === namespace);
  const own = all.filter((known) => known.service === service);
  const moved = all.filter((known) => known.service !== service && known.changedAt > period.from);
  return moved.length > 0 || own.some((known) => !isFresh(known, period))
    ? undefined
    : new Map(own.map(({ name, state }) => [name, state]));
}

function isFresh({ state, changedAt }: KnownCriterion, { from, to }: Period): boolean {
  const oldest = (state.track.last?.slot ?? changedAt) - state.keepMs;
  return from >= oldest && changedAt < to;
}
