import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromDebian } from './from-debian.ts';
import { type Bench, newBench } from './stand-ins.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await newBench({ debianPackage: 'etcd-server' });
});
afterEach(() => bench.clear());

/** Stands in for apt: lists know `version` (after an update, when `listed` is no), and an installation puts etcd on the PATH. */
async function apt({ version, listed = true }: { version: string; listed?: boolean }): Promise<void> {
  const { dir, bin } = bench;
  if (listed) await writeFile(join(dir, 'lists'), '');
  await bench.standIn('apt-cache', `[ -e ${dir}/lists ] && echo '  Candidate: ${version}' || echo '  Candidate: (none)'`);
  await bench.standIn(
    'apt-get',
    `echo "$DEBIAN_FRONTEND $@" >> ${dir}/calls
    case "$*" in
      *update) touch ${dir}/lists ;;
      *) cat ${dir}/policy-rc.d > ${dir}/policy-then
         printf '#!/bin/sh\\necho ${version}\\n' > ${bin}/etcd; chmod 755 ${bin}/etcd ;;
    esac`,
  );
}

const calls = async (): Promise<string[]> =>
  (await readFile(join(bench.dir, 'calls'), 'utf8').catch(() => '')).split('\n').slice(0, -1);

test('installs the package, lets nothing start by itself, and leaves no policy behind', async () => {
  await apt({ version: '3.5.16-4+b4' });
  expect(await fromDebian(bench.getting)).toEqual({ kind: 'Got', path: join(bench.bin, 'etcd') });
  expect(await calls()).toEqual([expect.stringMatching(/^noninteractive .* install -y --no-install-recommends etcd-server$/)]);
  expect(await readFile(join(bench.dir, 'policy-then'), 'utf8')).toBe('#!/bin/sh\nexit 101\n');
  await expect(stat(bench.getting.host.policyFile)).rejects.toThrow('ENOENT');
  expect(bench.said).toEqual(['installing package etcd-server 3.5.16: about half a minute']);
});

test("leaves the machine's own policy as it is", async () => {
  await apt({ version: '3.5.16' });
  await writeFile(bench.getting.host.policyFile, 'theirs');
  expect((await fromDebian(bench.getting)).kind).toBe('Got');
  expect(await readFile(bench.getting.host.policyFile, 'utf8')).toBe('theirs');
});

test('updates the package lists only when they do not know the package', async () => {
  await apt({ version: '3.5.16', listed: false });
  expect((await fromDebian(bench.getting)).kind).toBe('Got');
  expect(await calls()).toEqual([expect.stringMatching(/ update$/), expect.stringMatching(/ install /)]);
});

test('does not install a version that does not fit', async () => {
  await apt({ version: '1:3.4.23-4+b4' });
  const why = 'package etcd-server has 3.4.23; needed is at least 3.5';
  expect(await fromDebian(bench.getting)).toEqual({ kind: 'Not', why });
  expect(await calls()).toEqual([]);
});

test('tries again after an update when the installation fails, and then gives up', async () => {
  await apt({ version: '3.5.16' });
  await bench.standIn('apt-get', `echo "$@" >> ${bench.dir}/calls; exit 100`);
  expect(await fromDebian(bench.getting)).toEqual({ kind: 'Not', why: 'apt-get could not install etcd-server' });
  expect(await calls()).toHaveLength(3);
});

test('does not try without root', async () => {
  await apt({ version: '3.5.16' });
  const host = { ...bench.getting.host, root: false };
  expect(await fromDebian({ ...bench.getting, host })).toMatchObject({
    why: '"apt-get install etcd-server" may not be run: not root',
  });
  expect(await calls()).toEqual([]);
});

test('a machine without apt is passed over', async () => {
  expect(await fromDebian(bench.getting)).toEqual({ kind: 'Not', why: 'there is no apt-get on this machine' });
});
