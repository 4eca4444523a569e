/**
 * Base images made of this machine, where no registry of images can be asked: Node.js 24 with the shared libraries that it takes
 * and nothing else; for the build stage npm and a shell beside it.
 */
import { execFile } from 'node:child_process';
import { access, copyFile, cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Folders to be copied into empty images, the instructions for that, and what npm is told of the registry. */
export interface Bases {
  readonly build: string;
  readonly run: string;
  readonly dockerfile: string;
  readonly npmrc: string;
}

/** Writes the folders below `dir`. The program that runs this is the Node.js that goes into them. */
export async function writeBases(dir: string, env: NodeJS.ProcessEnv): Promise<Bases> {
  const bases = {
    build: join(dir, 'build'),
    run: join(dir, 'run'),
    dockerfile: join(dir, 'Dockerfile'),
    npmrc: join(dir, 'npmrc'),
  };
  const tools = ['/bin/sh', '/usr/bin/env', '/bin/mkdir'];
  const registry = await registryOf(env);
  const authorities = registry.authorities === undefined ? [] : [registry.authorities];
  await put(bases.run, await librariesOf([process.execPath]));
  await put(bases.build, [...(await librariesOf([process.execPath, ...tools])), ...tools, ...authorities]);
  for (const base of [bases.run, bases.build]) await copy(process.execPath, join(base, 'usr/local/bin/node'));
  await addNpm(bases.build, env);
  await writeFile(bases.npmrc, registry.npmrc);
  await writeFile(bases.dockerfile, 'FROM scratch\nCOPY . /\nENV PATH=/usr/local/bin:/usr/bin:/bin\n');
  return bases;
}

async function put(base: string, paths: readonly string[]): Promise<void> {
  for (const path of new Set(paths)) await copy(path, join(base, path));
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

async function librariesOf(programs: readonly string[]): Promise<string[]> {
  const { stdout } = await run('ldd', [...programs]);
  return [...stdout.matchAll(/(?:=> |^\t)(\/\S+)/gm)].map(([, path = '']) => path);
}

async function addNpm(base: string, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = dirname(dirname(await realpath(await onPath('npm', env))));
  await cp(folder, join(base, 'usr/local/lib/npm'), { recursive: true });
  await symlink('../lib/npm/bin/npm-cli.js', join(base, 'usr/local/bin/npm'));
  // npm keeps its cache and scratch files here.
  await mkdir(join(base, 'tmp'), { recursive: true });
}

async function onPath(program: string, { PATH = '' }: NodeJS.ProcessEnv): Promise<string> {
  for (const path of PATH.split(delimiter).map((folder) => join(folder, program))) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  throw new Error(`there is no ${program} on the PATH`);
}

interface Registry {
  readonly npmrc: string;
  /** A file of certificate authorities that npm is told to trust. */
  readonly authorities: string | undefined;
}

/** The registry that this machine uses, and nobody's credentials. */
async function registryOf(env: NodeJS.ProcessEnv): Promise<Registry> {
  const setting = async (name: string): Promise<string> => (await run('npm', ['config', 'get', name], { env })).stdout.trim();
  const authorities = [await setting('cafile'), env['NODE_EXTRA_CA_CERTS']].find((path) => path?.startsWith('/'));
  const lines = [`registry=${await setting('registry')}`, ...(authorities === undefined ? [] : [`cafile=${authorities}`])];
  return { npmrc: `${lines.join('\n')}\n`, authorities };
}
