import type { TSchema } from 'typebox';

import type { CelRule } from '../common.ts';

/** A structural schema: the part of OpenAPI that a CustomResourceDefinition may hold. */
export interface Structural {
  readonly description?: string;
  readonly type: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly items?: Structural;
  readonly properties?: Readonly<Record<string, Structural>>;
  readonly additionalProperties?: Structural;
  readonly 'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly CelRule[];
}

// The order in which keywords are written: what a reader asks first stands first.
const PLAIN_KEYWORDS = [
  'description',
  'type',
  'format',
  'default',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
] as const;
const NESTED_KEYWORDS = ['items', 'properties', 'patternProperties', 'additionalProperties'];

type Json = Readonly<Record<string, unknown>>;

/**
 * Turns a TypeBox schema into a structural one: records become `additionalProperties`, and the refusal of unknown fields goes,
 * because the API server prunes them itself.
 * @throws Error for a keyword that a structural schema can't hold, so that nothing is lost in silence
 */
export function structural(schema: TSchema): Structural {
  return convert(schema as Json, 'schema');
}

function convert(schema: Json, at: string): Structural {
  refuseUnknownKeywords(schema, at);
  const plain = PLAIN_KEYWORDS.filter((keyword) => schema[keyword] !== undefined).map((keyword) => [keyword, schema[keyword]]);
  return { ...Object.fromEntries(plain), ...nested(schema, at) } as Structural;
}

function refuseUnknownKeywords(schema: Json, at: string): void {
  const unknown = Object.keys(schema).filter((key) => !NESTED_KEYWORDS.includes(key) && !isPlain(key));
  if (unknown.length > 0) throw new Error(`${at}: no structural schema can hold ${unknown.join(', ')}`);
  if (typeof schema.type !== 'string') throw new Error(`${at}: a structural schema needs a type`);
}

const isPlain = (key: string): boolean => (PLAIN_KEYWORDS as readonly string[]).includes(key);

function nested(schema: Json, at: string): Partial<Structural> {
  const values = valuesOfRecord(schema);
  return {
    ...(schema.items ? { items: convert(schema.items as Json, `${at}.items`) } : {}),
    ...(schema.properties ? { properties: convertAll(schema.properties as Record<string, Json>, at) } : {}),
    ...(values ? { additionalProperties: convert(values, `${at}.*`) } : {}),
  };
}

function convertAll(properties: Readonly<Record<string, Json>>, at: string): Record<string, Structural> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, convert(schema, `${at}.${name}`)]));
}

function valuesOfRecord(schema: Json): Json | undefined {
  const byPattern = Object.values((schema.patternProperties ?? {}) as Record<string, Json>);
  if (byPattern.length > 1) throw new Error('a record of several patterns is not structural');
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties as Json;
  return byPattern[0];
}
