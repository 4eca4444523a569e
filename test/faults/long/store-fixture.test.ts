import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { RECORD_KINDS } from '../../../src/api/records.ts';
import { openWorld, type World } from '../../cluster/operator-world.ts';
import { complaintsIn, outcomeOf } from '../store-outcome.ts';
import { tellStory, writeStory } from '../store-story.ts';

// Whether the story still has records of every kind in it; and, at a release, the store for those that come after.

const FIXTURES = join(import.meta.dirname, '../fixtures');

let world: World;

beforeAll(async () => {
  world = await openWorld();
}, 120_000);

afterAll(() => world.close(), 60_000);

test('the story puts a record of each kind into the store', async () => {
  const extraFlags = ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'];
  const { url } = await world.startPrometheus({ extraFlags });
  await writeStory(url);
  const copy = join(world.session.dir, 'copy.db');
  await tellStory(world, url, { store: join(world.session.dir, 'evidence.db'), copy });
  const bytes = gzipSync(await readFile(copy), { level: 9 });
  const outcome = await outcomeOf(copy);
  expect(Object.keys(outcome.kinds).sort()).toEqual(Object.keys(RECORD_KINDS).sort());
  expect(outcome.pending).toBeGreaterThan(0);
  expect(await complaintsIn(copy)).toEqual([]);
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
    version: string;
  };
  const path = join(FIXTURES, `store-v${version}`);
  if (existsSync(`${path}.db.gz`)) return;
  await writeFile(`${path}.db.gz`, bytes);
  await writeFile(`${path}.json`, `${JSON.stringify(outcome, null, 2)}\n`);
}, 180_000);
