import { readdir, readFile } from 'node:fs/promises';
import { type Part, PART_NAMES, PARTS } from './register.ts';

const parts: readonly (readonly [string, Part])[] = PART_NAMES.map((name) => [name, PARTS[name]]);
const goFolder = new URL('go/', import.meta.url);

test('every folder of a Go module belongs to a part, and every part that names one has it', async () => {
  const named = parts.map(([, { goBuild }]) => (goBuild?.kind === 'Module' ? goBuild.folder : undefined));
  expect((await readdir(goFolder)).sort()).toEqual(named.filter((folder) => folder !== undefined).sort());
});

test.each(parts)('%s is built at the version that the register names', async (_name, { version, goBuild }) => {
  if (goBuild?.kind !== 'Module') return;
  const [, minor = '', patch = ''] = version.split('.');
  const module = await readFile(new URL(`${goBuild.folder}/go.mod`, goFolder), 'utf8');
  // The libraries of Kubernetes 1.36.3 are called 0.36.3.
  expect(module).toMatch(new RegExp(`require \\(?[^)]* v(${version}|0\\.${minor}\\.${patch})\\b`, 'm'));
});

test.each(parts)('%s says in one sentence what to install', (_name, { install }) => {
  expect(install).toMatch(/^(Install|Let) .*\.$/);
});
