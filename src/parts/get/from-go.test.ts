import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PARTS } from '../register.ts';
import { fromGo } from './from-go.ts';
import { type Bench, newBench } from './stand-ins.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await newBench();
});
afterEach(() => bench.clear());

/** Stands in for Go: notes how it was called, and writes what was to be built to the place asked for. */
function standInForGo(): Promise<string> {
  return bench.standIn(
    'go',
    `[ "$1" = version ] && exit 0
    echo "cgo=$CGO_ENABLED in=$(basename $PWD) $@" >> ${bench.dir}/calls
    while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done
    echo built > "\${out:-$GOBIN/prometheus}"`,
  );
}

const calls = async (): Promise<string> => readFile(join(bench.dir, 'calls'), 'utf8');

test('builds a module of ours as its checksums say, and caches the program', async () => {
  await standInForGo();
  const path = join(bench.dir, 'cache/assay/bin/etcd-3.6.8-linux-amd64/etcd');
  expect(await fromGo(bench.getting)).toEqual({ kind: 'Got', path });
  expect(await calls()).toMatch(
    /^cgo=0 in=etcd build -trimpath -buildvcs=false -ldflags -s -w {2}-mod=readonly -o \S+\/etcd \.\n$/,
  );
  expect(bench.said).toEqual(['building etcd 3.6.8 from source: about 1 minute on 2 cores, once']);
});

test('installs a command by its name and version', async () => {
  await standInForGo();
  const getting = { ...bench.getting, part: PARTS.prometheus3 };
  const path = join(bench.dir, 'cache/assay/bin/prometheus-3.16.0-linux-amd64/prometheus');
  expect(await fromGo(getting)).toEqual({ kind: 'Got', path });
  expect(await calls()).toMatch(/ install .*version\.Version=3\.16\.0 -tags remove_all_sd \S+\/cmd\/prometheus@v0\.316\.0\n$/);
});

test('of two builds at once of the same part the second takes what the first made', async () => {
  await standInForGo();
  const [first, second] = await Promise.all([fromGo(bench.getting), fromGo(bench.getting)]);
  expect(second).toEqual(first);
  expect((await calls()).trim().split('\n')).toHaveLength(1);
});

test('a build that fails gives its last line as the reason', async () => {
  await bench.standIn('go', '[ "$1" = version ] && exit 0; echo "no such module"; exit 1');
  expect(await fromGo(bench.getting)).toMatchObject({
    kind: 'Not',
    why: expect.stringMatching(/^the Go build failed: /) as string,
  });
});

test('a machine without Go is passed over', async () => {
  expect(await fromGo(bench.getting)).toEqual({ kind: 'Not', why: 'Go is not on the PATH' });
});

test('a part without a Go build is passed over', async () => {
  await standInForGo();
  expect(await fromGo({ ...bench.getting, part: PARTS.prometheus2 })).toMatchObject({ kind: 'Not' });
});
