import type { EvidenceSourceStatus } from '../../src/api/source.ts';
import { eventually, metricIn, type SpawnedOperator } from '../cluster/operator-world.ts';
import { CALM, FRONT, openWatchedShop, shopLog, type ShopScene, untilItPasses, verdictsOf } from './shop-scene.ts';
import { outage } from './source-outage.ts';
import { expectAllToHold } from './what-must-hold.ts';

// Prometheus goes and comes back, with and without its data, while the operator watches and while it is away itself.

let scene: ShopScene;
let operator: SpawnedOperator;

beforeAll(async () => {
  ({ scene, operator } = await openWatchedShop());
}, 120_000);

afterAll(() => scene.close(), 60_000);

const holds = (): Promise<void> => expectAllToHold({ api: scene.world.api, store: operator.store });

/** What was told of the source, oldest first: Events about what has no namespace lie in `default`. */
const toldOfSource = async (): Promise<string[]> =>
  (await scene.world.api.events('EvidenceSource', 'prometheus')).map(({ reason }) => reason);

const reachable = async (): Promise<unknown> => {
  const { status } = (await scene.world.api.get('EvidenceSource', 'prometheus')) as { status?: EvidenceSourceStatus };
  return status?.conditions?.find(({ type }) => type === 'Reachable')?.status;
};

/** Outcomes of the front, of all slots since a time that were observed in time. */
async function outcomesSince(atMs: number): Promise<string[]> {
  const { observed } = await shopLog(operator.store);
  return observed('front').flatMap(({ slot, outcome, reason, readBack }) =>
    slot >= atMs && !readBack ? [reason === undefined ? outcome : `${outcome} ${reason}`] : [],
  );
}

test('restarted: its criteria are unknown for a moment, and no verdict changes', async () => {
  await eventually(async () => expect((await scene.statusOf(CALM))?.verdict).toBe('Pass'));
  const before = (await scene.statusOf(CALM))?.since;
  await scene.prometheus.daemon.restart();
  await untilItPasses(operator.store);
  await holds();
  expect((await scene.statusOf(CALM))?.since).toBe(before);
  expect(verdictsOf((await shopLog(operator.store)).records, 'calm')).toEqual(['Pass']);
}, 120_000);

test.each([
  ['with its data', true],
  ['without its data', false],
])(
  'away for longer than unknownFor, and back %s: Inconclusive, never Fail, and told once',
  async (_sentence, keepsData) => {
    const since = Date.now();
    const toldBefore = (await toldOfSource()).length;
    const verdictsBefore = verdictsOf((await shopLog(operator.store)).records, 'front').length;
    const back = outage(scene, { awayMs: 12_000, keepsData });
    await eventually(async () => {
      expect((await scene.statusOf(FRONT))?.verdict).toBe('Inconclusive');
      expect(await reachable()).toBe('False');
      expect(metricIn(await operator.metrics(), 'assay_source_up', { source: 'prometheus' })).toBe(0);
    }, 40_000);
    await back;
    await untilItPasses(operator.store);
    await eventually(async () => expect(await reachable()).toBe('True'), 40_000);
    await holds();
    expect(await outcomesSince(since)).toContain('Unknown SourceUnreachable');
    expect((await outcomesSince(since)).filter((outcome) => outcome === 'NotMet')).toEqual([]);
    expect(verdictsOf((await shopLog(operator.store)).records, 'front').slice(verdictsBefore)).toEqual(['Inconclusive', 'Pass']);
    expect((await toldOfSource()).slice(toldBefore)).toEqual(['SourceUnreachable', 'SourceReachable']);
  },
  180_000,
);

test('its data lost while the operator was away too: what nobody can prove any more is a gap', async () => {
  await operator.stop();
  const awayFrom = Date.now();
  await outage(scene, { awayMs: 5_000, keepsData: false });
  const backAt = Date.now();
  await operator.start();
  await untilItPasses(operator.store);
  await holds();
  const { records, observed } = await shopLog(operator.store);
  const gaps = records.flatMap(({ kind, body }) =>
    kind === 'Gap' && body.criterion === 'front' && body.to > awayFrom ? [body] : [],
  );
  expect(gaps.reduce((sum, { slots }) => sum + slots, 0)).toBeGreaterThan(2);
  // Not even a slot at which the lost data had an answer.
  expect(observed('front').filter(({ slot, readBack }) => readBack && slot > awayFrom && slot < backAt - 2_000)).toEqual([]);
}, 120_000);
