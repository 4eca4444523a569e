import { TokenBucket } from './token-bucket.ts';

const bucket = (): TokenBucket => new TokenBucket({ perSecond: 5, burst: 3 }, 1000);

test('a burst passes at once, then one each fifth of a second', () => {
  const tokens = bucket();
  for (let i = 0; i < 3; i += 1) {
    expect(tokens.waitMs(1000)).toBe(0);
    tokens.take(1000);
  }
  expect(tokens.waitMs(1000)).toBe(200);
  expect(tokens.waitMs(1150)).toBe(50);
  expect(tokens.waitMs(1200)).toBe(0);
});

test('rest gives no more than the burst', () => {
  const tokens = bucket();
  for (let i = 0; i < 3; i += 1) tokens.take(1_000_000);
  expect(tokens.waitMs(1_000_000)).toBe(200);
});

test('a clock that is set back gives nothing and takes nothing away', () => {
  const tokens = bucket();
  for (let i = 0; i < 3; i += 1) tokens.take(1000);
  expect(tokens.waitMs(500)).toBe(200);
  expect(tokens.waitMs(700)).toBe(0);
});
