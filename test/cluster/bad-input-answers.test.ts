import { createHash } from 'node:crypto';

import { type Observed, readEvidenceLog } from './evidence-log.ts';
import { BODY_TOKEN, liesOf, type LyingSource, measuring, startLyingSource } from './lying-source.ts';
import { criterion, namespace, secret, source } from './manifests.ts';
import { complaintsIn, eventually, metricIn, openWorld, type SpawnedOperator, type World } from './operator-world.ts';

const TOKEN = 'LEAK-of-a-secret-91d2';
const QUERY = 'LEAK-of-a-query-77ab';
const nameOf = (sentence: string): string => `lie-${createHash('sha256').update(sentence).digest('hex').slice(0, 8)}`;
const known = liesOf('/elsewhere/api/v1/query');
const lies = Object.entries(known).map(([sentence, lie]) => ({ sentence, name: nameOf(sentence), ...lie }));
/** These lie also when they are asked about themselves, and from the start; what the source is then said to be. */
const neverGood = Object.entries({
  'refused credentials': 'Unauthorized',
  'an error 503': 'ServerError',
  'a page with status 200': 'BadAnswer',
  'a redirect to elsewhere': 'BadAnswer',
  'no answer at all': 'Unreachable',
}).map(([sentence, reachable]) => ({ sentence, reachable, ...known[sentence]!, name: `never-${nameOf(sentence)}` }));
const REPEATED = nameOf('a broken connection');

const LONG_MS = 90_000;

let world: World;
let liar: LyingSource;
let operator: SpawnedOperator;
let lyingFrom: number;

const status = async (name: string) => (await world.api.get('CertificationCriterion', `shop/${name}`)).status;
const verdicts = async (): Promise<Record<string, string | undefined>> =>
  Object.fromEntries(
    (await world.api.list('CertificationCriterion', 'shop')).map(({ metadata, status: { verdict } = {} }) => [
      metadata.name,
      verdict,
    ]),
  );
const observed = async (name: string): Promise<Observed[]> =>
  (await readEvidenceLog(operator.store)).get('shop/shop')?.observed(name) ?? [];

/** The honest neighbour: same namespace, same service, another source. */
const GOOD = 'good';
const goodEverySecond = { service: 'shop', interval: '2s', holdFor: '0s', recoverFor: '0s' };

beforeAll(async () => {
  [world, liar] = await Promise.all([openWorld(), startLyingSource()]);
  const prometheus = await world.startPrometheus({});
  operator = await world.spawnOperator();
  await world.api.apply(namespace('shop'), secret('token', { token: TOKEN }), source('honest', prometheus.url));
  await world.api.apply(criterion('shop/good', { source: 'honest', query: 'vector(1)' }, goodEverySecond));
  for (const { name, behaviour } of neverGood) liar.behave(name, behaviour, true);
  for (const { name, heavy } of [...lies, ...neverGood]) {
    const every = heavy ? { interval: '5s', holdFor: '0s', recoverFor: '0s' } : {};
    await world.api.apply(
      source(name, liar.url(name), { auth: { bearerToken: { name: 'token', key: 'token' } } }),
      criterion(`shop/${name}`, { source: name, query: `up{of="${QUERY}"}` }, { service: 'shop', ...every }),
    );
  }
  const good = Object.fromEntries([GOOD, ...lies.map(({ name }) => name)].map((name) => [name, 'Pass']));
  await eventually(async () => expect(await verdicts()).toMatchObject(good), 60_000);
  for (const { name, behaviour } of lies) liar.behave(name, behaviour);
  lyingFrom = Date.now();
}, 120_000);

afterAll(async () => {
  await world.close();
  await liar.stop();
}, 60_000);

describe('a source that answered well, and then gives', () => {
  test.each(lies)(
    '$sentence: no evidence, with the reason',
    async ({ name, reason, message }) => {
      await eventually(async () => {
        const told = await status(name);
        expect(told).toMatchObject({ verdict: 'Inconclusive', observation: { outcome: 'Unknown', reason } });
        expect(told?.observation?.message).toMatch(message);
        expect(told?.conditions).toContainEqual(expect.objectContaining({ type: 'Passing', status: 'Unknown', reason }));
        expect(told?.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True', reason: 'Evaluating' }));
        const events = await world.api.events('CertificationCriterion', `shop/${name}`);
        expect(events).toContainEqual(expect.objectContaining({ reason: 'CriterionInconclusive', type: 'Warning' }));
        expect((await world.api.get('EvidenceReport', `shop/${name}`)).status?.verdict).toBe('Inconclusive');
      }, 60_000);
    },
    LONG_MS,
  );

  test('any of it is never Met', async () => {
    const log = (await readEvidenceLog(operator.store)).get('shop/shop');
    for (const { sentence, name, reason } of lies) {
      const since = log?.observed(name).filter(({ slot }) => slot > lyingFrom) ?? [];
      const outcomes = new Set(since.map((each) => `${each.outcome} ${each.reason ?? ''}`));
      expect({ sentence, outcomes }).toEqual({ sentence, outcomes: new Set([`Unknown ${reason}`]) });
    }
  });

  test('a redirect is not followed', () => {
    expect(liar.requests('elsewhere')).toEqual([]);
  });

  test('anything is asked once a slot, and not again', () => {
    for (const { sentence, name } of lies) {
      const slots = liar.asked(name).flatMap(({ form }) => (Number(form['time']) * 1000 > lyingFrom ? [form['time']] : []));
      // When a kept connection breaks, nobody knows whether the question was heard: it is sent once more.
      const times = name === REPEATED ? 2 : 1;
      expect(slots.length).toBeGreaterThan(1);
      expect({ sentence, tooMany: slots.length > new Set(slots).size * times }).toEqual({ sentence, tooMany: false });
    }
  });
});

describe('a source that never gave but', () => {
  test.each(neverGood)(
    '$sentence: is not reachable, and proves nothing',
    async ({ name, reachable, reason, message }) => {
      await eventually(async () => {
        const condition = (await world.api.get('EvidenceSource', name)).status?.conditions?.[0];
        expect(condition).toMatchObject({ type: 'Reachable', status: 'False', reason: reachable });
        expect(condition?.message).toMatch(message);
        const told = await status(name);
        expect(told).toMatchObject({ verdict: 'Inconclusive', observation: { outcome: 'Unknown', reason } });
        expect(told?.observation?.message).toMatch(message);
        const events = await world.api.events('EvidenceSource', name);
        expect(events).toContainEqual(expect.objectContaining({ reason: 'SourceUnreachable', type: 'Warning' }));
      }, 60_000);
      expect((await observed(name)).filter(({ outcome }) => outcome !== 'Unknown')).toEqual([]);
    },
    LONG_MS,
  );
});

test(
  'with honest answers everything is judged again',
  async () => {
    for (const { name } of [...lies, ...neverGood]) liar.behave(name, measuring('1'));
    await eventually(async () => expect(new Set(Object.values(await verdicts()))).toEqual(new Set(['Pass'])), 60_000);
    for (const { name } of neverGood) {
      // The status follows its Event, and not within 10 s of the write before.
      await eventually(async () => {
        const { status: told } = await world.api.get('EvidenceSource', name);
        expect(told?.conditions?.[0]).toMatchObject({ status: 'True', reason: 'Answering' });
      }, 60_000);
      const events = await world.api.events('EvidenceSource', name);
      expect(events.map(({ reason }) => reason)).toEqual(['SourceUnreachable', 'SourceReachable']);
    }
  },
  LONG_MS,
);

test('nobody waited for the liars: the neighbour was judged at every slot', async () => {
  const slots = (await observed(GOOD)).map(({ slot }) => slot);
  const first = slots[0] ?? 0;
  expect(slots).toEqual(slots.map((_, index) => first + index * 2_000));
  expect((await observed(GOOD)).filter(({ readBack, outcome }) => readBack || outcome !== 'Met')).toEqual([]);
  expect(slots.length).toBeGreaterThan(5);
  expect(slots.at(-1)).toBeGreaterThan(Date.now() - 6_000);
});

test('no body, no query and no credential shows anywhere', async () => {
  const log = await readEvidenceLog(operator.store);
  const records = log.get('shop/shop')?.records.filter(({ kind }) => kind !== 'CriterionChanged');
  const statuses = async (kind: 'CertificationCriterion' | 'EvidenceReport' | 'EvidenceSource') =>
    (await world.api.list(kind)).map((object) => object.status);
  const shown = {
    logged: await operator.logged(),
    metrics: await operator.metrics(),
    events: JSON.stringify(await world.api.list('Event')),
    statuses: JSON.stringify([
      await statuses('CertificationCriterion'),
      await statuses('EvidenceReport'),
      await statuses('EvidenceSource'),
    ]),
    log: JSON.stringify([records, log.get('shop/shop')?.observed(), log.get('assay-system/assay')?.records]),
  };
  const tokens = [BODY_TOKEN, TOKEN, Buffer.from(TOKEN).toString('base64'), QUERY];
  for (const [where, text] of Object.entries(shown)) {
    expect({ where, found: tokens.filter((token) => text.includes(token)) }).toEqual({ where, found: [] });
  }
  expect(metricIn(shown.metrics, 'assay_evaluations_total', { outcome: 'Unknown' })).toBeGreaterThan(lies.length);
  expect(complaintsIn(shown.logged)).toEqual([]);
});
