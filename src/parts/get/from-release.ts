import { createHash } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Dispatcher, EnvHttpProxyAgent, fetch, type Response } from 'undici';
import type { Release } from '../register.ts';
import { intoCache } from './cache.ts';
import { checksumOf } from './checksum.ts';
import { withProgress } from './progress.ts';
import { runTool } from './run-tool.ts';
import type { Env, Getting, Got } from './way.ts';

// Short, so that a machine without internet goes on to the next way at once.
const CONNECT_WITHIN_MS = 4_000;
const CHECKSUMS_WITHIN_MS = 8_000;
const SILENCE_MS = 20_000;
const DOWNLOAD_WITHIN_MS = 20 * 60_000;
const UNPACK_WITHIN_MS = 60_000;
const MEBIBYTE = 1024 * 1024;

/** Downloads the part's official release, checks it against the published checksum and puts it into the cache. */
export async function fromRelease(getting: Getting): Promise<Got> {
  const { release, program } = getting.part;
  if (release === undefined) return { kind: 'Not', why: `no release of ${program} is published as a program` };
  const dispatcher = proxied(getting.env);
  try {
    return await download({ ...getting, release }, dispatcher);
  } finally {
    await dispatcher.destroy();
  }
}

type Releasing = Getting & { readonly release: Release };

async function download(getting: Releasing, dispatcher: Dispatcher): Promise<Got> {
  const { part, release, say } = getting;
  const file = releaseUrl(getting, release.file);
  const checksums = await get(releaseUrl(getting, release.checksums), {
    getting,
    dispatcher,
    withinMs: CHECKSUMS_WITHIN_MS,
  });
  const text = await checksums?.text().catch(() => undefined);
  if (text === undefined) return { kind: 'Not', why: `no release to be had from ${file.host}` };
  const sha256 = checksumOf(basename(file.pathname), text);
  if (sha256 === undefined) return { kind: 'Not', why: `${file.host} publishes no checksum of ${basename(file.pathname)}` };
  const answer = await get(file, { getting, dispatcher, withinMs: DOWNLOAD_WITHIN_MS });
  if (answer === undefined) return { kind: 'Not', why: `no release to be had from ${file.host}` };
  say(`downloading ${part.program} ${part.version} from ${file.host}: ${sizeOf(answer)}, once`);
  return intoCache(getting, async (path, scratch) => {
    const archive = join(scratch, 'download');
    const saved = await save(answer, archive, getting);
    if (saved === undefined) return { kind: 'Not', why: `the download from ${file.host} broke off` };
    if (saved !== sha256) return { kind: 'Not', why: `what ${file.host} sent does not have the published checksum` };
    return unpack(getting, { archive, scratch, path });
  });
}

/** An answer of 200, or undefined for any other and for none. */
async function get(
  url: URL,
  { getting, dispatcher, withinMs }: { getting: Getting; dispatcher: Dispatcher; withinMs: number },
): Promise<Response | undefined> {
  const signals = [AbortSignal.timeout(withinMs), getting.signal].filter((signal) => signal !== undefined);
  const options = { dispatcher, signal: AbortSignal.any(signals), headers: { 'accept-encoding': 'identity' } };
  const answer = await fetch(url, options).catch(() => undefined);
  getting.signal?.throwIfAborted();
  return answer?.status === 200 ? answer : undefined;
}

/** Writes the body to a file and answers its SHA-256, or undefined when the body breaks off. */
async function save(answer: Response, path: string, { part, say, signal }: Getting): Promise<string | undefined> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx');
  let bytes = 0;
  const copy = async (): Promise<void> => {
    const body: AsyncIterable<Uint8Array> | null = answer.body;
    for await (const chunk of body ?? []) {
      hash.update(chunk);
      bytes += chunk.length;
      await file.writeFile(chunk);
    }
  };
  try {
    await withProgress(say, () => `downloading ${part.program}: ${Math.round(bytes / MEBIBYTE)} MiB so far`, copy);
    return hash.digest('hex');
  } catch {
    signal?.throwIfAborted();
    return undefined;
  } finally {
    await file.close();
  }
}

async function unpack(
  getting: Releasing,
  { archive, scratch, path }: { archive: string; scratch: string; path: string },
): Promise<Got> {
  const { release, env, signal } = getting;
  if (release.member === undefined) {
    await rename(archive, path);
    return { kind: 'Got', path };
  }
  const member = fill(getting, release.member);
  const { ok } = await runTool('tar', ['-xf', archive, '-C', scratch, member], { env, withinMs: UNPACK_WITHIN_MS, signal });
  if (!ok) return { kind: 'Not', why: `tar can not unpack ${member}` };
  await rename(join(scratch, member), path);
  return { kind: 'Got', path };
}

function releaseUrl(getting: Releasing, path: string): URL {
  return new URL(fill(getting, path), `${getting.releaseOrigin ?? getting.release.origin}/`);
}

function fill({ part, host }: Getting, text: string): string {
  return text.replaceAll('{version}', part.version).replaceAll('{os}', host.os).replaceAll('{arch}', host.arch);
}

function sizeOf(answer: Response): string {
  const bytes = Number(answer.headers.get('content-length') ?? 0);
  return bytes > 0 ? `${Math.ceil(bytes / MEBIBYTE)} MiB` : 'size unknown';
}

/** A dispatcher that goes through the proxies that the environment names, if any. */
function proxied(env: Env): Dispatcher {
  return new EnvHttpProxyAgent({
    httpProxy: env.http_proxy ?? env.HTTP_PROXY ?? '',
    httpsProxy: env.https_proxy ?? env.HTTPS_PROXY ?? '',
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    connect: { timeout: CONNECT_WITHIN_MS },
    headersTimeout: CHECKSUMS_WITHIN_MS,
    bodyTimeout: SILENCE_MS,
  });
}
