import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AssayError } from '../../platform/errors.ts';
import type { Part } from '../register.ts';
import { fromCache, intoCache } from './cache.ts';
import { withLock } from './lock.ts';
import { withProgress } from './progress.ts';
import { lastLine, runTool } from './run-tool.ts';
import { fits, versionIn } from './version.ts';
import { type Env, type Getting, type Got, thisHost } from './way.ts';

/** A Python program, installed by pip into an environment of its own. */
export interface PythonInstall {
  /** Name and version of the package, as pip takes it; what it needs comes in versions that go with it. */
  readonly package: string;
  /** What `python -m` runs. */
  readonly module: string;
  readonly leastPython: string;
  /** What people are told before they wait. */
  readonly takes: string;
}

const SYNAPSE: Part = {
  program: 'synapse',
  version: '1.163.2',
  fits: {},
  versionArgs: [],
  install: 'Install Python 3.10 or newer with its venv module, so that it can be installed here.',
};

const SYNAPSE_INSTALL: PythonInstall = {
  package: 'matrix-synapse==1.163.2',
  module: 'synapse.app.homeserver',
  leastPython: '3.10',
  takes: 'about 1 minute on 2 cores, 240 MB on the disk',
};

/** With what Synapse is got: the environment for PATH and cache, and who hears what takes time. */
export interface PythonFetchOptions {
  readonly env: Env;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Answers the path of a program that starts Synapse, installed once; throws PART_MISSING with what to install. */
export async function fetchSynapse(options: PythonFetchOptions): Promise<string> {
  const say = (line: string): void => options.say(`synapse: ${line}`);
  const getting: Getting = { ...options, say, part: SYNAPSE, host: thisHost() };
  const cached = await fromCache(getting);
  const got = cached.kind === 'Got' ? cached : await fromPyPI(getting, SYNAPSE_INSTALL);
  if (got.kind === 'Got') return got.path;
  throw new AssayError('PART_MISSING', `synapse can not be had on this machine: ${got.why}. ${SYNAPSE.install}`);
}

const LOOK_WITHIN_MS = 30_000;
const INSTALL_WITHIN_MS = 30 * 60_000;

/** Installs a Python program into the cache, one at a time on this machine: its environment, and a script that starts it. */
export async function fromPyPI(getting: Getting, install: PythonInstall): Promise<Got> {
  const missing = await pythonMissing(getting, install);
  if (missing !== undefined) return { kind: 'Not', why: missing };
  return withLock('python-install', getting, async () => {
    // Another process may have installed it while we waited.
    const cached = await fromCache(getting);
    return cached.kind === 'Got' ? cached : intoCache(getting, (path) => installTo(path, install, getting));
  });
}

async function pythonMissing({ env, signal }: Getting, { leastPython }: PythonInstall): Promise<string | undefined> {
  const { ok, output } = await runTool('python3', ['--version'], { env, withinMs: LOOK_WITHIN_MS, signal });
  if (!ok) return 'Python is not on the PATH';
  const version = versionIn(output);
  if (version === undefined) return 'Python on the PATH is of unknown version';
  return fits(version, { atLeast: leastPython }) ? undefined : `Python on the PATH is version ${version}`;
}

async function installTo(path: string, install: PythonInstall, getting: Getting): Promise<Got> {
  const { part, env, say, signal } = getting;
  const venv = join(dirname(path), 'venv');
  const run = { env, withinMs: INSTALL_WITHIN_MS, signal };
  const made = await runTool('python3', ['-m', 'venv', venv], run);
  if (!made.ok) return { kind: 'Not', why: `Python can make no environment: ${lastLine(made.output)}` };
  say(`installing ${part.program} ${part.version} with pip: ${install.takes}, once`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', install.package];
  const { ok, output } = await withProgress(
    say,
    () => `still installing ${part.program} (${install.takes})`,
    () => runTool(join(venv, 'bin', 'python'), pip, run),
  );
  if (!ok) return { kind: 'Not', why: `pip failed: ${lastLine(output)}` };
  await writeFile(path, launcher(install));
  return { kind: 'Got', path };
}

/** By module and not by the scripts of pip, which hold the path at which they were made: the cache is moved as a whole. */
function launcher({ module }: PythonInstall): string {
  return `#!/bin/sh
exec "$(dirname "$0")/venv/bin/python" -m ${module} "$@"
`;
}
