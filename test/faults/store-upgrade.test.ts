import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { openWorld, type World } from '../cluster/operator-world.ts';
import { HandClock } from '../e2e/hand-clock.ts';
import { startHandDriven } from '../e2e/hand-driven-operator.ts';
import { complaintsIn, outcomeOf, servicesIn, type StoreOutcome } from './store-outcome.ts';
import { judgeAt, LAST_SLOT, manifests, NAMESPACE, timeOfSlot, writeStory } from './store-story.ts';

// An upgrade reads the store of every version before it, comes to the same verdicts, and goes on from there.

const FIXTURES = join(import.meta.dirname, 'fixtures');
const versions = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.db.gz'))
  .map((file) => file.replace('.db.gz', ''));

let world: World;

beforeAll(async () => {
  world = await openWorld();
}, 120_000);

afterAll(() => world.close(), 60_000);

const expectedOf = (version: string): StoreOutcome =>
  JSON.parse(readFileSync(join(FIXTURES, `${version}.json`), 'utf8')) as StoreOutcome;

/** A copy of the store that may be written to. */
async function unpacked(version: string, purpose: string): Promise<string> {
  const path = join(world.session.dir, `${version}-${purpose}.db`);
  await writeFile(path, gunzipSync(readFileSync(join(FIXTURES, `${version}.db.gz`))));
  return path;
}

test('there is a store of a former version', () => {
  expect(versions).toContain('store-v0.1.0');
});

describe.each(versions)('%s', (version) => {
  test('is read whole: the same verdicts, deviations, notices and figures come out', async () => {
    const path = await unpacked(version, 'read');
    expect(await outcomeOf(path)).toEqual(expectedOf(version));
    expect(await complaintsIn(path)).toEqual([]);
  }, 60_000);

  test('is gone on from: the deviation that was open is the same one, until it has recovered', async () => {
    const store = await unpacked(version, 'further');
    const before = await servicesIn(store);
    const extraFlags = ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'];
    const prometheus = await world.startPrometheus({ extraFlags });
    await writeStory(prometheus.url);
    await world.api.apply(...manifests(prometheus.url, '3s'));
    const clock = new HandClock(timeOfSlot(LAST_SLOT + 1));
    const operator = await startHandDriven({ kubeconfig: world.cluster.kubeconfigPath, store, clock });
    const flaky = () => operator.ledger.get(`${NAMESPACE}/flaky`)!.state;
    const was = expectedOf(version).criteria.find(({ id }) => id.endsWith('/flaky'))!;
    try {
      await judgeAt(operator, clock, LAST_SLOT + 1);
      expect([flaky().since, flaky().track.deviation?.from]).toEqual([was.sinceMs, was.deviationFromMs]);
      for (let slot = LAST_SLOT + 2; slot <= LAST_SLOT + 6; slot += 1) await judgeAt(operator, clock, slot);
      expect(flaky().track.deviation).toBeUndefined();
    } finally {
      await operator.stop();
    }
    const after = await servicesIn(store);
    expect(await complaintsIn(store)).toEqual([]);
    for (const [index, { records }] of before.services.entries()) {
      expect(after.services[index]!.records.slice(0, records.length)).toEqual(records);
      expect(after.services[index]!.records.length).toBeGreaterThan(records.length);
    }
  }, 120_000);
});
