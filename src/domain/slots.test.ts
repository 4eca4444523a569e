import fc from 'fast-check';

import { slotAfter, slotAtOrAfter, slotOffsetMs } from './slots.ts';

// `printf shop/shop | sha256sum` begins with 0b6553f4, `printf shop/payments | sha256sum` with 44d46151.
test.each([
  ['shop', 30, 4],
  ['shop', 3600, 1204],
  ['payments', 60, 53],
  ['payments', 1, 0],
])('the offset of shop/%s within %d s is %d s', (service, interval, offset) => {
  expect(slotOffsetMs('shop', service, interval * 1000)).toBe(offset * 1000);
});

test.each(
  Object.entries({
    'a slot is at itself': { at: 34_000, atOrAfter: 34_000, after: 64_000 },
    'between slots the next one comes': { at: 34_001, atOrAfter: 64_000, after: 64_000 },
    'before the first there is one too': { at: 0, atOrAfter: 4_000, after: 4_000 },
  }),
)('%s', (_sentence, { at, atOrAfter, after }) => {
  const grid = { intervalMs: 30_000, offsetMs: 4_000 };
  expect([slotAtOrAfter(grid, at), slotAfter(grid, at)]).toEqual([atOrAfter, after]);
});

test('slots lie at the offset after whole intervals, and none is skipped', () => {
  const grids = fc.record({ interval: fc.integer({ min: 1, max: 86_400 }), share: fc.nat(999), at: fc.nat(2_000_000_000_000) });
  fc.assert(
    fc.property(grids, ({ interval, share, at }) => {
      const intervalMs = interval * 1000;
      const offsetMs = Math.floor((interval * share) / 1000) * 1000;
      const slot = slotAtOrAfter({ intervalMs, offsetMs }, at);
      expect((slot - offsetMs) % intervalMs).toBe(0);
      expect(slot - at).toBeGreaterThanOrEqual(0);
      expect(slot - at).toBeLessThan(intervalMs);
    }),
  );
});
