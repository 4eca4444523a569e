import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../run/free-port.ts';
import { fromRelease } from './from-release.ts';
import { type Bench, newBench } from './stand-ins.ts';
import type { Got } from './way.ts';

const PROGRAM = '#!/bin/sh\necho 3.6.8\n';
const FOLDER = 'etcd-v3.6.8-linux-amd64';
const RELEASE = `/etcd-io/etcd/releases/download/v3.6.8`;
const ARCHIVE = `${RELEASE}/${FOLDER}.tar.gz`;
const CHECKSUMS = `${RELEASE}/SHA256SUMS`;

let bench: Bench;
let servers: Server[];
beforeEach(async () => {
  bench = await newBench();
  servers = [];
  await bench.standIn('tar', 'exec tar "$@"');
});
afterEach(async () => {
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  await bench.clear();
});

async function archive(): Promise<Buffer> {
  await mkdir(join(bench.dir, FOLDER));
  await writeFile(join(bench.dir, FOLDER, 'etcd'), PROGRAM);
  return execFileSync('tar', ['-cz', '-C', bench.dir, FOLDER]);
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Gets etcd from a server that answers these paths, and 404 elsewhere. */
async function getFrom(pages: Record<string, string | Buffer | RequestListener>): Promise<Got> {
  const server = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    if (typeof page === 'function') page(request, response);
    else if (page === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': page.length }).end(page);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return fromRelease({ ...bench.getting, releaseOrigin: `http://127.0.0.1:${port}` });
}

test('downloads, checks, unpacks and caches a release, and says how large it is', async () => {
  const file = await archive();
  const got = await getFrom({ [ARCHIVE]: file, [CHECKSUMS]: `${sha256(file)}  ${FOLDER}.tar.gz\n` });
  const path = join(bench.dir, 'cache/assay/bin', FOLDER.replace('v', ''), 'etcd');
  expect(got).toEqual({ kind: 'Got', path });
  expect(await readFile(path, 'utf8')).toBe(PROGRAM);
  expect((await stat(path)).mode & 0o777).toBe(0o755);
  expect(bench.said).toEqual([expect.stringMatching(/^downloading etcd 3\.6\.8 from 127\.0\.0\.1:\d+: 1 MiB, once$/)]);
});

test('a release may be the program itself, with a checksum that names no file', async () => {
  const release = { origin: 'unused:', file: '{version}/{os}/{arch}/etcd', checksums: '{version}/{os}/{arch}/etcd.sha256' };
  bench = { ...bench, getting: { ...bench.getting, part: { ...bench.getting.part, release } } };
  const hash = sha256(Buffer.from(PROGRAM));
  const got = await getFrom({ '/3.6.8/linux/amd64/etcd': PROGRAM, '/3.6.8/linux/amd64/etcd.sha256': hash });
  expect(got.kind === 'Got' && (await readFile(got.path, 'utf8'))).toBe(PROGRAM);
});

test('follows a redirect, as release downloads do', async () => {
  const file = await archive();
  const moved: RequestListener = (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end();
  const pages = { [ARCHIVE]: moved, '/elsewhere': file, [CHECKSUMS]: `${sha256(file)}  ${FOLDER}.tar.gz\n` };
  expect((await getFrom(pages)).kind).toBe('Got');
});

test('what has another checksum is thrown away', async () => {
  const file = await archive();
  const got = await getFrom({ [ARCHIVE]: file, [CHECKSUMS]: `${'0'.repeat(64)}  ${FOLDER}.tar.gz\n` });
  expect(got).toEqual({ kind: 'Not', why: expect.stringMatching(/does not have the published checksum$/) as string });
  await expect(stat(join(bench.dir, 'cache/assay/bin', FOLDER.replace('v', '')))).rejects.toThrow('ENOENT');
});

test('a download that breaks off is not used', async () => {
  const file = await archive();
  const broken: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-length': file.length }).write(file.subarray(0, 10), () => response.destroy());
  };
  const got = await getFrom({ [ARCHIVE]: broken, [CHECKSUMS]: `${sha256(file)}  ${FOLDER}.tar.gz\n` });
  expect(got).toEqual({ kind: 'Not', why: expect.stringMatching(/broke off$/) as string });
});

test('an archive without the program is not used', async () => {
  const other = execFileSync('tar', ['-cz', '-C', '/', '-T', '/dev/null']);
  const got = await getFrom({ [ARCHIVE]: other, [CHECKSUMS]: `${sha256(other)}  ${FOLDER}.tar.gz\n` });
  expect(got).toEqual({ kind: 'Not', why: `tar can not unpack ${FOLDER}/etcd` });
});

test('without checksums nothing is downloaded', async () => {
  expect(await getFrom({ [ARCHIVE]: await archive() })).toMatchObject({ kind: 'Not' });
  expect(bench.said).toEqual([]);
});

test('checksums that leave the file out are of no use', async () => {
  const got = await getFrom({ [ARCHIVE]: await archive(), [CHECKSUMS]: `${'0'.repeat(64)}  other.tar.gz\n` });
  expect(got).toEqual({ kind: 'Not', why: expect.stringContaining('publishes no checksum') as string });
});

test('nothing is asked for where no release is published', async () => {
  const { release: _none, ...part } = bench.getting.part;
  const getting = { ...bench.getting, part };
  expect(await fromRelease(getting)).toEqual({ kind: 'Not', why: 'no release of etcd is published as a program' });
});

test('an error of the server is no release', async () => {
  const failing: RequestListener = (_request, response) => response.writeHead(503).end('a'.repeat(64));
  expect(await getFrom({ [CHECKSUMS]: failing })).toMatchObject({ kind: 'Not' });
});

test('a machine without internet goes on within 5 seconds', async () => {
  const getting = { ...bench.getting, releaseOrigin: `http://127.0.0.1:${await freePort()}` };
  const from = performance.now();
  expect(await fromRelease(getting)).toMatchObject({ kind: 'Not', why: expect.stringContaining('no release') as string });
  expect(performance.now() - from).toBeLessThan(5_000);
});

test('a server that is silent is left when the signal aborts', async () => {
  const giveUp = new AbortController();
  bench = { ...bench, getting: { ...bench.getting, signal: giveUp.signal } };
  const silent: RequestListener = () => giveUp.abort(new Error('given up'));
  await expect(getFrom({ [CHECKSUMS]: silent })).rejects.toThrow('given up');
});
