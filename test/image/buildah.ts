import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const BUILD_WITHIN_MS = 15 * 60_000;
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** What an image says of how it is to be run, in the words of the OCI image specification. */
export interface ImageConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Volumes?: Readonly<Record<string, object>>;
}

/** What an image is built from: its instructions, the folder that they copy from, and their arguments and secrets (paths). */
export interface Build {
  readonly dockerfile: string;
  readonly context: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Builds images in a store of its own, without a daemon. */
export interface Buildah {
  build(image: string, build: Build): Promise<void>;
  configOf(image: string): Promise<ImageConfig>;
  /** The image's files in a folder of this machine, until it is stopped. */
  mount(image: string): Promise<string>;
  stop(): Promise<void>;
}

/** Opens a store of images in `dir`; `bin` is the program, `env` holds proxies and the PATH. */
export function openBuildah(dir: string, bin: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Buildah {
  const store = ['--root', join(dir, 'root'), '--runroot', join(dir, 'run'), '--storage-driver', 'overlay'];
  const run = promisify(execFile);
  const buildah = async (...args: readonly string[]): Promise<string> => {
    const limits = { timeout: BUILD_WITHIN_MS, maxBuffer: OUTPUT_BYTES };
    const { stdout } = await run(bin, [...store, ...args], { env, ...limits });
    return stdout.trim();
  };
  const mounted: string[] = [];
  return {
    build: async (image, { dockerfile, context, args = {}, secrets = {} }) => {
      signal.throwIfAborted();
      const given = [
        ...Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`),
        ...Object.entries(secrets).map(([id, path]) => `--secret=id=${id},src=${path}`),
      ];
      await buildah('bud', '--isolation', 'chroot', '--pull-never', ...given, '-f', dockerfile, '-t', image, context);
    },
    configOf: async (image) => {
      const { OCIv1 } = JSON.parse(await buildah('inspect', '--type', 'image', image)) as { OCIv1: { config: ImageConfig } };
      return OCIv1.config;
    },
    mount: async (image) => {
      const container = await buildah('from', '--pull-never', image);
      mounted.push(container);
      return buildah('mount', container);
    },
    stop: async () => {
      // A folder with something mounted in it could not be removed afterwards.
      for (const container of mounted.splice(0)) await buildah('rm', container);
      const left = (await readFile('/proc/mounts', 'utf8')).split('\n').filter((line) => line.includes(`${dir}/`));
      if (left.length > 0) throw new Error(`still mounted: ${left.join('; ')}`);
    },
  };
}
