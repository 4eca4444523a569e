import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { freePort } from '../run/free-port.ts';
import { fetchPart, fetchParts, type FetchOptions } from './fetch-part.ts';
import { type Bench, newBench } from './stand-ins.ts';

let bench: Bench;
let options: FetchOptions;
let cached: string;
beforeEach(async () => {
  bench = await newBench();
  const { env, host, say } = bench.getting;
  options = { env, host, say, releaseOrigin: `http://127.0.0.1:${await freePort()}` };
  cached = join(bench.dir, 'cache/assay/bin/etcd-3.6.8-linux-amd64/etcd');
});
afterEach(() => bench.clear());

async function fillCache(): Promise<void> {
  await mkdir(dirname(cached), { recursive: true });
  await writeFile(cached, '', { mode: 0o755 });
}

test('what is on the PATH comes before the cache, without a word', async () => {
  await fillCache();
  const path = await bench.standIn('etcd', 'echo 3.5.0');
  expect(await fetchPart('etcd', options)).toBe(path);
  expect(bench.said).toEqual([]);
});

test('the cache comes next, without a word', async () => {
  await fillCache();
  await bench.standIn('etcd', 'echo 3.4.0');
  expect(await fetchPart('etcd', options)).toBe(cached);
  expect(bench.said).toEqual([]);
});

test('the package comes before a Go build, and each step that did not help is told', async () => {
  await bench.standIn('apt-cache', "echo 'Candidate: 3.5.0'");
  await bench.standIn('apt-get', `printf '#!/bin/sh\\necho 3.5.0\\n' > ${bench.bin}/etcd; chmod 755 ${bench.bin}/etcd`);
  await bench.standIn('go', 'exit 0');
  expect(await fetchPart('etcd', options)).toBe(join(bench.bin, 'etcd'));
  expect(bench.said).toEqual([
    'etcd: not on the PATH; not in the cache',
    expect.stringMatching(/^etcd: no release to be had from 127\.0\.0\.1:\d+$/),
    'etcd: installing package etcd-server 3.5.0: about half a minute',
  ]);
});

test('a Go build comes last', async () => {
  await bench.standIn('go', '[ "$1" = version ] && exit 0; while [ "$1" != -o ]; do shift; done; echo built > "$2"');
  expect(await fetchPart('etcd', options)).toBe(cached);
});

test('a part that can not be had ends with what to install', async () => {
  await expect(fetchPart('kube-apiserver', options)).rejects.toMatchObject({
    code: 'PART_MISSING',
    message: expect.stringMatching(/^kube-apiserver can not be had on this machine\. Let KUBEBUILDER_ASSETS name /) as string,
  });
});

test('several parts come back under their names', async () => {
  await fillCache();
  const kubectl = await bench.standIn('kubectl', 'echo v1.32.4');
  expect(await fetchParts(['etcd', 'kubectl'], options)).toEqual({ etcd: cached, kubectl });
});

test('when one part can not be had, the wait for another is given up', async () => {
  await bench.standIn('go', '[ "$1" = version ] && exit 0; exec sleep 600');
  await expect(fetchParts(['etcd', 'prometheus2'], options)).rejects.toMatchObject({ code: 'PART_MISSING' });
});
