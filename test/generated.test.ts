import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { CONDITION_TYPES, EVENT_REASONS, REACHABLE_REASONS, READY_REASONS, UNKNOWN_REASONS } from '../src/api/conditions.ts';
import { objectSchema } from '../src/api/generate/crd.ts';
import { differences, generatedFiles } from '../src/api/generate/outputs.ts';
import type { Structural } from '../src/api/generate/structural.ts';
import { KINDS } from '../src/api/kinds.ts';

const root = join(import.meta.dirname, '..');

test('the generated files are up to date (npm run generate)', async () => expect(await differences(root)).toEqual([]));

test('each kind has a definition', async () => {
  expect((await readdir(join(root, 'crds'))).length).toBe(KINDS.length);
});

describe.each(KINDS.map((kind) => [kind.kind, kind] as const))('%s', (_name, kind) => {
  const fields = fieldsOf(objectSchema(kind), '');

  test('every field has a description', () => {
    const bare = fields.filter(({ path, schema }) => path !== '.metadata' && !schema.description);
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  test('every column and selectable field shows a field that exists', () => {
    const plain = [...kind.columns.map(({ jsonPath }) => jsonPath), ...kind.selectableFields].filter(
      (path) => !path.startsWith('.metadata') && !path.includes('['),
    );
    expect(plain.filter((path) => !fields.some((field) => field.path === path))).toEqual([]);
  });

  test('every list says how it is merged, and is bounded', () => {
    const lists = fields.filter(({ schema }) => schema.type === 'array');
    expect(lists.filter(({ schema }) => schema.maxItems === undefined).map(({ path }) => path)).toEqual([]);
  });

  test('a default that the description names is the default', () => {
    const wrong = fields.filter(
      ({ schema: { description = '', default: value } }) =>
        typeof value === 'string' && description.includes('(default ') && !description.includes(`(default ${value}`),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('every field stands in the reference', () => {
    const page = generatedFiles().get(`docs/reference/${kind.singular}.md`) ?? '';
    const missing = fields.filter(
      ({ path }) => /^\.(spec|status)\./.test(path) && !page.includes(`| \`${path.split('.').at(-1) ?? ''}\` |`),
    );
    expect(missing).toEqual([]);
  });
});

test('every condition type and reason stands in the reference', () => {
  const page = generatedFiles().get('docs/reference/reasons.md') ?? '';
  const words = [CONDITION_TYPES, READY_REASONS, REACHABLE_REASONS, UNKNOWN_REASONS, EVENT_REASONS].flatMap(Object.keys);
  expect(words.filter((word) => !page.includes(`| \`${word}\` |`))).toEqual([]);
});

function fieldsOf(schema: Structural, path: string): { path: string; schema: Structural }[] {
  if (schema.items) return fieldsOf(schema.items, path);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    { path: `${path}.${name}`, schema: field },
    ...fieldsOf(field, `${path}.${name}`),
  ]);
}
