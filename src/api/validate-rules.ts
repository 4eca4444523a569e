import { Environment } from '@marcbachmann/cel-js';

import type { CelRule } from './common.ts';
import { isDateTime } from './date-time.ts';
import type { Structural } from './generate/structural.ts';
import { type FieldPath, isJsonObject, parseRelativePath, type Problem, problemAt, valueAt } from './validate-paths.ts';

/** What the rules of a schema found; `unclear` are rules that could not be evaluated. */
export interface RuleFindings {
  readonly broken: readonly Problem[];
  readonly unclear: readonly Problem[];
}

interface Visit {
  readonly schema: Structural;
  readonly value: unknown;
  readonly old: unknown;
  readonly at: FieldPath;
}

const environment = new Environment().registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn');

/**
 * Runs the `x-kubernetes-validations` of a schema on an object that has its defaults. Rules that speak of `oldSelf` are run
 * where an old value stands at the same place, as the API server does on an update.
 */
export function runRules(schema: Structural, value: unknown, old: unknown): RuleFindings {
  const results = visit({ schema, value, old, at: [] });
  return {
    broken: results.filter((result) => result.kind === 'Broken').map((result) => result.problem),
    unclear: results.filter((result) => result.kind === 'Unclear').map((result) => result.problem),
  };
}

type Result = { readonly kind: 'Broken' | 'Unclear'; readonly problem: Problem };

function visit(place: Visit): Result[] {
  if (place.value === undefined) return [];
  const here = (place.schema['x-kubernetes-validations'] ?? []).flatMap((rule) => evaluate(rule, place));
  return [...here, ...children(place).flatMap(visit)];
}

function children({ schema, value, old, at }: Visit): Visit[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return [];
    return (value as unknown[]).map((item, index) => ({
      schema: items,
      value: item,
      old: oldItem(item, old, schema),
      at: [...at, index],
    }));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    schema: property,
    value: valueAt(value, [name]),
    old: valueAt(old, [name]),
    at: [...at, name],
  }));
}

// Only the items of a list map can be told apart, by their keys, between the old and the new list.
function oldItem(item: unknown, old: unknown, schema: Structural): unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!keys || !Array.isArray(old)) return undefined;
  return old.find((candidate: unknown) => keys.every((key) => valueAt(candidate, [key]) === valueAt(item, [key]))) as unknown;
}

function evaluate({ rule, message, fieldPath }: CelRule, { schema, value, old, at }: Visit): Result[] {
  if (/\boldSelf\b/.test(rule) && old === undefined) return [];
  const field = [...at, ...parseRelativePath(fieldPath ?? '')];
  try {
    const holds: unknown = environment.evaluate(rule, { self: celValue(value, schema), oldSelf: celValue(old, schema) });
    return holds === true ? [] : [{ kind: 'Broken', problem: problemAt(field, message) }];
  } catch {
    return [{ kind: 'Unclear', problem: problemAt(field, `it can't be checked that ${message}`) }];
  }
}

// Types as the API server gives them to a rule: whole numbers are int, date-time strings are timestamps.
function celValue(value: unknown, schema: Structural | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema?.items));
  if (isJsonObject(value)) {
    const of = (name: string): Structural | undefined => schema?.properties?.[name] ?? schema?.additionalProperties;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, celValue(item, of(name))]));
  }
  if (schema?.type === 'integer' && Number.isInteger(value)) return BigInt(value as number);
  if (schema?.format === 'date-time' && typeof value === 'string' && isDateTime(value)) return new Date(value);
  return value;
}
