import { parseIntent } from './parse.ts';
import { SURROUNDINGS, told } from './sentences.fixtures.ts';

const SENTENCES: Readonly<Record<string, string>> = {
  '': 'Unclear Empty [] help | status | availability shop last 7 days',
  'availability shpo yesterday': 'Unclear UnknownService [shpo] availability shop yesterday',
  'avalability shop yesterday': 'Unclear UnknownCommand [avalability] availability shop yesterday',
  'availability of crm': 'Unclear UnknownService [crm] availability of shop | availability of mail | availability of payment-api',
  'verfügbarkiet shop': 'Unclear UnknownCommand [verfügbarkiet] verfügbarkeit shop',
  'show incident paymnts-stuck': 'Unclear UnknownIncident [paymnts-stuck] show incident payments-stuck',
  'update paymnts-stuck for customers: we work on it':
    'Unclear UnknownIncident [paymnts-stuck] update payments-stuck for customers: we work on it',
  'update payments-stuck for custmers: we work on it':
    'Unclear UnknownWord [custmers] update payments-stuck for customers: we work on it',
  'update payments-stuck: we work on it':
    'Unclear MissingAudience [] update payments-stuck internal: we work on it | update payments-stuck for authority: we work on it | update payments-stuck for customers: we work on it',
  'aktualisiere payments-stuck: wir sind dran':
    'Unclear MissingAudience [] aktualisiere payments-stuck intern: wir sind dran | aktualisiere payments-stuck für Behörde: wir sind dran | aktualisiere payments-stuck für Kunden: wir sind dran',
  'update payments-stuck for customers we are working on it':
    'Unclear UnknownWord [we] update payments-stuck for customers: we are working on it',
  'update payments-stuck for customers': 'Unclear MissingText [] help update',
  'resolve payments-stuck: it works again': 'Unclear UnknownWord [it works again] resolve payments-stuck: cause it works again',
  'löse payments-stuck: es geht wieder': 'Unclear UnknownWord [es geht wieder] löse payments-stuck: Ursache es geht wieder',
  'open incident shop: payments stuck (hgih)': 'Unclear UnknownWord [hgih] open incident shop: payments stuck (high)',
  'open incident': 'Unclear MissingService [] help open incident',
  'open incident shop': 'Unclear MissingText [] help open incident',
  'open incident shp: payments stuck': 'Unclear UnknownService [shp] open incident shop: payments stuck',
  'show incident': 'Unclear MissingIncident [] incidents | show incident payments-stuck | show incident login-slow',
  dismiss: 'Unclear MissingIncident [] help dismiss',
  'comment payments-stuck: hello there': 'Unclear MissingCriterion [payments-stuck] update payments-stuck internal: hello there',
  'comment shop-prob: hello': 'Unclear UnknownCriterion [shop-prob] comment shop-probe: hello',
  'ack payment-stuck': 'Unclear UnknownIncident [payment-stuck] ack payments-stuck',
  'bestätige pyments-stuck': 'Unclear UnknownWord [pyments-stuck] Hilfe bestätige',
  'ja payments-stuck': 'Unclear UnknownWord [payments-stuck] quittiere payments-stuck | Hilfe bestätige',
  'reopen paymnts-stuck': 'Unclear UnknownIncident [paymnts-stuck] reopen payments-stuck',
  'withhold shop-probe: known': 'Unclear MissingAudience [] withhold shop-probe from customers: known',
  'withhold shop-probe from customers': 'Unclear MissingText [] help withhold',
  'withhold shop-prob from customers: known': 'Unclear UnknownCriterion [shop-prob] withhold shop-probe from customers: known',
  'changes last week': 'Unclear NoPeriodHere [last week] availability last week',
  'confirm that the shop is down': 'Unclear UnknownWord [shop is down] help confirm',
  'availability shop 3/11': 'Unclear AmbiguousPeriod [3/11] availability shop 2026-11-03 | availability shop 2026-03-11',
  'availability shop 03/11/2026':
    'Unclear AmbiguousPeriod [03/11/2026] availability shop 2026-11-03 | availability shop 2026-03-11',
  'availability shop tomorrow': 'Unclear InTheFuture [tomorrow]',
  'Verfügbarkeit shop vor Montag': 'Unclear NotAPeriod [vor Montag]',
  'availability shop before october': 'Unclear NotAPeriod [before october]',
  'availability shop week 49': 'Unclear InTheFuture [week 49] availability shop 2025-12-01 .. 2025-12-07',
  'availability shop since week 49': 'Unclear InTheFuture [since week 49] availability shop since 2025-12-01',
  'availability shop next week': 'Unclear InTheFuture [next week]',
  'availability shop 30 November': 'Unclear InTheFuture [30 November] availability shop 2025-11-30',
  'availability shop December': 'Unclear InTheFuture [December] availability shop 2025-12',
  'availability shop on Saturday':
    'Unclear AmbiguousPeriod [Saturday] availability shop on 2026-11-28 | availability shop on 2026-11-21',
  'availability shop from Friday to Monday':
    'Unclear AmbiguousPeriod [from Friday to Monday] availability shop 2026-11-27 .. 2026-11-28 | availability shop 2026-11-20 .. 2026-11-23',
  'availability shop yesterday at 10:00': 'Unclear WholeDaysOnly [yesterday at 10:00]',
  'availability shop from 15 November to 1 November':
    'Unclear AmbiguousPeriod [from 15 November to 1 November] availability shop 2026-11-01 .. 2026-11-15 | availability shop 2026-11-15 .. 2026-11-28',
  'availability shop from 15 October 2026 to 1 October 2026':
    'Unclear Reversed [from 15 October 2026 to 1 October 2026] availability shop 2026-10-01 .. 2026-10-15',
  'availability shop 31 February': 'Unclear NotAPeriod [31 February]',
  'availability shop on Monday, 26 November': 'Unclear AmbiguousPeriod [Monday, 26 November]',
  'availability shop yesterday and last week': 'Unclear AmbiguousPeriod [yesterday and last week]',
  'availability shop until yesterday': 'Unclear NotAPeriod [until yesterday]',
  'availability of shop and mail': 'Unclear AmbiguousName [shop and mail] availability of shop | availability of mail',
  'what failed yesterday': 'Unclear NoPeriodHere [yesterday] availability yesterday',
  'was war gestern kaputt': 'Unclear NoPeriodHere [gestern] Verfügbarkeit gestern',
  'availability shop excluding maintenance': 'Unclear UnknownWord [excluding]',
  yesterday: 'Unclear UnknownCommand [] availability yesterday',
  'make me a sandwich': 'Unclear UnknownCommand [make] help | status | availability shop last 7 days',
  'help incidnts': 'Unclear UnknownWord [incidnts] help incidents',
};
test.each(Object.entries(SENTENCES))('%s', (sentence, wanted) => expect(told(sentence)).toBe(wanted));

/** What is offered asks back once more only for what the first text left out, too. */
const ASKS_ON = new Set(['UnknownCommand', 'MissingText']);

test.each(Object.keys(SENTENCES))('what is offered instead of "%s" is understood', (sentence) => {
  const answer = parseIntent(sentence, SURROUNDINGS);
  if (answer.kind !== 'Unclear') throw new Error('is understood');
  const again = answer.suggestions.map((text) => parseIntent(text, SURROUNDINGS));
  expect(again.filter((each) => each.kind === 'Unclear' && !ASKS_ON.has(each.reason))).toEqual([]);
});

const OTHERS = {
  ...SURROUNDINGS,
  services: ['team-a/shop', 'team-b/shop', 'team-a/mail', 'status', 'the', 'today', 'blog'],
};

test.each(
  Object.entries({
    status: 'Status',
    'status mail': 'Status service=team-a/mail',
    'status team-b/shop': 'Status service=team-b/shop',
    'status shop': 'Unclear AmbiguousName [shop] status team-a/shop | status team-b/shop',
    'status status': 'Status service=status',
    'availability status yesterday': 'Availability service=status period=2026-11-27..2026-11-28',
    'how available was the blog today': 'Availability service=blog period=2026-11-28..now',
    'open incident shop: it hangs':
      'Unclear AmbiguousName [shop] open incident team-a/shop: it hangs | open incident team-b/shop: it hangs',
  }),
)('names that namespaces share, or that are words of ours: %s', (sentence, wanted) =>
  expect(told(sentence, OTHERS)).toBe(wanted),
);

const { incidents: _incidents, criteria: _criteria, ...NAMELESS } = SURROUNDINGS;

test.each(
  Object.entries({
    'show incident something-new': 'ShowIncident incident=something-new',
    'show the incident of yesterday': 'Unclear MissingIncident [] incidents',
    'resolve incident something-new: cause a disk': 'ResolveIncident incident=something-new cause=a disk',
    'dismiss something-new: a test': 'DismissIncident incident=something-new reason=a test',
    'comment any-probe: maintenance': 'Comment on=Criterion:any-probe text=maintenance',
    'comment on deviation 01kb5z3n7q0123456789abcdef: known': 'Comment on=Deviation:01KB5Z3N7Q0123456789ABCDEF text=known',
    'ack incident something-new': 'Acknowledge on=Incident:something-new',
    'ack criterion any-probe': 'Acknowledge on=Criterion:any-probe',
    'what is broken': 'Failing',
  }),
)('without lists of names: %s', (sentence, wanted) => expect(told(sentence, NAMELESS)).toBe(wanted));

test('where nothing is known no name is offered', () => {
  const nobody = { ...SURROUNDINGS, services: [], criteria: [], incidents: [] };
  expect(told('availability shop', nobody)).toBe('Unclear UnknownService [shop]');
  expect(told('resolve payments-stuck: cause a disk', nobody)).toBe('Unclear UnknownIncident [payments-stuck]');
});

test('a title and a reason are as long as an incident takes them', () => {
  expect(told(`open incident shop: ${'a'.repeat(150)}`)).toContain('OpenIncident');
  expect(told(`open incident shop: ${'a'.repeat(151)}`)).toContain('TooLong');
  expect(told(`dismiss login-slow: ${'a'.repeat(1_024)}`)).toContain('DismissIncident');
  expect(told(`dismiss login-slow: ${'a'.repeat(1_025)}`)).toContain('TooLong');
});

test.each([
  'do not resolve payments-stuck',
  "don't close payments-stuck: cause unknown",
  'löse payments-stuck nicht',
  'payments-stuck nicht schließen',
  'nicht verwerfen: login-slow',
  'should I dismiss login-slow: false alarm',
  'not yes',
  'yes, but not now',
  'ja, aber nicht jetzt',
  'no, resolve payments-stuck',
  'confirm login-slow is not real',
  'reopen payments-stuck: not',
  'yes login-slow',
  'ack nothing',
  'ack payments-stuck: but it is wrong',
  'ack: not yet',
  'update payments-stuck not for customers: ask Eve',
  'who can resolve payments-stuck?',
])('what is forbidden, asked or half said is not done: %s', (sentence) =>
  expect(parseIntent(sentence, SURROUNDINGS).kind).toBe('Unclear'),
);
