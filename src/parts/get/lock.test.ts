import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from '../run/wait-until.ts';
import { withLock } from './lock.ts';
import { type Bench, newBench } from './stand-ins.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await newBench();
});
afterEach(() => bench.clear());

test('runs under one name never overlap, and who waits is told so', async () => {
  let running = 0;
  const run = async (): Promise<number> => {
    running += 1;
    const seen = running;
    await waitUntil(() => bench.said.length === 2, { withinMs: 4_000 });
    running -= 1;
    return seen;
  };
  const seen = await Promise.all([1, 2, 3].map(() => withLock('build', bench.getting, run)));
  expect(seen).toEqual([1, 1, 1]);
  expect(new Set(bench.said)).toEqual(new Set(['waiting for another build on this machine']));
});

test('the lock of a process that was killed is free again', async () => {
  const lock = new URL('./lock.ts', import.meta.url).href;
  const script = `
    const { withLock } = await import(${JSON.stringify(lock)});
    process.stdin.on('end', () => process.exit()).resume();
    const getting = { env: ${JSON.stringify(bench.getting.env)}, say: () => {} };
    await withLock('build', getting, () => new Promise(() => { console.log('held'); }));`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    await once(holder.stdout, 'data');
    const waiting = withLock('build', bench.getting, () => Promise.resolve('mine'));
    expect(await waitUntil(() => bench.said.length > 0, { withinMs: 5_000 })).toBe(true);
    holder.kill('SIGKILL');
    expect(await waiting).toBe('mine');
  } finally {
    holder.kill('SIGKILL');
  }
});

test('a failure gives the lock back', async () => {
  await expect(withLock('build', bench.getting, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock('build', bench.getting, () => Promise.resolve(1))).toBe(1);
});

test('who waits ends when the signal aborts', async () => {
  const giveUp = new AbortController();
  await withLock('build', bench.getting, async () => {
    const waiting = withLock('build', { ...bench.getting, signal: giveUp.signal }, () => Promise.resolve());
    giveUp.abort(new Error('given up'));
    await expect(waiting).rejects.toThrow('given up');
  });
});
