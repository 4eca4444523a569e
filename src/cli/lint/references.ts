import { SOURCE } from '../../api/kinds.ts';
import { nearest } from '../../api/validate-names.ts';
import { valueAt } from '../../api/validate-paths.ts';
import type { Finding, Manifest } from '../manifests/index.ts';
import { evidenceTexts } from './evidence-items.ts';

/** Sources that criteria name and none of these files define: warnings, because an admin's sources may live in the cluster. */
export function referenceFindings(manifests: readonly Manifest[]): Finding[] {
  const defined = manifests
    .filter(({ object }) => valueAt(object, ['kind']) === SOURCE.kind)
    .map(({ object }) => String(valueAt(object, ['metadata', 'name'])));
  return manifests.flatMap((manifest) =>
    evidenceTexts(manifest, 'source')
      .filter(({ text }) => !defined.includes(text))
      .map(({ at, text }) => manifest.finding('warning', at, unknownSource(text, defined))),
  );
}

function unknownSource(name: string, defined: readonly string[]): string {
  const near = nearest(name, defined);
  const hint = near === undefined ? 'an admin must have created it in the cluster' : `did you mean ${near}?`;
  return `no file here defines the EvidenceSource ${JSON.stringify(name)}: ${hint}`;
}
