import { Type, type Static } from 'typebox';

import { Fields, Name } from './common.ts';

/**
 * The register of evidence kinds: one entry a kind under `spec.evidence[]`. Types, CRD, dispatch and reference follow from
 * it; adding a kind is one line here and its reader in `sources/registry.ts`.
 */
const source = Name('Name of the EvidenceSource to ask.');

export const PrometheusEvidence = Fields(
  {
    source,
    query: Type.String({
      minLength: 1,
      maxLength: 8192,
      description: 'An instant PromQL query. Gives a number for each set of labels; a scalar gives one without labels.',
    }),
  },
  { description: 'A PromQL query, asked at the slot. Any Prometheus-compatible server: Thanos, Mimir, VictoriaMetrics.' },
);
export type PrometheusEvidence = Static<typeof PrometheusEvidence>;

export const SourceEvidence = Fields({ source }, { description: 'Reachability of an EvidenceSource: 1 if it answers, else 0.' });
export type SourceEvidence = Static<typeof SourceEvidence>;

export const EVIDENCE_KINDS = { prometheus: PrometheusEvidence, source: SourceEvidence } as const;
export type EvidenceKind = keyof typeof EVIDENCE_KINDS;
