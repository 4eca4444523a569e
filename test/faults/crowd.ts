import type { CertificationCriterionSpec } from '../../src/api/criterion.ts';
import { sleep, systemClock } from '../../src/platform/clock.ts';
import { criterion, namespace, source } from '../cluster/manifests.ts';
import { eventually, metricIn, openWorld, type SpawnedOperator, type World } from '../cluster/operator-world.ts';
import { atOnce } from './at-once.ts';
import { answerOf } from './replica.ts';
import { criteriaOnRecord } from './what-must-hold.ts';

const A_SERVICE = 10;
const WIDTH = 40;
const LOOK_MS = 250;

/** An operator, a Prometheus, and as many criteria as are asked for, ten a service. */
export interface Crowd {
  readonly world: World;
  readonly operator: SpawnedOperator;
  applyAll(): Promise<void>;
  removeAll(): Promise<void>;
  /** How many criteria are on record as judged, as deleted, and what the API server shows of all. */
  standing(): Promise<Standing>;
  close(): Promise<void>;
}

export interface Standing {
  readonly judged: number;
  readonly deleted: number;
  readonly shown: number;
}

export async function openCrowd(size: number, spec: Partial<CertificationCriterionSpec>): Promise<Crowd> {
  const world = await openWorld();
  const nobody = { job_name: 'nobody', static_configs: [{ targets: ['127.0.0.1:9'] }] };
  const prometheus = await world.startPrometheus({ config: [nobody] });
  const operator = await world.spawnOperator();
  await world.api.apply(namespace('crowd'), source('prometheus', prometheus.url));
  await eventually(async () => expect(metricIn(await operator.metrics(), 'assay_source_up', { source: 'prometheus' })).toBe(1));
  const rule = { threshold: { evidence: 'up', op: '<', value: 1 } } as const;
  const keys = Array.from({ length: size }, (_, index) => `crowd/c-${index}`);
  const manifests = keys.map((key, index) =>
    criterion(key, { source: 'prometheus' }, { rule, service: `s-${Math.floor(index / A_SERVICE)}`, ...spec }),
  );
  return {
    ...{ world, operator },
    applyAll: async () => {
      await atOnce(manifests, WIDTH, (manifest) => world.api.apply(manifest));
    },
    removeAll: async () => {
      await atOnce(keys, WIDTH, (key) => world.api.remove('CertificationCriterion', key));
    },
    standing: async () => {
      const logs = await criteriaOnRecord(operator.store);
      const shown = await world.api.list('CertificationCriterion', 'crowd');
      return {
        judged: logs.filter(({ events }) => events.some((event) => event.kind === 'Slot' && event.outcome === 'Met')).length,
        deleted: logs.filter(({ events }) => events.at(-1)?.kind === 'Deleted').length,
        shown: shown.filter(({ status }) => status?.verdict === 'Pass').length,
      };
    },
    close: () => world.close(),
  };
}

export interface Watched {
  /** How long /readyz took each time, shortest first; Infinity where it did not say 200 within a second. */
  readonly answerMs: readonly number[];
  readonly largestBytes: number;
  readonly writesASecond: number;
  readonly untilShownMs: number;
}

/** Applies all, and looks at the operator again and again until all are judged and shown. */
export async function applyAndWatch(crowd: Crowd, size: number, withinMs: number): Promise<Watched> {
  const startedAt = performance.now();
  const ended = new AbortController();
  const done = crowd
    .applyAll()
    .then(() => untilShown(crowd, size, withinMs))
    .finally(() => ended.abort());
  const looked = await lookUntil(crowd.operator, ended.signal);
  await done;
  const untilShownMs = performance.now() - startedAt;
  const written = metricIn(await crowd.operator.metrics(), 'assay_status_writes_total', { outcome: 'written' });
  return { ...looked, writesASecond: (written * 1000) / untilShownMs, untilShownMs };
}

function untilShown(crowd: Crowd, size: number, withinMs: number): Promise<void> {
  return eventually(async () => expect(await crowd.standing()).toMatchObject({ judged: size, shown: size }), withinMs);
}

async function lookUntil(operator: SpawnedOperator, signal: AbortSignal): Promise<Pick<Watched, 'answerMs' | 'largestBytes'>> {
  const answerMs: number[] = [];
  let largestBytes = 0;
  while (!signal.aborted) {
    const askedAt = performance.now();
    const { status } = await answerOf(`${operator.url}/readyz`);
    answerMs.push(status === 200 ? performance.now() - askedAt : Infinity);
    const metrics = await operator.metrics().catch(() => '');
    largestBytes = Math.max(largestBytes, metricIn(metrics, 'process_resident_memory_bytes'));
    await sleep(systemClock, LOOK_MS, signal);
  }
  return { answerMs: answerMs.sort((a, b) => a - b), largestBytes };
}

// What the status writer holds itself to, in docs/operating.md, and what it may do at once.
const WRITES_A_SECOND = 50;
const BURST = 100;
// This machine does other things too.
const MOST_OF_ALL = 0.95;

/** It answered, wrote no faster than it may, and took no more memory than it may. */
export function expectCalm({ answerMs, largestBytes, writesASecond, untilShownMs }: Watched, mostBytes: number): void {
  expect(answerMs[Math.floor(answerMs.length * MOST_OF_ALL)]).toBeLessThan(1_000);
  expect(writesASecond).toBeLessThanOrEqual(WRITES_A_SECOND + (BURST * 1000) / untilShownMs);
  expect(largestBytes).toBeGreaterThan(0);
  expect(largestBytes).toBeLessThan(mostBytes);
}
