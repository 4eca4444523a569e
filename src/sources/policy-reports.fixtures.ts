import type { KubeObject } from '../api/common.ts';

// Reports in the forms that tools write; the names and texts are ours.

type Report = KubeObject & Readonly<Record<string, unknown>>;

const at = { seconds: 1_784_000_000, nanos: 0 };
const meta = (name: string, labels: Record<string, string> = {}): KubeObject['metadata'] => ({ name, namespace: 'shop', labels });
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'front', namespace: 'shop', uid: '4c1a' };

const kyvernoResults = [
  {
    ...{ policy: 'require-run-as-nonroot', rule: 'run-as-non-root', result: 'fail', severity: 'medium', scored: true },
    ...{ category: 'Pod Security Standards (Restricted)', source: 'kyverno', timestamp: at },
    message: 'validation error: running as root is not allowed',
  },
  {
    ...{ policy: 'require-labels', rule: 'check-team', result: 'pass', scored: true, source: 'kyverno', timestamp: at },
    message: 'validation rule passed',
  },
];
const kyvernoSummary = { error: 0, fail: 1, pass: 1, skip: 0, warn: 0 };
const byKyverno = { 'app.kubernetes.io/managed-by': 'kyverno' };

/** Kyverno writes a report for each object, whose uid is its name; the object is the scope. */
export const kyverno: Report = {
  apiVersion: 'wgpolicyk8s.io/v1alpha2',
  kind: 'PolicyReport',
  metadata: meta('4c1a', byKyverno),
  scope: deployment,
  results: kyvernoResults,
  summary: kyvernoSummary,
};

/** The same, where Kyverno writes openreports.io (--openreportsEnabled). */
export const kyvernoOpen: Report = {
  apiVersion: 'openreports.io/v1alpha1',
  kind: 'Report',
  metadata: meta('4c1a', byKyverno),
  source: 'kyverno',
  scope: deployment,
  results: kyvernoResults,
  summary: kyvernoSummary,
};

const vulnerability = (policy: string, severity: string | undefined, result: string, resource: string): object => ({
  ...{ category: 'Vulnerability Scan', policy, result, source: 'Trivy Vulnerability', timestamp: at },
  ...(severity !== undefined && { severity }),
  message: `${resource}: a flaw`,
  properties: { resource, installedVersion: '1.0', fixedVersion: '1.1', 'artifact.repository': 'shop/front' },
  resources: [deployment],
});

/** The adapter of the Trivy operator: no rule; a flaw in two packages comes twice; what has no severity is skipped. */
export const trivy: Report = {
  apiVersion: 'wgpolicyk8s.io/v1alpha2',
  kind: 'PolicyReport',
  metadata: meta('trivy-vuln-polr-front', {
    'managed-by': 'trivy-operator-polr-adapter',
    'trivy-operator.source': 'VulnerabilityReport',
  }),
  results: [
    vulnerability('CVE-2026-0001', 'critical', 'fail', 'libssl'),
    vulnerability('CVE-2026-0001', 'critical', 'fail', 'openssl'),
    vulnerability('CVE-2026-0002', 'high', 'fail', 'curl'),
    vulnerability('CVE-2026-0003', 'low', 'warn', 'bash'),
    vulnerability('CVE-2026-0004', undefined, 'skip', 'tar'),
  ],
  summary: { error: 0, fail: 3, pass: 0, skip: 1, warn: 1 },
};

/** Falcosidekick: one report a namespace, the rule of Falco is the policy. */
export const falco: Report = {
  apiVersion: 'wgpolicyk8s.io/v1alpha2',
  kind: 'PolicyReport',
  metadata: meta('falco-policy-report-1b2c', { 'app.kubernetes.io/created-by': 'falcosidekick' }),
  results: [
    {
      ...{ category: 'syscall', policy: 'Terminal shell in container', result: 'fail', severity: 'high', source: 'Falco' },
      ...{ timestamp: at, message: 'a shell was spawned', resources: [{ kind: 'Pod', name: 'front-1', namespace: 'shop' }] },
    },
  ],
  summary: { fail: 1, warn: 0 },
};

/** Kubescape, brought over: results without severity, and one that could not be evaluated. */
export const kubescape: Report = {
  apiVersion: 'openreports.io/v1alpha1',
  kind: 'Report',
  metadata: meta('kubescape-front'),
  source: 'Kubescape',
  scope: deployment,
  results: [
    { policy: 'C-0016', rule: 'allow-privilege-escalation', result: 'fail', timestamp: at },
    { policy: 'C-0034', rule: 'token-mount', result: 'error', severity: 'high', timestamp: at },
  ],
};
