import type { CertificationCriterion, CertificationCriterionSpec } from '../../src/api/criterion.ts';
import type { Loki } from '../../src/parts/index.ts';
import { criterion, namespace, source } from '../cluster/manifests.ts';
import { eventually, openWorld, type World } from '../cluster/operator-world.ts';
import { BUILD_WITHIN_MS, push, realLoki } from './lines.ts';

// The whole operator on a real Loki: criteria on lines pass while all is well and fail when it is not, and nobody mistakes a wrong
// tenant or a mistyped query for a quiet evening.

const SLOW_MS = 90_000;
const WINDOW_S = 20;

let world: World;
let loki: Loki;

beforeAll(async () => {
  world = await openWorld();
  loki = await realLoki(world.session);
}, BUILD_WITHIN_MS);
afterAll(() => world.close(), SLOW_MS);

type Rule = NonNullable<CertificationCriterionSpec['rule']['threshold']>;

const counting = (
  name: string,
  query: string,
  rule: Pick<Rule, 'op' | 'value'>,
  more: { source?: string; groupBy?: string } = {},
) =>
  criterion(
    `shop/${name}`,
    { source: 'unused' },
    {
      evidence: [{ name: 'lines', logs: { source: 'loki', query, window: `${WINDOW_S}s`, ...more } }],
      rule: { threshold: { evidence: 'lines', ...rule } },
      holdFor: '0s',
      recoverFor: '1m',
    },
  );

const get = (name: string): Promise<CertificationCriterion> => world.api.get('CertificationCriterion', `shop/${name}`);
const verdicts = async (...names: string[]): Promise<unknown[]> =>
  Promise.all(names.map(async (name) => (await get(name)).status?.verdict));

test(
  'errors, failed logins and silence: Pass and Fail; a wrong tenant is never a Pass; a query that is none is not Ready',
  async () => {
    const write = (app: string, ...texts: string[]): Promise<void> =>
      push(
        loki,
        'shop',
        { app },
        texts.map((text) => ({ atMs: Date.now(), text })),
      );
    await write('web', 'GET / 200');
    await world.api.apply(
      namespace('shop'),
      source('loki', loki.url, { prometheus: undefined, loki: { url: loki.url, tenant: 'shop' } } as object),
      source('nobody', loki.url, { prometheus: undefined, loki: { url: loki.url, tenant: 'nobody' } } as object),
      counting('errors', '{app="shop"} |= "error"', { op: '<', value: 3 }),
      counting('logins', '{app="shop"} | json | event="login failed"', { op: '<', value: 3 }, { groupBy: 'user' }),
      counting('arriving', '{app="web"}', { op: '>=', value: 1 }),
      counting('elsewhere', '{app="shop"} |= "error"', { op: '<', value: 3 }, { source: 'nobody' }),
      counting('mistyped', '{app="shop"} |= error', { op: '<', value: 3 }),
    );
    await world.startOperator();
    await eventually(async () => {
      await write('web', 'GET / 200');
      expect(await verdicts('errors', 'logins', 'arriving')).toEqual(['Pass', 'Pass', 'Pass']);
    }, SLOW_MS);
    const sourceStatus = (await world.api.get('EvidenceSource', 'loki')).status;
    expect(sourceStatus).toMatchObject({ version: expect.stringMatching(/^3\.\d/) as unknown });

    const failure = JSON.stringify({ event: 'login failed', user: 'ann' });
    await write('shop', ...['one', 'two', 'three'].map((text) => `error: ${text}`));
    await write('shop', ...['1', '2', '3'].map((text) => failure.replace('}', `,"try":${text}}`)));
    await eventually(async () => expect(await verdicts('errors', 'logins')).toEqual(['Fail', 'Fail']), SLOW_MS);
    // No more requests: silence.
    await eventually(async () => expect(await verdicts('arriving')).toEqual(['Fail']), SLOW_MS);

    const elsewhere = (await get('elsewhere')).status;
    expect(elsewhere).toMatchObject({ verdict: 'Inconclusive' });
    expect(JSON.stringify(elsewhere)).toContain('the tenant has no line at all');
    const ready = (await get('mistyped')).status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: 'False', reason: 'InvalidQuery' });
    expect(ready?.message).toContain('the query can not be parsed (line 1, column 17)');
  },
  3 * SLOW_MS,
);
