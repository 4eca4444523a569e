import { join } from 'node:path';
import { fromEnvironment } from './from-environment.ts';
import { type Bench, newBench } from './stand-ins.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await newBench({ alsoCalled: 'debian-etcd', fits: { atLeast: '3.5' } });
});
afterEach(() => bench.clear());

test('takes the program on the PATH when its version fits', async () => {
  const path = await bench.standIn('etcd', 'echo "etcd Version: 3.5.16"');
  expect(await fromEnvironment(bench.getting)).toEqual({ kind: 'Got', path });
});

test('takes the name that distributions give it', async () => {
  const path = await bench.standIn('debian-etcd', 'echo "etcd Version: 3.5.16" >&2');
  expect(await fromEnvironment(bench.getting)).toEqual({ kind: 'Got', path });
});

test('prefers the folder that KUBEBUILDER_ASSETS names', async () => {
  await bench.standIn('etcd', 'echo 3.5.16');
  const assets = join(bench.dir, 'assets');
  const path = await bench.standIn('etcd', 'echo 3.6.0', assets);
  const getting = { ...bench.getting, env: { ...bench.getting.env, KUBEBUILDER_ASSETS: assets } };
  expect(await fromEnvironment(getting)).toEqual({ kind: 'Got', path });
});

test('passes over a version that does not fit, and says which it was', async () => {
  const path = await bench.standIn('etcd', 'echo 3.4.23');
  expect(await fromEnvironment(bench.getting)).toEqual({ kind: 'Not', why: `${path} is 3.4.23; needed is at least 3.5` });
});

test('passes over a program that fails', async () => {
  await bench.standIn('etcd', 'echo 3.6.0; exit 1');
  expect((await fromEnvironment(bench.getting)).kind).toBe('Not');
});

test('finds nothing on a PATH without it', async () => {
  expect(await fromEnvironment(bench.getting)).toEqual({ kind: 'Not', why: 'not on the PATH' });
});
