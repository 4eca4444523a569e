const REPORTS = [
  { group: 'wgpolicyk8s.io', version: 'v1alpha2', kind: 'PolicyReport', plural: 'policyreports' },
  { group: 'openreports.io', version: 'v1alpha1', kind: 'Report', plural: 'reports' },
] as const;

/** The kinds of policy reports, of both API groups, with schemas that take anything: a List for `kubectl apply`. */
export const POLICY_REPORT_CRDS = {
  apiVersion: 'v1',
  kind: 'List',
  items: REPORTS.map(({ group, version, kind, plural }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    // The API server wants a word of approval for groups under k8s.io.
    metadata: { name: `${plural}.${group}`, annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } },
    spec: {
      ...{ group, scope: 'Namespaced', names: { plural, singular: kind.toLowerCase(), kind } },
      versions: [
        {
          ...{ name: version, served: true, storage: true },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  })),
};
