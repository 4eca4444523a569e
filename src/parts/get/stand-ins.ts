import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Part, PARTS } from '../register.ts';
import type { Getting } from './way.ts';

/** A machine for one test: an empty cache, and a PATH on which only stand-ins lie. */
export interface Bench {
  readonly dir: string;
  /** The one folder of the PATH. */
  readonly bin: string;
  /** The lines said so far. */
  readonly said: readonly string[];
  readonly getting: Getting;
  /** Puts a shell script on the PATH, or into another folder, and answers its path. */
  standIn(name: string, script: string, folder?: string): Promise<string>;
  clear(): Promise<void>;
}

/** Sets up a bench on which `part` (etcd with the given changes) is to be got. */
export async function newBench(part: Partial<Part> = {}, changes: Partial<Getting> = {}): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), 'assay-bench-'));
  const bin = join(dir, 'bin');
  const said: string[] = [];
  const getting: Getting = {
    part: { ...PARTS.etcd, ...part },
    env: { PATH: bin, XDG_CACHE_HOME: join(dir, 'cache') },
    host: { os: 'linux', arch: 'amd64', root: true, policyFile: join(dir, 'policy-rc.d') },
    say: (line) => said.push(line),
    ...changes,
  };
  const standIn = async (name: string, script: string, folder = bin): Promise<string> => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`, { mode: 0o755 });
    return join(folder, name);
  };
  return { dir, bin, said, getting, standIn, clear: () => rm(dir, { recursive: true, force: true }) };
}
