import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isProgram } from './from-environment.ts';
import type { Env, Getting, Got } from './way.ts';

/** Answers the program that an earlier fetch left in the cache. */
export async function fromCache(getting: Getting): Promise<Got> {
  const path = cachePath(getting);
  return (await isProgram(path)) ? { kind: 'Got', path } : { kind: 'Not', why: 'not in the cache' };
}

/** The folder of all cached programs: `$XDG_CACHE_HOME/assay/bin`, or below `~/.cache`. */
export function cacheRoot(env: Env): string {
  const home = env.XDG_CACHE_HOME ?? '';
  return join(home === '' ? join(homedir(), '.cache') : home, 'assay', 'bin');
}

/**
 * Has `make` put the program at `path`, with an empty folder for scratch beside it, and moves it into the cache in one
 * step: others see the whole program or none. When another process was faster, its program is answered.
 */
export async function intoCache(getting: Getting, make: (path: string, scratch: string) => Promise<Got>): Promise<Got> {
  await mkdir(cacheRoot(getting.env), { recursive: true });
  const scratch = await mkdtemp(join(cacheRoot(getting.env), '.making-'));
  try {
    const folder = join(scratch, 'out');
    await mkdir(folder);
    const made = await make(join(folder, getting.part.program), scratch);
    if (made.kind === 'Not') return made;
    await chmod(made.path, 0o755);
    const path = cachePath(getting);
    await rename(folder, dirname(path)).catch(async (error: unknown) => {
      if (!(await isProgram(path))) throw error;
    });
    return { kind: 'Got', path };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function cachePath({ part, env, host }: Getting): string {
  return join(cacheRoot(env), `${part.program}-${part.version}-${host.os}-${host.arch}`, part.program);
}
