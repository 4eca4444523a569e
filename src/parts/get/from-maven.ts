import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssayError } from '../../platform/errors.ts';
import type { Part } from '../register.ts';
import { fromCache, intoCache } from './cache.ts';
import { withLock } from './lock.ts';
import { withProgress } from './progress.ts';
import { lastLine, runTool } from './run-tool.ts';
import { type Env, type Getting, type Got, thisHost } from './way.ts';

/** A Java program of ours, built by Maven from a folder below `maven/`. */
export interface MavenBuild {
  readonly folder: string;
  readonly mainClass: string;
  /** Options of Java, memory above all. */
  readonly javaOptions: readonly string[];
  readonly leastJava: number;
  /** What people are told before they wait. */
  readonly takes: string;
}

const OPENSEARCH: Part = {
  program: 'opensearch',
  version: '2.19.6',
  fits: {},
  versionArgs: [],
  install: 'Install a JDK (Java 17 or newer) and Maven, so that it can be built here.',
};

const OPENSEARCH_BUILD: MavenBuild = {
  folder: 'opensearch',
  mainClass: 'LogStore',
  javaOptions: ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC'],
  leastJava: 17,
  takes: 'about 1 minute on 2 cores, 60 MB from the Maven repository',
};

/** With what OpenSearch is got: the environment for PATH and cache, and who hears what takes time. */
export interface MavenFetchOptions {
  readonly env: Env;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Answers the path of a program that starts OpenSearch, built once; throws PART_MISSING with what to install. */
export async function fetchOpenSearch(options: MavenFetchOptions): Promise<string> {
  const say = (line: string): void => options.say(`opensearch: ${line}`);
  const getting: Getting = { ...options, say, part: OPENSEARCH, host: thisHost() };
  const cached = await fromCache(getting);
  const got = cached.kind === 'Got' ? cached : await fromMaven(getting, OPENSEARCH_BUILD);
  if (got.kind === 'Got') return got.path;
  throw new AssayError('PART_MISSING', `opensearch can not be had on this machine: ${got.why}. ${OPENSEARCH.install}`);
}

const LOOK_WITHIN_MS = 30_000;
const BUILD_WITHIN_MS = 30 * 60_000;

/** Builds a Java program into the cache, one build at a time on this machine: its jars, and a script that starts it. */
export async function fromMaven(getting: Getting, build: MavenBuild): Promise<Got> {
  const missing = (await javaMissing(getting, build)) ?? (await mavenMissing(getting));
  if (missing !== undefined) return { kind: 'Not', why: missing };
  return withLock('maven-build', getting, async () => {
    // Another process may have built it while we waited.
    const cached = await fromCache(getting);
    return cached.kind === 'Got' ? cached : intoCache(getting, (path, scratch) => buildTo(path, scratch, build, getting));
  });
}

async function javaMissing({ env, signal }: Getting, { leastJava }: MavenBuild): Promise<string | undefined> {
  const { ok, output } = await runTool('java', ['-version'], { env, withinMs: LOOK_WITHIN_MS, signal });
  if (!ok) return 'Java is not on the PATH';
  const version = Number(/version "(\d+)/.exec(output)?.[1] ?? 0);
  return version >= leastJava ? undefined : `Java on the PATH is ${version === 0 ? 'of unknown version' : `version ${version}`}`;
}

async function mavenMissing({ env, signal }: Getting): Promise<string | undefined> {
  const { ok } = await runTool('mvn', ['-v'], { env, withinMs: LOOK_WITHIN_MS, signal });
  return ok ? undefined : 'Maven is not on the PATH';
}

async function buildTo(path: string, scratch: string, build: MavenBuild, getting: Getting): Promise<Got> {
  const { part, env, say, signal } = getting;
  const source = join(scratch, 'source');
  // Maven writes beside its sources, which may lie where nobody may write.
  await cp(fileURLToPath(new URL(`../maven/${build.folder}/`, import.meta.url)), source, { recursive: true });
  const jars = join(dirname(path), 'lib');
  await mkdir(jars);
  say(`building ${part.program} ${part.version} with Maven: ${build.takes}, once`);
  const goals = ['compile', 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${jars}`];
  const { ok, output } = await withProgress(
    say,
    () => `still building ${part.program} (${build.takes})`,
    () => runTool('mvn', ['-q', '-B', ...goals], { env, withinMs: BUILD_WITHIN_MS, cwd: source, signal }),
  );
  if (!ok) return { kind: 'Not', why: `the Maven build failed: ${lastLine(output)}` };
  await cp(join(source, 'target', 'classes'), jars, { recursive: true });
  await writeFile(path, launcher(build));
  return { kind: 'Got', path };
}

/** The folder of the script is the place of its jars: the cache is moved as a whole. */
function launcher({ javaOptions, mainClass }: MavenBuild): string {
  return `#!/bin/sh
here=$(dirname "$0")
exec java ${javaOptions.join(' ')} -cp "$here/lib:$here/lib/*" ${mainClass} "$@"
`;
}
