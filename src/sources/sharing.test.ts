import { newSharing, type Sharing } from './sharing.ts';

const never = new AbortController().signal;
let nowMs = 0;
const clock = { now: () => nowMs, after: () => () => undefined };

function sharing(maxWeight = 10): Sharing<string> {
  return newSharing<string>({ clock, keepMs: 1_000, maxWeight, weightOf: (answer) => answer.length });
}

/** A question that counts how often it is asked, and is answered when the test says so. */
function question(): { run: (signal: AbortSignal) => Promise<string>; answer: (text: string) => void; asked: AbortSignal[] } {
  const asked: AbortSignal[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  return { run: (signal) => (asked.push(signal), promise), answer: resolve, asked };
}

test('those who ask while it runs, and soon after, share one answer', async () => {
  const shared = sharing();
  const { run, answer, asked } = question();
  const both = [shared.ask('a', run, never), shared.ask('a', run, never)];
  answer('yes');
  expect(await Promise.all(both)).toEqual(['yes', 'yes']);
  expect(await shared.ask('a', run, never)).toBe('yes');
  expect(asked).toHaveLength(1);
  expect(await shared.ask('b', run, never)).toBe('yes');
  expect(asked).toHaveLength(2);
});

test('an answer that is too old, or forgotten, is asked for anew', async () => {
  const shared = sharing();
  const { run, answer, asked } = question();
  answer('yes');
  await shared.ask('a', run, never);
  nowMs += 1_000;
  await shared.ask('a', run, never);
  expect(asked).toHaveLength(2);
  shared.forget();
  await shared.ask('a', run, never);
  expect(asked).toHaveLength(3);
});

test('an answer without weight is not kept', async () => {
  const shared = sharing();
  const { run, answer, asked } = question();
  answer('');
  await shared.ask('a', run, never);
  await shared.ask('a', run, never);
  expect(asked).toHaveLength(2);
});

test('the oldest go when all weigh too much', async () => {
  const shared = sharing(10);
  const { run, answer, asked } = question();
  answer('1234');
  for (const key of ['a', 'b', 'c']) await shared.ask(key, run, never);
  for (const key of ['b', 'c']) await shared.ask(key, run, never);
  expect(asked).toHaveLength(3);
  await shared.ask('a', run, never);
  expect(asked).toHaveLength(4);
});

test('a question that fails is asked for anew', async () => {
  const shared = sharing();
  await expect(shared.ask('a', () => Promise.reject(new Error('broken')), never)).rejects.toThrow('broken');
  expect(await shared.ask('a', () => Promise.resolve('yes'), never)).toBe('yes');
});

test('one who gives up leaves the answer to the others', async () => {
  const shared = sharing();
  const { run, answer, asked } = question();
  const caller = new AbortController();
  const [first, second] = [shared.ask('a', run, caller.signal), shared.ask('a', run, never)];
  caller.abort();
  await expect(first).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  expect(asked[0]?.aborted).toBe(false);
  answer('yes');
  expect(await second).toBe('yes');
});

test('when all give up the question ends, and the next to ask starts anew', async () => {
  const shared = sharing();
  const { run, answer, asked } = question();
  const caller = new AbortController();
  const both = Promise.allSettled([shared.ask('a', run, caller.signal), shared.ask('a', run, caller.signal)]);
  caller.abort();
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(asked[0]?.aborted).toBe(true);
  await expect(shared.ask('a', run, caller.signal)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  const again = shared.ask('a', run, never);
  answer('yes');
  expect([await again, asked.length]).toEqual(['yes', 2]);
});
