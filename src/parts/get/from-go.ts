import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GoBuild } from '../register.ts';
import { fromCache, intoCache } from './cache.ts';
import { withLock } from './lock.ts';
import { withProgress } from './progress.ts';
import { lastLine, runTool, type ToolRun } from './run-tool.ts';
import type { Getting, Got } from './way.ts';

const LOOK_WITHIN_MS = 10_000;
const BUILD_WITHIN_MS = 60 * 60_000;

/** Builds the part from its Go module into the cache, one build at a time on this machine. */
export async function fromGo(getting: Getting): Promise<Got> {
  const { part, env, signal } = getting;
  const build = part.goBuild;
  if (build === undefined) return { kind: 'Not', why: 'there is no Go build of it' };
  const { ok } = await runTool('go', ['version'], { env, withinMs: LOOK_WITHIN_MS, signal });
  if (!ok) return { kind: 'Not', why: 'Go is not on the PATH' };
  return withLock('go-build', getting, async () => {
    // Another process may have built it while we waited.
    const cached = await fromCache(getting);
    return cached.kind === 'Got' ? cached : intoCache(getting, (path) => buildTo(path, build, getting));
  });
}

async function buildTo(path: string, build: GoBuild, { part, env, say, signal }: Getting): Promise<Got> {
  say(`building ${part.program} ${part.version} from source: ${build.takes}, once`);
  const { args, cwd, extraEnv } = goCommand(path, build);
  const run: ToolRun = { env: { ...env, CGO_ENABLED: '0', ...extraEnv }, withinMs: BUILD_WITHIN_MS, cwd, signal };
  const { ok, output } = await withProgress(
    say,
    () => `still building ${part.program} (${build.takes})`,
    () => runTool('go', args, run),
  );
  return ok ? { kind: 'Got', path } : { kind: 'Not', why: `the Go build failed: ${lastLine(output)}` };
}

function goCommand(path: string, build: GoBuild): { args: string[]; cwd: string; extraEnv: Record<string, string> } {
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w ${build.ldflags}`];
  switch (build.kind) {
    case 'Module': {
      const args = ['build', ...flags, '-mod=readonly', '-o', path, build.package];
      return { args, cwd: fileURLToPath(new URL(`../go/${build.folder}/`, import.meta.url)), extraEnv: {} };
    }
    case 'Install': {
      const args = ['install', ...flags, '-tags', build.tags, build.package];
      return { args, cwd: dirname(path), extraEnv: { GOBIN: dirname(path) } };
    }
  }
}
