import { Type, type Static, type TOptional } from 'typebox';

import {
  cel,
  Conditions,
  Fields,
  LabelSelector,
  type ObjectMeta,
  PositiveDuration,
  Duration,
  SecretKeyRef,
  Timestamp,
} from './common.ts';

const Url = (description: string) =>
  Type.String({ pattern: '^https?://[^\\s/?#@]+(/[^\\s?#]*)?$', maxLength: 2048, description });

const address = (what: string, example: string) =>
  Url(`Base address of ${what}, without credentials, query or fragment: ${example}.`);

/** How whoever pushes alerts shows who it is. */
const SENDER = {
  token: Type.Optional(SecretKeyRef),
  clientNames: Type.Optional(
    Type.Array(
      Type.String({ pattern: '^[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?$', description: 'A name, to the letter.' }),
      {
        minItems: 1,
        maxItems: 16,
        'x-kubernetes-list-type': 'set',
        description:
          "Names of which the sender's client certificate must carry one: a DNS name, or the common name of a certificate without alternative names. The operator takes certificates on its port of its own for the intake only.",
      },
    ),
  ),
};

const senderRule = {
  rule: 'has(self.token) || has(self.clientNames)',
  message: 'an intake has token, clientNames or both',
};

const intakeAt = (path: string): string =>
  `Takes alerts that are pushed to ${path}/<name of the source>, with the token, a client certificate, or both where both are named.`;

/** The register of kinds of source: one entry a kind under `spec`. */
export const SOURCE_KINDS = {
  prometheus: Fields(
    { url: address('the server', 'http://prometheus.monitoring:9090') },
    { description: 'A Prometheus-compatible server.' },
  ),
  alertmanager: Fields(
    {
      url: Type.Optional(address('the server', 'http://alertmanager.monitoring:9093')),
      intake: Type.Optional(
        Fields(
          {
            ...SENDER,
            heartbeatWithin: Type.Optional(
              PositiveDuration(
                'How long ago the alert of the heartbeat may last have been received for none to be told as 0 (default 15m). Longer than the repeat_interval of the route that sends here, whose default of 4h is too long.',
                { default: '15m' },
              ),
            ),
          },
          { description: intakeAt('/intake/alertmanager'), ...cel(senderRule) },
        ),
      ),
    },
    {
      description: 'An Alertmanager: asked for its alerts (API v2), or as a webhook receiver of what it sends.',
      ...cel({ rule: 'has(self.url) != has(self.intake)', message: 'alertmanager has exactly one of url and intake' }),
    },
  ),
  opensearch: Fields(
    {
      url: address('the cluster', 'https://opensearch.logging:9200'),
      index: Type.String({
        pattern: '^[^\\s\\\\/?"<>|#A-Z_.+-][^\\s\\\\/?"<>|#A-Z]{0,253}$',
        description: 'Index, pattern or alias that holds the lines; several with commas: logs-*.',
      }),
      timeField: Type.Optional(
        Type.String({
          pattern: '^[A-Za-z_@][A-Za-z0-9_.@-]{0,252}$',
          default: '@timestamp',
          description: 'Field that holds the time of a line (default @timestamp).',
        }),
      ),
    },
    { description: 'OpenSearch or Elasticsearch (7 or newer).' },
  ),
  loki: Fields(
    {
      url: address('the server', 'http://loki.logging:3100'),
      tenant: Type.Optional(
        Type.String({ minLength: 1, maxLength: 150, pattern: '^[\\x21-\\x7e]+$', description: 'Tenant (X-Scope-OrgID).' }),
      ),
    },
    { description: 'Grafana Loki.' },
  ),
  falco: Fields(
    {
      metricsUrls: Type.Optional(
        Type.Array(address("one Falco's metrics", 'http://falco-node-1.falco:8765/metrics'), {
          minItems: 1,
          maxItems: 32,
          'x-kubernetes-list-type': 'set',
          description:
            'Addresses of the metrics of Falcos, one each: not of a Service that stands for several. Those of falcosidekick and falco-exporter are read too, and prove nothing.',
        }),
      ),
      intake: Type.Optional(Fields(SENDER, { description: intakeAt('/intake/falco'), ...cel(senderRule) })),
    },
    {
      description: 'Falco: pushed alerts, its own metrics, or both.',
      ...cel({ rule: 'has(self.metricsUrls) || has(self.intake)', message: 'falco has metricsUrls, intake or both' }),
    },
  ),
} as const;
export type SourceKind = keyof typeof SOURCE_KINDS;

export const SourceAuth = Fields(
  {
    bearerToken: Type.Optional(SecretKeyRef),
    basic: Type.Optional(
      Fields(
        { username: Type.String({ minLength: 1, maxLength: 253, description: 'User name.' }), password: SecretKeyRef },
        { description: 'HTTP basic authentication.' },
      ),
    ),
  },
  {
    description: 'How the operator proves who it is (default: not at all).',
    ...cel({ rule: 'has(self.bearerToken) != has(self.basic)', message: 'auth has exactly one of bearerToken and basic' }),
  },
);

export const SourceTls = Fields(
  {
    ca: Type.Optional(SecretKeyRef),
    clientCert: Type.Optional(
      Fields({ cert: SecretKeyRef, key: SecretKeyRef }, { description: 'Client certificate and its key, in PEM (mutual TLS).' }),
    ),
    serverName: Type.Optional(
      Type.String({
        maxLength: 253,
        description: 'Name that the server certificate must carry (default: the host of the address).',
      }),
    ),
    insecureSkipVerify: Type.Optional(
      Type.Boolean({ default: false, description: 'Accepts any server certificate; for trials only.' }),
    ),
  },
  { description: 'TLS towards the source.' },
);

export const GrantedNamespaces = Fields(
  {
    from: Type.Enum(['All', 'Selector'], { type: 'string', description: 'All namespaces, or those that match the selector.' }),
    selector: Type.Optional(LabelSelector),
  },
  {
    description: 'Which namespaces may use this.',
    ...cel({
      rule: "has(self.selector) == (self.from == 'Selector')",
      message: 'selector goes with from: Selector, and only with it',
    }),
  },
);
export type GrantedNamespaces = Static<typeof GrantedNamespaces>;

/**
 * What proves that a Prometheus was collecting at a past moment: a sample that was fresh then. `count(up)` alone answers from samples
 * that are up to five minutes old, and so for an outage that is shorter.
 */
export const DEFAULT_HEARTBEAT = 'count(time() - timestamp(up) < 90)';

const kindFields = Object.fromEntries(Object.entries(SOURCE_KINDS).map(([kind, schema]) => [kind, Type.Optional(schema)])) as {
  [K in SourceKind]: TOptional<(typeof SOURCE_KINDS)[K]>;
};

export const EvidenceSourceSpec = Fields(
  {
    ...kindFields,
    auth: Type.Optional(SourceAuth),
    tls: Type.Optional(SourceTls),
    headers: Type.Optional(
      Type.Record(Type.String(), Type.String({ maxLength: 1024 }), {
        maxProperties: 16,
        description: 'Further request headers, for example X-Scope-OrgID. Credentials belong into auth.',
      }),
    ),
    timeout: Type.Optional(PositiveDuration('How long an answer may take (default 10s).', { default: '10s' })),
    evaluationDelay: Type.Optional(
      Duration(
        'How long after a slot it is asked for (default 10s; 60s for logs and for what Alertmanager sends, which come late).',
      ),
    ),
    heartbeat: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 8192,
        description: `What proves that the source was collecting. Prometheus: a query that must answer for a past slot to be read back (default ${DEFAULT_HEARTBEAT}: for scrape intervals up to a minute). Logs: a query that finds lines all the time. Alertmanager: a matcher of an alert that always fires.`,
      }),
    ),
    maxConcurrency: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 256, default: 8, description: 'Requests in flight at most (default 8).' }),
    ),
    namespaces: GrantedNamespaces,
  },
  {
    description: 'Where evidence comes from.',
    ...cel({
      rule: `[${Object.keys(SOURCE_KINDS)
        .map((kind) => `has(self.${kind})`)
        .join(', ')}].filter(x, x).size() == 1`,
      message: `a source has exactly one kind: ${Object.keys(SOURCE_KINDS).join(', ')}`,
    }),
  },
);
export type EvidenceSourceSpec = Static<typeof EvidenceSourceSpec>;

export const EvidenceSourceStatus = Fields(
  {
    observedGeneration: Type.Optional(
      Type.Integer({ format: 'int64', description: 'Generation of the spec that this status speaks of.' }),
    ),
    conditions: Type.Optional(Conditions),
    version: Type.Optional(Type.String({ maxLength: 128, description: 'Version that the source tells of itself.' })),
    lastContact: Type.Optional(Timestamp('When the source last answered, as of the latest write of this status.')),
    latencyMs: Type.Optional(Type.Integer({ description: 'How long that answer took, in milliseconds.' })),
  },
  { description: 'Whether it is there; written by the operator.' },
);
export type EvidenceSourceStatus = Static<typeof EvidenceSourceStatus>;

export interface EvidenceSource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: EvidenceSourceSpec;
  readonly status?: EvidenceSourceStatus;
}

/** The kind of a source; undefined where a loosened CRD let none through. */
export function sourceKindOf(spec: Partial<EvidenceSourceSpec>): SourceKind | undefined {
  return (Object.keys(SOURCE_KINDS) as SourceKind[]).find((kind) => spec[kind] !== undefined);
}

/** The base address of a source; undefined for one that has none, or several. */
export function sourceUrlOf(spec: Partial<EvidenceSourceSpec>): string | undefined {
  const kind = sourceKindOf(spec);
  return kind === undefined || kind === 'falco' ? undefined : spec[kind]?.url;
}

/** How long after a slot a source is asked, as a duration: lines of logs, and what Alertmanager sends, come later than samples. */
export function evaluationDelayOf(spec: Partial<EvidenceSourceSpec>): string {
  const isLate = (spec.opensearch ?? spec.loki ?? spec.alertmanager?.intake) !== undefined;
  return spec.evaluationDelay ?? (isLate ? '60s' : '10s');
}

/** The kinds of source that may take what is pushed. */
export const PUSHED_KINDS = ['falco', 'alertmanager'] as const satisfies readonly SourceKind[];
export type PushedKind = (typeof PUSHED_KINDS)[number];
