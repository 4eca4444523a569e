import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';

import type { LogRecord } from '../../src/api/records.ts';
import type { CertificationCriterionStatus } from '../../src/api/criterion.ts';
import { verdictOf } from '../../src/domain/criterion.ts';
import { deviationId } from '../../src/domain/deviation-id.ts';
import { type Prometheus, type Shop, startShop } from '../../src/parts/index.ts';
import { sleep, systemClock } from '../../src/platform/clock.ts';
import { readEvidenceLog } from '../cluster/evidence-log.ts';
import { criterion, namespace, source } from '../cluster/manifests.ts';
import { eventually, openWorld, type SpawnedOperator, type World } from '../cluster/operator-world.ts';
import { type Fate, fatesOf, folded, type Log, readLogOf } from './evidence.ts';

// The operator is killed (kill -9) again and again while a real Prometheus watches a shop that comes and goes. Whatever happened, the
// log has to be whole, and what the API server shows has to be what the log says.

const INTERVAL_MS = 1000;
const SERVICE = { namespace: 'shop', service: 'shop' };
const FRONT = 'shop/front';
const CALM = 'shop/calm';
const KILLS = 8;
// Prometheus scrapes each second; `count(up)` alone would still answer from a sample that is minutes old.
const HEARTBEAT = 'count(time() - timestamp(up) < 3)';

let world: World;
let prometheus: Prometheus;
let shop: Shop;
let operator: SpawnedOperator;
const sameService = { service: SERVICE.service, maxAge: '3s' };

beforeAll(async () => {
  world = await openWorld();
  const { dir, signal } = world.session;
  shop = await world.session.use(startShop({ dir: join(dir, 'shop'), signal }));
  const scrape = { job_name: 'shop', static_configs: [{ targets: [new URL(shop.url).host] }] };
  const self = { job_name: 'prometheus', static_configs: [{ targets: ['127.0.0.1:9'] }] };
  prometheus = await world.startPrometheus({ config: [scrape, self] });
  operator = await world.spawnOperator({ leaseDuration: '120s' });
  await world.api.apply(
    namespace(SERVICE.namespace),
    source('prometheus', prometheus.url, { evaluationDelay: '1s', heartbeat: HEARTBEAT }),
    criterion(
      FRONT,
      { source: 'prometheus', query: 'up{job="shop"}' },
      {
        ...sameService,
        unknownFor: '4s',
        escalation: [
          { after: '0s', audience: 'internal' },
          { after: '3s', audience: 'authority' },
        ],
      },
    ),
    criterion(CALM, { source: 'prometheus', query: 'up{job="prometheus"}' }, { ...sameService, rule: below1, unknownFor: '10m' }),
  );
  for (const key of [FRONT, CALM]) await eventually(async () => expect((await statusOf(key))?.verdict).toBe('Pass'), 30_000);
}, 90_000);

const below1 = { threshold: { evidence: 'up', op: '<', value: 1 } } as const;

afterAll(() => world.close(), 60_000);

const statusOf = async (key: string): Promise<CertificationCriterionStatus | undefined> =>
  (await world.api.get('CertificationCriterion', key)).status;

const recordsOfFront = async (): Promise<LogRecord[]> => {
  const log = (await readEvidenceLog(operator.store)).get('shop/shop');
  return log?.records.filter(({ body }) => 'criterion' in body && body.criterion === 'front') ?? [];
};

/** Kills the operator, once it sees the front: Prometheus scrapes nothing in its first seconds. */
async function crashSeeing(): Promise<void> {
  await eventually(async () => {
    const log = (await readEvidenceLog(operator.store)).get('shop/shop');
    expect(log?.observed('front').at(-1)?.outcome).not.toBe('Unknown');
  });
  await crash();
}

async function crash(): Promise<void> {
  operator.kill('SIGKILL');
  await operator.exited();
}

const timeText = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

/** The fates of the slots of the front since `from`, once a slot after `now` has been observed in time. */
async function fatesSince(from: number): Promise<Fate[]> {
  const now = Date.now();
  return eventually(async () => {
    const log = (await readEvidenceLog(operator.store)).get('shop/shop');
    expect(log?.observed('front').some(({ slot, readBack }) => slot > now && !readBack)).toBe(true);
    const gaps =
      log?.records.flatMap((record) => (record.kind === 'Gap' && record.body.criterion === 'front' ? record.body : [])) ?? [];
    const missed = gaps.flatMap((gap) => slotsFrom(gap.from, gap.to).map((slot) => ({ slot, fate: 'missed' as const })));
    const seen =
      log
        ?.observed('front')
        .map(({ slot, readBack }) => ({ slot, fate: readBack ? ('readBack' as const) : ('observed' as const) })) ?? [];
    return [...seen, ...missed]
      .filter(({ slot }) => slot >= from && slot <= now)
      .sort((a, b) => a.slot - b.slot)
      .map(({ fate }) => fate);
  });
}

const slotsFrom = (from: number, to: number): number[] =>
  Array.from({ length: Math.round((to - from) / INTERVAL_MS) + 1 }, (_, index) => from + index * INTERVAL_MS);

test('a restart alone changes no verdict', async () => {
  const before = await statusOf(FRONT);
  const crashedAt = Date.now();
  await crashSeeing();
  await operator.start();
  expect(await fatesSince(crashedAt)).not.toContain('missed');
  expect(await statusOf(FRONT)).toMatchObject({ verdict: 'Pass', since: before?.since, record: before?.record });
}, 60_000);

test('a restart during a deviation keeps its id, its beginning and what was told, and what was missed is read back', async () => {
  await shop.daemon.stop();
  const deviation = await eventually(async () => {
    const records = await recordsOfFront();
    const opened = records.findLast((record) => record.kind === 'DeviationOpened')!;
    const told = records.flatMap(({ kind, body }) =>
      kind === 'Notified' ? [{ audience: body.audience, at: timeText(body.at) }] : [],
    );
    expect(told.map(({ audience }) => audience)).toEqual(['internal', 'authority']);
    return { id: opened.body.id, since: timeText(opened.body.from), told };
  });
  await crashSeeing();
  const crashedAt = Date.now();
  await sleep(systemClock, 5_000);
  await operator.start();
  const fates = await fatesSince(crashedAt);
  expect(fates.filter((fate) => fate === 'readBack').length).toBeGreaterThanOrEqual(3);
  expect(fates).not.toContain('missed');
  await eventually(async () => expect(await statusOf(FRONT)).toMatchObject({ verdict: 'Fail', deviation }));
}, 60_000);

test('slots at which Prometheus was down too are gaps, although it answers again', async () => {
  await crashSeeing();
  await prometheus.daemon.stop();
  const downAt = Date.now();
  // Longer than the heartbeat looks back, and a few slots beyond.
  await sleep(systemClock, 6_000);
  await prometheus.daemon.start();
  await operator.start();
  const fates = await fatesSince(downAt);
  expect(fates.filter((fate) => fate === 'missed').length).toBeGreaterThanOrEqual(2);
}, 60_000);

test('a Prometheus that is not ready yet, as after its own restart, is waited for before anything is a gap', async () => {
  await crashSeeing();
  const crashedAt = Date.now();
  await sleep(systemClock, 3_500);
  await prometheus.daemon.stop();
  const notReady = createServer((_request, response) => response.writeHead(503).end('Service Unavailable'));
  await once(notReady.listen(Number(new URL(prometheus.url).port), '127.0.0.1'), 'listening');
  await operator.start();
  await sleep(systemClock, 2_000);
  notReady.closeAllConnections();
  await new Promise((resolve) => notReady.close(resolve));
  await prometheus.daemon.start();
  expect((await fatesSince(crashedAt)).slice(0, 2)).toEqual(['readBack', 'readBack']);
}, 60_000);

test('what happened while the API server was away is told once it is back, once, although the operator was killed in between', async () => {
  await world.cluster.stopApiServer();
  const before = (await recordsOfFront()).length;
  await (shop.daemon.pid === undefined ? shop.daemon.start() : shop.daemon.stop());
  const news = await eventually(async () => {
    const changes = (await recordsOfFront()).slice(before).filter((record) => record.kind === 'VerdictChanged');
    expect(changes).toHaveLength(1);
    return changes[0]!;
  });
  await crash();
  await world.cluster.startApiServer();
  await operator.start();
  const time = new Date(news.head.recordedAt).toISOString().replace('Z', '000Z');
  await eventually(async () => {
    const told = (await world.api.events('CertificationCriterion', FRONT)).filter(({ eventTime }) => eventTime === time);
    expect(told.map(({ reason }) => reason)).toContain(eventReason(news));
  });
}, 90_000);

describe('killed again and again while the shop comes and goes', () => {
  let front: Log;
  let eventsOfFront: string[];
  let shown: CertificationCriterionStatus | undefined;

  beforeAll(async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const starting = operator.start().catch(() => undefined);
      await sleep(systemClock, Math.random() * 3_000);
      if (kill % 3 === 1) await (shop.daemon.pid === undefined ? shop.daemon.start() : shop.daemon.stop());
      await crash();
      await starting;
    }
    await operator.start();
    if (shop.daemon.pid === undefined) await shop.daemon.start();
    await eventually(async () => {
      const verdict = (await recordsOfFront()).findLast((record) => record.kind === 'VerdictChanged');
      expect(verdict?.body.to).toBe('Pass');
    });
    await operator.stop();
    shown = await statusOf(FRONT);
    front = await readLogOf(operator.store, SERVICE);
    eventsOfFront = (await world.api.events('CertificationCriterion', FRONT)).map(
      ({ eventTime, reason }) => `${eventTime} ${reason}`,
    );
  }, 120_000);

  test('the numbers of the records have no holes', () => {
    expect(front.records.map(({ head }) => head.seq)).toEqual(front.records.map((_, index) => index));
  });

  test.each(['front', 'calm'])('each slot of %s was observed, read back or missed, once and in order', (name) => {
    const fates = fatesOf(front.events, name, INTERVAL_MS);
    const first = fates[0]!.slot;
    expect(fates.map(({ slot }) => slot)).toEqual(fates.map((_, index) => first + index * INTERVAL_MS));
    expect(fates.filter(({ fate }) => fate === 'readBack').length).toBeGreaterThan(KILLS);
  });

  test.each([FRONT, CALM])('judging the log of %s again gives the verdicts, deviations and notices that are on record', (key) => {
    const [, name] = key.split('/');
    const recorded = front.records.flatMap((record) => factTold(record, name));
    const judged = folded(front.events, key).facts.flatMap((fact) => {
      if (fact.kind === 'VerdictChanged') return [`${fact.at} ${fact.from} ${fact.to}`];
      if (fact.kind === 'DeviationOpened' || fact.kind === 'DeviationClosed') return [`${fact.at} ${fact.kind} ${fact.id}`];
      if (fact.kind === 'StepDue') return [`${fact.at} EscalationDue ${fact.step.audience}`];
      return fact.kind === 'EndTold' ? [`${fact.at} DeviationEnded ${fact.audience}`] : [];
    });
    expect(recorded).toEqual(judged);
  });

  test('each change of verdict, gap and notice has one Event, and there is no other', () => {
    const expected = front.records.flatMap((record) => {
      const reason = eventReason(record);
      return reason === undefined ? [] : [`${new Date(record.head.recordedAt).toISOString().replace('Z', '000Z')} ${reason}`];
    });
    expect(expected.length).toBeGreaterThan(5);
    expect([...eventsOfFront].sort()).toEqual(expected.sort());
  });

  test('what the API server shows is what the log says', () => {
    const { state } = folded(front.events, FRONT);
    const { deviation } = state.track;
    const verdicts = front.records.filter((record) => record.kind === 'VerdictChanged' && record.body.criterion === 'front');
    const latest = verdicts.at(-1)!;
    expect(shown).toMatchObject({
      verdict: verdictOf(state),
      since: timeText(state.since),
      record: { seq: latest.head.seq, digest: latest.digest },
    });
    expect(shown?.deviation?.id).toBe(deviation && deviationId(FRONT, deviation.from));
  });

  test('nothing happened to the criterion that nothing happened to', () => {
    const verdicts = front.records.filter((record) => record.kind === 'VerdictChanged' && record.body.criterion === 'calm');
    expect(verdicts.map(({ body }) => 'to' in body && body.to)).toEqual(['Pass']);
  });
});

function factTold({ kind, body }: LogRecord, name: string | undefined): string[] {
  if (!('criterion' in body) || body.criterion !== name) return [];
  if (kind === 'VerdictChanged') return [`${body.at} ${body.from} ${body.to}`];
  if (kind === 'DeviationOpened' || kind === 'DeviationClosed') return [`${body.at} ${kind} ${body.id}`];
  return kind === 'Notified' ? [`${body.at} ${body.notice} ${body.audience}`] : [];
}

/** The reason of the Event that a record of the front must have; undefined where it must have none. */
function eventReason({ kind, body }: LogRecord): string | undefined {
  if (!('criterion' in body) || body.criterion !== 'front') return undefined;
  if (kind === 'Gap') return 'EvidenceGap';
  if (kind === 'Notified') return body.notice === 'EscalationDue' ? 'EscalationDue' : undefined;
  if (kind !== 'VerdictChanged') return undefined;
  if (body.to === 'Fail') return 'CriterionFailed';
  if (body.to === 'Inconclusive') return 'CriterionInconclusive';
  return body.first ? undefined : 'CriterionRecovered';
}
