import type { NotificationChannel } from '../../api/channel.ts';
import type { CertificationCriterion, CertificationCriterionSpec } from '../../api/criterion.ts';
import type { SampleCriterion } from '../../notify/preview/index.ts';

/** The criteria that files hold, as samples tell of them. */
export function sampleCriteria(objects: readonly CertificationCriterion[]): SampleCriterion[] {
  return objects.map(({ metadata: { namespace = 'default', name }, spec }) => ({ namespace, name, spec }));
}

/** One for who brings none: of a service that the channel tells of, where it names one. */
export function exampleCriterion({ spec: { services = [] } }: NotificationChannel): SampleCriterion {
  const service = services.find((name) => /^[a-z0-9-]+$/.test(name)) ?? 'shop';
  return { namespace: service, name: `${service}-availability`, spec: { ...EXAMPLE, service } };
}

const EXAMPLE: CertificationCriterionSpec = {
  service: 'shop',
  title: 'An example: the service answers from outside',
  controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
  severity: 'high',
  interval: '30s',
  runbook: 'https://runbooks.example.org/service-down',
  evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'probe_success' } }],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
};
