import { readdirSync } from 'node:fs';

import { SOURCE_KINDS } from '../api/source.ts';
import { READERS } from './registry.ts';

const here = import.meta.dirname;
const folders = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory());

test('there is a reader for each kind of source, and a folder for each reader', () => {
  expect(Object.keys(READERS).sort()).toEqual(Object.keys(SOURCE_KINDS).sort());
  expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(READERS).sort());
});

test.each(folders.map(({ name }) => name))('the folder %s holds what a source has to', (name) => {
  const held = readdirSync(`${here}/${name}`);
  expect(held).toEqual(expect.arrayContaining(['fixtures', 'index.test.ts', 'index.ts', 'readme.md']));
});
