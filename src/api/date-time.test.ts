import { isDateTime } from './date-time.ts';

test.each<[sentence: string, text: string, want: boolean]>([
  ['a time in UTC', '2026-11-28T10:00:00Z', true],
  ['one in small letters', '2026-11-28t10:00:00z', true],
  ['one with parts of a second and an offset', '2026-11-28T10:00:00.123456789+05:45', true],
  ['a leap day', '2028-02-29T00:00:00Z', true],
  ['the 29th of February of another year', '2026-02-29T00:00:00Z', false],
  ['a leap second', '2026-12-31T23:59:60Z', false],
  ['the hour 24', '2026-11-28T24:00:00Z', false],
  ['an offset of no place on earth', '2026-11-28T10:00:00+99:99', false],
  ['one without an offset', '2026-11-28T10:00:00', false],
  ['an offset whose plus a form made a space', '2026-11-28T10:00:00 01:00', false],
  ['a day', '2026-11-28', false],
  ['a number', '1', false],
])('%s: %s', (_sentence, text, want) => expect(isDateTime(text)).toBe(want));
