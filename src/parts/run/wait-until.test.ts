import { waitUntil } from './wait-until.ts';

test('looks until the answer is true', async () => {
  let looks = 0;
  expect(await waitUntil(() => (looks += 1) === 3, { withinMs: 5_000, everyMs: 1 })).toBe(true);
  expect(looks).toBe(3);
});

test('answers false once the time is over', async () => {
  expect(await waitUntil(() => false, { withinMs: 5, everyMs: 1 })).toBe(false);
});

test('throws when the signal aborts', async () => {
  const giveUp = new AbortController();
  const waiting = waitUntil(() => false, { withinMs: 60_000, signal: giveUp.signal });
  giveUp.abort(new Error('given up'));
  await expect(waiting).rejects.toThrow('given up');
});
