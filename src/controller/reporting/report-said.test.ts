import type { NewRecord, RecordBody } from '../../api/records.ts';
import { type EvidenceStore, openSqliteStore, type ServiceName } from '../../evidence/index.ts';
import { systemClock } from '../../platform/clock.ts';
import { adjustedOf, newSaidBooks, NOTHING_SAID, type Said, saidIn, saidOf } from './report-said.ts';

const SHOP = { namespace: 'shop', service: 'shop' };
const NOW = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600_000;

let store: EvidenceStore;
let now: number;

beforeEach(() => {
  now = NOW;
  store = openSqliteStore({ path: ':memory:', clock: { ...systemClock, now: () => now } });
});

afterEach(() => store.close());

const readSaid = async (service: ServiceName = SHOP): Promise<Said> => saidIn(await newSaidBooks(store).of(service));

const at = (ms: number): string => new Date(ms).toISOString();

/** A change whose window opens an hour from then, for an hour. */
function change(event: RecordBody<'ChangeRecorded'>['event'], name = 'disk'): NewRecord {
  const plan = { owner: 'o', initiator: 'i', reason: 'r', description: 'd', requestedBy: 'ada', adjustFigures: true };
  const window = { from: at(NOW + HOUR), to: at(NOW + 2 * HOUR) };
  const spec = { service: 'shop', ...plan, category: 'Regular', risk: 'Low', window } as const;
  return { ...SHOP, kind: 'ChangeRecorded', body: { change: name, event, at: NOW, uid: 'u', spec } };
}

const comment = (name: string, body: Partial<RecordBody<'Commented'>> = {}): NewRecord => ({
  ...SHOP,
  kind: 'Commented',
  body: {
    ...{ comment: name, uid: name, at: NOW + HOUR, criterion: 'up', about: 'Cause', text: `About ${name}`, author: 'ada' },
    ...body,
  },
});

/** An incident that opened with a deviation, or for which something else is on record. */
function incident(name: string, deviationId?: string): NewRecord {
  const what = { incident: name, at: NOW, uid: name, title: 'It is down', severity: 'high', state: 'Open' } as const;
  const body: RecordBody<'IncidentChanged'> =
    deviationId === undefined
      ? { ...what, change: 'Updated', by: 'ada', note: 'We look.' }
      : { ...what, change: 'Opened', origin: { criterion: 'up', deviation: deviationId } };
  return { ...SHOP, kind: 'IncidentChanged', body };
}

const deviation = { id: 'd-1', criterion: 'up', from: NOW + HOUR, to: NOW + 3 * HOUR };
const UNTIL = NOW + 4 * HOUR;
const notMet = [{ from: NOW, to: NOW + 3 * HOUR, kind: 'notMet' }] as const;

test('a deviation in the window of an approved change names it, and what people said', async () => {
  await store.append([change('Planned'), change('Approved'), comment('why'), comment('elsewhere', { criterion: 'down' })]);
  const said = await readSaid();
  expect(saidOf(said, deviation, UNTIL)).toEqual({
    change: 'disk',
    comments: [{ kind: 'Cause', author: 'ada', at: '2026-01-01T13:00:00Z', text: 'About why' }],
  });
  expect(adjustedOf(said, notMet)).toEqual(['disk']);
  expect(saidOf(said, { ...deviation, criterion: 'left', from: NOW, to: NOW + HOUR }, UNTIL)).toEqual({});
  expect(adjustedOf(said, [{ ...notMet[0], kind: 'unknown' }])).toEqual([]);
});

test('what counts is when the approval was put on record, whatever time it says', async () => {
  await store.append([change('Planned')]);
  now = NOW + HOUR;
  await store.append([change('Approved')]);
  expect(await readSaid()).toMatchObject({ explanations: [] });
});

test('of another service nothing is said', async () => {
  await store.append([change('Approved'), comment('why')]);
  expect(await readSaid({ ...SHOP, service: 'till' })).toEqual(NOTHING_SAID);
});

test('the latest five comments are shown, and long ones are cut', async () => {
  const many = Array.from({ length: 7 }, (_, index) => comment(`c-${index}`, { at: NOW + HOUR + index, text: 'x'.repeat(4096) }));
  await store.append(many);
  const { comments } = saidOf(await readSaid(), deviation, UNTIL);
  expect(comments?.map((each) => each.at)).toEqual([2, 3, 4, 5, 6].map((ms) => at(NOW + HOUR + ms)));
  expect(comments?.[0]?.text).toBe(`${'x'.repeat(255)}…`);
});

test('a window that opens after the time that is reported explains nothing yet', async () => {
  await store.append([change('Approved')]);
  const { to: _to, ...goingOn } = { ...deviation, from: NOW };
  expect(saidOf(await readSaid(), goingOn, NOW + HOUR)).toEqual({});
  expect(saidOf(await readSaid(), goingOn, NOW + HOUR + 1)).toEqual({ change: 'disk' });
});

test('the incidents that began with a deviation are named once, the latest five', async () => {
  await store.append([incident('a-1', 'd-1'), incident('a-1'), incident('other', 'd-2'), incident('by-hand')]);
  expect(saidOf(await readSaid(), deviation, UNTIL)).toEqual({ incident: 'a-1' });
  await store.append(['a-2', 'a-3', 'a-4', 'a-5', 'a-6', 'a-2'].map((name) => incident(name, 'd-1')));
  expect(saidOf(await readSaid(), deviation, UNTIL)).toEqual({ incident: 'a-2, a-3, a-4, a-5, a-6' });
});
