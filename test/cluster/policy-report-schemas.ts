/**
 * The kinds of policy reports with the schemas of their documentation: words that are enumerated, fields that are required, and every
 * other field dropped, so that what we write must be what the API server keeps.
 */
const text = { type: 'string' };
const whole = { type: 'integer' };
const oneOf = (...words: string[]): object => ({ ...text, enum: words });
const fields = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more });
const listOf = (items: object): object => ({ type: 'array', items });

const reference = fields({
  ...{ apiVersion: text, fieldPath: text, kind: text, name: text, namespace: text, resourceVersion: text, uid: text },
});

const result = fields(
  {
    ...{ source: text, policy: text, rule: text, category: text, message: text, scored: { type: 'boolean' } },
    result: oneOf('pass', 'fail', 'warn', 'error', 'skip'),
    severity: oneOf('critical', 'high', 'low', 'medium', 'info'),
    timestamp: fields(
      { nanos: { ...whole, format: 'int32' }, seconds: { ...whole, format: 'int64' } },
      { required: ['nanos', 'seconds'] },
    ),
    resources: listOf(reference),
    properties: { type: 'object', additionalProperties: text },
  },
  { required: ['policy'] },
);

const report = (more: object): object =>
  fields({
    ...{ apiVersion: text, kind: text, metadata: { type: 'object' } },
    results: listOf(result),
    scope: reference,
    summary: fields({ error: whole, fail: whole, pass: whole, skip: whole, warn: whole }),
    ...more,
  });

export interface ReportKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: true;
  readonly definition: { readonly metadata: { readonly name: string }; readonly spec: object; readonly [field: string]: unknown };
}

function kindOf(apiVersion: string, kind: string, plural: string, schema: object): ReportKind {
  const [group = '', name = ''] = apiVersion.split('/');
  const definition = {
    // The API server wants a word of approval for groups under k8s.io.
    metadata: { name: `${plural}.${group}`, annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } },
    spec: {
      ...{ group, scope: 'Namespaced', names: { plural, singular: kind.toLowerCase(), kind } },
      versions: [{ name, served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
  return { ...{ apiVersion, kind, plural, namespaced: true }, definition };
}

/** Report of openreports.io, which names its source once for all results. */
export const OPEN_REPORTS = kindOf('openreports.io/v1alpha1', 'Report', 'reports', report({ source: text }));

/** PolicyReport of wgpolicyk8s.io. */
export const OLD_REPORTS = kindOf('wgpolicyk8s.io/v1alpha2', 'PolicyReport', 'policyreports', report({}));
