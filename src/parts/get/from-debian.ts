import { rm, writeFile } from 'node:fs/promises';
import { fromEnvironment } from './from-environment.ts';
import { withLock } from './lock.ts';
import { runTool, type ToolResult } from './run-tool.ts';
import { boundsText, fits, versionIn } from './version.ts';
import type { Getting, Got } from './way.ts';

const LOOK_WITHIN_MS = 20_000;
const UPDATE_WITHIN_MS = 2 * 60_000;
const INSTALL_WITHIN_MS = 10 * 60_000;
const IMPATIENT = ['-o', 'Acquire::http::Timeout=10', '-o', 'Acquire::Retries=0', '-o', 'DPkg::Lock::Timeout=120'];

/** Installs the distribution's package where that is Debian's or Ubuntu's, its version fits, and we are root. */
export async function fromDebian(getting: Getting): Promise<Got> {
  const { part, host } = getting;
  const name = part.debianPackage;
  if (name === undefined) return { kind: 'Not', why: 'distributions have no package of it' };
  if (!(await aptCache(getting, name)).ok) return { kind: 'Not', why: 'there is no apt-get on this machine' };
  if (!host.root) return { kind: 'Not', why: `"apt-get install ${name}" may not be run: not root` };
  return withLock('apt-get', getting, () => install(getting, name));
}

async function install(getting: Getting, name: string): Promise<Got> {
  const { part, say, env, host } = getting;
  const version = (await candidateOf(getting, name)) ?? (await update(getting), await candidateOf(getting, name));
  if (version === undefined || !fits(version, part.fits)) {
    return { kind: 'Not', why: `package ${name} has ${version ?? 'no version'}; needed is ${boundsText(part.fits)}` };
  }
  say(`installing package ${name} ${version}: about half a minute`);
  // Not ended by our signal: a package manager broken off half-way leaves the machine in need of repair.
  const aptInstall = (): Promise<ToolResult> =>
    runTool('apt-get', [...IMPATIENT, 'install', '-y', '--no-install-recommends', name], {
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
      withinMs: INSTALL_WITHIN_MS,
    });
  const installed = await withoutServices(host.policyFile, async () => {
    const first = await aptInstall();
    if (first.ok) return first;
    await update(getting);
    return aptInstall();
  });
  getting.signal?.throwIfAborted();
  return installed.ok ? fromEnvironment(getting) : { kind: 'Not', why: `apt-get could not install ${name}` };
}

/** The version that an installation would bring, undefined when the package lists know none. */
async function candidateOf(getting: Getting, name: string): Promise<string | undefined> {
  const { output } = await aptCache(getting, name);
  const candidate = /Candidate: (?:\d+:)?(\S+)/.exec(output)?.[1] ?? '';
  return versionIn(candidate);
}

function aptCache({ env, signal }: Getting, name: string): Promise<ToolResult> {
  return runTool('apt-cache', ['policy', name], { env: { ...env, LC_ALL: 'C' }, withinMs: LOOK_WITHIN_MS, signal });
}

async function update({ say, env, signal }: Getting): Promise<void> {
  say('updating the package lists (apt-get update): about 10 seconds');
  await runTool('apt-get', [...IMPATIENT, 'update'], { env, withinMs: UPDATE_WITHIN_MS, signal });
}

/** Keeps packages from starting their services while `run` runs, unless the machine has a policy of its own. */
async function withoutServices<T>(policyFile: string, run: () => Promise<T>): Promise<T> {
  const ours = await writeFile(policyFile, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 }).then(
    () => true,
    () => false,
  );
  try {
    return await run();
  } finally {
    if (ours) await rm(policyFile, { force: true });
  }
}
