import { inParallel } from './in-parallel.ts';

test('answers come in the order of the items, and no more than a few run at once', async () => {
  let running = 0;
  let most = 0;
  const answers = await inParallel([5, 1, 3, 2, 4], 2, async (item) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    running -= 1;
    return item * 10;
  });
  expect(answers).toEqual([50, 10, 30, 20, 40]);
  expect(most).toBe(2);
});

test('the first error ends it', async () => {
  const begun: number[] = [];
  const work = (item: number): Promise<void> => {
    begun.push(item);
    return Promise.reject(new Error('no'));
  };
  await expect(inParallel([1, 2, 3], 1, work)).rejects.toThrow('no');
  expect(begun).toEqual([1]);
});
