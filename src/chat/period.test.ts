import fc from 'fast-check';

import type { Surroundings } from './intent.ts';
import { parseIntent } from './parse.ts';

/** From and to of `availability <words>`, asked at a moment in a time zone. */
function asked(words: string, now: string, timeZone: string): string {
  const surroundings: Surroundings = { now: Date.parse(now), timeZone, services: [] };
  const intent = parseIntent(`availability ${words}`, surroundings);
  if (intent.kind !== 'Availability') return intent.kind === 'Unclear' ? intent.reason : intent.kind;
  return [intent.period.from, intent.period.to].map((ms) => new Date(ms).toISOString().replace(':00.000Z', 'Z')).join(' ');
}

test.each(
  Object.entries({
    'yesterday is one of the asker, not of Greenwich': [
      'yesterday',
      '2026-11-28T02:00Z',
      'America/New_York',
      '2026-11-26T05:00Z 2026-11-27T05:00Z',
    ],
    'today ends now': ['today', '2026-11-28T02:00Z', 'America/New_York', '2026-11-27T05:00Z 2026-11-28T02:00Z'],
    'the day on which the clock is set back has 25 hours': [
      '25 October 2026',
      '2026-11-28T02:00Z',
      'Europe/Berlin',
      '2026-10-24T22:00Z 2026-10-25T23:00Z',
    ],
    'the day on which it is set forward has 23': [
      '29 March 2026',
      '2026-11-28T02:00Z',
      'Europe/Berlin',
      '2026-03-28T23:00Z 2026-03-29T22:00Z',
    ],
    'the last month of January is December': ['last month', '2026-01-10T12:00Z', 'UTC', '2025-12-01T00:00Z 2026-01-01T00:00Z'],
    'the last quarter of February is in the year before': [
      'last quarter',
      '2026-02-10T12:00Z',
      'UTC',
      '2025-10-01T00:00Z 2026-01-01T00:00Z',
    ],
    'a month without a year is the latest': ['in October', '2026-09-01T12:00Z', 'UTC', 'InTheFuture'],
    'a month that is far ahead is that of the year before': [
      'in December',
      '2026-03-01T12:00Z',
      'UTC',
      '2025-12-01T00:00Z 2026-01-01T00:00Z',
    ],
    'a month that goes on ends now': ['in March', '2026-03-10T12:00Z', 'UTC', '2026-03-01T00:00Z 2026-03-10T12:00Z'],
    'the 29th of February is that of the latest leap year': [
      '29 February',
      '2026-03-01T12:00Z',
      'UTC',
      '2024-02-29T00:00Z 2024-03-01T00:00Z',
    ],
    'there is none in another year': ['29 February 2025', '2026-03-01T12:00Z', 'UTC', 'NotAPeriod'],
    'a range over New Year': ['from 20 December to 5 January', '2026-02-01T12:00Z', 'UTC', '2025-12-20T00:00Z 2026-01-06T00:00Z'],
    'the last of it is part of a range': [
      'from Monday to Monday',
      '2026-11-28T12:00Z',
      'UTC',
      '2026-11-23T00:00Z 2026-11-24T00:00Z',
    ],
    'at midnight today has not begun': ['today', '2026-11-28T00:00Z', 'UTC', 'InTheFuture'],
    'a day that a country left out': ['30 December 2011', '2026-11-28T00:00Z', 'Pacific/Apia', 'NotAPeriod'],
    'three months back, from the end of a month': [
      'since 3 months',
      '2026-05-31T12:00Z',
      'UTC',
      '2026-02-28T00:00Z 2026-05-31T12:00Z',
    ],
    'a year back, from a leap day': ['since 1 year', '2028-02-29T12:00Z', 'UTC', '2027-02-28T00:00Z 2028-02-29T12:00Z'],
    'the 53rd week of a year that has one': ['week 53 2026', '2027-02-01T12:00Z', 'UTC', '2026-12-28T00:00Z 2027-01-04T00:00Z'],
    'and of one that has none': ['week 53 2027', '2028-02-01T12:00Z', 'UTC', 'NotAPeriod'],
    'week 1 is the one that goes on in the last days of December': [
      'KW 1',
      '2025-12-30T12:00Z',
      'UTC',
      '2025-12-29T00:00Z 2025-12-30T12:00Z',
    ],
    'a quarter without a year is the latest': ['Q4', '2026-01-02T12:00Z', 'UTC', '2025-10-01T00:00Z 2026-01-01T00:00Z'],
    'one that is near is still to come': ['Q1', '2026-12-20T12:00Z', 'UTC', 'InTheFuture'],
    'weeks over New Year': ['KW 51 to KW 2', '2026-02-20T12:00Z', 'UTC', '2025-12-15T00:00Z 2026-01-12T00:00Z'],
    'the day of today may be that of a week ago': ['since Monday', '2026-11-30T12:00Z', 'UTC', 'AmbiguousPeriod'],
    'no days at all': ['last 0 days', '2026-05-31T12:00Z', 'UTC', 'NotAPeriod'],
  }),
)('%s', (_sentence, [words = '', now = '', zone = '', wanted]) => expect(asked(words, now, zone)).toBe(wanted));

test('a date is the same day in each way of writing it', () => {
  const days = fc.date({ min: new Date('2001-01-01'), max: new Date('2026-11-27'), noInvalidDate: true });
  fc.assert(
    fc.property(days, (date) => {
      const iso = date.toISOString().slice(0, 10);
      const [year = '', month = '', day = ''] = iso.split('-');
      const name = (locale: string): string => new Intl.DateTimeFormat(locale, { month: 'long', timeZone: 'UTC' }).format(date);
      const ways = [
        `${Number(day)} ${name('en')} ${year}`,
        `${name('en')} ${Number(day)}, ${year}`,
        `am ${Number(day)}. ${name('de')} ${year}`,
        `${Number(day)}.${Number(month)}.${year}`,
        `from ${iso} to ${iso}`,
      ];
      const read = [iso, ...ways].map((words) => asked(words, '2026-11-28T12:00Z', 'Europe/Berlin'));
      expect(new Set(read).size).toBe(1);
      expect(read[0]).toMatch(/^\d/);
    }),
    { numRuns: 200 },
  );
});
