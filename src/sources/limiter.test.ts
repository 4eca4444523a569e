import { newLimiter } from './limiter.ts';

const never = new AbortController().signal;

/** Work that ends when it is told to. */
function job(): { run: () => Promise<string>; end: (result?: string) => void; started: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<string>();
  let started = false;
  return { run: () => ((started = true), promise), end: (result = 'done') => resolve(result), started: () => started };
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('runs so many at once, the others in order', async () => {
  const limiter = newLimiter(2, 10);
  const jobs = [job(), job(), job(), job()];
  const results = jobs.map(({ run }) => limiter.run(run, never));
  await settle();
  expect(jobs.map(({ started }) => started())).toEqual([true, true, false, false]);
  jobs[1]!.end();
  await results[1];
  await settle();
  expect(jobs.map(({ started }) => started())).toEqual([true, true, true, false]);
  jobs.forEach(({ end }) => end());
  expect(await Promise.all(results)).toEqual(['done', 'done', 'done', 'done']);
});

test('what fails gives its place on', async () => {
  const limiter = newLimiter(1, 10);
  const first = limiter.run(() => Promise.reject(new Error('broken')), never);
  const second = limiter.run(() => Promise.resolve('done'), never);
  await expect(first).rejects.toThrow('broken');
  expect(await second).toBe('done');
});

test('who waits gives up at its signal, and those behind it go on', async () => {
  const limiter = newLimiter(1, 10);
  const [running, abandoned, last] = [job(), job(), job()];
  const caller = new AbortController();
  const first = limiter.run(running.run, never);
  const second = limiter.run(abandoned.run, caller.signal);
  const third = limiter.run(last.run, never);
  caller.abort();
  await expect(second).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  await expect(limiter.run(abandoned.run, caller.signal)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  running.end();
  last.end();
  expect(await Promise.all([first, third])).toEqual(['done', 'done']);
  expect(abandoned.started()).toBe(false);
});

test('a place is free again when nobody waits', async () => {
  const limiter = newLimiter(1, 0);
  for (let i = 0; i < 3; i += 1) expect(await limiter.run(() => Promise.resolve(i), never)).toBe(i);
});

test('a queue that is full takes nobody', async () => {
  const limiter = newLimiter(1, 1);
  const running = job();
  const first = limiter.run(running.run, never);
  const second = limiter.run(() => Promise.resolve('second'), never);
  await expect(limiter.run(() => Promise.resolve('third'), never)).rejects.toThrow('too many reads wait already');
  running.end('first');
  expect(await Promise.all([first, second])).toEqual(['first', 'second']);
});
