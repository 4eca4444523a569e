import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { GROUP } from '../common.ts';
import { KINDS } from '../kinds.ts';
import { crdYaml } from './crd.ts';
import { reasonsPage } from './reasons.ts';
import { referencePage } from './reference.ts';

// A chart reads no file outside its own folder.
const CHART_CRDS = 'helm/assay/files/crds';
// Whatever lies in these folders is generated; anything else there is a leftover.
const FOLDERS = ['crds', CHART_CRDS, 'docs/reference'];

/** Every generated file: its path from the root of the project, and its text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...['crds', CHART_CRDS].flatMap((folder) =>
      KINDS.map((kind) => [`${folder}/${GROUP}_${kind.plural}.yaml`, crdYaml(kind)] as const),
    ),
    ...KINDS.map((kind) => [`docs/reference/${kind.singular}.md`, referencePage(kind)] as const),
    ['docs/reference/reasons.md', reasonsPage()],
  ]);
}

/** What differs between the generated files and those under `root`: "missing", "differs" or "left over", and the path. */
export async function differences(root: string): Promise<readonly string[]> {
  const files = generatedFiles();
  const compared = [...files].map(async ([path, text]) => {
    const found = await readIfThere(join(root, path));
    return found === text ? [] : [`${found === undefined ? 'missing' : 'differs'}: ${path}`];
  });
  const left = (await leftovers(root, files)).map((path) => `left over: ${path}`);
  return [...(await Promise.all(compared)).flat(), ...left];
}

/** Writes every generated file under `root` and removes what is left over beside them. */
export async function writeGenerated(root: string): Promise<void> {
  const files = generatedFiles();
  for (const [path, text] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  for (const path of await leftovers(root, files)) await rm(join(root, path), { recursive: true });
}

async function leftovers(root: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const listed = await Promise.all(
    FOLDERS.map(async (folder) => (await namesIn(join(root, folder))).map((name) => `${folder}/${name}`)),
  );
  return listed.flat().filter((path) => !files.has(path));
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(orIfAbsent<string[]>([]));

const readIfThere = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(orIfAbsent(undefined));

const orIfAbsent =
  <T>(instead: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
