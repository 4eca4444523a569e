import { KubeError } from './kube-error.ts';
import { WorkQueue, type QueueOptions } from './queue.ts';
import { HandClock, settled } from '../platform/hand-clock.ts';
import { rememberingLogger, type Logged } from './stand-ins.ts';

interface Bench {
  readonly clock: HandClock;
  readonly queue: WorkQueue;
  /** Keys in the order in which their work began. */
  readonly begun: readonly string[];
  readonly lines: readonly Logged[];
  /** Ends the work that has been under way the longest. */
  readonly finish: (error?: Error) => Promise<void>;
}

function bench(options: Partial<QueueOptions> = {}): Bench {
  const clock = new HandClock();
  const { log, lines } = rememberingLogger();
  const begun: string[] = [];
  const open: PromiseWithResolvers<undefined>[] = [];
  const work = (key: string): Promise<void> => {
    begun.push(key);
    const ended = Promise.withResolvers<undefined>();
    open.push(ended);
    return ended.promise;
  };
  const backoff = { minMs: 1000, maxMs: 8000 };
  const queue = new WorkQueue({ clock, log, work, concurrency: 1, backoff, random: () => 1, ...options });
  const finish = async (error?: Error): Promise<void> => {
    await settled();
    const ended = open.shift();
    if (error) ended?.reject(error);
    else ended?.resolve(undefined);
    await settled();
  };
  return { clock, queue, begun, lines, finish };
}

test('a key waits once, however often it is added', async () => {
  const { queue, begun, finish } = bench();
  for (const key of ['a', 'b', 'b', 'b']) queue.add(key);
  expect(queue.depth).toBe(1);
  for (let i = 0; i < 4; i += 1) await finish();
  expect(begun).toEqual(['a', 'b']);
});

test('a key added while being worked on is worked on once more after, and never twice at the same time', async () => {
  const { queue, begun, finish } = bench({ concurrency: 3 });
  queue.add('a');
  await settled();
  queue.add('a');
  queue.add('a', 'periodic');
  await settled();
  expect(begun).toEqual(['a']);
  for (let i = 0; i < 3; i += 1) await finish();
  expect(begun).toEqual(['a', 'a']);
});

test('of thousands that come at once, few are begun before others have their turn of the event loop', async () => {
  const { queue, begun } = bench({ concurrency: 10_000 });
  const seen: number[] = [];
  for (let i = 0; i < 1000; i += 1) queue.add(String(i));
  while (begun.length < 1000 && seen.length < 1000) {
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(begun.length);
  }
  expect(begun).toHaveLength(1000);
  expect(Math.max(...seen.map((count, turn) => count - (seen[turn - 1] ?? 0)))).toBeLessThanOrEqual(50);
});

test('changed objects pass before periodic work', async () => {
  const { queue, begun, finish } = bench();
  queue.add('first', 'periodic');
  queue.add('p1', 'periodic');
  queue.add('p2', 'periodic');
  queue.add('c1');
  queue.add('c2');
  queue.add('p2', 'changed');
  for (let i = 0; i < 5; i += 1) await finish();
  expect(begun).toEqual(['first', 'c1', 'c2', 'p2', 'p1']);
});

test('a changed key stays so when it falls due as well', async () => {
  const { queue, begun, finish } = bench();
  for (const key of ['first', 'p']) queue.add(key, 'periodic');
  queue.add('c', 'changed');
  queue.add('c', 'periodic');
  for (let i = 0; i < 3; i += 1) await finish();
  expect(begun).toEqual(['first', 'c', 'p']);
});

test('no more keys are worked on at the same time than allowed', async () => {
  const { queue, begun, finish } = bench({ concurrency: 2 });
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await settled();
  expect(begun).toEqual(['a', 'b']);
  await finish();
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('a key comes when its time has passed, and the earliest of several times counts', async () => {
  const { clock, queue, begun, finish } = bench();
  queue.addAfter('a', 5000);
  queue.addAfter('a', 2000);
  queue.addAfter('a', 9000);
  await clock.advance(1999);
  expect(begun).toEqual([]);
  await clock.advance(1);
  expect(begun).toEqual(['a']);
  await finish();
  await clock.advance(60_000);
  expect(begun).toEqual(['a']);
});

test('failed work comes again after a back-off that doubles, and that a success ends', async () => {
  const { clock, queue, begun, finish, lines } = bench();
  queue.add('a');
  await settled();
  for (const waitMs of [1000, 2000, 4000, 8000, 8000]) {
    const before = begun.length;
    await finish(new Error('no luck'));
    await clock.advance(waitMs - 1);
    expect(begun).toHaveLength(before);
    await clock.advance(1);
    expect(begun).toHaveLength(before + 1);
  }
  await finish();
  queue.add('a');
  await finish(new Error('no luck'));
  await clock.advance(1000);
  expect(begun).toEqual(Array.from({ length: 8 }, () => 'a'));
  expect(lines[0]).toMatchObject({ level: 'warn', message: 'work failed and is tried again', key: 'a', error: 'no luck' });
});

test('a failing key holds up no other, and a change of it is looked at at once', async () => {
  const { queue, begun, finish } = bench();
  queue.add('a');
  await finish(new Error('no luck'));
  queue.add('b');
  await finish();
  queue.add('a');
  await finish();
  expect(begun).toEqual(['a', 'b', 'a']);
});

test('work that throws before it begins is failed work', async () => {
  const { clock, queue, lines } = bench({
    work: () => {
      throw new Error('at once');
    },
  });
  expect(() => queue.add('a')).not.toThrow();
  await clock.advance(1000);
  expect(lines).toHaveLength(2);
});

test('a server that asks for time gets it', async () => {
  const { clock, queue, begun, finish } = bench();
  queue.add('a');
  await finish(new KubeError('busy', { status: 429, retryAfterMs: 7000 }));
  await clock.advance(6999);
  expect(begun).toHaveLength(1);
  await clock.advance(1);
  expect(begun).toHaveLength(2);
});

test('a forgotten key needs no work any more', async () => {
  const { clock, queue, begun, finish } = bench();
  queue.add('first');
  queue.add('a');
  queue.addAfter('a', 1000);
  queue.forget('a');
  await finish();
  await clock.advance(5000);
  expect(begun).toEqual(['first']);
});

test('depth, waiting and working times are told', async () => {
  const depths: number[] = [];
  const told: unknown[] = [];
  const { clock, queue, finish } = bench({
    onDepth: (depth) => depths.push(depth),
    onWait: (ms, priority) => told.push(['wait', ms, priority]),
    onWorked: (ms, outcome) => told.push(['worked', ms, outcome]),
  });
  queue.add('a');
  queue.add('b', 'periodic');
  await clock.advance(300);
  await finish(new Error('no luck'));
  await finish();
  expect(depths).toEqual([1, 0, 1, 0]);
  expect(told).toEqual([
    ['wait', 0, 'changed'],
    ['worked', 300, 'failed'],
    ['wait', 300, 'periodic'],
    ['worked', 0, 'done'],
  ]);
});

test('stop waits for what is being done, begins nothing more, and takes nothing more', async () => {
  const { clock, queue, begun, finish } = bench();
  for (const key of ['a', 'b']) queue.add(key);
  queue.addAfter('c', 10);
  let stopped = false;
  const stopping = queue.stop(60_000).then(() => (stopped = true));
  queue.add('d');
  await clock.advance(1000);
  expect(stopped).toBe(false);
  await finish();
  await stopping;
  await clock.advance(60_000);
  expect(begun).toEqual(['a']);
  expect(queue.depth).toBe(0);
});

test('stop does not wait longer than its grace for work that hangs, and tells the work', async () => {
  let told: AbortSignal | undefined;
  const { clock, queue } = bench({
    work: (_key, signal) => {
      told = signal;
      return new Promise(() => undefined);
    },
  });
  queue.add('a');
  await settled();
  const stopping = queue.stop(5000);
  expect(told?.aborted).toBe(true);
  await clock.advance(5000);
  await stopping;
});
