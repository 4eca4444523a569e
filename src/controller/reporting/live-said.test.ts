import { setImmediate } from 'node:timers/promises';

import type { NewRecord } from '../../api/records.ts';
import { type EvidenceStore, openSqliteStore, type RecordQuery, type ServiceName } from '../../evidence/index.ts';
import { systemClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { LiveSaid } from './live-said.ts';

const SHOP = { namespace: 'shop', service: 'shop' };
const WITHIN_MS = 5_000;

let store: EvidenceStore;
let said: LiveSaid;
let heard: ServiceName[];
let onSaid: () => void;
let readings: string[];
let onRead: () => void;

beforeEach(() => {
  store = openSqliteStore({ path: ':memory:', clock: systemClock });
  [heard, readings] = [[], []];
  onSaid = onRead = () => undefined;
  said = new LiveSaid({
    ...{ store: { read: noted }, clock: systemClock, log: silentLogger() },
    onSaid: (service) => {
      heard.push(service);
      onSaid();
    },
  });
});

afterEach(async () => {
  await said.stop(WITHIN_MS);
  await store.close();
});

/** Reads the log, and says so when it is read. */
async function* noted(query: RecordQuery): ReturnType<EvidenceStore['read']> {
  readings.push(query.service);
  yield* store.read(query);
  onRead();
}

const nextSaid = (): Promise<void> => new Promise((resolve) => (onSaid = resolve));

const comment = (name: string, service = 'shop'): NewRecord => ({
  ...{ namespace: 'shop', service, kind: 'Commented' },
  body: { comment: name, uid: name, at: 1, criterion: 'up', about: 'Cause', text: 'A full disk.', author: 'ada' },
});

async function firstSaid(): Promise<void> {
  const read = nextSaid();
  expect(said.of(SHOP)).toBeUndefined();
  await read;
}

test('is not known before the log is read, also where nothing was ever said', async () => {
  await firstSaid();
  expect(said.of(SHOP)).toMatchObject({ comments: [], explanations: [] });
  expect(heard).toEqual([SHOP]);
});

test('is the same object as long as nothing is said, and another one afterwards', async () => {
  await store.append([comment('before')]);
  await firstSaid();
  const first = said.of(SHOP);
  expect(said.of(SHOP)).toBe(first);
  await store.append([comment('after')]);
  const read = nextSaid();
  said.changed(SHOP);
  await read;
  expect(first?.comments).toHaveLength(1);
  expect(said.of(SHOP)?.comments).toHaveLength(2);
});

test('of what no report may show, and of services that nobody asked for, nobody hears', async () => {
  await firstSaid();
  const first = said.of(SHOP);
  const what = { incident: 'i', at: 1, uid: 'u', title: 'It is down', severity: 'high', state: 'Open' } as const;
  await store.append([
    { ...SHOP, kind: 'IncidentChanged', body: { ...what, change: 'Updated', by: 'ada', note: 'We look.' } },
    comment('elsewhere', 'till'),
  ]);
  const before = readings.length;
  const read = new Promise<void>((resolve) => (onRead = resolve));
  said.changed({ ...SHOP, service: 'till' });
  said.changed(SHOP);
  await read;
  await setImmediate();
  expect(readings.slice(before)).toEqual(['shop']);
  expect(heard).toEqual([SHOP]);
  expect(said.of(SHOP)).toBe(first);
});
