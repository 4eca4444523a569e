import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { Reading } from '../../domain/sample.ts';
import { notificationOf, webhookAlert } from '../../inbox/examples.ts';
import { type Inbox, openInbox, parseNotification } from '../../inbox/index.ts';
import { systemClock } from '../../platform/clock.ts';
import { never } from '../prometheus/test-reader.ts';
import type { Questions } from '../source.ts';
import { newReceivedReader, type ReceivedConnection, type ReceivedOptions } from './received.ts';

const START = 1_700_000_000_000;
const MINUTE = 60_000;
const EVERYTHING = { matchers: ['alertname!="Watchdog"'] };
const HEARTBEAT = 'alertname="Watchdog"';

let folder: string;
let now: number;
let inbox: Inbox;
const clock = { ...systemClock, now: () => now };
const open = (): Inbox => (inbox = openInbox({ path: join(folder, 'inbox.db'), clock }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-received-'));
  now = START;
  open();
});
afterEach(() => {
  inbox.close();
  rmSync(folder, { recursive: true });
});

const reader = (more: Partial<ReceivedConnection & ReceivedOptions> = {}) =>
  newReceivedReader({ inbox, source: 'am', heartbeat: HEARTBEAT, heartbeatWithin: '15m', ...more }, { clock, ...more });
const withoutHeartbeat = () => newReceivedReader({ inbox, source: 'am', heartbeatWithin: '15m' }, { clock });
const read = (query: Questions['alerts'] = EVERYTHING, slot = now, from = reader()): Promise<Reading> =>
  from.kinds.alerts!.read({ query, slot, maxAgeMs: 300_000 }, never);

const alert = (alertname: string, more: Record<string, string> = {}, endsAt?: number) =>
  webhookAlert({ alertname, ...more }, { startsAt: START, ...(endsAt !== undefined && { endsAt }) });
const tell = (alerts: object[], more: object = {}) => inbox.tell('am', notificationOf(alerts, { ...more }));
const WATCHDOG = alert('Watchdog');
/** Tells every five minutes, until so many minutes after the start, that nothing but the heartbeat fires. */
async function beat(minutes: number, others: object[] = []): Promise<void> {
  for (; now <= START + minutes * MINUTE; now += 5 * MINUTE) await tell([WATCHDOG, ...others]);
  now = START + minutes * MINUTE;
}

const none = { kind: 'Samples', samples: [{ labels: {}, value: 0 }] };
const one = (alertname: string, value = 1) => ({ labels: { alertname, state: 'active' }, value });
const incomplete = (message: RegExp | string) => ({
  ...{ kind: 'Unavailable', reason: 'IncompleteEvidence' },
  message: expect.stringMatching(message) as unknown,
});

describe('none is 0', () => {
  test('while the alert that always fires comes, and nothing is missing', async () => {
    await beat(30);
    expect(await read()).toEqual(none);
  });

  test('not without one: silence proves nothing by itself', async () => {
    await beat(30);
    expect(await read(EVERYTHING, now, withoutHeartbeat())).toEqual(incomplete(/^nothing proves that Alertmanager was sending/));
  });

  test('not before anything was received for long enough', async () => {
    await beat(14);
    expect(await read()).toEqual(incomplete(/^nothing had been received 15m before$/));
    await beat(15);
    expect(await read()).toEqual(none);
  });

  test('until it has not come for longer than it may', async () => {
    await beat(30);
    now += 15 * MINUTE - 1;
    expect(await read()).toEqual(none);
    now += 1;
    expect(await read()).toEqual(incomplete(/^the alert that always fires was not received in the 15m before$/));
    expect(await read(EVERYTHING, now, reader({ heartbeatWithin: '1h' }))).toMatchObject({ kind: 'Unavailable' });
  });

  test('not once it has ended, however lately', async () => {
    await beat(30);
    await tell([alert('Watchdog', {}, now - 1)]);
    expect(await read()).toEqual(incomplete(/always fires/));
  });

  test('not where something could not be taken, before or soon after', async () => {
    await beat(60);
    const lostAt = now;
    inbox.noteLost('am', 3);
    expect(await read()).toEqual(incomplete(/^3 alerts were sent that could not be taken$/));
    expect(await read(EVERYTHING, lostAt - 10 * MINUTE)).toEqual(incomplete(/^3 alerts/));
    expect(await read(EVERYTHING, lostAt - 16 * MINUTE)).toEqual(none);
    await beat(76);
    expect(await read()).toEqual(none);
  });

  test('not where a notification left alerts out', async () => {
    await beat(60);
    await tell([WATCHDOG], { truncatedAlerts: 2 });
    expect(await read()).toEqual(incomplete(/^2 alerts were sent that could not be taken$/));
  });

  test('not of a time in which the operator was away, nor soon after; of the time before it stays so', async () => {
    await beat(60);
    inbox.close();
    now += 7 * MINUTE;
    open();
    await tell([WATCHDOG]);
    expect(await read()).toEqual(incomplete(/^the operator was not there all the time within 15m$/));
    expect(await read(EVERYTHING, START + 63 * MINUTE)).toEqual(incomplete(/not there/));
    expect(await read(EVERYTHING, START + 44 * MINUTE)).toEqual(none);
    await beat(82);
    expect(await read()).toEqual(none);
  });
});

describe('what fires', () => {
  test('counts by name, each alert once in however many groups it was told, and the heartbeat where it is asked for', async () => {
    await beat(30, [alert('Slow', { pod: 'a' }), alert('Slow', { pod: 'b' })]);
    await tell([alert('Slow', { pod: 'b' }), alert('Full')], { groupKey: 'other' });
    expect(await read()).toEqual({ kind: 'Samples', samples: [one('Full'), one('Slow', 2)] });
    expect(await read({ matchers: ['pod="b"'], states: ['Active'] })).toEqual({ kind: 'Samples', samples: [one('Slow')] });
    expect(await read({ matchers: [HEARTBEAT] })).toEqual({ kind: 'Samples', samples: [one('Watchdog')] });
  });

  test('without a heartbeat is an answer too', async () => {
    await tell([alert('Full')], { groupKey: 'other' });
    await beat(15);
    expect(await read(EVERYTHING, now, withoutHeartbeat())).toEqual({ kind: 'Samples', samples: [one('Full')] });
  });

  test('is partial where more may have been sent', async () => {
    await beat(30, [alert('Full')]);
    now += 15 * MINUTE;
    const partial = 'the alert that always fires was not received in the 15m before';
    expect(await read()).toEqual({ kind: 'Samples', samples: [one('Full')], partial });
  });
});

test('a past slot is read as it was, as far as it is known now', async () => {
  await beat(30);
  await tell([WATCHDOG, alert('Full')]);
  now += 2 * MINUTE;
  await tell([WATCHDOG, alert('Full', {}, START + 31 * MINUTE)]);
  const range = { from: START - MINUTE, to: START + 32 * MINUTE, stepMs: MINUTE };
  const readings = await reader().kinds.alerts!.readRange({ query: EVERYTHING, maxAgeMs: 1, ...range }, never);
  const kinds = readings.map((reading) => (reading.kind === 'Samples' ? reading.samples[0]?.value : reading.reason));
  expect(kinds[0]).toBe('IncompleteEvidence');
  // Told at the 30th minute, and had been firing since the start.
  expect(new Set(kinds.slice(1, 32))).toEqual(new Set([1]));
  expect(kinds.slice(32)).toEqual([0, 0]);
  const proven = await reader().wasCollecting(range, never);
  expect([proven.indexOf(true), proven.lastIndexOf(false)]).toEqual([16, 15]);
  expect(await withoutHeartbeat().wasCollecting(range, never)).toEqual(Array(34).fill(false));
});

test('a long past comes in parts, and is given up when the asker gives up', async () => {
  await beat(30);
  const giveUp = new AbortController();
  const range = { from: START, to: START + 200 * MINUTE, stepMs: MINUTE, maxAgeMs: 1 };
  const readings = reader().kinds.alerts!.readRange({ query: EVERYTHING, ...range }, giveUp.signal);
  giveUp.abort();
  expect(await readings).toHaveLength(201);
  expect((await readings).at(-1)).toMatchObject({ reason: 'SourceUnreachable' });
});

test('what is no longer kept is no history', async () => {
  await beat(30);
  now = START + 8 * 86_400_000;
  expect(await read(EVERYTHING, START + 20 * MINUTE)).toMatchObject({ kind: 'Unavailable', reason: 'NoHistory' });
});

test('a real notification of Alertmanager 0.25, then one that says what ended', async () => {
  const { firing, resolved } = JSON.parse(readFileSync(`${import.meta.dirname}/fixtures/webhook-0.25.json`, 'utf8')) as Record<
    string,
    unknown
  >;
  now = Date.parse('2026-11-28T16:53:32.900Z');
  for (const body of [firing, resolved]) {
    const parsed = parseNotification(JSON.stringify(body));
    if (parsed.kind === 'Refused') throw new Error(parsed.message);
    await inbox.tell('am', parsed.notification);
    now += 5_000;
  }
  const shortly = reader({ heartbeatWithin: '2s' });
  const disk = { matchers: ['alertname="DiskFull"', String.raw`x="a\"b"`] };
  expect(await read(disk, Date.parse('2026-11-28T16:53:35.9Z'), shortly)).toMatchObject({ samples: [one('DiskFull')] });
  expect(await read(disk, Date.parse('2026-11-28T16:53:38.5Z'), shortly)).toEqual(none);
});

describe('matchers', () => {
  test.each<[string, boolean]>([
    ['name="x.y"', true],
    ['name!="x.y"', false],
    ['name=~"x.y"', true],
    ['name=~"x"', false],
    ['name=~"(?i)X\\\\.Y|z"', true],
    ['name!~"y"', true],
    ['missing=""', true],
    ['missing!=""', false],
    ['missing=~".*"', true],
    ['toString=""', true],
    // To Alertmanager a dot is no line break, other than to Prometheus.
    ['lines=~"a.b"', false],
    ['lines=~"(?s)a.b"', true],
  ])('%s', async (matcher, holds) => {
    await tell([alert('A', { name: 'x.y', lines: 'a\nb' })]);
    expect(await read({ matchers: [matcher] }, now, withoutHeartbeat())).toMatchObject(
      holds ? { samples: [one('A')] } : { kind: 'Unavailable' },
    );
  });

  test('one that takes too long on so many alerts is no answer', async () => {
    await tell(Array.from({ length: 300 }, (_, index) => alert('A', { long: `${index}${'x'.repeat(500)}` })));
    const reading = await read({ matchers: ['long=~"(x|[0-9]){1,900}y"'] });
    expect(reading).toMatchObject({ kind: 'Unavailable', reason: 'TooManySeries' });
  });

  test('more alerts than are looked at are no answer', async () => {
    await tell([alert('A'), alert('B'), alert('C')]);
    const few = reader({ maxAlerts: 2 });
    expect(await read(EVERYTHING, now, few)).toMatchObject({ kind: 'Unavailable', reason: 'TooManySeries' });
    expect(await few.wasCollecting({ from: now, to: now, stepMs: 1 }, never)).toEqual([false]);
  });
});

describe('check refuses', () => {
  test.each<[string, Questions['alerts'], string | undefined, RegExp | undefined]>([
    ['nothing of what can be asked', { matchers: ['a=~"b|c"'], states: ['Active'] }, HEARTBEAT, undefined],
    ['what Alertmanager does not send', { matchers: ['a="b"'], states: ['Active', 'Silenced'] }, HEARTBEAT, /only Active alerts/],
    ['what is no matcher', { matchers: ['a="b"', 'c'] }, HEARTBEAT, /^matcher 2 is not a label/],
    ['no regular expression', { matchers: ['a=~"("'] }, HEARTBEAT, /^matcher 1 has a regular expression that RE2 does not know/],
    ['one that is too large', { matchers: ['a=~"((x{1000}){1000})"'] }, HEARTBEAT, /^matcher 1 has a regular expression that/],
    ['a heartbeat that is none', EVERYTHING, 'count(up)', /^the heartbeat of the source: matcher 1 is not a label/],
  ])('%s', async (_, query, heartbeat, message) => {
    const from = reader({ heartbeat: heartbeat! });
    const refusal = message && { reason: 'InvalidQuery', message: expect.stringMatching(message) as unknown };
    expect(await from.kinds.alerts!.check({ query, maxAgeMs: 1 }, never)).toEqual(refusal);
    if (message) expect(await read(query, now, from)).toMatchObject({ kind: 'Unavailable', reason: 'QueryFailed' });
  });
});

describe('probe', () => {
  test('the heartbeat comes, or it does not', async () => {
    const silent = {
      kind: 'NotAnswering',
      reason: 'BadAnswer',
      message: 'the alert that always fires was not received within 15m',
    };
    expect(await reader().probe(never)).toEqual(silent);
    await tell([WATCHDOG]);
    now += 14 * MINUTE;
    expect(await reader().probe(never)).toMatchObject({ kind: 'Answering' });
    now += MINUTE;
    expect(await reader().probe(never)).toEqual(silent);
    expect(await withoutHeartbeat().probe(never)).toMatchObject({ kind: 'Answering' });
  });

  test('an inbox that can not be used', async () => {
    const locker = new DatabaseSync(join(folder, 'inbox.db'));
    locker.exec('BEGIN IMMEDIATE');
    expect(await reader().probe(never)).toMatchObject({ kind: 'NotAnswering', reason: 'ServerError' });
    locker.close();
    inbox.close();
    expect(await read()).toMatchObject({
      kind: 'Unavailable',
      reason: 'SourceUnreachable',
      message: expect.stringContaining('inbox') as unknown,
    });
    open();
  }, 30_000);
});
