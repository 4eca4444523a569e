import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

import { isDateTime } from './date-time.ts';
import type { Structural } from './generate/structural.ts';
import { complaint } from './validate-messages.ts';
import { type FieldPath, isJsonObject, type Problem, problemAt, valueAt } from './validate-paths.ts';

/** Fills in the defaults of an object in place and says where it breaks its schema. */
export type SchemaCheck = (object: unknown) => readonly Problem[];

/** Compiles the check of a structural schema: types, bounds, patterns, formats, defaults and the keys of lists. */
export function schemaCheck(schema: Structural): SchemaCheck {
  const check = newAjv().compile(schema);
  return (object) => [...ajvProblems(check, object), ...duplicates(object, schema, [])];
}

function newAjv(): Ajv {
  // strict would refuse the x-kubernetes-* keywords; verbose gives an error the schema that it broke.
  const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: false, verbose: true });
  ajv.addFormat('date-time', isDateTime);
  ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger });
  return ajv;
}

function ajvProblems(check: ValidateFunction, object: unknown): Problem[] {
  check(object);
  return (check.errors ?? []).map((error) => problemAt(pathOf(error, object), complaint(error)));
}

function pathOf(error: ErrorObject, object: unknown): FieldPath {
  const at = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<FieldPath>((path, part) => [...path, Array.isArray(valueAt(object, path)) ? Number(part) : part], []);
  return error.keyword === 'required' ? [...at, (error.params as { missingProperty: string }).missingProperty] : at;
}

// The keys of a list map, and the items of a set, stand once each.
function duplicates(value: unknown, schema: Structural, at: FieldPath): Problem[] {
  if (Array.isArray(value)) return [...repeatedItems(value, schema, at), ...inItems(value, schema, at)];
  if (!isJsonObject(value)) return [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => duplicates(value[name], property, [...at, name]));
}

function inItems(list: readonly unknown[], { items }: Structural, at: FieldPath): Problem[] {
  return items ? list.flatMap((item, index) => duplicates(item, items, [...at, index])) : [];
}

function repeatedItems(list: readonly unknown[], schema: Structural, at: FieldPath): Problem[] {
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'map' && listType !== 'set') return [];
  const names = schema['x-kubernetes-list-map-keys'] ?? [];
  const keys = list.map((item) => JSON.stringify(listType === 'set' ? item : names.map((name) => valueAt(item, [name]))));
  const said = listType === 'set' ? 'item' : names.join(', ');
  return keys.flatMap((key, index) => {
    const first = keys.indexOf(key);
    return first < index ? [problemAt([...at, index], `repeats the ${said} of item ${first}: each stands once`)] : [];
  });
}
