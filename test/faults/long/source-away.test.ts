import { eventually, type SpawnedOperator } from '../../cluster/operator-world.ts';
import { FRONT, openWatchedShop, shopLog, type ShopScene, untilItPasses, verdictsOf } from '../shop-scene.ts';
import { outage } from '../source-outage.ts';
import { expectAllToHold } from '../what-must-hold.ts';

// As in CI, for as long as an outage lasts that somebody has to get up for.

const AWAY_MS = 20 * 60_000;

let scene: ShopScene;
let operator: SpawnedOperator;

beforeAll(async () => {
  ({ scene, operator } = await openWatchedShop());
}, 120_000);

afterAll(() => scene.close(), 60_000);

test.each([
  ['with its data', true],
  ['without its data', false],
])(
  'away for 20 minutes, and back %s',
  async (_sentence, keepsData) => {
    const since = Date.now();
    const before = verdictsOf((await shopLog(operator.store)).records, 'front').length;
    await outage(scene, { awayMs: AWAY_MS, keepsData });
    expect((await scene.statusOf(FRONT))?.verdict).toBe('Inconclusive');
    await untilItPasses(operator.store);
    await eventually(async () => expect((await scene.statusOf(FRONT))?.verdict).toBe('Pass'), 60_000);
    await expectAllToHold({ api: scene.world.api, store: operator.store }, 120_000);
    const { records, observed } = await shopLog(operator.store);
    expect(verdictsOf(records, 'front').slice(before)).toEqual(['Inconclusive', 'Pass']);
    const unreachable = observed('front').filter(({ slot, reason }) => slot > since && reason === 'SourceUnreachable');
    expect(unreachable.length).toBeGreaterThan(AWAY_MS / 1000 - 30);
  },
  1_800_000,
);
