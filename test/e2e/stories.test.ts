import { readdirSync, readFileSync } from 'node:fs';

import { FIRST_SLOT, type Series, writeHistory } from '../cluster/history.ts';
import { source } from '../cluster/manifests.ts';
import { openWorld, type World } from '../cluster/operator-world.ts';
import { broken } from '../scenarios/chronicle.ts';
import { readStory, type Story } from '../scenarios/story.ts';
import { type Cast, castOf, tell, type Told } from './storyteller.ts';

// The stories of test/scenarios, told to the whole operator: it sees them through a Prometheus that remembers them, and people
// act on a real API server. All are told side by side; one in which the operator is away is told alone, afterwards.

const SLOT_MS = 30_000;
const VALUES = { Met: 1, NotMet: 0, Unknown: undefined };
const folder = new URL('../scenarios/', import.meta.url);
const casts = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => castOf(file.replace('.txt', ''), readStory(readFileSync(new URL(file, folder), 'utf8'))));
const isAway = ({ story }: Cast): boolean => story.happenings.some(({ kind }) => kind === 'Miss');
const groups = [casts.filter((cast) => !isAway(cast)), ...casts.filter(isAway).map((cast) => [cast])].filter(
  (group) => group.length > 0,
);

let world: World;
const told = new Map<Cast, Told>();

beforeAll(async () => {
  world = await openWorld();
  const extraFlags = ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'];
  const prometheus = await world.startPrometheus({ config: [], extraFlags });
  const starts = startSlots();
  await writeHistory(prometheus.url, historyOf(starts));
  await world.api.apply(source('prometheus', prometheus.url));
  for (const [index, group] of groups.entries()) {
    const all = await tell(world, group, FIRST_SLOT + (starts[index] ?? 0) * SLOT_MS);
    for (const [cast, one] of all) told.set(cast, one);
  }
}, 120_000);

afterAll(() => world.close(), 60_000);

describe.each(casts.map((cast) => [cast.story.title, cast] as const))('%s', (_title, cast) => {
  test.each(cast.story.expectations)('%s', (sentence) => {
    expect(broken(sentence, told.get(cast)!.chronicle)).toBeUndefined();
  });

  test('the log gives the state that the operator had', () => {
    const { known, folded } = told.get(cast)!;
    expect(folded).toEqual(known);
  });
});

/** The number of the slot with which each group begins: they follow each other. */
function startSlots(): number[] {
  let next = 0;
  return groups.map((group) => {
    const start = next;
    next += Math.max(...group.map(({ story }) => story.endMs / SLOT_MS)) + 1;
    return start;
  });
}

/** What Prometheus remembers: the stories, and that it was there but where nobody looked and nothing can be read back. */
function historyOf(starts: readonly number[]): Series[] {
  const up: (number | undefined)[] = Array.from({ length: (starts.at(-1) ?? 0) + 100 }, () => 1);
  const series = groups.flatMap((group, index) =>
    group.map((cast): Series => {
      const start = starts[index] ?? 0;
      for (const slot of missedSlots(cast.story)) up[start + slot] = undefined;
      return { labels: { __name__: 'told', story: cast.namespace }, values: [...pad(start), ...valuesOf(cast.story)] };
    }),
  );
  return [...series, { labels: { __name__: 'up', job: 'shop' }, values: up }];
}

const pad = (length: number): undefined[] => Array.from({ length }, () => undefined);

function valuesOf({ happenings, endMs }: Story): (number | undefined)[] {
  const seen = new Map(happenings.map((happening) => [happening.atMs, happening.kind === 'See' ? happening.outcome : 'Unknown']));
  return Array.from({ length: endMs / SLOT_MS }, (_, slot) => VALUES[seen.get(slot * SLOT_MS) ?? 'Unknown']);
}

function missedSlots({ happenings }: Story): number[] {
  return happenings.flatMap((happening) =>
    happening.kind === 'Miss' ? Array.from({ length: happening.slots }, (_, index) => happening.atMs / SLOT_MS + index) : [],
  );
}
