import { Type, type Static } from 'typebox';

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

/** The register of kinds of source: one entry a kind under `spec`. */
export const SOURCE_KINDS = {
  prometheus: Fields(
    { url: Url('Base address of the server, without credentials, query or fragment: http://prometheus.monitoring:9090.') },
    { description: 'A Prometheus-compatible server.' },
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

export const EvidenceSourceSpec = Fields(
  {
    prometheus: Type.Optional(SOURCE_KINDS.prometheus),
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
      Duration('How long after a slot it is asked for (default 10s for Prometheus).', { default: '10s' }),
    ),
    heartbeat: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 8192,
        default: DEFAULT_HEARTBEAT,
        description: `What must answer for a past slot to be read back (default ${DEFAULT_HEARTBEAT}: for scrape intervals up to a minute).`,
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
      message: `a source has exactly one kind: ${Object.keys(SOURCE_KINDS).join(' or ')}`,
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
