import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import fc from 'fast-check';

import type { Clock } from '../platform/clock.ts';
import { falcoAlert, notificationOf, webhookAlert } from './examples.ts';
import type { Episode, Inbox } from './inbox.ts';
import { type InboxOptions, openInbox } from './sqlite.ts';

const START = 1_700_000_000_000;
const MINUTE = 60_000;

let folder: string;
let now: number;
let inbox: Inbox;
const clock: Clock = { now: () => now, after: () => () => undefined };
const open = (options: Partial<InboxOptions> = {}): Inbox =>
  (inbox = openInbox({ path: join(folder, 'inbox.db'), clock, ...options }));
const reopen = (options: Partial<InboxOptions> = {}): void => {
  inbox.close();
  open(options);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-episodes-'));
  now = START;
  open();
});
afterEach(() => {
  inbox.close();
  rmSync(folder, { recursive: true });
});

const firing = (alertname: string, startsAt = START) => webhookAlert({ alertname }, { startsAt });
const ended = (alertname: string, endsAt: number, startsAt = START) => webhookAlert({ alertname }, { startsAt, endsAt });
const tell = (alerts: object[], more: object = {}, source = 'am') => inbox.tell(source, notificationOf(alerts, { ...more }));
const told = (source = 'am', from = 0, to = START + 1e9): readonly Episode[] => inbox.episodes({ source, from, to, limit: 100 });
const nameOf = ({ labels }: Episode): unknown => (JSON.parse(labels) as { alertname?: unknown }).alertname;
/** Names of those that fire at a moment. */
const at = (moment: number): unknown[] => [...new Set(told('am', moment, moment).map(nameOf))].sort();
const stored = (count: number, duplicates = 0) => ({ kind: 'Stored', stored: count, duplicates });

describe('when an alert fired', () => {
  test('from its start to its end, whenever either was told', async () => {
    now = START + 2 * MINUTE;
    expect(await tell([firing('A'), firing('B')])).toEqual(stored(2));
    now += MINUTE;
    expect(await tell([firing('A'), ended('B', START + MINUTE)])).toEqual(stored(1, 1));
    expect([START - 1, START, START + MINUTE - 1, START + MINUTE].map(at)).toEqual([[], ['A', 'B'], ['A', 'B'], ['A']]);
  });

  test('also where only its end was told', async () => {
    now += 5 * MINUTE;
    expect(await tell([ended('A', START + MINUTE)])).toEqual(stored(1));
    expect(await tell([ended('A', START + MINUTE)])).toEqual(stored(0, 1));
    expect([at(START), at(START + MINUTE)]).toEqual([['A'], []]);
  });

  test('an end that was told twice ends nothing that began after it', async () => {
    now += 5 * MINUTE;
    await tell([ended('A', START + MINUTE)]);
    await tell([firing('A', START + 2 * MINUTE)]);
    await tell([ended('A', START + MINUTE)]);
    expect(at(now)).toEqual(['A']);
  });

  test('of two Prometheus one ends it and the other goes on: it fires again, with the same start', async () => {
    await tell([firing('A')]);
    now += 2 * MINUTE;
    await tell([ended('A', START + MINUTE)]);
    now += MINUTE;
    expect(await tell([firing('A')])).toEqual(stored(1));
    expect(at(now)).toEqual(['A']);
    now += MINUTE;
    expect(await tell([ended('A', now)])).toEqual(stored(1));
    expect(at(now)).toEqual([]);
  });

  test('an earlier start that is told later counts, and one end ends all', async () => {
    now += MINUTE;
    await tell([firing('A', START + 30_000)]);
    await tell([firing('A', START)]);
    await tell([firing('A', START + 10_000)], { groupKey: 'other' });
    expect(at(START)).toEqual(['A']);
    await tell([ended('A', START + 40_000)]);
    expect([at(START), at(START + 40_000)]).toEqual([['A'], []]);
  });

  test("a sender's clock that is ahead hides nothing: what was told has begun, and has ended", async () => {
    await tell([firing('A', START + 10 * MINUTE)]);
    expect(at(START)).toEqual(['A']);
    now += MINUTE;
    await tell([ended('A', START + 20 * MINUTE)]);
    expect([at(now - 1), at(now)]).toEqual([['A'], []]);
  });

  test('one that its group is told without, for ten minutes, is not sent any more', async () => {
    await tell([firing('A'), firing('B')]);
    now += 10 * MINUTE - 1;
    await tell([firing('B')]);
    expect(at(now)).toEqual(['A', 'B']);
    now += 1;
    await tell([firing('B')], { groupKey: 'other' });
    await tell([firing('B')], { truncatedAlerts: 1 });
    expect(at(now)).toEqual(['A', 'B']);
    await tell([firing('B')]);
    expect([at(now - 1), at(now)]).toEqual([['A', 'B'], ['B']]);
    await tell([firing('A'), firing('B')]);
    expect(at(now)).toEqual(['A', 'B']);
  });

  test('sources do not know of each other', async () => {
    await tell([firing('A')], {}, 'one');
    await tell([ended('A', START)], {}, 'two');
    expect([told('one').length, told('two')[0]?.endedAt, told('three')]).toEqual([1, START, []]);
  });
});

describe('when it was told', () => {
  const toldBy = (moment: number): (number | undefined)[] => told().map((episode) => inbox.toldBy('am', episode, moment));

  test('as often as its group was', async () => {
    for (const minute of [0, 5, 10]) {
      now = START + minute * MINUTE;
      expect(await tell([firing('A')])).toEqual(minute === 0 ? stored(1) : stored(0, 1));
    }
    expect(told()).toHaveLength(1);
    const minutes = [-1, 0, 4, 5, 9, 60].map((minute) => toldBy(START + minute * MINUTE)[0]);
    expect(minutes.map((moment) => moment && (moment - START) / MINUTE)).toEqual([undefined, 0, 0, 5, 5, 10]);
  });

  test('not when its group was told without it', async () => {
    await tell([firing('A'), firing('B')]);
    now += 5 * MINUTE;
    await tell([firing('B')]);
    now += 5 * MINUTE;
    await tell([firing('A'), firing('B')]);
    const as = told().filter((episode) => nameOf(episode) === 'A');
    const moments = as.map((episode) => inbox.toldBy('am', episode, START + 7 * MINUTE));
    expect(new Set(moments)).toEqual(new Set([START, undefined]));
  });

  test('a clock that is set back makes nothing told before it was', async () => {
    await tell([firing('A')]);
    now -= 10 * MINUTE;
    await tell([firing('A')]);
    expect(told()).toMatchObject([{ firstToldAt: START, lastToldAt: START }]);
  });
});

describe('bounds', () => {
  test('a full inbox takes no notification with anything new in it, and goes on to hear of what it has', async () => {
    reopen({ maxAlerts: 2 });
    await tell([firing('A'), firing('B')]);
    expect(await tell([firing('A'), firing('C')])).toEqual({ kind: 'Full' });
    expect(inbox.gaps({ source: 'am', from: START, to: now }).lost).toBe(2);
    now += MINUTE;
    expect(await tell([firing('A'), ended('B', now)])).toEqual(stored(1, 1));
    expect(at(now)).toEqual(['A']);
    reopen({ maxAlerts: 2 });
    expect(await tell([firing('C')])).toEqual({ kind: 'Full' });
  });

  test('texts are bounded together with those of Falco', async () => {
    reopen({ maxBytes: 1_000 });
    expect(await inbox.append('falco', [falcoAlert()])).toEqual(stored(1));
    expect(await tell([webhookAlert({ alertname: 'x'.repeat(600) }, { startsAt: START })])).toEqual({ kind: 'Full' });
    expect(await tell([firing('A')])).toEqual(stored(1));
  });

  test('what ended, and what nobody has told for long, makes room', async () => {
    reopen({ maxAlerts: 3, maxAgeMs: 60 * MINUTE });
    await tell([firing('A'), ended('B', START)]);
    await tell([firing('C')], { groupKey: 'silent' });
    now += 59 * MINUTE;
    await tell([firing('A')]);
    now += MINUTE;
    expect(await tell([firing('A'), firing('D'), firing('E')])).toEqual(stored(2, 1));
    expect(told().map(nameOf)).toEqual(['A', 'D', 'E']);
  });
});

describe('gaps', () => {
  const gaps = (from: number, to: number, source = 'am') => inbox.gaps({ source, from, to });

  test('what was left out, turned away or never came is told of the minutes in which it was', async () => {
    await tell([firing('A')], { truncatedAlerts: 7 });
    expect([gaps(START, now).lost, gaps(START, now, 'other').lost]).toEqual([7, 0]);
    expect(gaps(START - 9 * MINUTE, START - 5 * MINUTE).lost).toBe(0);
  });

  test('nothing had been received before the first', async () => {
    expect(gaps(START - 1, START).isBegun).toBe(false);
    await tell([firing('A')]);
    expect([gaps(START - 1, START).isBegun, gaps(START, START).isBegun]).toEqual([false, true]);
  });

  test('from the last notification before an end until it was opened again it was closed, also after a kill', async () => {
    await tell([firing('A')]);
    now += 10 * MINUTE;
    await tell([firing('A')]);
    now += 5 * MINUTE;
    reopen();
    const closed = (from: number, to: number): boolean => gaps(START + from * MINUTE, START + to * MINUTE).wasClosed;
    const spans = (): boolean[] => [closed(1, 9), closed(1, 10), closed(11, 14), closed(14, 20), closed(15, 20)];
    expect(spans()).toEqual([false, true, true, true, false]);
    now += MINUTE;
    await tell([firing('A')]);
    expect(spans()).toEqual([false, true, true, true, false]);
    reopen();
    expect([spans(), closed(16, 20)]).toEqual([[false, true, true, true, true], false]);
  });
});

test('an inbox of before opens, with what it holds', async () => {
  await inbox.append('falco', [falcoAlert()]);
  inbox.close();
  const db = new DatabaseSync(join(folder, 'inbox.db'));
  db.exec('DROP TABLE episode; DROP TABLE notification; DROP TABLE opening;');
  db.close();
  open();
  expect(inbox.alertsBetween({ source: 'falco', from: 0, to: now, limit: 9 })).toHaveLength(1);
  expect(await tell([firing('A')])).toEqual(stored(1));
});

test('a file that can not be written: nothing is acknowledged, and the loss is known', async () => {
  const locker = new DatabaseSync(join(folder, 'inbox.db'));
  locker.exec('BEGIN IMMEDIATE');
  await expect(tell([firing('A'), firing('B')])).rejects.toMatchObject({ code: 'STORE_FAILED' });
  locker.exec('ROLLBACK');
  locker.close();
  expect([told(), inbox.gaps({ source: 'am', from: START, to: now }).lost]).toEqual([[], 2]);
  expect(await tell([firing('A'), firing('B')])).toEqual(stored(2));
}, 30_000);

/** What one Alertmanager would send of a few alerts: at each step some begin, some end, and those that are muted are left out. */
const steps = fc.array(
  fc.record({ minutes: fc.integer({ min: 1, max: 8 }), toggled: fc.subarray(['A', 'B', 'C']), muted: fc.subarray(['A', 'B']) }),
  { minLength: 1, maxLength: 12 },
);

test('whatever happens: what was last told as firing fires, and what was told of the past stays so', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (happening) => {
      now = START;
      const one = openInbox({ path: ':memory:', clock });
      const since = new Map<string, number>();
      const toldAt = new Map<string, number>();
      const spans: { name: string; from: number; to: number }[] = [];
      for (const { minutes, toggled, muted } of happening) {
        now += minutes * MINUTE;
        const ends = toggled.filter((name) => since.has(name));
        const shown = (name: string): boolean => !muted.includes(name);
        const alerts = ends.filter(shown).map((name) => ended(name, now, since.get(name)));
        for (const name of toggled) {
          // It fired up to now as far as it was told: one that is left out is not known to.
          if (since.has(name) && shown(name)) spans.push({ name, from: since.get(name)!, to: now - 1 });
          if (since.has(name) && shown(name)) toldAt.delete(name);
          if (since.has(name)) since.delete(name);
          else since.set(name, now);
        }
        const firingNow = [...since.keys()].filter(shown);
        for (const name of firingNow) toldAt.set(name, now);
        await one.tell('am', notificationOf([...alerts, ...firingNow.map((name) => firing(name, since.get(name)))]));
        const known = one.episodes({ source: 'am', from: now, to: now, limit: 100 }).map(nameOf);
        // Left out for less than ten minutes, it counts.
        const expected = [...toldAt].filter(([, last]) => now - last < 10 * MINUTE).map(([name]) => name);
        expect([...new Set(known)].sort()).toEqual(expected.sort());
      }
      for (const { name, from, to } of spans) {
        const atEnds = [from, to].map((moment) =>
          one.episodes({ source: 'am', from: moment, to: moment, limit: 100 }).map(nameOf),
        );
        expect(atEnds).toEqual([expect.arrayContaining([name]), expect.arrayContaining([name])]);
      }
      one.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);
