import type { CertificationCriterionSpec } from '../../src/api/criterion.ts';
import type { EvidenceSourceSpec } from '../../src/api/source.ts';

import type { Manifest } from './kube-api.ts';

export const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): Manifest => ({
  kind: 'Namespace',
  metadata: { name, ...({ labels } as object) },
});

/** A source that every namespace may use and that is asked at the slot itself; it gives up after 2 s. */
export const source = (name: string, url: string, spec: Partial<EvidenceSourceSpec> = {}): Manifest => ({
  kind: 'EvidenceSource',
  metadata: { name },
  ...{ spec: { prometheus: { url }, timeout: '2s', evaluationDelay: '0s', namespaces: { from: 'All' }, ...spec } },
});

/** A Secret in the operator's own namespace. */
export const secret = (name: string, values: Readonly<Record<string, string>>): Manifest => ({
  kind: 'Secret',
  metadata: { name, namespace: 'assay-system' },
  // Not stringData, whose keys apply adds to those that are there.
  ...{ data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')])) },
});

export interface Asked {
  readonly source: string;
  readonly query?: string;
}

/**
 * A criterion `namespace/name` that is judged each second with short clocks: the query must give 1. Its service is named after it
 * unless the spec says otherwise.
 */
export function criterion(
  key: string,
  { source: name, query = 'up' }: Asked,
  spec: Partial<CertificationCriterionSpec> = {},
): Manifest {
  const [namespace_ = '', own = ''] = key.split('/');
  const clocks = { interval: '1s', holdFor: '2s', recoverFor: '2s', unknownFor: '2s' };
  return {
    kind: 'CertificationCriterion',
    metadata: { name: own, namespace: namespace_ },
    ...{
      spec: {
        ...{ title: `Test of ${own}`, service: own, controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }], ...clocks },
        evidence: [{ name: 'up', prometheus: { source: name, query } }],
        rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
        ...spec,
      },
    },
  };
}
