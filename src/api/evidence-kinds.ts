import { Type, type Static } from 'typebox';

import { Audience, cel, Fields, LabelSelector, Name, PositiveDuration, Timestamp } from './common.ts';

/**
 * The register of evidence kinds: one entry a kind under `spec.evidence[]`. Types, CRD, dispatch and reference follow from
 * it; adding a kind is its schema and one line here, and one line in `sources/evidence.ts` that says how it is read.
 */
const source = Name('Name of the EvidenceSource to ask.');

const windowOf = (what: string) =>
  Type.Optional(PositiveDuration(`How far back from the slot ${what} count (default 5m).`, { default: '5m' }));

/** Texts in which `*` stands for any number of characters and `?` for one. */
const Globs = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
      minItems: 1,
      maxItems: 32,
      'x-kubernetes-list-type': 'atomic',
      description: `${description} In each, * stands for any number of characters and ? for one.`,
    }),
  );

const choice = <T extends string>(values: readonly [T, ...T[]], description: string) =>
  Type.Enum([...values], { type: 'string', description });

const choices = <T extends string>(values: readonly [T, ...T[]], description: string) =>
  Type.Optional(
    Type.Array(choice(values, 'One of them.'), {
      minItems: 1,
      maxItems: values.length,
      'x-kubernetes-list-type': 'set',
      description,
    }),
  );

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

/** Priorities of Falco, most urgent first. Always compared as words: the numbers that tools give them disagree. */
export const FALCO_PRIORITIES = [
  'Emergency',
  'Alert',
  'Critical',
  'Error',
  'Warning',
  'Notice',
  'Informational',
  'Debug',
] as const;
export type FalcoPriority = (typeof FALCO_PRIORITIES)[number];

export const FalcoEvidence = Fields(
  {
    source,
    rules: Globs('Names of the rules whose alerts count (default: all).'),
    tags: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
        minItems: 1,
        maxItems: 32,
        'x-kubernetes-list-type': 'set',
        description:
          'Alerts that carry at least one of these tags count (default: all). Counters of falcosidekick carry no tags.',
      }),
    ),
    minimumPriority: Type.Optional(
      choice(FALCO_PRIORITIES, `The least urgent priority that counts (default: all): ${FALCO_PRIORITIES.join(', ')}.`),
    ),
    namespaces: Globs(
      'Namespaces (k8s.ns.name) whose alerts count (default: all). Of counters, only those of falcosidekick and falco-exporter carry them.',
    ),
    window: windowOf('alerts'),
  },
  {
    description:
      'The number of alerts of Falco in the window, by rule; 0 only where it is certain that none was lost. The source is of kind falco, or a prometheus that scrapes Falco.',
  },
);
export type FalcoEvidence = Static<typeof FalcoEvidence>;

export const LogsEvidence = Fields(
  {
    source,
    query: Type.String({
      minLength: 1,
      maxLength: 8192,
      description:
        'Which lines count. OpenSearch and Elasticsearch: a query string (level:error AND service:shop). Loki: a log query of LogQL ({service="shop"} |= "timeout"); the window is not part of it.',
    }),
    window: windowOf('lines'),
    groupBy: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_@][A-Za-z0-9_.@-]{0,252}$',
        description: 'Field (a keyword) or label by whose values the lines are counted apart (default: all together).',
      }),
    ),
  },
  { description: 'The number of log lines in the window before the slot, by group; 0 where the source found none.' },
);
export type LogsEvidence = Static<typeof LogsEvidence>;

export const ALERT_STATES = ['Active', 'Silenced', 'Inhibited'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

export const AlertsEvidence = Fields(
  {
    source,
    matchers: Type.Array(
      Type.String({
        pattern: '^[a-zA-Z_][a-zA-Z0-9_]*(=|!=|=~|!~)".*"$',
        maxLength: 1024,
        description: 'A label, one of = != =~ !~, and a value in double quotes: severity="critical".',
      }),
      {
        minItems: 1,
        maxItems: 16,
        'x-kubernetes-list-type': 'atomic',
        description: 'Demands on labels that all hold of the alerts that count, as Alertmanager writes them.',
      },
    ),
    states: choices(
      ALERT_STATES,
      'Which firing alerts count: Active, Silenced, Inhibited (default: all, as a silence mutes the message and not the failure). Prometheus knows firing alerts only: they are Active there.',
    ),
  },
  { description: 'The number of firing alerts, by name and state; 0 where none fires.' },
);
export type AlertsEvidence = Static<typeof AlertsEvidence>;

export const POLICY_RESULTS = ['fail', 'error', 'warn', 'skip', 'pass'] as const;
export type PolicyResult = (typeof POLICY_RESULTS)[number];
export const POLICY_SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type PolicySeverity = (typeof POLICY_SEVERITIES)[number];

export const PolicyReportsEvidence = Fields(
  {
    scope: Type.Optional(
      Type.Enum(['Namespace', 'Cluster'], {
        type: 'string',
        default: 'Namespace',
        description: "PolicyReports of the criterion's own namespace (default), or ClusterPolicyReports.",
      }),
    ),
    selector: Type.Optional(LabelSelector),
    sources: Globs('Who wrote the results: kyverno, trivy, falco ... (default: all).'),
    policies: Globs('Names of the policies whose results count (default: all).'),
    results: choices(POLICY_RESULTS, 'Which results count: fail, error, warn, skip, pass (default: fail and error).'),
    severities: choices(POLICY_SEVERITIES, 'Which severities count: critical, high, medium, low, info (default: all, and none).'),
  },
  {
    description:
      'The number of results in PolicyReports (wgpolicyk8s.io or openreports.io), by result, severity and source; 0 where the reports hold none; Unknown where there is no report, or none of the named sources and policies has ever written a result. Verdicts of Assay itself, which it can write as such results, never count.',
  },
);
export type PolicyReportsEvidence = Static<typeof PolicyReportsEvidence>;

export const ResourceEvidence = Fields(
  {
    apiVersion: Type.String({
      pattern: '^([a-z0-9.-]{1,253}/)?v[0-9]+((alpha|beta)[0-9]+)?$',
      description: 'Group and version of the objects, as in a manifest: apps/v1.',
    }),
    kind: Type.String({ pattern: '^[A-Z][A-Za-z0-9]{0,62}$', description: 'Kind of the objects: Deployment.' }),
    selector: Type.Optional(LabelSelector),
    expression: Type.String({
      minLength: 1,
      maxLength: 4096,
      description: 'A demand on each object, in the Common Expression Language: object.spec.replicas >= 2.',
    }),
    count: Type.Optional(
      Type.Enum(['Breaking', 'Holding'], {
        type: 'string',
        default: 'Breaking',
        description: 'Whether the objects that break the expression count (default), or those that hold it.',
      }),
    ),
  },
  {
    description:
      "The number of Kubernetes objects that break an expression, or hold it: those of the criterion's own namespace, or of the cluster where the kind has no namespaces. The chart's value readableResources lists the kinds that may be read.",
  },
);
export type ResourceEvidence = Static<typeof ResourceEvidence>;

export const SourceEvidence = Fields({ source }, { description: 'Reachability of an EvidenceSource: 1 if it answers, else 0.' });
export type SourceEvidence = Static<typeof SourceEvidence>;

export const AttestationEvidence = Fields(
  {
    statement: Type.String({ minLength: 1, maxLength: 2048, description: 'What the person attests, in a sentence.' }),
    by: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 253,
        description: 'Who attests: the user name at the API server of whoever writes it. Absent: nobody has attested yet.',
      }),
    ),
    at: Type.Optional(Timestamp('When it was attested.')),
    validFor: PositiveDuration('How long the statement stands; afterwards the outcome is Unknown (Expired).'),
  },
  {
    description: "A person's statement for what no machine can measure: 1 while it stands.",
    ...cel({ rule: 'has(self.by) == has(self.at)', message: 'by and at go together' }),
  },
);
export type AttestationEvidence = Static<typeof AttestationEvidence>;

/** Of which records it is known what may be demanded of them. */
export const OWN_RECORDS = ['Incident', 'Deviation', 'Delivery', 'Change', 'Finding'] as const;
export type OwnRecord = (typeof OWN_RECORDS)[number];

export const RECORD_DEMANDS = [
  'classified',
  'prioritised',
  'rootCause',
  'resolved',
  'toldTo',
  'acknowledged',
  'delivered',
  'approved',
  'answered',
  'closed',
] as const;
export type RecordDemand = (typeof RECORD_DEMANDS)[number];

/** Which demands mean something of which records. */
export const DEMANDS_OF: Readonly<Record<OwnRecord, readonly RecordDemand[]>> = {
  Incident: ['classified', 'prioritised', 'rootCause', 'resolved', 'toldTo', 'acknowledged'],
  Deviation: ['resolved', 'toldTo'],
  Delivery: ['delivered'],
  Change: ['approved'],
  Finding: ['answered', 'closed'],
};

export const RecordsEvidence = Fields(
  {
    of: choice(
      OWN_RECORDS,
      'Which records: Incident, Deviation (of any criterion of the service), Delivery (of a message to an audience), Change (ChangeRecord), Finding (and Question, of the authority).',
    ),
    require: choice(
      RECORD_DEMANDS,
      'What must be done of each. Incident: classified (it has a category), prioritised, rootCause and resolved (its resolution stands), toldTo (a message of it arrived at the audience; the time runs from its opening for internal, from its confirmation for others), acknowledged (by the audience; the time runs from the resolution). Deviation: resolved (it ended by itself, not by an edit), toldTo (the time runs from when a step fell due to the audience); those of criteria that judge deviations themselves are left out. Delivery: delivered (it arrived). Change: approved (on record before its window opened; without within). Finding: answered, closed (the time runs from when it was raised or opened again; without within until it is due; one that was closed needs no answer any more).',
    ),
    audience: Type.Optional({
      ...Audience,
      description: 'For toldTo and acknowledged: who. For delivered: whose messages (default: all).',
    }),
    within: Type.Optional(
      PositiveDuration(
        'How soon it must be done; of approved there is no such time, of findings it is when they are due where nothing is said.',
      ),
    ),
    window: Type.Optional(
      PositiveDuration('What was done too late counts for so long after it was due (default 30d).', { default: '30d' }),
    ),
  },
  {
    description:
      "The number of Assay's own records of the service that break a demand: what was not done in time and still is not, and what was done too late within the window. An incident that was dismissed breaks none, nor does a change that was called off before its window opened.",
    ...cel(
      {
        rule: `[${OWN_RECORDS.map((of) => `self.of == '${of}' && self.require in [${DEMANDS_OF[of].map((demand) => `'${demand}'`).join(', ')}]`).join(', ')}].exists(x, x)`,
        message: `require goes with of: ${OWN_RECORDS.map((of) => `${of} (${DEMANDS_OF[of].join(', ')})`).join(', ')}`,
      },
      {
        rule: "self.require in ['toldTo', 'acknowledged'] ? has(self.audience) : (!has(self.audience) || self.require == 'delivered')",
        message: 'toldTo and acknowledged name an audience, delivered may, others do not',
      },
      {
        rule: "self.of == 'Finding' || has(self.within) == (self.require != 'approved')",
        message: 'within goes with every demand but approved, which is due when the window opens; of findings it may be left out',
        fieldPath: '.within',
      },
    ),
  },
);
export type RecordsEvidence = Static<typeof RecordsEvidence>;

export const EVIDENCE_KINDS = {
  prometheus: PrometheusEvidence,
  falco: FalcoEvidence,
  logs: LogsEvidence,
  alerts: AlertsEvidence,
  policyReports: PolicyReportsEvidence,
  resource: ResourceEvidence,
  source: SourceEvidence,
  records: RecordsEvidence,
  attestation: AttestationEvidence,
} as const;
export type EvidenceKind = keyof typeof EVIDENCE_KINDS;

/** The names of the sources that evidence items ask, whatever else is wrong with the items. */
export function sourceNamesIn(items: readonly unknown[]): string[] {
  return items.flatMap((item) => (isObject(item) ? Object.values(item).flatMap(sourceIn) : []));
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function sourceIn(kind: unknown): string[] {
  const { source } = isObject(kind) ? (kind as { source?: unknown }) : {};
  return typeof source === 'string' ? [source] : [];
}
