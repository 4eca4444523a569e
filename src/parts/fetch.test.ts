import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Bench, newBench } from './get/stand-ins.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await newBench();
});
afterEach(() => bench.clear());

function fetchOnCommandLine(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const program = fileURLToPath(new URL('./fetch.ts', import.meta.url));
  return promisify(execFile)(process.execPath, [program, ...args], { env: bench.getting.env });
}

test('prints the name and the path of each part', async () => {
  const etcd = await bench.standIn('etcd', 'echo 3.6.8');
  const kubectl = await bench.standIn('kubectl', 'echo v1.36.3');
  expect((await fetchOnCommandLine('kubectl', 'etcd')).stdout).toBe(`kubectl ${kubectl}\netcd ${etcd}\n`);
});

test('a name that is no part is refused with the names that are', async () => {
  await expect(fetchOnCommandLine('etcc')).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^there is no part "etcc"; there are etcd, /) as string,
  });
});
