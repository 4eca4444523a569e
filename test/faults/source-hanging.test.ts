import { join } from 'node:path';

import { createLogger } from 'winston';

import type { EvidenceStore } from '../../src/evidence/index.ts';
import type { Prometheus } from '../../src/parts/index.ts';
import { criterion, namespace, source } from '../cluster/manifests.ts';
import { eventually, openWorld, type World } from '../cluster/operator-world.ts';
import { timeOf } from '../e2e/evidence.ts';
import { type ComposedOperator, composeOperator } from './composed-operator.ts';
import { type HangingServer, startHangingServer } from './hanging-server.ts';
import { criteriaOnRecord, expectAllToHold } from './what-must-hold.ts';

// One of two sources takes connections and never answers. Whoever asks the other one notices nothing.

const EACH = 20;
const TIMEOUT_MS = 2_000;
const SLOTS = 5;

interface Recorded {
  readonly criterion: string;
  readonly atMs: number;
  /** From the slot until the observation was durable. */
  readonly lagMs: number;
}

let world: World;
let prometheus: Prometheus;
let hanging: HangingServer;
let composed: ComposedOperator;
let store: string;
const recorded: Recorded[] = [];

/** The store, with a note of when each observation became durable. */
function noting(inner: EvidenceStore): EvidenceStore {
  const append: EvidenceStore['append'] = async (entries) => {
    const positions = await inner.append(entries);
    const atMs = Date.now();
    for (const entry of entries) {
      if (entry.kind !== 'Observation') continue;
      const { criterion: name, slot } = entry.outcome;
      recorded.push({ criterion: name, atMs, lagMs: atMs - slot });
    }
    return positions;
  };
  return new Proxy(inner, {
    get: (target, name) => {
      if (name === 'append') return append;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

const namesOf = (kind: string): string[] => Array.from({ length: EACH }, (_, index) => `${kind}-${index}`);

beforeAll(async () => {
  world = await openWorld();
  prometheus = await world.startPrometheus({ config: [{ job_name: 'nobody', static_configs: [{ targets: ['127.0.0.1:9'] }] }] });
  hanging = await startHangingServer(prometheus.url);
  store = join(world.session.dir, 'evidence.db');
  composed = composeOperator({
    ...{ kubeconfig: world.cluster.kubeconfigPath, store, log: createLogger({ silent: true }), aroundStore: noting },
  });
  await composed.start();
  const rule = { threshold: { evidence: 'up', op: '<', value: 1 } } as const;
  const common = { rule, interval: '2s', unknownFor: '2s', recoverFor: '2s' };
  await world.api.apply(
    namespace('shop'),
    source('healthy', prometheus.url, { timeout: `${TIMEOUT_MS / 1000}s` }),
    source('hanging', hanging.url, { timeout: `${TIMEOUT_MS / 1000}s` }),
    ...namesOf('healthy').map((name) => criterion(`shop/${name}`, { source: 'healthy' }, common)),
    ...namesOf('hanging').map((name) => criterion(`shop/${name}`, { source: 'hanging' }, common)),
  );
  await verdicts('hanging', 'Pass');
}, 120_000);

afterAll(async () => {
  await composed.stop();
  await world.close();
  await hanging.stop();
}, 60_000);

/** Resolves once all criteria of a source have this verdict, as the operator knows them. */
function verdicts(kind: string, verdict: string): Promise<void> {
  return eventually(() => {
    const known = [...composed.operator.ledger.list()].filter(({ name }) => name.startsWith(kind));
    expect(known.map(({ state }) => state.track.verdict)).toEqual(Array.from({ length: EACH }, () => verdict));
  }, 60_000);
}

/** The lags of the healthy half since a time, in order of size, once there are enough of them. */
async function healthyLags(sinceMs: number): Promise<number[]> {
  const lags = (): number[] =>
    recorded.filter(({ criterion: name, atMs }) => atMs >= sinceMs && name.startsWith('healthy')).map(({ lagMs }) => lagMs);
  await eventually(() => expect(lags().length).toBeGreaterThanOrEqual(EACH * SLOTS), 90_000);
  return lags().sort((a, b) => a - b);
}

const shareOf = (sorted: readonly number[], share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;

test('while one source hangs, its criteria become Inconclusive and the lag of the others stays what it was', async () => {
  const before = await healthyLags(Date.now());
  const hangsFrom = Date.now();
  hanging.hang();
  const during = await healthyLags(Date.now());
  await verdicts('hanging', 'Inconclusive');
  const hung = recorded.filter(({ criterion: name }) => name.startsWith('hanging')).map(({ lagMs }) => lagMs);
  // The hanging half did wait; a healthy one that waited with it would be late by as much.
  expect(Math.max(...hung)).toBeGreaterThan(TIMEOUT_MS);
  for (const share of [0.5, 0.9]) expect(shareOf(during, share)).toBeLessThan(shareOf(before, share) + TIMEOUT_MS / 2);
  const healthy = (await criteriaOnRecord(store)).filter(({ name }) => name.startsWith('healthy'));
  const events = healthy.flatMap((log) => log.events).filter((event) => timeOf(event) > hangsFrom);
  expect(events.length).toBeGreaterThanOrEqual(EACH * SLOTS);
  expect(events.filter((event) => event.kind !== 'Slot' || event.outcome !== 'Met' || event.readBack)).toEqual([]);
}, 240_000);

test('once it answers again its criteria pass, and everything holds', async () => {
  hanging.answer();
  await verdicts('hanging', 'Pass');
  await expectAllToHold({ api: world.api, store }, 120_000);
}, 240_000);
