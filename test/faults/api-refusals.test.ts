import { setTimeout as passed } from 'node:timers/promises';

import { eventually, metricIn, type SpawnedOperator } from '../cluster/operator-world.ts';

import { type ApiProxy, type Interference, type Passing, startApiProxy } from './api-proxy.ts';
import { type ApiScene, onRecord, openApiScene, shopCriterion, untilJudged, untilVerdict } from './api-scene.ts';
import { expectAllToHold } from './what-must-hold.ts';

// The API server refuses: too many requests (429), errors of its own (500). Judging goes on, nothing is lost, and nobody is hammered.

const RETRY_AFTER_MS = 1_000;

let scene: ApiScene;
let proxy: ApiProxy;
let operator: SpawnedOperator;
let store: string;

beforeAll(async () => {
  scene = await openApiScene('front');
  proxy = await scene.world.session.use(startApiProxy(scene.world));
  operator = await scene.world.spawnOperator({ kubeconfig: proxy.kubeconfig, leaseDuration: '120s' });
  ({ store } = operator);
  await untilVerdict(store, 'front', 'Pass');
}, 120_000);
afterAll(() => scene.close(), 60_000);

const holds = (): Promise<void> => expectAllToHold({ api: scene.world.api, store });

/** Of so many requests one is refused like this. */
const everyThird429AndEverySeventh500 = (): Interference => {
  let count = 0;
  return () => {
    count += 1;
    if (count % 3 === 0) return { status: 429, reason: 'TooManyRequests', retryAfterSeconds: RETRY_AFTER_MS / 1000 };
    return count % 7 === 0 ? { status: 500, reason: 'InternalError' } : undefined;
  };
};

/** How long after each refusal with Retry-After the same was asked again. */
function waitsAfter429(): number[] {
  const same = (one: Passing, other: Passing): boolean => one.method === other.method && one.path === other.path;
  return proxy.seen.flatMap((refused, index) => {
    if (refused.status !== 429) return [];
    const next = proxy.seen.slice(index + 1).find((request) => same(request, refused));
    return next ? [next.atMs - refused.atMs] : [];
  });
}

test('while every third request is answered 429 and every seventh 500, all is told in the end, and Retry-After is heeded', async () => {
  proxy.interfere(everyThird429AndEverySeventh500());
  scene.measure('0');
  await scene.world.api.apply(shopCriterion('new'));
  for (const name of ['front', 'new']) await untilVerdict(store, name, 'Fail');
  scene.measure('1');
  for (const name of ['front', 'new']) await untilVerdict(store, name, 'Pass');
  await untilJudged(store, 'front');
  const text = await operator.metrics();
  for (const code of ['429', '500']) expect(metricIn(text, 'assay_kube_requests_total', { code })).toBeGreaterThan(0);
  proxy.interfere(undefined);
  await holds();
  const waits = waitsAfter429();
  expect(waits.length).toBeGreaterThan(3);
  // Clocks of two processes: a millisecond or two.
  expect(Math.min(...waits)).toBeGreaterThan(RETRY_AFTER_MS - 50);
}, 300_000);

test('a criterion is judged in time while the API server has no time for its live report', async () => {
  proxy.interfere(({ method, path }) =>
    method !== 'GET' && path.includes('/evidencereports')
      ? { status: 429, reason: 'TooManyRequests', retryAfterSeconds: 15 }
      : undefined,
  );
  await scene.world.api.apply(shopCriterion('patient'));
  await eventually(async () => expect((await onRecord(store, 'patient')).records.length).toBeGreaterThan(0));
  await passed(6_000);
  const { events } = await onRecord(store, 'patient');
  const inTime = events.filter((event) => event.kind === 'Slot' && !event.readBack);
  expect(inTime.length).toBeGreaterThan(2);
  proxy.interfere(undefined);
  await holds();
}, 240_000);
