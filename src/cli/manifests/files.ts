import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf } from '../../platform/errors.ts';
import type { Finding } from './finding.ts';

/** A bigger file is refused: no hand-written manifest is, and parsing it would cost much memory. */
export const LARGEST_FILE_BYTES = 4 * 1024 * 1024;

/** The text of a file, or why it can't be read. */
export type SourceFile =
  | { readonly kind: 'Text'; readonly file: string; readonly text: string }
  | { readonly kind: 'Unreadable'; readonly finding: Finding };

const MANIFEST = /\.(ya?ml|json)$/i;

/** Reads the named files, and every .yaml, .yml and .json below the named folders, in the order of their names, each once. */
export async function readFiles(paths: readonly string[]): Promise<readonly SourceFile[]> {
  const found: SourceFile[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    for (const file of await expand(path)) {
      if (seen.has(file)) continue;
      seen.add(file);
      found.push(await readOne(file));
    }
  }
  return found;
}

async function expand(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ? filesBelow(path) : [join(path)];
}

// Hidden folders (.git, ..data of a mounted ConfigMap) and links to folders are left out: a link may lead in a circle.
async function filesBelow(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const nested = entries.map(async (entry): Promise<string[]> => {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return MANIFEST.test(entry.name) && (await isFile(path)) ? [path] : [];
  });
  return (await Promise.all(nested)).flat();
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

async function readOne(file: string): Promise<SourceFile> {
  try {
    const found = await stat(file);
    if (!found.isFile()) return unreadable(file, 'is neither a file nor a folder: name a manifest or a folder of manifests');
    if (found.size > LARGEST_FILE_BYTES) {
      return unreadable(file, `holds ${found.size} bytes, more than ${LARGEST_FILE_BYTES}: split it into smaller files`);
    }
    return { kind: 'Text', file, text: await readFile(file, 'utf8') };
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return unreadable(file, isAbsent ? 'no such file or folder' : `can not be read: ${messageOf(error)}`);
  }
}

const unreadable = (file: string, message: string): SourceFile => ({
  kind: 'Unreadable',
  finding: { file, line: 1, path: '', message, severity: 'error' },
});
