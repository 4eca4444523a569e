import { complaintsIn, eventually, openWorld, type TestOperator, type World } from '../cluster/operator-world.ts';
import { FIRST_SLOT, writeHistory } from '../cluster/history.ts';
import { criterion, namespace, source } from '../cluster/manifests.ts';
import { FRONT, type Logged, loggedOf, openShopScene, shopLog, type ShopScene, untilItPasses, verdictsOf } from './shop-scene.ts';
import { SteppedClock } from './stepped-clock.ts';
import { expectAllToHold } from './what-must-hold.ts';

// The clocks of the operator and of Prometheus are an hour apart. Which of the two is wrong makes no difference to anybody who knows
// only these two, so it is the operator's that is set.

const HOUR_MS = 3_600_000;
const HOUR_SLOTS = 3_600;

const stepsOnRecord = (records: Logged['records'], name: string): number =>
  records.filter(({ kind, body }) => kind === 'Gap' && body.criterion === name && body.reason === 'ClockStepped').length;

describe('a Prometheus that began just now', () => {
  let scene: ShopScene;
  let operator: TestOperator;
  const clock = new SteppedClock(Date.now() - HOUR_MS);

  beforeAll(async () => {
    scene = await openShopScene();
    operator = await scene.world.startOperator({ clock });
  }, 120_000);

  afterAll(() => scene.close(), 60_000);

  const holds = (): Promise<void> => expectAllToHold({ api: scene.world.api, store: operator.store });

  test('with its clock an hour ahead there is no evidence: Inconclusive, never Pass', async () => {
    await eventually(async () => {
      expect((await scene.statusOf(FRONT))?.verdict).toBe('Inconclusive');
      expect((await shopLog(operator.store)).observed('front').length).toBeGreaterThan(5);
    }, 60_000);
    const { records, observed } = await shopLog(operator.store);
    expect(new Set(observed().map(({ outcome, reason }) => `${outcome} ${reason}`))).toEqual(new Set(['Unknown EmptyResult']));
    expect(observed('front').every(({ slot }) => slot < Date.now() - HOUR_MS + 60_000)).toBe(true);
    expect(verdictsOf(records, 'front')).not.toContain('Pass');
  }, 90_000);

  test('set right, by a step of an hour: judged again, and the hour that nobody can prove is a gap', async () => {
    clock.stepTo(Date.now());
    await untilItPasses(operator.store);
    await holds();
    const { records } = await shopLog(operator.store);
    const gaps = records.flatMap(({ kind, body }) => (kind === 'Gap' && body.criterion === 'front' ? [body.slots] : []));
    expect(gaps.reduce((sum, slots) => sum + slots, 0)).toBeGreaterThan(HOUR_SLOTS - 120);
  }, 150_000);

  test('with its clock an hour behind there is no evidence either', async () => {
    clock.step(HOUR_MS);
    await eventually(async () => expect((await scene.statusOf(FRONT))?.verdict).toBe('Inconclusive'), 60_000);
    const latest = (await shopLog(operator.store)).observed('front').at(-1);
    expect(latest).toMatchObject({ outcome: 'Unknown', reason: 'EmptyResult' });
    expect(latest?.slot).toBeGreaterThan(Date.now() + HOUR_MS / 2);
    await holds();
  }, 150_000);
});

describe('a Prometheus with a history', () => {
  let world: World;
  let operator: TestOperator;
  const clock = new SteppedClock(FIRST_SLOT + 2 * HOUR_MS);
  const log = (): Promise<Logged> => loggedOf(operator.store, 'shop/till');
  const told = async (): Promise<string[]> =>
    (await world.api.events('CertificationCriterion', 'shop/till')).map(({ reason }) => reason);

  beforeAll(async () => {
    world = await openWorld();
    const extraFlags = ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'];
    const prometheus = await world.startPrometheus({ extraFlags });
    const values = Array.from({ length: 5 * 120 }, () => 1);
    await writeHistory(prometheus.url, [{ labels: { __name__: 'up', job: 'till' }, values }]);
    operator = await world.startOperator({ clock });
    await world.api.apply(
      namespace('shop'),
      source('prometheus', prometheus.url),
      criterion('shop/till', { source: 'prometheus' }),
    );
    await eventually(async () => expect((await log()).observed().length).toBeGreaterThan(2), 60_000);
  }, 120_000);

  afterAll(() => world.close(), 60_000);

  test('set forward by an hour: the slots between are read back, each once', async () => {
    clock.step(HOUR_MS);
    const steppedAt = clock.now();
    await eventually(async () => {
      const { observed } = await log();
      expect(observed().filter(({ readBack }) => readBack).length).toBeGreaterThan(HOUR_SLOTS - 10);
      expect(observed().some(({ slot, readBack }) => slot > steppedAt && !readBack)).toBe(true);
    }, 60_000);
    const { records } = await log();
    expect(records.filter(({ kind }) => kind === 'Gap')).toEqual([]);
    expect(verdictsOf(records, 'till')).toEqual(['Pass']);
    await expectAllToHold({ api: world.api, store: operator.store });
  }, 150_000);

  test('set back by an hour: that is on record and told once, and nothing is judged twice', async () => {
    clock.step(-HOUR_MS);
    await eventually(async () => expect(await told()).toEqual(['EvidenceGap']), 40_000);
    const { records, observed } = await log();
    expect(stepsOnRecord(records, 'till')).toBe(1);
    const count = observed().length;
    const steppedAt = Date.now();
    await eventually(() => expect(Date.now()).toBeGreaterThan(steppedAt + 4_000));
    expect((await log()).observed()).toHaveLength(count);
    expect(stepsOnRecord((await log()).records, 'till')).toBe(1);
    expect(complaintsIn(await operator.logged())).toHaveLength(1);
  }, 90_000);

  test('once the clock has passed the last slot, judging goes on where it was', async () => {
    clock.step(HOUR_MS);
    const passedAt = clock.now();
    await eventually(async () => {
      expect((await log()).observed().some(({ slot, readBack }) => slot > passedAt && !readBack)).toBe(true);
    }, 60_000);
    await expectAllToHold({ api: world.api, store: operator.store });
    expect(await told()).toEqual(['EvidenceGap']);
  }, 150_000);
});
