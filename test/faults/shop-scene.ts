import { join } from 'node:path';

import type { CertificationCriterionStatus } from '../../src/api/criterion.ts';
import type { LogRecord } from '../../src/api/records.ts';
import { type Prometheus, type Shop, startShop } from '../../src/parts/index.ts';
import { type Observed, readEvidenceLog } from '../cluster/evidence-log.ts';
import type { Manifest } from '../cluster/kube-api.ts';
import { criterion, namespace, source } from '../cluster/manifests.ts';
import { eventually, openWorld, type SpawnedOperator, type SpawnOptions, type World } from '../cluster/operator-world.ts';

export const FRONT = 'shop/front';
export const CALM = 'shop/calm';
/** Prometheus scrapes each second; `count(up)` alone would still answer from a sample that is minutes old. */
export const HEARTBEAT = 'count(time() - timestamp(up) < 3)';

/** A real Prometheus that watches a shop each second, and two criteria: `front` follows the shop, nothing happens to `calm`. */
export interface ShopScene {
  readonly world: World;
  readonly shop: Shop;
  readonly prometheus: Prometheus;
  /** Opens the shop that is closed, and closes the one that is open. */
  turn(): Promise<void>;
  open(): Promise<void>;
  /** The series that Prometheus answers now. */
  ask(query: string): Promise<readonly unknown[]>;
  statusOf(key: string): Promise<CertificationCriterionStatus | undefined>;
  close(): Promise<void>;
}

/** Starts everything but an operator. */
export async function openShopScene(): Promise<ShopScene> {
  const world = await openWorld();
  const { dir, signal } = world.session;
  const shop = await world.session.use(startShop({ dir: join(dir, 'shop'), signal }));
  const prometheus = await world.startPrometheus({
    config: [
      { job_name: 'shop', static_configs: [{ targets: [new URL(shop.url).host] }] },
      { job_name: 'nobody', static_configs: [{ targets: ['127.0.0.1:9'] }] },
    ],
  });
  await world.api.apply(
    namespace('shop'),
    source('prometheus', prometheus.url, { evaluationDelay: '1s', heartbeat: HEARTBEAT }),
    ...criteria(),
  );
  return {
    ...{ world, shop, prometheus },
    turn: () => (shop.daemon.pid === undefined ? shop.daemon.start() : shop.daemon.stop()),
    open: () => shop.daemon.start(),
    ask: async (query) => {
      const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`);
      return ((await answer.json()) as { data: { result: unknown[] } }).data.result;
    },
    statusOf: async (key) => (await world.api.get('CertificationCriterion', key)).status,
    close: () => world.close(),
  };
}

/** Starts everything and an operator, and waits until both criteria pass. */
export async function openWatchedShop(options?: SpawnOptions): Promise<{ scene: ShopScene; operator: SpawnedOperator }> {
  const scene = await openShopScene();
  try {
    const operator = await scene.world.spawnOperator(options);
    await untilItPasses(operator.store);
    return { scene, operator };
  } catch (error) {
    await scene.close();
    throw error;
  }
}

function criteria(): Manifest[] {
  const common = { service: 'shop', maxAge: '3s' };
  const escalation = [
    { after: '0s', audience: 'internal' },
    { after: '3s', audience: 'authority' },
  ];
  const below1 = { threshold: { evidence: 'up', op: '<', value: 1 } } as const;
  return [
    criterion(FRONT, { source: 'prometheus', query: 'up{job="shop"}' }, { ...common, unknownFor: '4s', escalation }),
    criterion(CALM, { source: 'prometheus', query: 'up{job="nobody"}' }, { ...common, rule: below1, unknownFor: '30m' }),
  ];
}

/** What an evidence log holds of a service. */
export interface Logged {
  readonly records: readonly LogRecord[];
  /** The observations of all its criteria, or of one, in order. */
  readonly observed: (criterionName?: string) => Observed[];
}

/** What the evidence log at `store` holds of a service, as it is now. */
export async function loggedOf(store: string, service: string): Promise<Logged> {
  const log = (await readEvidenceLog(store)).get(service);
  if (!log) throw new Error(`nothing is on record of ${service}`);
  return { records: log.records, observed: (name) => log.observed(name) };
}

export const shopLog = (store: string): Promise<Logged> => loggedOf(store, 'shop/shop');

/** Resolves once the front is judged in time again, and passes; also where the API server does not say so yet. */
export async function untilItPasses(store: string, withinMs = 60_000): Promise<void> {
  const since = Date.now();
  await eventually(async () => {
    const { records, observed } = await shopLog(store);
    const latest = observed('front').at(-1);
    expect(latest).toMatchObject({ outcome: 'Met', readBack: false });
    expect(latest?.slot).toBeGreaterThan(since);
    expect(verdictsOf(records, 'front').at(-1)).toBe('Pass');
  }, withinMs);
}

/** The verdicts of a criterion, in order. */
export function verdictsOf(records: readonly LogRecord[], criterionName: string): string[] {
  return records.flatMap(({ kind, body }) => (kind === 'VerdictChanged' && body.criterion === criterionName ? [body.to] : []));
}
