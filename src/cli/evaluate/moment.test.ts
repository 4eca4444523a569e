import { AssayError } from '../../platform/errors.ts';
import { timeText } from '../../domain/moment.ts';
import { momentOf } from './moment.ts';

const NOW = Date.UTC(2026, 10, 22, 10, 0, 0);

test.each(
  Object.entries({
    'RFC 3339': { text: '2026-11-22T10:00:30Z', want: NOW + 30_000 },
    'RFC 3339 with an offset': { text: '2026-11-22T11:00:30+01:00', want: NOW + 30_000 },
    'RFC 3339 with parts of a second': { text: '2026-11-22T10:00:00.250Z', want: NOW + 250 },
    'Unix seconds': { text: '1795341600', want: NOW },
    'Unix seconds with parts': { text: '1795341600.5', want: NOW + 500 },
    now: { text: 'now', want: NOW },
    'before now': { text: '-15m', want: NOW - 900_000 },
    'before now, spelt out': { text: 'now-1d', want: NOW - 86_400_000 },
  }),
)('%s is a time', (_sentence, { text, want }) => {
  expect(momentOf('--at', text, NOW)).toBe(want);
});

test.each([
  '',
  'yesterday',
  '2026-11-22',
  '2026-11-22T10:00:00',
  '2026-02-30T00:00:00Z',
  '2026-11-22T25:00:00Z',
  '15m',
  '-15',
  '1e9',
])('%p is no time', (text) => {
  expect(() => momentOf('--at', text, NOW)).toThrow(
    new AssayError('USAGE', '--at is no time: write 2026-11-22T10:00:00Z, Unix seconds, now, or -15m'),
  );
});

test.each([
  [NOW, '2026-11-22T10:00:00Z'],
  [NOW + 30_000, '2026-11-22T10:00:30Z'],
  [NOW + 50, '2026-11-22T10:00:00.050Z'],
])('%d is written %s', (ms, text) => {
  expect(timeText(ms)).toBe(text);
});
