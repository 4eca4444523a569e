import fc from 'fast-check';

import { durationMs, durationText, spanText } from './duration.ts';

test.each([
  ['0s', 0],
  ['30s', 30_000],
  ['15m', 900_000],
  ['24h', 86_400_000],
  ['30d', 2_592_000_000],
])('%s is %d ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(['', '30', 's', '-1s', '1.5h', '1h30m', ' 1s', '1w'])('%p is no duration', (text) => {
  expect(() => durationMs(text)).toThrow(RangeError);
});

test.each([
  [0, '0s'],
  [90_000, '90s'],
  [120_000, '2m'],
  [3_600_000, '1h'],
  [86_400_000, '1d'],
])('%d ms is written %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('what is written is read as the same time', () => {
  fc.assert(fc.property(fc.nat(100_000_000), (seconds) => durationMs(durationText(seconds * 1000)) === seconds * 1000));
});

test.each([
  [0, '0s'],
  [999, '0s'],
  [1_050_000, '17m 30s'],
  [7_500_000, '2h 5m'],
  [3_600_000, '1h'],
  [86_461_000, '1d 1m'],
])('a span of %d ms reads %s', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});
