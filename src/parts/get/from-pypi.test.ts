import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromPyPI, type PythonInstall } from './from-pypi.ts';
import { type Bench, newBench } from './stand-ins.ts';

const install: PythonInstall = {
  package: 'matrix-synapse==1.163.2',
  module: 'synapse.app.homeserver',
  leastPython: '3.10',
  takes: 'a while',
};

let bench: Bench;
beforeEach(async () => {
  bench = await newBench({ program: 'synapse', version: '1.163.2' });
});
afterEach(() => bench.clear());

/** Stands in for Python: makes an environment that holds itself, and notes what pip is asked for. */
function standInForPython(version: string, pip = 'echo "$@" >> calls'): Promise<string> {
  return bench.standIn(
    'python3',
    `cd ${bench.dir}
    case "$*" in
      --version) echo 'Python ${version}';;
      '-m venv '*) [ ! -e no-venv ] && mkdir -p "$3/bin" && cp "$0" "$3/bin/python";;
      '-m pip '*) ${pip};;
      *) echo "ran $*";;
    esac`,
  );
}

const calls = (): Promise<string> => readFile(join(bench.dir, 'calls'), 'utf8');

test('installs into an environment of its own, and caches it with a script that starts it', async () => {
  await standInForPython('3.11.2');
  const path = join(bench.dir, 'cache/assay/bin/synapse-1.163.2-linux-amd64/synapse');
  expect(await fromPyPI(bench.getting, install)).toEqual({ kind: 'Got', path });
  expect(await calls()).toBe('-m pip install --quiet --disable-pip-version-check matrix-synapse==1.163.2\n');
  expect(await readFile(path, 'utf8')).toContain('exec "$(dirname "$0")/venv/bin/python" -m synapse.app.homeserver "$@"');
  expect(bench.said).toEqual(['installing synapse 1.163.2 with pip: a while, once']);
});

test('of two installs at once the second takes what the first made', async () => {
  await standInForPython('3.14.0');
  const [first, second] = await Promise.all([fromPyPI(bench.getting, install), fromPyPI(bench.getting, install)]);
  expect(second).toEqual(first);
  expect((await calls()).split('\n')).toHaveLength(2);
});

test('an install that fails gives its last line as the reason, and leaves nothing in the cache', async () => {
  await standInForPython('3.11.2', 'echo "no matching distribution"; exit 1');
  const failed = { kind: 'Not', why: expect.stringMatching(/^pip failed: /) as string };
  expect(await fromPyPI(bench.getting, install)).toMatchObject(failed);
  expect(await fromPyPI(bench.getting, install)).toMatchObject(failed);
});

test('a Python that can make no environment is told', async () => {
  await standInForPython('3.11.2');
  await bench.standIn('../no-venv', '');
  expect(await fromPyPI(bench.getting, install)).toMatchObject({
    kind: 'Not',
    why: expect.stringMatching(/^Python can make no environment: /) as string,
  });
});

test.each<[string, string | undefined, string]>([
  ['without Python', undefined, 'Python is not on the PATH'],
  ['with an old Python', '3.9.18', 'Python on the PATH is version 3.9.18'],
  ['with a Python that says nothing', 'x', 'Python on the PATH is of unknown version'],
])('a machine %s is told what is missing', async (_, version, why) => {
  if (version !== undefined) await standInForPython(version);
  expect(await fromPyPI(bench.getting, install)).toEqual({ kind: 'Not', why });
});
