import { ADA, BANK, CANARIES, MAIL, openTalk, SHOP, type Talk, textOf } from './conversation.fixtures.ts';

/* What each audience is answered, over a real log. Times are those of Berlin. */

const SLOW_MS = 60_000;
let talk: Talk;
beforeAll(async () => {
  talk = await openTalk();
}, SLOW_MS);
afterAll(() => talk.close(), SLOW_MS);

const answer = async (text: string, audience: string): Promise<string> => textOf(await talk.ask({ audience }, { text }));

const INTERNAL: Readonly<Record<string, string>> = {
  status: `Failing 2 of 3 criteria are met
Times: Europe/Berlin
shop: Front door (front-probe): not met since 2026-11-28 15:00
shop: Load of node-7 (front-cpu): met since 2026-11-28 09:00
mail: mail-probe (mail-probe): met since 2026-11-28 09:00`,
  'status mail': `mail: 1 of 1 criteria are met
Times: Europe/Berlin
mail: mail-probe (mail-probe): met since 2026-11-28 09:00`,
  'Was ist kaputt?': `Failing Ein Kriterium ist nicht erfüllt
Zeiten: Europe/Berlin
shop: Front door (front-probe): nicht erfüllt seit 28.11.2026 15:00 (30m): up is 0, required == 1
gefordert: up == 1; Anforderungen: BSI-C5:2020 OPS-02; Schwere: high
[Runbook] https://runbooks.example.org/front`,
  'what fails in mail': 'Everything that is judged holds',
  'availability shop today': `shop: 79.487 % available
Availability: 79.487 %
At least and at most: 79.487 to 79.487 %
Observed: 100.000 % of the time
Watched: since 2026-11-28 09:00
Not available: 1h 20m, 2 times, the longest 50m
Adjusted: 91.176 % (91.176 to 91.176 %, observed 100.000 %) without disk-swap
Period: 2026-11-28 00:00 to 2026-11-28 15:30
Times: Europe/Berlin
By criterion
front-probe: 79.487 % (79.487 to 79.487 %, observed 100.000 %); watched since 2026-11-28 09:00
front-cpu: 100.000 % (100.000 to 100.000 %, observed 100.000 %); watched since 2026-11-28 09:00
Deviations
front-probe: since 2026-11-28 15:00
front-probe: 2026-11-28 11:00 to 2026-11-28 11:50`,
  incidents: `Failing 2 incidents are open
Times: Europe/Berlin
payments-stuck (shop) since 2026-11-28 15:05: Payments hang on node-7 (high, open)
login-slow (mail) since 2026-11-28 14:00: Logins are slow (medium, suspected, its object was deleted)`,
  'show incident payments-stuck': `Failing payments-stuck: Payments hang on node-7
Service: shop
State: open
Severity: high
Since: 2026-11-28 15:05
Times: Europe/Berlin
2026-11-28 15:05 opened (high) by ada
2026-11-28 15:10 update by ada: Ask Eve
2026-11-28 15:10 update by ada: The disk is full
2026-11-28 15:10 update by ada: We are working on it.`,
  'welche Änderungen sind für shop geplant': `2 Änderungen sind geplant
Zeiten: Europe/Berlin
shop: new-router, 29.11.2026 03:00 bis 29.11.2026 04:00: Swap the disk (Regular, Low, genehmigt von bo)
shop: wipe-node, 30.11.2026 03:00 bis 30.11.2026 04:00: Swap the disk (Regular, Low, nicht genehmigt)`,
  'changes of mail': 'No change is planned',
};

const AUTHORITY: Readonly<Record<string, string>> = {
  'what fails': `Failing One criterion does not hold
Times: Europe/Berlin
shop: Front door (front-probe): not met since 2026-11-28 15:00 (30m): up is 0, required == 1
demand: up == 1; controls: BSI-C5:2020 OPS-02; severity: high`,
  incidents: `Failing One incident is open
Times: Europe/Berlin
payments-stuck (shop) since 2026-11-28 15:05: Payments hang on node-7 (high, open)`,
  'show incident payments-stuck': `Failing payments-stuck: Payments hang on node-7
Service: shop
State: open
Severity: high
Since: 2026-11-28 15:05
Times: Europe/Berlin
2026-11-28 15:05 opened (high) by ada
2026-11-28 15:10 update by ada: The disk is full
2026-11-28 15:10 update by ada: We are working on it.`,
  'show incident login-slow': `I know no incident "login-slow" here
Did you mean:
show incident old-outage
show incident payments-stuck`,
};

const CUSTOMERS: Readonly<Record<string, string>> = {
  status: `Failing 1 of 2 services is unavailable
Times: Europe/Berlin
shop: unavailable since 2026-11-28 15:00
mail: available`,
  'läuft mail?': `mail: verfügbar
Zeiten: Europe/Berlin`,
  'why is the shop broken': `Failing shop: unavailable since 2026-11-28 15:00
Times: Europe/Berlin`,
  'warum ist mail kaputt': 'Von keinem Dienst ist ein Ausfall bekannt',
  'Verfügbarkeit shop heute': `shop: 79.487 % verfügbar
Verfügbarkeit: 79.487 %
Mindestens und höchstens: 79.487 bis 79.487 %
Beobachtet: 100.000 % der Zeit
Überwacht: seit 28.11.2026 09:00
Nicht verfügbar: 1h 20m, 2-mal, am längsten 50m
Bereinigt: 91.176 % (91.176 bis 91.176 %, beobachtet 100.000 %) ohne vereinbarte Wartung
Zeitraum: 28.11.2026 00:00 bis 28.11.2026 15:30
Zeiten: Europe/Berlin`,
  'availability mail yesterday': `mail: nothing was observed
Availability: -
At least and at most: -
Observed: nothing was observed
Not available: 0s
Period: 2026-11-27 00:00 to 2026-11-28 00:00
Times: Europe/Berlin`,
  'availability today': `Availability
Period: 2026-11-28 00:00 to 2026-11-28 15:30
Times: Europe/Berlin
shop: 79.487 % (79.487 to 79.487 %, observed 100.000 %); watched since 2026-11-28 09:00; not available 1h 20m, 2 times, the longest 50m; adjusted 91.176 % (91.176 to 91.176 %, observed 100.000 %) without agreed maintenance
mail: 100.000 % (100.000 to 100.000 %, observed 100.000 %); watched since 2026-11-28 09:00; not available 0s`,
  Vorfälle: `Failing Ein Vorfall ist offen
Zeiten: Europe/Berlin
payments-stuck (shop) seit 28.11.2026 15:05: We are working on it.`,
  'show incident payments-stuck': `Failing shop, incident payments-stuck
Service: shop
State: goes on
Since: 2026-11-28 15:05
Times: Europe/Berlin
2026-11-28 15:10 We are working on it.`,
  'show incident old-outage': `Ended shop, incident old-outage
Service: shop
State: over
Since: 2026-11-28 09:10
Until: 2026-11-28 09:40
Lasted: 30m
Times: Europe/Berlin
2026-11-28 09:40 resolved after 30m
Cause: A cable was loose.
Done: It was fixed.
So that it does not happen again: It is checked.`,
  changes: `One change is planned
Times: Europe/Berlin
shop: 2026-11-29 03:00 to 2026-11-29 04:00: The shop is closed for an hour.`,
  'comment front-probe: hello': 'I know no criterion "front-probe" here',
  'comment nothing-of-this: hello': 'I know no criterion "nothing-of-this" here',
};

test.each(Object.entries(INTERNAL))('the team asks: %s', async (text, wanted) =>
  expect(await answer(text, 'internal')).toBe(wanted),
);
test.each(Object.entries(AUTHORITY))('the authority asks: %s', async (text, wanted) =>
  expect(await answer(text, 'authority')).toBe(wanted),
);
test.each(Object.entries(CUSTOMERS))('customers ask: %s', async (text, wanted) => {
  expect(await answer(text, 'customers')).toBe(wanted);
  // Whoever has another name reads no more than they do.
  expect(await answer(text, 'partners')).toBe(wanted);
});

const EVERYTHING = [
  ...[...Object.keys(INTERNAL), ...Object.keys(AUTHORITY), ...Object.keys(CUSTOMERS)],
  ...[
    'status shop',
    'status bank',
    'show incident bank-heist',
    'incidents of shop',
    'help',
    'Hilfe',
    'help comment',
    'availability',
  ],
  ...[
    'resolve payments-stuck',
    'dismiss payments-stuck: no',
    'open incident shop: help',
    'ack',
    'yes',
    'no',
    'confirm payments-stuck',
  ],
  ...['reopen old-outage', 'update payments-stuck for customers: hello', 'ack old-outage', 'ack payments-stuck', 'nonsense', ''],
  ...['availability shop last 30 days', 'availability shop October', 'why', 'which incidents', 'Änderungen', 'was ist los'],
];

test(
  'no word of the inside ever reaches customers, whatever they ask and whoever they are',
  async () => {
    for (const text of EVERYTHING)
      for (const more of [{}, { person: ADA }]) {
        const reply = await talk.ask({ audience: 'customers', ...more }, { text, thread: '$deviation' });
        const said = JSON.stringify(reply).replaceAll(text, '');
        // What somebody wrote themselves comes back to them.
        const leaks = CANARIES.filter((word) => new RegExp(`(?<![a-z])${word}(?![a-z])`, 'i').test(said) && !text.includes(word));
        expect({ text, leaks }).toEqual({ text, leaks: [] });
      }
  },
  SLOW_MS,
);

test('the words of the inside are there: the team reads all of them', async () => {
  const said = await Promise.all(EVERYTHING.map((text) => answer(text, 'internal')));
  const unread = CANARIES.filter((word) => !said.join('\n').includes(word));
  // Who owns a change, where it is made and why stands in its object.
  expect(unread).toEqual(['Rack 4', 'team-sre', 'Because of SHOP-7']);
});

test(
  'notes of the team reach the authority no more than customers',
  async () => {
    for (const text of EVERYTHING) expect(await answer(text, 'authority')).not.toMatch(/Ask Eve|Logins are slow|runbooks/);
  },
  SLOW_MS,
);

test.each([
  ['status bank', 'status bahk'],
  ['availability bank yesterday', 'availability bahk yesterday'],
  ['show incident bank-heist', 'show incident bahk-heist'],
  ['comment bank-probe: hello', 'comment bahk-probe: hello'],
  ['resolve bank-heist: cause a; measures b; prevention c', 'resolve bahk-heist: cause a; measures b; prevention c'],
])('what is outside is as unknown as what does not exist: %s', async (outside, nothing) => {
  for (const audience of ['internal', 'authority', 'customers']) {
    const said = textOf(await talk.ask({ audience, person: ADA }, { text: outside }));
    expect(said).toContain('I know no');
    expect(said.replaceAll('bank', 'bahk')).toBe(textOf(await talk.ask({ audience, person: ADA }, { text: nothing })));
  }
});

test('a room that belongs to one service speaks of no other', async () => {
  const inMail = async (text: string): Promise<string> => textOf(await talk.ask({}, { text, places: [MAIL] }));
  expect(await inMail('status shop')).toBe('I know no service "shop" here\nDid you mean:\nstatus mail');
  expect(await inMail('incidents')).not.toContain('payments-stuck');
  expect(textOf(await talk.ask({ places: [SHOP] }, { text: 'status', places: [MAIL] }))).toBe('This place is for no service');
});

test('a room that several services share speaks of these, and of no other', async () => {
  const places = [MAIL, BANK];
  const inRoom = async (text: string): Promise<string> => textOf(await talk.ask({ places: [SHOP, ...places] }, { text, places }));
  expect(await inRoom('status')).not.toContain('shop');
  expect(await inRoom('status mail')).toContain('mail: 1 of 1');
  expect(await inRoom('status bank')).toContain('bank: 0 of 1');
});

test('times are those of the asker, and a zone that nobody knows is UTC', async () => {
  const since = async (timeZone: string): Promise<string> =>
    textOf(await talk.ask({ audience: 'customers', timeZone }, { text: 'status shop' }));
  expect(await since('Asia/Tokyo')).toBe('Failing shop: unavailable since 2026-11-28 23:00\nTimes: Asia/Tokyo');
  expect(await since('Mars/Olympus')).toBe('Failing shop: unavailable since 2026-11-28 14:00\nTimes: UTC');
});

test.each(['en', 'de'])('help shows what can be asked, and what can be written to whom it may (%s)', async (language) => {
  const text = language === 'de' ? 'Hilfe' : 'help';
  const writes = language === 'de' ? 'Schreiben\neröffne Vorfall shop' : 'Write\nopen incident shop';
  expect(await answer(text, 'internal')).not.toContain(writes);
  expect(textOf(await talk.ask({ person: ADA }, { text }))).toContain(writes);
  expect(textOf(await talk.ask({ person: ADA, audience: 'customers' }, { text }))).not.toMatch(/withhold|vor Kunden zurück/);
});

test('help by topic shows all examples of it', async () => {
  expect(await answer('help changes', 'internal')).toBe('Which changes are planned\nchanges\nwhich changes are planned for shop');
});

test('an old period is summed up from the log as a fresh one from what is held', async () => {
  // It began before what the states remember.
  const old = await answer('availability shop from 1 September to 28 November', 'customers');
  expect(old).toContain('Availability: 79.487 %');
  expect(old).toContain('Not available: 1h 20m, 2 times, the longest 50m');
});
