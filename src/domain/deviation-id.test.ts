import { deviationId, deviationStart } from './deviation-id.ts';

// Computed by another implementation, in Python.
test('the id is a ULID of start, criterion and start', () => {
  expect(deviationId('shop/shop-availability', 1_795_255_230_000)).toBe('01M7YRSQHGEZ6DXDMSAZBGMKZC');
  expect(deviationId('shop/shop-availability', 0)).toBe('0000000000ESRGHCAN0D7F0D2N');
});

test('another criterion has another id, and a later deviation sorts after an earlier one', () => {
  expect(deviationId('shop/other', 0)).not.toBe(deviationId('shop/shop-availability', 0));
  expect(deviationId('shop/a', 1) < deviationId('shop/a', 2)).toBe(true);
});

test('an id tells its start, and what is none tells nothing', () => {
  expect(deviationStart(deviationId('shop/a', 1_795_255_230_000))).toBe(1_795_255_230_000);
  for (const other of ['', 'payments-stuck', '8ZZZZZZZZZZZZZZZZZZZZZZZZZ', '01M7YRSQHGEZ6DXDMSAZBGMKZ!'])
    expect(deviationStart(other)).toBeUndefined();
});
