import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { NewObservation, NewRecord } from '../../src/api/records.ts';
import { openSqliteStore } from '../../src/evidence/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { type LyingSource, measuring, startLyingSource } from '../cluster/lying-source.ts';
import { criterion, namespace, source } from '../cluster/manifests.ts';
import { eventually, openWorld, type World } from '../cluster/operator-world.ts';

import { complaintsAbout, criteriaOnRecord, expectAllToHold } from './what-must-hold.ts';

// An oracle that never complains proves nothing: here it looks at what a real operator left behind, and at that damaged in every way.

const KEY = 'shop/front';
const SERVICE = { namespace: 'shop', service: 'front' };

let world: World;
let lying: LyingSource;
let store: string;
let copies = 0;

beforeAll(async () => {
  world = await openWorld();
  lying = await world.session.use(startLyingSource());
  const operator = await world.startOperator();
  ({ store } = operator);
  await world.api.apply(
    namespace('shop'),
    source('honest', lying.url('honest')),
    criterion(KEY, { source: 'honest' }, { escalation: [{ after: '0s', audience: 'internal' }] }),
  );
  await toBe('Pass');
  lying.behave('honest', measuring('0'));
  await toBe('Fail');
  lying.behave('honest', measuring('1'));
  await toBe('Pass');
  await operator.stop();
}, 120_000);
afterAll(() => world.close(), 60_000);

/** As the log says it: a status may follow ten seconds later. */
const toBe = (verdict: string): Promise<void> =>
  eventually(async () => {
    const [log] = await criteriaOnRecord(store);
    expect(log?.records.findLast(({ kind }) => kind === 'VerdictChanged')?.body).toMatchObject({ to: verdict });
  }, 40_000);

/** A copy of the store after `damage`. */
async function damaged(damage: (path: string) => Promise<void> | void): Promise<string> {
  const copy = join(world.session.dir, `damaged-${(copies += 1)}.db`);
  await copyFile(store, copy);
  await damage(copy);
  return copy;
}

const bySql =
  (...statements: readonly string[]) =>
  (path: string): void => {
    const db = new DatabaseSync(path);
    for (const statement of statements) db.exec(statement);
    db.close();
  };

const byAppending =
  (entriesAfter: (lastSlot: number) => readonly (NewRecord | NewObservation)[]) =>
  async (path: string): Promise<void> => {
    const last = (await criteriaOnRecord(store))[0]?.events.findLast((event) => event.kind === 'Slot');
    const opened = openSqliteStore({ path, clock: systemClock });
    await opened.append(entriesAfter(last?.kind === 'Slot' ? last.slot : 0));
    await opened.close();
  };

const observation = (slot: number): NewObservation => ({
  ...{ kind: 'Observation', ...SERVICE },
  outcome: { criterion: 'front', slot, outcome: 'Met' },
  detail: { specDigest: `sha256:${'0'.repeat(64)}`, message: 'up is 1', evidence: [] },
});

const verdictChanged = (at: number): NewRecord => ({
  ...{ kind: 'VerdictChanged', ...SERVICE },
  body: { criterion: 'front', at, from: 'Pass', to: 'Fail', reason: 'NotMet', message: '', controls: [], first: false },
});

test('of what an operator leaves behind there is nothing to complain', () => expectAllToHold({ api: world.api, store }), 90_000);

const FIRST_VERDICT = `(SELECT min(seq) FROM record WHERE kind = 'VerdictChanged')`;

test.each(
  Object.entries({
    'a record that is gone': {
      damage: bySql(`DELETE FROM part WHERE seq = ${FIRST_VERDICT}`, `DELETE FROM record WHERE seq = ${FIRST_VERDICT}`),
      complaint: /^the log of shop\/front has \d+ where \d+ belongs$/,
    },
    'a record that was altered': {
      damage: bySql(`UPDATE record SET recorded_at = recorded_at + 1 WHERE seq = ${FIRST_VERDICT}`),
      complaint: /does not match its digest/,
    },
    'a part that was altered': {
      damage: bySql(`UPDATE part SET salt = zeroblob(16) WHERE seq = ${FIRST_VERDICT}`),
      complaint: /does not match its hash/,
    },
    'slots of which nothing is on record': {
      damage: byAppending((last) => [observation(last + 3000)]),
      complaint: /^shop\/front: nothing is on record of 2 slots/,
    },
    'a slot that is on record twice': {
      damage: byAppending((last) => [observation(last)]),
      complaint: /^shop\/front: the slot .* twice, or out of order$/,
    },
    'an instant that is no slot': {
      damage: byAppending((last) => [observation(last + 1001)]),
      complaint: /^shop\/front: .* and no slot of an interval of 1000 ms$/,
    },
    'a verdict that the observations do not give': {
      damage: byAppending((last) => [verdictChanged(last)]),
      complaint: /^shop\/front: on record stands the verdict Fail .* where the second opinion gives no more$/,
    },
    'a record without its Event': {
      damage: byAppending((last) => [verdictChanged(last)]),
      complaint: /^a record without its Event \(0 of 1\): shop\/front CriterionFailed at/,
    },
    'a status that shows another record': {
      damage: byAppending((last) => [verdictChanged(last)]),
      complaint: /^shop\/front: the record is .* is shown$/,
    },
    'a leader that writes on after it was followed by another': {
      damage: byAppending(() => [
        { kind: 'OperatorStopped', namespace: 'assay-system', service: 'assay', body: { leaderEpoch: 0 } },
      ]),
      complaint: /^OperatorStopped \d+ in assay-system\/assay has the epoch 0 after 1$/,
    },
  }),
)('%s is complained of', async (_sentence, { damage, complaint }) => {
  const complaints = await complaintsAbout({ api: world.api, store: await damaged(damage) });
  expect(complaints).toContainEqual(expect.stringMatching(complaint));
});

test('an Event that is told again by another name is complained of', async () => {
  const [first] = await world.api.list('Event', 'shop');
  const again = { ...first, apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'again', namespace: 'shop' } };
  expect(await world.tryKubectl(JSON.stringify(again), 'create', '-f', '-')).toMatchObject({ ok: true });
  const complaints = await complaintsAbout({ api: world.api, store });
  await world.kubectl('delete', 'events.events.k8s.io', '-n', 'shop', 'again');
  expect(complaints).toContainEqual(expect.stringMatching(/^told 2 times instead of 1: shop\/front /));
  expect(complaints).toContainEqual(expect.stringMatching(/^the same Event is there 2 times: /));
});

test('a status that says what no record gives is complained of', async () => {
  const change = JSON.stringify({ status: { verdict: 'Fail' } });
  await world.kubectl('patch', 'crit', 'front', '-n', 'shop', '--subresource=status', '--type=merge', '-p', change);
  const complaints = await complaintsAbout({ api: world.api, store });
  expect(complaints).toEqual(['shop/front: the verdict is Pass, and Fail is shown']);
});
