import { secondText, timeText } from './moment.ts';

const MS = Date.parse('2026-11-29T10:43:41.987Z');

test('a moment is exact on record, and to the second where people read it', () => {
  expect(timeText(MS)).toBe('2026-11-29T10:43:41.987Z');
  expect(timeText(MS + 13)).toBe('2026-11-29T10:43:42Z');
  expect(secondText(MS)).toBe('2026-11-29T10:43:41Z');
  expect(secondText(-1)).toBe('1969-12-31T23:59:59Z');
});
