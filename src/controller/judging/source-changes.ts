import type { EvidenceItem } from '../../api/criterion.ts';
import type { NewRecord } from '../../api/records.ts';
import { sourcesOf } from '../../sources/evidence.ts';
import type { KnownCriterion } from './known.ts';
import { frameOf } from './records-of.ts';
import type { SourcePool } from '../sources/source-pool.ts';

/** The records of sources that differ from those on record for a criterion; the first sight of one is its baseline. */
export function sourceChanges(known: KnownCriterion, items: readonly EvidenceItem[], pool: SourcePool, at: number): NewRecord[] {
  const names = sourcesOf(items);
  return names.flatMap((source): NewRecord[] => {
    const digest = pool.digestOf(source);
    const before = known.sources[source];
    if (digest === undefined || before === digest) return [];
    const body = { source, at, digest, ...(before === undefined ? {} : { before }), criteria: [known.name] };
    return [{ ...frameOf(known, at), kind: 'SourceChanged', body }];
  });
}
