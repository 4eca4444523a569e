import { verdictOf } from '../domain/criterion.ts';
import type { Ledger } from './judging/ledger.ts';
import type { SourcePool } from './sources/source-pool.ts';

/** The verdicts of all criteria that there are, for the metrics. */
export function* verdictsIn(ledger: Pick<Ledger, 'list'>): Generator<{ namespace: string; criterion: string; verdict: string }> {
  for (const { namespace, name, state } of ledger.list()) {
    if (state.standing !== 'Deleted') yield { namespace, criterion: name, verdict: verdictOf(state) };
  }
}

/** Whether each source answers, for the metrics. */
export function sourcesIn(pool: Pick<SourcePool, 'names' | 'get'>): { source: string; up: boolean }[] {
  return pool.names().map((source) => {
    const standing = pool.get(source);
    return { source, up: standing?.kind === 'Usable' && standing.monitor.latest?.kind === 'Answering' };
  });
}
