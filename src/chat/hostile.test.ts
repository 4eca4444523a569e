import fc from 'fast-check';

import type { Intent, Unclear } from './intent.ts';
import { languageOf, parseIntent } from './parse.ts';
import { NOW, SURROUNDINGS, told } from './sentences.fixtures.ts';
import { SPELLED } from './vocabulary.ts';

const STEERING = /[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;

test.each(
  Object.entries({
    'sta\u200btus \u202eshop\u202c': 'Status service=shop',
    'st\u200da\u200ctus shop': 'Status service=shop',
    'ＳＴＡＴＵＳ ｓｈｏｐ': 'Status service=shop',
    'status 👩‍🚒🔥 shop 🏳️‍🌈': 'Status service=shop',
    '👍': 'Unclear Empty [] help | status | availability shop last 7 days',
    '@assay': 'Unclear Empty [] help | status | availability shop last 7 days',
    'sta\u0301tus sh\u0308op': 'Status service=shop',
    '**status** `shop`': 'Status service=shop',
    'verfu\u0308gbarkeit shop gestern': 'Availability service=shop period=2026-11-27..2026-11-28',
    'update payments-stuck for customers: @channel <!here> \u202eevil\u202c [x](http://x)':
      'UpdateIncident incident=payments-stuck text=@channel <!here> evil [x](http://x) audience=customers',
    'status constructor': 'Unclear UnknownService [constructor] status shop | status mail | status payment-api',
    'availability shop __proto__': 'Unclear UnknownWord [proto]',
    'status shop; status mail': 'Unclear AmbiguousName [shop; status mail] status shop | status mail',
  }),
)('%j', (text, wanted) => expect(told(text)).toBe(wanted));

/** Words of ours, names, digits and signs that divide, in any order: nearer to sense than letters by chance. */
const soup = fc
  .array(
    fc.oneof(
      fc.constantFrom(...SPELLED.values()),
      fc.constantFrom(
        'shop',
        'mail',
        'payment',
        'api',
        'payments-stuck',
        'shop-probe',
        'from',
        'to',
        'bis',
        'vom',
        'und',
        'last',
        'vor',
      ),
      fc.constantFrom(':', ';', '(', ')', '-', '..', '"', '\n', '?', '\u202e', '\u200d', '@assay', '👍', '.'),
      fc.integer({ min: 0, max: 3_000 }).map(String),
      fc.tuple(fc.nat(40), fc.nat(40), fc.nat(3_000)).map((parts) => parts.join('/')),
      fc.tuple(fc.nat(3_000), fc.nat(40), fc.nat(40)).map((parts) => parts.join('-')),
    ),
    { maxLength: 14 },
  )
  .map((words) => words.join(' '));

const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 300 }), soup);

function periodHolds(intent: Intent | Unclear): boolean {
  if (intent.kind !== 'Availability') return true;
  return intent.period.from < intent.period.to && intent.period.to <= NOW && Number.isInteger(intent.period.from);
}

test('no text makes it throw, steer a screen, or look into the future', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const intent = parseIntent(text, SURROUNDINGS);
      expect(periodHolds(intent)).toBe(true);
      expect(
        JSON.stringify(intent, (_key, value: unknown) => (typeof value === 'string' ? value.replaceAll('\n', ' ') : value)),
      ).not.toMatch(STEERING);
      expect(['en', 'de']).toContain(languageOf(text));
    }),
    { numRuns: 1_000 },
  );
});

test('a name is never anything but one that the asker may know of', () => {
  fc.assert(
    fc.property(soup, (text) => {
      const intent = parseIntent(text, SURROUNDINGS);
      if ('service' in intent) expect(SURROUNDINGS.services).toContain(intent.service);
      if ('incident' in intent) expect(SURROUNDINGS.incidents).toContain(intent.incident);
    }),
    { numRuns: 500 },
  );
});

test('a text that is too long is not read, not even the half of it', () => {
  expect(parseIntent('update payments-stuck for customers: '.padEnd(2_001, 'a'), SURROUNDINGS)).toEqual({
    ...{ kind: 'Unclear', reason: 'TooLong', part: '', suggestions: [] },
  });
  expect(parseIntent('update payments-stuck for customers: '.padEnd(2_000, 'a'), SURROUNDINGS).kind).toBe('UpdateIncident');
});

const MOST_MS = 1_000;

test.each([
  'der ',
  'a ',
  '1.',
  '1-',
  '-',
  '"',
  '(',
  ' :',
  '1/',
  'a-',
  "a'",
  'é',
  '\u200d',
  'shop ',
  'last ',
  'open ',
  'cause;',
  'from 1 to ',
  '@assay ',
  '<@',
  'ﷺ',
])('two thousand signs of %j are read at once', (piece) => {
  const start = performance.now();
  parseIntent(piece.repeat(2_000).slice(0, 2_000), SURROUNDINGS);
  parseIntent(`resolve payments-stuck: ${piece.repeat(2_000)}`.slice(0, 2_000), SURROUNDINGS);
  expect(performance.now() - start).toBeLessThan(MOST_MS);
});

test('a time zone that nobody knows is an error of the caller', () => {
  expect(() => parseIntent('availability today', { ...SURROUNDINGS, timeZone: 'Mars/Olympus' })).toThrow(RangeError);
});
