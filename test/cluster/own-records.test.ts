import type { RecordsEvidence } from '../../src/api/evidence-kinds.ts';

import { readEvidenceLog } from './evidence-log.ts';
import type { Manifest } from './kube-api.ts';
import { type LyingSource, measuring, startLyingSource } from './lying-source.ts';
import { criterion, namespace, source } from './manifests.ts';
import { complaintsIn, eventually, openWorld, type SpawnedOperator, type World } from './operator-world.ts';

// Evidence of the kind `records`: what Assay's own log says of incidents and deviations of the service is judged by the operator that
// keeps it, in both outcomes.

const SLOW_MS = 90_000;
const WITHIN_S = 4;
const WINDOW_S = 8;
const within = `${WITHIN_S}s`;
const window = `${WINDOW_S}s`;
const CRITERION = 'CertificationCriterion';

let world: World;
let operator: SpawnedOperator;
let sources: LyingSource;

beforeAll(async () => {
  [world, sources] = await Promise.all([openWorld(), startLyingSource()]);
  operator = await world.spawnOperator();
  await world.api.apply(
    namespace('shop'),
    source('front', sources.url('front')),
    criterion('shop/front', { source: 'front' }, { ...prompt, service: 'shop' }),
    judging('classified', { of: 'Incident', require: 'classified', within, window }),
    judging('resolved', { of: 'Incident', require: 'resolved', within, window: '1s' }),
    judging('elsewhere', { of: 'Incident', require: 'classified', within, window }, 'till'),
    judging('recovered', { of: 'Deviation', require: 'resolved', within, window }),
    judging('recovered-too', { of: 'Deviation', require: 'resolved', within, window }),
    judging('delivered', { of: 'Delivery', require: 'delivered', within }),
  );
  await Promise.all(ALL.map((name) => becomes(name, 'Pass')));
}, SLOW_MS);

afterAll(async () => {
  await world.close();
  await sources.stop();
}, SLOW_MS);

const ALL = ['front', 'classified', 'resolved', 'elsewhere', 'recovered', 'recovered-too', 'delivered'];
const prompt = { holdFor: '0s', recoverFor: '0s' } as const;
const judging = (name: string, records: RecordsEvidence, service = 'shop'): Manifest =>
  criterion(
    `shop/${name}`,
    { source: 'none' },
    {
      ...{ ...prompt, service, evidence: [{ name: 'late', records }] },
      rule: { threshold: { evidence: 'late', op: '==', value: 0 } },
    },
  );
const incident = (name: string, spec: object = {}): Manifest => ({
  kind: 'Incident',
  metadata: { name, namespace: 'shop' },
  ...{ spec: { service: 'shop', title: `About ${name}`, ...spec } },
});

const status = async (name: string) => (await world.api.get(CRITERION, `shop/${name}`)).status;
const becomes = (name: string, verdict: string): Promise<void> =>
  eventually(async () => expect((await status(name))?.verdict).toBe(verdict), 45_000);
/** What was observed of a criterion from a time on, as `slot outcome`. */
const observed = async (name: string, from: number, service = 'shop') =>
  ((await readEvidenceLog(operator.store)).get(`shop/${service}`)?.observed(name) ?? []).filter(({ slot }) => slot >= from);
async function openedAt(name: string): Promise<number> {
  const log = (await readEvidenceLog(operator.store)).get('shop/shop');
  const found = log?.records.find(({ kind, body }) => kind === 'IncidentChanged' && body.incident === name);
  return found?.kind === 'IncidentChanged' ? found.body.at : NaN;
}

test(
  'an incident that is not classified in time fails, and counts for the window after it is',
  async () => {
    await world.api.apply(incident('in-time', { category: 'Other', state: 'Suspected' }));
    await world.api.apply(incident('late', { state: 'Suspected' }));
    await becomes('classified', 'Fail');
    expect((await status('classified'))?.observation).toMatchObject({ message: expect.stringContaining('late is 1') as unknown });
    await world.api.patch('Incident', 'shop/late', { spec: { category: 'Malware', state: 'Open' } });
    await becomes('classified', 'Pass');
    const since = await openedAt('late');
    const due = since + WITHIN_S * 1000;
    for (const { slot, outcome } of await observed('classified', since)) {
      const isBroken = slot >= due && slot < due + WINDOW_S * 1000;
      expect(`${(slot - since) / 1000} ${outcome}`).toBe(`${(slot - since) / 1000} ${isBroken ? 'NotMet' : 'Met'}`);
    }
    expect((await status('elsewhere'))?.verdict).toBe('Pass');
    expect((await observed('elsewhere', 0, 'till')).filter(({ outcome }) => outcome !== 'Met')).toEqual([]);
  },
  SLOW_MS,
);

test(
  'what is not done counts until it is, also after the operator was killed and though the object was deleted',
  async () => {
    await becomes('resolved', 'Fail');
    await world.api.remove('Incident', 'shop/late');
    operator.kill('SIGKILL');
    await operator.exited();
    const killedAt = Date.now();
    await operator.start();
    await eventually(async () => expect((await observed('resolved', killedAt)).length).toBeGreaterThan(3), 45_000);
    const outcomes = new Set((await observed('resolved', killedAt)).map(({ outcome }) => outcome));
    expect([...outcomes]).toEqual(['NotMet']);
    const resolution = { cause: 'A drill.', measures: 'None.', prevention: 'None.' };
    await world.api.apply(incident('late', { category: 'Malware', state: 'Resolved', resolution }));
    await world.api.patch('Incident', 'shop/in-time', {
      spec: { state: 'Dismissed', dismissal: { author: 'ada', reason: 'None.' } },
    });
    await becomes('resolved', 'Pass');
  },
  SLOW_MS,
);

test(
  'a deviation that lasts too long fails; what judges that is none itself, so that it ends',
  async () => {
    sources.behave('front', measuring('0'));
    await becomes('front', 'Fail');
    await Promise.all([becomes('recovered', 'Fail'), becomes('recovered-too', 'Fail')]);
    expect((await status('recovered'))?.observation).toMatchObject({ message: expect.stringContaining('late is 1') as unknown });
    sources.behave('front', measuring('1'));
    await becomes('front', 'Pass');
    expect((await status('recovered'))?.verdict).toBe('Fail');
    await Promise.all([becomes('recovered', 'Pass'), becomes('recovered-too', 'Pass')]);
  },
  SLOW_MS,
);

test('nothing was ever unknown, and nobody had anything to complain of', async () => {
  expect((await observed('delivered', 0)).map(({ outcome }) => outcome)).not.toContain('NotMet');
  expect(complaintsIn(await operator.logged())).toEqual([]);
});
