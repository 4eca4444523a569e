import type { CertificationCriterion, EvidenceItem } from '../api/criterion.ts';

/** The sources that a criterion names, whatever else is wrong with it. */
export function sourceNames({ spec }: Partial<CertificationCriterion>): string[] {
  // What a loosened CRD lets through need not be a list of anything.
  const items: readonly (Partial<EvidenceItem> | null)[] = Array.isArray(spec?.evidence) ? spec.evidence : [];
  return items.flatMap((item) => Object.values(item ?? {}).flatMap(sourceIn));
}

/** The name of the source that a kind of evidence asks. */
function sourceIn(kind: unknown): string[] {
  const { source } = typeof kind === 'object' && kind !== null ? (kind as { source?: unknown }) : {};
  return typeof source === 'string' ? [source] : [];
}
