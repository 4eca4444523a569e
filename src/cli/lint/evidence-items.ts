import { EVIDENCE_KINDS, type EvidenceKind } from '../../api/evidence-kinds.ts';
import { type FieldPath } from '../../api/validate.ts';
import { valueAt } from '../../api/validate-paths.ts';
import type { Manifest } from '../manifests/index.ts';

const ALL_KINDS = Object.keys(EVIDENCE_KINDS) as EvidenceKind[];

/** A text that one evidence item of a criterion holds, and where. */
export interface EvidenceText {
  readonly at: FieldPath;
  readonly text: string;
}

/** The texts of one field of the evidence items of a manifest that are of these kinds. */
export function evidenceTexts(
  { object }: Manifest,
  field: 'query' | 'source',
  kinds: readonly EvidenceKind[] = ALL_KINDS,
): EvidenceText[] {
  const items = valueAt(object, ['spec', 'evidence']);
  if (!Array.isArray(items)) return [];
  return items.flatMap((_, index) =>
    kinds.flatMap((kind) => {
      const at = ['spec', 'evidence', index, kind, field];
      const text = valueAt(object, at);
      return typeof text === 'string' ? [{ at, text }] : [];
    }),
  );
}
