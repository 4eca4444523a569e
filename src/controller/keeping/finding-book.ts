import { findingAfter, type KnownFinding } from '../../domain/finding.ts';
import type { EvidenceStore } from '../../evidence/index.ts';
import { type LogBooks, newLogBooks } from './log-books.ts';

/** The findings of a service by name, as its log knows them. */
export type FindingBooks = LogBooks<ReadonlyMap<string, KnownFinding>>;

/** Makes the books of findings of a log. */
export function newFindingBooks(store: EvidenceStore): FindingBooks {
  return newLogBooks<Map<string, KnownFinding>>(store, {
    kinds: ['FindingChanged'],
    begin: () => new Map(),
    take: (findings, record) => {
      if (record.kind !== 'FindingChanged') return findings;
      const { finding } = record.body;
      return findings.set(finding, findingAfter(findings.get(finding), record.body));
    },
  });
}
