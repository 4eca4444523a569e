import { Type, type Static, type TObject, type TProperties, type TSchemaOptions, type TString } from 'typebox';

/** The API group and version of every custom resource. */
export const GROUP = 'assay.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** An object schema that refuses unknown fields, as a strict client and `assay lint` do. */
export function Fields<P extends TProperties>(properties: P, options: TSchemaOptions & Record<string, unknown> = {}): TObject<P> {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** A rule of the Common Expression Language, run by the API server and by `assay lint`. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}
export const cel = (...rules: CelRule[]): { 'x-kubernetes-validations': CelRule[] } => ({ 'x-kubernetes-validations': rules });

/** A list that server-side apply merges by key. */
export const listMap = (...keys: string[]): object => ({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });

// At most eight digits: the longest span in milliseconds is still a whole number that a double holds.
export const DURATION_PATTERN = '^(0s|[1-9][0-9]{0,7}(s|m|h|d))$';
export const POSITIVE_DURATION_PATTERN = '^[1-9][0-9]{0,7}(s|m|h|d)$';
export const Duration = (description: string, options: object = {}): TString =>
  Type.String({
    pattern: DURATION_PATTERN,
    maxLength: 12,
    description: `${description} A whole number with a unit: 30s, 15m, 24h, 30d.`,
    ...options,
  });

export const PositiveDuration = (description: string, options: object = {}): TString =>
  Duration(description, { pattern: POSITIVE_DURATION_PATTERN, ...options });

export const Timestamp = (description: string, options: object = {}): TString =>
  Type.String({ format: 'date-time', description, ...options });

/** A time that people write, as the evidence log can hold it: not before 1970. */
export const Moment = (description: string): TString =>
  Timestamp(
    description,
    cel({ rule: "self >= timestamp('1970-01-01T00:00:00Z')", message: 'must be a time from 1970 on, like 2026-11-22T10:00:00Z' }),
  );

/** A figure as a string, because NaN and infinities fit no JSON number. */
export const Figure = (description: string): TString => Type.String({ description });

export const NAME_PATTERN = '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$';
export const Name = (description: string, options: object = {}): TString =>
  Type.String({ pattern: NAME_PATTERN, minLength: 1, maxLength: 63, description, ...options });

export const Severity = Type.Enum(['low', 'medium', 'high', 'critical'], {
  type: 'string',
  default: 'medium',
  description: 'How bad it is for the service when this criterion fails: low, medium, high or critical (default medium).',
});
export type Severity = Static<typeof Severity>;

/** Who is told: `internal`, `authority`, `customers` or another name. */
export const Audience = Name('Who is told: internal, authority, customers or another name.');
export type Audience = Static<typeof Audience>;

/** A numbered demand of a standard; numbers move between versions, so a control is never named without one. */
export const Control = Fields(
  {
    catalog: Type.String({
      pattern: '^[A-Za-z0-9]([A-Za-z0-9._-]{0,37}[A-Za-z0-9])?$',
      description: 'Short name of the standard, for example BSI-C5.',
    }),
    version: Type.String({
      pattern: '^[A-Za-z0-9]([A-Za-z0-9._-]{0,17}[A-Za-z0-9])?$',
      description: 'Version of the standard, for example "2020" (a string).',
    }),
    id: Type.String({ minLength: 1, maxLength: 64, description: 'Number of the control in that version, for example OPS-02.' }),
    part: Type.Optional(
      Type.Enum(['Basic', 'Additional'], { type: 'string', description: 'Which part of the control: Basic or Additional.' }),
    ),
    subId: Type.Optional(Type.String({ maxLength: 64, description: 'Number of a sentence within the control.' })),
  },
  { description: 'A control that the criterion supports; it never fulfils one by itself.' },
);
export type Control = Static<typeof Control>;

export const SecretKeyRef = Fields(
  {
    name: Type.String({ minLength: 1, maxLength: 253, description: "Name of a Secret in the operator's own namespace." }),
    key: Type.String({ minLength: 1, maxLength: 253, description: 'Key within that Secret.' }),
  },
  { description: "A key of a Secret in the operator's own namespace." },
);
export type SecretKeyRef = Static<typeof SecretKeyRef>;

/** The label selector of Kubernetes. */
export const LabelSelector = Fields(
  {
    matchLabels: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: 'Labels that must all be present with these values.' }),
    ),
    matchExpressions: Type.Optional(
      Type.Array(
        Fields({
          key: Type.String({ description: 'Label key.' }),
          operator: Type.Enum(['In', 'NotIn', 'Exists', 'DoesNotExist'], {
            type: 'string',
            description: 'In, NotIn, Exists or DoesNotExist.',
          }),
          values: Type.Optional(Type.Array(Type.String(), { maxItems: 64, description: 'Values for In and NotIn.' })),
        }),
        { maxItems: 32, 'x-kubernetes-list-type': 'atomic', description: 'Demands on labels that must all hold.' },
      ),
    ),
  },
  { 'x-kubernetes-map-type': 'atomic', description: 'A Kubernetes label selector; an empty one matches everything.' },
);
export type LabelSelector = Static<typeof LabelSelector>;

/** The condition of Kubernetes (`metav1.Condition`). */
export const Condition = Fields(
  {
    type: Type.String({ description: 'Type of the condition.' }),
    status: Type.Enum(['True', 'False', 'Unknown'], { type: 'string', description: 'True, False or Unknown.' }),
    observedGeneration: Type.Optional(
      Type.Integer({ format: 'int64', description: 'Generation of the spec that this condition speaks of.' }),
    ),
    lastTransitionTime: Timestamp('When status, reason or message last changed.'),
    reason: Type.String({ description: 'One word for programs.' }),
    message: Type.String({ maxLength: 1024, description: 'A sentence for people.' }),
  },
  { description: 'A condition in the form of metav1.Condition.' },
);
export type Condition = Static<typeof Condition>;

export const Conditions = Type.Array(Condition, {
  maxItems: 16,
  ...listMap('type'),
  description: 'The latest observations of the state of this object.',
});

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Any Kubernetes object, as far as every object is alike. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** A criterion or report is named `namespace/name`, a service `namespace/service`. */
export const qualified = (namespace: string, name: string): string => `${namespace}/${name}`;
