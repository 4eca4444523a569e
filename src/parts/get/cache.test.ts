import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot, fromCache, intoCache } from './cache.ts';
import { type Bench, newBench } from './stand-ins.ts';
import type { Got } from './way.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await newBench();
});
afterEach(() => bench.clear());

const writing =
  (text: string) =>
  async (path: string): Promise<Got> => {
    await writeFile(path, text);
    return { kind: 'Got', path };
  };

test('what was put in is found again, named by version and machine', async () => {
  const put = await intoCache(bench.getting, writing('etcd'));
  expect(put).toEqual({ kind: 'Got', path: join(bench.dir, 'cache/assay/bin/etcd-3.6.8-linux-amd64/etcd') });
  expect(await fromCache(bench.getting)).toEqual(put);
});

test('another version is not found', async () => {
  await intoCache(bench.getting, writing('etcd'));
  const getting = { ...bench.getting, part: { ...bench.getting.part, version: '3.6.9' } };
  expect((await fromCache(getting)).kind).toBe('Not');
});

test('of many who put it in at once, one wins and all answer its whole program', async () => {
  const texts = Array.from({ length: 8 }, (_, index) => String(index).repeat(100_000));
  const results = await Promise.all(texts.map((text) => intoCache(bench.getting, writing(text))));
  const want = await fromCache(bench.getting);
  expect(results).toEqual(texts.map(() => want));
  expect(texts).toContain(want.kind === 'Got' ? await readFile(want.path, 'utf8') : '');
});

test('a failed attempt leaves nothing behind', async () => {
  const failed = intoCache(bench.getting, async (path) => {
    await writeFile(path, 'half');
    throw new Error('disk full');
  });
  await expect(failed).rejects.toThrow('disk full');
  expect(await readdir(cacheRoot(bench.getting.env))).toEqual([]);
});

test('without XDG_CACHE_HOME the cache lies in the home folder', () => {
  expect(cacheRoot({})).toMatch(/\/\.cache\/assay\/bin$/);
});
