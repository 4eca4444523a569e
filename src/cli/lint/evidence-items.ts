import { EVIDENCE_KINDS } from '../../api/evidence-kinds.ts';
import { type FieldPath } from '../../api/validate.ts';
import { valueAt } from '../../api/validate-paths.ts';
import type { Manifest } from '../manifests/index.ts';

/** A text that one evidence item of a criterion holds, and where. */
export interface EvidenceText {
  readonly at: FieldPath;
  readonly text: string;
}

/** The texts of one field of all evidence items of a manifest, whatever their kind. */
export function evidenceTexts({ object }: Manifest, field: 'query' | 'source'): EvidenceText[] {
  const items = valueAt(object, ['spec', 'evidence']);
  if (!Array.isArray(items)) return [];
  return items.flatMap((_, index) =>
    Object.keys(EVIDENCE_KINDS).flatMap((kind) => {
      const at = ['spec', 'evidence', index, kind, field];
      const text = valueAt(object, at);
      return typeof text === 'string' ? [{ at, text }] : [];
    }),
  );
}
