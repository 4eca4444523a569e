import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Part } from '../register.ts';
import { runTool } from './run-tool.ts';
import { boundsText, fits, versionIn } from './version.ts';
import type { Env, Getting, Got } from './way.ts';

const VERSION_WITHIN_MS = 10_000;

/** Looks in the folder that KUBEBUILDER_ASSETS names, then along the PATH, for a version that fits. */
export async function fromEnvironment(getting: Getting): Promise<Got> {
  const { part, env } = getting;
  const misfits: string[] = [];
  for (const path of await candidates(part, env)) {
    const version = await versionOf(path, getting);
    if (version !== undefined && fits(version, part.fits)) return { kind: 'Got', path };
    misfits.push(`${path} is ${version ?? 'of unknown version'}`);
  }
  if (misfits.length === 0) return { kind: 'Not', why: 'not on the PATH' };
  return { kind: 'Not', why: `${misfits.join(', ')}; needed is ${boundsText(part.fits)}` };
}

/** The programs that carry one of the part's names, in the order in which they are found. */
async function candidates({ program, alsoCalled }: Part, env: Env): Promise<string[]> {
  const folders = [env.KUBEBUILDER_ASSETS ?? '', ...(env.PATH ?? '').split(delimiter)].filter((folder) => folder !== '');
  const names = [program, alsoCalled].filter((name) => name !== undefined);
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const found = await Promise.all(paths.map(isProgram));
  return [...new Set(paths.filter((_, index) => found[index]))];
}

/** Whether there is a file here that may be run. */
export function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function versionOf(path: string, { part, env, signal }: Getting): Promise<string | undefined> {
  const { ok, output } = await runTool(path, part.versionArgs, { env, withinMs: VERSION_WITHIN_MS, signal });
  return ok ? versionIn(output) : undefined;
}
