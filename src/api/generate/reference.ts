import { API_VERSION, DURATION_PATTERN, NAME_PATTERN, POSITIVE_DURATION_PATTERN } from '../common.ts';
import type { KindDefinition } from '../kinds.ts';
import { objectSchema } from './crd.ts';
import { code, MARKDOWN_HEADER, table } from './markdown.ts';
import type { Structural } from './structural.ts';

interface Level {
  readonly path: string;
  readonly schema: Structural;
}

/** The reference page of a kind: what it is, how to ask for it, and a table a level of its fields. */
export function referencePage(kind: KindDefinition): string {
  const { spec, status } = objectSchema(kind).properties ?? {};
  const levels = [spec, status].flatMap((schema, i) => (schema ? levelsOf({ path: i === 0 ? 'spec' : 'status', schema }) : []));
  return (
    [MARKDOWN_HEADER, `# ${kind.kind}`, kind.description, facts(kind), columns(kind), ...levels.map(section)].join('\n\n') + '\n'
  );
}

function facts(kind: KindDefinition): string {
  const selectable = kind.selectableFields.map((field) => code(field.slice(1)));
  return table(
    ['', ''],
    [
      ['apiVersion', code(API_VERSION)],
      ['Scope', kind.scope === 'Cluster' ? 'cluster (one for all namespaces)' : 'namespaced'],
      [
        'Asked for by',
        [kind.plural, kind.singular, kind.shortName, 'assay'].map((name) => code(`kubectl get ${name}`)).join(', '),
      ],
      ['Field selectors', selectable.length > 0 ? selectable.join(', ') : 'metadata only'],
    ],
  );
}

function columns(kind: KindDefinition): string {
  const rows = kind.columns.map((column) => [column.name, column.description, column.wide ? code('-o wide') : '']);
  return `## Columns of kubectl get\n\n${table(['Column', 'Shows', 'Only with'], rows)}`;
}

// A level is an object with fields; what lies under it comes right after it.
function levelsOf(level: Level): Level[] {
  const below = Object.entries(level.schema.properties ?? {}).flatMap(([name, schema]) =>
    levelsBelow(`${level.path}.${name}`, schema),
  );
  return [level, ...below];
}

function levelsBelow(path: string, schema: Structural): Level[] {
  if (schema.items) return levelsBelow(`${path}[]`, schema.items);
  return schema.properties ? levelsOf({ path, schema }) : [];
}

function section({ path, schema }: Level): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => [
    code(name),
    typeOf(field),
    defaultOf(name, field, schema),
    field.description ?? field.items?.description ?? '',
  ]);
  const rules = rulesOf(schema);
  return [`## ${path}`, schema.description, table(['Field', 'Type', 'Default', 'Description'], rows), rules]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

function rulesOf(schema: Structural): string | undefined {
  const own = schema['x-kubernetes-validations'] ?? [];
  const ofFields = Object.values(schema.properties ?? {})
    .filter((field) => field.type !== 'object')
    .flatMap((field) => field['x-kubernetes-validations'] ?? []);
  const messages = [...own, ...ofFields].map(({ message }) => `- ${message}`);
  return messages.length > 0 ? `Rules that the API server and \`assay lint\` hold:\n\n${messages.join('\n')}` : undefined;
}

function defaultOf(name: string, field: Structural, parent: Structural): string {
  if (parent.required?.includes(name)) return 'required';
  return field.default === undefined ? '' : code(JSON.stringify(field.default));
}

const NAMED_PATTERNS: Readonly<Record<string, string>> = {
  [DURATION_PATTERN]: 'duration',
  [POSITIVE_DURATION_PATTERN]: 'duration over zero',
  [NAME_PATTERN]: 'name',
};

function typeOf(field: Structural): string {
  if (field.enum) return field.enum.map(code).join(', ');
  if (field.items) return `list of ${several(field.items)}${limits(field.minItems, field.maxItems)}`;
  if (field.additionalProperties) return `map of ${field.additionalProperties.type}s${limits(undefined, field.maxProperties)}`;
  if (field.format === 'date-time') return 'time';
  if (field.type === 'string') return `${NAMED_PATTERNS[field.pattern ?? ''] ?? 'string'}${stringLimits(field)}`;
  return `${field.type}${limits(field.minimum, field.maximum)}`;
}

const several = (items: Structural): string => (items.enum ? items.enum.map(code).join(', ') : `${items.type}s`);

const stringLimits = ({ pattern, minLength, maxLength }: Structural): string =>
  pattern !== undefined && pattern in NAMED_PATTERNS ? '' : limits(minLength, maxLength, ' characters');

function limits(least: number | undefined, most: number | undefined, unit = ''): string {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return `, at least ${String(least)}${unit}`;
  return least === undefined ? `, at most ${most}${unit}` : `, ${least} to ${most}${unit}`;
}
