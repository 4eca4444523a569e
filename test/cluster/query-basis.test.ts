import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fetch } from 'undici';
import { stringify } from 'yaml';

import type { RecordBody } from '../../src/api/records.ts';
import type { Prometheus } from '../../src/parts/index.ts';
import { SteppedClock } from '../faults/stepped-clock.ts';

import { readEvidenceLog } from './evidence-log.ts';
import { criterion, namespace, source } from './manifests.ts';
import { complaintsIn, eventually, openWorld, type TestOperator, type World } from './operator-world.ts';

// A real Prometheus with recording rules, one behind a criterion and an alert, one behind the other, one behind neither. The clock of the
// operator is set forward over the five minutes between two looks; the queries answer then, too.

const LONG_MS = 40_000;
const LOOK_EVERY_MS = 300_000;

let world: World;
let operator: TestOperator;
let prometheus: Prometheus;
let rulesPath: string;
const clock = new SteppedClock(Date.now());

interface Rules {
  readonly ratio: string;
  readonly other: string;
}
const rulesText = ({ ratio, other }: Rules): string => {
  const rule = (record: string, expr: string) => ({ record, expr });
  const alert = { alert: 'Down', expr: 'shop:up:ratio < 0.5', for: '1m' };
  const rules = [alert, rule('shop:up:ratio', ratio), rule('shop:up:least', 'min(shop:up:ratio)'), rule('other:up', other)];
  return stringify({ groups: [{ name: 'shop', interval: '1s', rules }] });
};

async function record(rules: Rules): Promise<void> {
  await writeFile(rulesPath, rulesText(rules));
  const { ok } = await fetch(`${prometheus.url}/-/reload`, { method: 'POST' });
  expect(ok).toBe(true);
  clock.step(LOOK_EVERY_MS);
}

const bases = async (name: string): Promise<RecordBody<'BasisChanged'>[]> => {
  const records = (await readEvidenceLog(operator.store)).get(`shop/${name}`)?.records ?? [];
  return records.flatMap((each) => (each.kind === 'BasisChanged' ? [each.body] : []));
};
const notes = async (name: string) =>
  (await world.api.events('CertificationCriterion', `shop/${name}`))
    .filter(({ reason }) => reason === 'CriterionChanged')
    .map(({ note }) => note);
const lookedAgain = (name: string, slotsAfter: number) =>
  eventually(async () => {
    const slots = (await readEvidenceLog(operator.store))
      .get(`shop/${name}`)!
      .observed()
      .map(({ slot }) => slot);
    expect(Math.max(...slots)).toBeGreaterThan(slotsAfter + 2_000);
  }, LONG_MS);

beforeAll(async () => {
  world = await openWorld();
  rulesPath = join(world.session.dir, 'rules.yml');
  await writeFile(rulesPath, rulesText({ ratio: 'avg(up)', other: 'sum(up)' }));
  const config = stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [rulesPath],
    scrape_configs: [],
  });
  prometheus = await world.startPrometheus({ config });
  operator = await world.startOperator({ clock });
  await world.api.apply(namespace('shop'), source('prometheus', prometheus.url));
  await world.api.apply(
    criterion('shop/recorded', { source: 'prometheus', query: 'shop:up:least or vector(1)' }),
    criterion(
      'shop/alerted',
      { source: 'prometheus' },
      {
        evidence: [{ name: 'down', alerts: { source: 'prometheus', matchers: ['alertname="Down"'] } }],
        rule: { threshold: { evidence: 'down', op: '==', value: 0 } },
      },
    ),
    criterion('shop/plain', { source: 'prometheus', query: 'vector(1)' }),
  );
}, 120_000);

afterAll(() => world.close(), 60_000);

test(
  'at first the rules behind a query are put on record, with what is weak, and nobody is told',
  async () => {
    await eventually(async () => expect(await bases('recorded')).toHaveLength(1), LONG_MS);
    const [first] = await bases('recorded');
    expect(first).toMatchObject({ criterion: 'recorded', evidence: 'up' });
    expect(first?.rules.map(({ record: name }) => name)).toEqual(['shop:up:least', 'shop:up:ratio']);
    expect(first?.weak).toEqual(['or vector(...) gives a value even when nothing was measured']);
    expect(first?.before).toBeUndefined();
  },
  LONG_MS,
);

test(
  'a rule that it does not rest on may change',
  async () => {
    await record({ ratio: 'avg(up)', other: 'count(up)' });
    await lookedAgain('recorded', clock.now());
    expect(await bases('recorded')).toHaveLength(1);
    expect(await notes('recorded')).toEqual([]);
  },
  LONG_MS,
);

test(
  'a rule behind the rule that changes is on record and told, once',
  async () => {
    const [first] = await bases('recorded');
    await record({ ratio: 'vector(1)', other: 'count(up)' });
    await eventually(async () => expect(await bases('recorded')).toHaveLength(2), LONG_MS);
    expect((await bases('recorded'))[1]).toMatchObject({
      before: first?.digest,
      rules: [first?.rules[0], { record: 'shop:up:ratio' }],
    });
    await eventually(async () => expect(await notes('recorded')).toEqual(['the rules behind its evidence up were changed']));
  },
  LONG_MS,
);

test(
  'alerts rest on their rules, and on those behind them',
  async () => {
    await eventually(async () => expect(await bases('alerted')).toHaveLength(2), LONG_MS);
    const [first, second] = await bases('alerted');
    expect(first?.rules.map(({ record: name, type }) => [name, type])).toEqual([
      ['Down', 'alerting'],
      ['shop:up:ratio', undefined],
    ]);
    expect(second?.before).toBe(first?.digest);
    await eventually(async () => expect(await notes('alerted')).toEqual(['the rules behind its evidence down were changed']));
  },
  LONG_MS,
);

test('a query that rests on nothing has no such record, and nothing was amiss', async () => {
  expect(await bases('plain')).toEqual([]);
  expect(complaintsIn(await operator.logged())).toEqual([]);
});
