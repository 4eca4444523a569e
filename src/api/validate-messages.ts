import type { ErrorObject } from 'ajv';

import { DURATION_PATTERN, NAME_PATTERN, POSITIVE_DURATION_PATTERN } from './common.ts';
import type { Structural } from './generate/structural.ts';
import { nearest } from './validate-names.ts';

/** Says in a sentence what an error of ajv means, and what to write instead. */
export function complaint(error: ErrorObject): string {
  const say = SENTENCES[error.keyword];
  return say ? say(error) : `${quote(error.data)} ${error.message ?? 'is not allowed'}`;
}

const SENTENCES: Readonly<Record<string, (error: ErrorObject) => string>> = {
  required: ({ params, parentSchema }) => missing((params as { missingProperty: string }).missingProperty, parentSchema),
  type: ({ params, data }) => wrongType((params as { type: string }).type, data),
  enum: ({ params, data }) => notOneOf((params as { allowedValues: string[] }).allowedValues, data),
  pattern: ({ schema, data, parentSchema }) => `${quote(data)} is not ${expected(String(schema), parentSchema)}`,
  format: ({ schema, data }) => `${quote(data)} is not ${FORMATS[String(schema)] ?? String(schema)}`,
  minLength: ({ schema, parentSchema }) => `is shorter than ${String(schema)} characters${meaning(parentSchema)}`,
  maxLength: ({ schema }) => `is longer than ${String(schema)} characters: shorten it`,
  minimum: ({ schema, data }) => `${quote(data)} is less than ${String(schema)}: write ${String(schema)} or more`,
  maximum: ({ schema, data }) => `${quote(data)} is more than ${String(schema)}: write ${String(schema)} or less`,
  minItems: ({ schema, parentSchema }) => `needs at least ${count(schema, 'item')}${meaning(parentSchema)}`,
  maxItems: ({ schema }) => `holds more than ${count(schema, 'item')}: write at most ${String(schema)}`,
  maxProperties: ({ schema }) => `holds more than ${count(schema, 'entry', 'entries')}: write at most ${String(schema)}`,
};

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'a time: write it as 2026-11-22T10:00:00Z',
  int64: 'a whole number that fits 64 bits',
};

const DURATION = 'a duration: write a whole number (up to eight digits) with a unit s, m, h or d, for example 30s, 15m or 30d';
const PATTERNS: Readonly<Record<string, string>> = {
  [DURATION_PATTERN]: `${DURATION}; zero is 0s`,
  [POSITIVE_DURATION_PATTERN]: `${DURATION}; zero is not allowed here`,
  [NAME_PATTERN]: 'a name: write lower-case letters, digits and -, at most 63, beginning and ending with a letter or digit',
};

const expected = (pattern: string, schema: unknown): string => PATTERNS[pattern] ?? `what is expected here${meaning(schema)}`;

function missing(name: string, schema: unknown): string {
  const description = (schema as Structural | undefined)?.properties?.[name]?.description;
  return `is required${description === undefined ? '' : `: ${description}`}`;
}

function meaning(schema: unknown): string {
  const description = (schema as Structural | undefined)?.description;
  return description === undefined ? '' : `: ${description}`;
}

function notOneOf(allowed: readonly string[], data: unknown): string {
  const near = typeof data === 'string' ? nearest(data, allowed) : undefined;
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return `${quote(data)} is not one of ${allowed.join(', ')}${hint}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'an object (fields with values)',
  array: 'a list',
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

function wrongType(type: string, data: unknown): string {
  return `must be ${TYPE_NAMES[type] ?? type}, not ${described(data)}${remedy(type, data)}`;
}

function remedy(type: string, data: unknown): string {
  if (type === 'array') return ': begin each item with "- "';
  if (type === 'string') return inQuotes(data);
  return typeof data === 'string' && fits(type, data) ? `: write ${data} without quotes` : '';
}

function inQuotes(data: unknown): string {
  if (typeof data === 'number') return ': put it in quotes';
  return typeof data === 'boolean' ? ': put it in quotes (yes, no, on and off are booleans without)' : '';
}

function fits(type: string, text: string): boolean {
  if (type === 'boolean') return /^(true|false)$/.test(text);
  return type !== 'object' && text.trim() !== '' && Number.isFinite(Number(text));
}

function described(data: unknown): string {
  if (data === null) return 'null';
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'object') return 'an object';
  return `the ${typeof data} ${quote(data)}`;
}

function quote(data: unknown): string {
  const text = JSON.stringify(data) as string | undefined;
  if (text === undefined) return String(data);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

const count = (many: unknown, one: string, several = `${one}s`): string => `${String(many)} ${many === 1 ? one : several}`;
