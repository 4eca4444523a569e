import fc from 'fast-check';

import { dayAt, dateOf, dayOf, isoDay, startOf, unitAround, weekdayOf, weekOf } from './calendar.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Australia/Lord_Howe',
];

test.each(
  Object.entries({
    'a day in winter begins at midnight': [[2026, 11, 28], 'Europe/Berlin', '2026-11-27T23:00:00.000Z'],
    'and so does one in summer': [[2026, 7, 1], 'Europe/Berlin', '2026-06-30T22:00:00.000Z'],
    'the day on which the clock is set forward': [[2026, 3, 29], 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    'the day after it': [[2026, 3, 30], 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    'a day whose midnight is skipped begins at one': [[2018, 11, 4], 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
    'a day whose midnight comes twice begins with the first': [[2026, 11, 1], 'America/Havana', '2026-11-01T04:00:00.000Z'],
    'a day ahead of all others': [[2026, 1, 1], 'Pacific/Kiritimati', '2025-12-31T10:00:00.000Z'],
  } satisfies Record<string, readonly [readonly [number, number, number], string, string]>),
)('%s', (_sentence, [date, zone, wanted]) => {
  const [year, month, day] = date;
  expect(new Date(startOf(dayOf(year, month, day), zone)).toISOString()).toBe(wanted);
});

test('a day begins where the one before it ends', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10_000, max: 25_000 }), fc.constantFrom(...ZONES), (day, zone) => {
      const start = startOf(day, zone);
      expect(dayAt(start - 1, zone)).toBeLessThan(day);
      expect(dayAt(start, zone)).toBeGreaterThanOrEqual(day);
    }),
    { numRuns: 300 },
  );
});

test('a unit holds its day, and units follow each other without a gap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40_000 }), fc.constantFrom('day', 'week', 'month', 'quarter', 'year'), (day, unit) => {
      const around = unitAround(day, unit);
      expect(around.from <= day && day < around.to).toBe(true);
      expect(unitAround(day, unit, 1).from).toBe(around.to);
      expect(unitAround(day, unit, -1).to).toBe(around.from);
      expect(dayOf(dateOf(day).year, dateOf(day).month, dateOf(day).day)).toBe(day);
    }),
  );
});

test('weeks have the numbers of ISO 8601', () => {
  expect([weekOf(2026, 1), weekOf(2026, 53), weekOf(2027, 1)].map(({ from }) => isoDay(from))).toEqual([
    '2025-12-29',
    '2026-12-28',
    '2027-01-04',
  ]);
  expect(weekdayOf(dayOf(2026, 11, 28))).toBe(5);
});
