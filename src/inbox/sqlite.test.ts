import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { Clock } from '../platform/clock.ts';
import { falcoAlert, timeOf } from './examples.ts';
import type { FalcoAlert } from './falco-alert.ts';
import type { Inbox } from './inbox.ts';
import { type InboxOptions, openInbox } from './sqlite.ts';

const START = 1_700_000_000_000;
const MINUTE = 60_000;

let folder: string;
let now: number;
let inbox: Inbox;
const clock: Clock = { now: () => now, after: () => () => undefined };
const open = (options: Partial<InboxOptions> = {}): Inbox =>
  (inbox = openInbox({ path: join(folder, 'inbox.db'), clock, ...options }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-inbox-'));
  now = START;
  open();
});
afterEach(() => {
  inbox.close();
  rmSync(folder, { recursive: true });
});

/** Alerts that differ in their time. */
const some = (count: number, from = 0): FalcoAlert[] =>
  Array.from({ length: count }, (_, index) => falcoAlert({ time: timeOf(from + index) }));
const window = (from: number, to: number, source = 'falco') => ({ source, from, to });
const countOf = (from: number, to: number, source?: string): number =>
  inbox.summary(window(from, to, source)).groups.reduce((sum, { count }) => sum + count, 0);
const stored = (count: number, duplicates = 0) => ({ kind: 'Stored', stored: count, duplicates });

const code = (wanted: string): Error => expect.objectContaining({ code: wanted }) as Error;

test('alerts are kept in the order of arrival, as they came', async () => {
  const [first, second] = [falcoAlert({ time: timeOf(5) }), falcoAlert({ time: timeOf(1), rule: 'Other' })];
  expect(await inbox.append('falco', [first])).toEqual(stored(1));
  now += 10;
  expect(await inbox.append('falco', [second])).toEqual(stored(1));
  expect(inbox.alertsBetween({ ...window(0, now), limit: 10 })).toEqual([
    { seq: 1, receivedAt: START, alert: first },
    { seq: 2, receivedAt: START + 10, alert: second },
  ]);
  expect(inbox.alertsBetween({ ...window(0, now), limit: 1, afterSeq: 1 })).toMatchObject([{ seq: 2 }]);
});

test('the same alert by both ways is one, also with zeros left out and another uuid; another host is another alert', async () => {
  expect(await inbox.append('falco', [falcoAlert({ time: '2023-11-14T22:13:20.100000000Z' })])).toEqual(stored(1));
  const again = falcoAlert({ time: '2023-11-14T22:13:20.1Z', uuid: 'other', output: 'cut[...]' });
  expect(await inbox.append('falco', [again, falcoAlert({ time: again.time, hostname: 'node-2' }), again])).toEqual(stored(1, 2));
  expect(await inbox.append('other', [again, again])).toEqual(stored(1, 1));
  expect([countOf(0, now), countOf(0, now, 'other'), countOf(0, now, 'nobody')]).toEqual([2, 1, 0]);
});

describe('windows', () => {
  test('an alert belongs to the window in which it was received, whatever its own time says', async () => {
    await inbox.append('falco', [falcoAlert({ time: '1999-01-01T00:00:00Z' })]);
    expect([countOf(START - MINUTE, START), countOf(START, START + MINUTE), countOf(START - 1, START)]).toEqual([1, 0, 1]);
  });

  test('what comes after a window was counted is in the next one, even in the same millisecond', async () => {
    expect(countOf(START - MINUTE, START)).toBe(0);
    await inbox.append('falco', some(1));
    expect([countOf(START - MINUTE, START), countOf(START, START + MINUTE)]).toEqual([0, 1]);
  });

  test('a window that reaches into the future is not closed there', async () => {
    expect(countOf(START, START + MINUTE)).toBe(0);
    now += 1_000;
    await inbox.append('falco', some(1));
    expect(inbox.alertsBetween({ ...window(0, now), limit: 1 })).toMatchObject([{ receivedAt: START + 1_000 }]);
  });

  test('a clock that is set back makes nobody fall between two windows, also after a restart', async () => {
    await inbox.append('falco', some(1));
    now -= 10 * MINUTE;
    await inbox.append('falco', some(1, 10));
    inbox.close();
    open();
    await inbox.append('falco', some(1, 20));
    expect(inbox.alertsBetween({ ...window(0, START), limit: 9 }).map(({ receivedAt }) => receivedAt - START)).toEqual([0, 0, 0]);
  });

  test('alerts are counted by what can be asked for', async () => {
    await inbox.append('falco', [
      ...some(3),
      falcoAlert({ time: timeOf(100), tags: undefined, output_fields: {} }),
      falcoAlert({ time: timeOf(101), output_fields: { 'k8s.ns.name': null } }),
    ]);
    const group = { rule: 'Drop and execute new binary in container', priority: 'Critical', origin: 'syscall' };
    const tags = ['container', 'maturity_stable'];
    const { groups, ...rest } = inbox.summary(window(0, now));
    expect(rest).toEqual({ lost: 0, whole: true });
    expect(groups).toHaveLength(3);
    expect(groups).toEqual(
      expect.arrayContaining([
        { ...group, count: 1 },
        { ...group, namespace: '', tags, count: 1 },
        { ...group, namespace: 'shop', tags, count: 3 },
      ]),
    );
  });
});

describe('bounds', () => {
  test('a full inbox takes nothing of a list that does not fit, and says how much was lost', async () => {
    inbox.close();
    open({ maxAlerts: 3 });
    expect(await inbox.append('falco', some(2))).toEqual(stored(2));
    expect(await inbox.append('falco', some(2, 10))).toEqual({ kind: 'Full' });
    expect(await inbox.append('falco', some(2))).toEqual(stored(0, 2));
    expect(await inbox.append('falco', some(1, 20))).toEqual(stored(1));
    expect(await inbox.append('other', some(3))).toEqual(stored(3));
    inbox.close();
    open({ maxAlerts: 3 });
    expect(await inbox.append('falco', some(1, 30))).toEqual({ kind: 'Full' });
    expect(inbox.summary(window(START - MINUTE, START))).toMatchObject({ lost: 3 });
    expect(inbox.summary(window(START - MINUTE, START, 'other'))).toMatchObject({ lost: 0 });
    expect(inbox.summary(window(START - 10 * MINUTE, START - 5 * MINUTE))).toMatchObject({ lost: 0 });
  });

  test('texts are bounded too, over all sources', async () => {
    inbox.close();
    const [alert] = some(1);
    open({ maxBytes: Buffer.byteLength(JSON.stringify(alert)) * 2 + 10 });
    expect(await inbox.append('falco', some(2))).toEqual(stored(2));
    expect(await inbox.append('other', some(1))).toEqual({ kind: 'Full' });
  });

  test('old alerts make room', async () => {
    inbox.close();
    open({ maxAlerts: 2, maxAgeMs: MINUTE });
    await inbox.append('falco', some(2));
    now += MINUTE - 1;
    expect(await inbox.append('falco', some(1, 10))).toEqual({ kind: 'Full' });
    now += 1;
    expect(await inbox.append('falco', some(1, 20))).toEqual(stored(1));
    expect(countOf(0, now)).toBe(1);
    // Numbers are not used again.
    expect(inbox.alertsBetween({ ...window(0, now), limit: 9 })).toMatchObject([{ seq: 3 }]);
  });

  test('old alerts of a source that fell silent make room for others', async () => {
    inbox.close();
    const [alert] = some(1);
    open({ maxBytes: Buffer.byteLength(JSON.stringify(alert)) * 2 + 10, maxAgeMs: MINUTE });
    await inbox.append('gone', some(2));
    now += MINUTE;
    expect(await inbox.append('other', some(1))).toEqual(stored(1));
  });

  test('what was lost is on record after an orderly end', () => {
    inbox.noteLost('falco', 5);
    inbox.close();
    open();
    expect(inbox.summary(window(START - MINUTE, START))).toMatchObject({ lost: 5 });
  });

  test('more groups than are read are said to be cut', async () => {
    const odd = Array.from({ length: 5_001 }, (_, index) => falcoAlert({ rule: `rule ${index}` }));
    await inbox.append('falco', odd);
    expect(inbox.summary(window(0, now))).toMatchObject({ whole: false });
  });
});

describe('failures', () => {
  test('a file that can not be written: nothing is acknowledged, and the loss is on record once it can be', async () => {
    const locker = new DatabaseSync(join(folder, 'inbox.db'));
    locker.exec('BEGIN IMMEDIATE');
    await expect(inbox.append('falco', some(2))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expect(inbox.check()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(inbox.summary(window(START - MINUTE, START))).toMatchObject({ groups: [], lost: 2 });
    locker.exec('ROLLBACK');
    locker.close();
    await inbox.check();
    inbox.noteLost('falco', 5);
    await inbox.append('falco', some(1));
    inbox.close();
    open();
    expect(inbox.summary(window(START - MINUTE, now))).toMatchObject({ lost: 7 });
  }, 30_000);

  test('a closed inbox takes nothing', async () => {
    inbox.close();
    await expect(inbox.append('falco', some(1))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(() => inbox.summary(window(0, now))).toThrow(code('STORE_FAILED'));
    open();
  });

  test.each<[string, (path: string) => void]>([
    ['no database', (path) => writeFileSync(path, 'x'.repeat(10_000))],
    ['a database of somebody else', (path) => new DatabaseSync(path).exec('CREATE TABLE a (b)')],
    [
      'an inbox of another version',
      (path) => new DatabaseSync(path).exec("CREATE TABLE meta (format, version); INSERT INTO meta VALUES ('assay inbox', 99)"),
    ],
  ])('a file that is %s is not touched', (_, write) => {
    const path = join(folder, 'other.db');
    write(path);
    expect(() => openInbox({ path, clock })).toThrow(code('STORE_INCOMPATIBLE'));
  });
});
