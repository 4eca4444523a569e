import { API_VERSION } from './common.ts';
import type { CertificationCriterion } from './criterion.ts';
import { objectSchema } from './generate/crd.ts';
import type { Structural } from './generate/structural.ts';
import { type KindDefinition, KINDS } from './kinds.ts';
import type { EvidenceReport } from './report.ts';
import type { EvidenceSource } from './source.ts';
import { METADATA, metadataProblems } from './validate-metadata.ts';
import { nearest, suggestion } from './validate-names.ts';
import { isJsonObject, type JsonObject, type Problem, problemAt, valueAt } from './validate-paths.ts';
import { runRules } from './validate-rules.ts';
import { type SchemaCheck, schemaCheck } from './validate-schema.ts';
import { tidy } from './validate-tidy.ts';

export type { FieldPath, Problem } from './validate-paths.ts';

export type AssayObject = CertificationCriterion | EvidenceReport | EvidenceSource;

/**
 * What the API server would say of an object. `object` has the defaults filled in; so has `draft`, as far as it goes: it breaks
 * the schema somewhere, and is for further checks only.
 */
export type Validated =
  | { readonly kind: 'Valid'; readonly object: AssayObject }
  | { readonly kind: 'Invalid'; readonly problems: readonly Problem[]; readonly draft: unknown };

/**
 * Validates an object of any kind of `assay.dev` as the API server would, and tells every mistake at once: unknown fields,
 * types and bounds, keys of lists, names, and the rules of the Common Expression Language. Neither argument is changed.
 * @param old the object as it was before, for the rules on what may change
 */
export function validate(object: unknown, old?: unknown): Validated {
  if (!isJsonObject(object)) return { kind: 'Invalid', problems: [problemAt([], 'is not an object')], draft: object };
  const { problems: headProblems, validator } = identify(object);
  if (!validator) return { kind: 'Invalid', problems: headProblems, draft: object };
  const { value, problems: unknownFields, written } = tidy(withoutStatus(object), validator.schema);
  const found = [
    ...headProblems,
    ...unknownFields,
    ...translate([...validator.check(value), ...metadataProblems(value)], written),
  ];
  const rules = runRules(validator.schema, value, isJsonObject(old) ? withDefaults(old, validator) : undefined);
  // A rule that trips over a mistake which is reported anyway says nothing new.
  const sure = [...found, ...translate(rules.broken, written)];
  const problems = sure.length === 0 ? translate(rules.unclear, written) : sure;
  const result = { ...(value as object), ...statusOf(object) };
  return problems.length === 0 ? { kind: 'Valid', object: result as AssayObject } : { kind: 'Invalid', problems, draft: result };
}

interface KindValidator {
  readonly schema: Structural;
  readonly check: SchemaCheck;
}

const VALIDATORS: ReadonlyMap<string, KindValidator> = new Map(KINDS.map((kind) => [kind.kind, validatorOf(kind)]));

function validatorOf(kind: KindDefinition): KindValidator {
  const whole = objectSchema(kind);
  const schema = { ...whole, properties: { ...withoutStatus(whole.properties ?? {}), metadata: METADATA } };
  return { schema, check: schemaCheck({ ...schema, required: ['metadata', 'spec'] }) };
}

// A status in a manifest is dropped by the API server: it has a subresource of its own.
function withoutStatus<T>(object: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'status'));
}

const statusOf = (object: JsonObject): object => {
  const status = valueAt(object, ['status']);
  return status === undefined ? {} : { status };
};

function withDefaults(object: JsonObject, { schema, check }: KindValidator): unknown {
  const { value } = tidy(withoutStatus(object), schema);
  check(value);
  return value;
}

interface Identified {
  readonly problems: readonly Problem[];
  readonly validator: KindValidator | undefined;
}

// A misspelt kind or version is one mistake: the rest is checked as what was most likely meant.
function identify(object: JsonObject): Identified {
  const kind = valueAt(object, ['kind']);
  const name = typeof kind === 'string' ? nearest(kind, VALIDATORS.keys()) : undefined;
  const problems = [...apiVersionProblems(valueAt(object, ['apiVersion'])), ...kindProblems(kind)];
  return { problems, validator: VALIDATORS.get(name ?? '') };
}

function apiVersionProblems(apiVersion: unknown): Problem[] {
  if (apiVersion === API_VERSION) return [];
  const said = apiVersion === undefined ? 'is required' : `${JSON.stringify(apiVersion)} is not served`;
  return [problemAt(['apiVersion'], `${said}: write ${API_VERSION}`)];
}

function kindProblems(kind: unknown): Problem[] {
  const names = [...VALIDATORS.keys()];
  if (typeof kind === 'string' && VALIDATORS.has(kind)) return [];
  if (typeof kind !== 'string') return [problemAt(['kind'], `is required: write one of ${names.join(', ')}`)];
  return [problemAt(['kind'], `${JSON.stringify(kind)} is no kind of ${API_VERSION}; ${suggestion(kind, names)}`)];
}

const translate = (problems: readonly Problem[], written: (at: Problem['at']) => Problem['at']): Problem[] =>
  problems.map(({ at, message }) => problemAt(written(at), message));
