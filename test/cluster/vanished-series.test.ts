import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fetch } from 'undici';
import { stringify } from 'yaml';

import type { CertificationCriterion } from '../../src/api/criterion.ts';
import type { Prometheus } from '../../src/parts/index.ts';
import { sleep, systemClock } from '../../src/platform/clock.ts';

import { readEvidenceLog } from './evidence-log.ts';
import { criterion, namespace, source } from './manifests.ts';
import { complaintsIn, eventually, openWorld, type SpawnedOperator, type World } from './operator-world.ts';

// A real Prometheus in which series vanish and come back, and an operator that is killed meanwhile.

const LONG_MS = 60_000;

let world: World;
let prometheus: Prometheus;
let operator: SpawnedOperator;
let rulesPath: string;

/** Rules that record so many series. */
async function record(count: number): Promise<void> {
  const series = Array.from({ length: count }, (_, index) => `label_replace(vector(1), "i", "${index}", "", "")`);
  const rules = [{ record: 'census', expr: series.join(' or ') }];
  await writeFile(rulesPath, stringify({ groups: [{ name: 'census', interval: '1s', rules }] }));
}
async function recordNow(count: number): Promise<void> {
  await record(count);
  const { ok } = await fetch(`${prometheus.url}/-/reload`, { method: 'POST' });
  expect(ok).toBe(true);
}

const statusOf = async (name: string): Promise<NonNullable<CertificationCriterion['status']>> =>
  (await world.api.get('CertificationCriterion', `shop/${name}`)).status as NonNullable<CertificationCriterion['status']>;
const shown = async (name: string): Promise<string> => {
  const { verdict, conditions } = await statusOf(name);
  const { status, reason } = conditions?.find(({ type }) => type === 'SeriesComplete') ?? {};
  return `${verdict ?? ''} ${status ?? '-'} ${reason ?? '-'}`;
};

beforeAll(async () => {
  world = await openWorld();
  rulesPath = join(world.session.dir, 'rules.yml');
  await record(3);
  const config = stringify({ global: { evaluation_interval: '1s' }, rule_files: [rulesPath] });
  prometheus = await world.startPrometheus({ config });
  operator = await world.spawnOperator({ leaseDuration: '3s' });
  await world.api.apply(namespace('shop'), source('prometheus', prometheus.url, { heartbeat: 'census' }));
  await world.api.apply(
    criterion('shop/all', { source: 'prometheus', query: 'census' }, { unknownFor: '30s' }),
    criterion('shop/broken', { source: 'prometheus', query: 'census > 0' }, { unknownFor: '30s' }),
  );
}, 120_000);

afterAll(() => world.close(), 60_000);

test(
  'while all are there the condition says so',
  async () => {
    await eventually(async () => expect(await shown('all')).toBe('Pass True AsMany'), LONG_MS);
    await eventually(async () => expect(await shown('broken')).toBe('Pass - -'), LONG_MS);
  },
  LONG_MS,
);

test(
  'series that vanish are said, and change no verdict',
  async () => {
    await recordNow(2);
    await eventually(async () => expect(await shown('all')).toBe('Pass False FewerSeries'), LONG_MS);
    expect((await statusOf('all')).observation?.message).toBe(
      'up is 1, required == 1 (2 series); up has 1 series fewer than at most in the last 24h: 3 -> 2',
    );
  },
  LONG_MS,
);

test(
  'an operator that was killed still knows, and what it was away for, too',
  async () => {
    operator.kill('SIGKILL');
    await operator.exited();
    await recordNow(1);
    // Long enough for slots to be missed: they are read back.
    await sleep(systemClock, 3_000);
    await operator.start();
    await eventually(async () => expect((await statusOf('all')).observation?.message).toContain('last 24h: 3 -> 1'), LONG_MS);
    expect(await shown('all')).toBe('Pass False FewerSeries');
  },
  LONG_MS,
);

test(
  'once they are back it is no longer said',
  async () => {
    await recordNow(3);
    await eventually(async () => expect(await shown('all')).toBe('Pass True AsMany'), LONG_MS);
    expect((await statusOf('all')).observation?.message).toBe('up is 1, required == 1 (3 series)');
  },
  LONG_MS,
);

test('it is on record with the observations it is of, and of no other', async () => {
  await operator.stop();
  const log = await readEvidenceLog(operator.store);
  const observed = log.get('shop/all')?.observed() ?? [];
  const said = observed.map(({ message, evidence }) => [evidence[0]?.count, /\d+ -> \d+/.exec(message)?.[0]] as const);
  for (const [count, words] of said.filter(([each]) => each !== 0)) expect(words).toBe(count === 3 ? undefined : `3 -> ${count}`);
  expect([1, 2, 3].filter((wanted) => said.some(([count]) => count === wanted))).toEqual([1, 2, 3]);
  expect(observed.some(({ readBack, message }) => readBack && message.includes('series fewer'))).toBe(true);
  expect(complaintsIn(await operator.logged())).toEqual([]);
});
