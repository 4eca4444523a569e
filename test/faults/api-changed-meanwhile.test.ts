import { setTimeout as passed } from 'node:timers/promises';

import { eventually, type SpawnedOperator } from '../cluster/operator-world.ts';

import { type ApiScene, changesOf, openApiScene, shopCriterion, untilJudged, untilVerdict } from './api-scene.ts';
import { expectAllToHold } from './what-must-hold.ts';

// Criteria are edited, suspended, deleted and re-created while no operator is at work.

// Longer than what the oracle forgives before a suspension.
const DOWN_MS = 10_000;
const NAMES = ['edited', 'suspended', 'paused', 'deleted', 'returned'];
const KIND = 'CertificationCriterion';

let scene: ApiScene;
let operator: SpawnedOperator;

beforeAll(async () => {
  scene = await openApiScene(...NAMES);
  operator = await scene.world.spawnOperator();
  for (const name of NAMES) await untilVerdict(operator.store, name, 'Pass');
}, 120_000);
afterAll(() => scene.close(), 60_000);

test('what was missed before a change that nobody saw is on record, and the change too', async () => {
  const { api } = scene.world;
  const { store } = operator;
  operator.kill('SIGKILL');
  await operator.exited();
  await passed(DOWN_MS);
  const reason = 'maintenance';
  await api.patch(KIND, 'shop/edited', { spec: { interval: '2s', recoverFor: '4s', holdFor: '4s' } });
  await api.patch(KIND, 'shop/suspended', { spec: { suspend: { reason } } });
  await api.patch(KIND, 'shop/paused', { spec: { suspend: { reason } } });
  await api.remove(KIND, 'shop/deleted');
  await api.remove(KIND, 'shop/returned');
  await api.apply(shopCriterion('returned'));
  await operator.start();
  await eventually(async () => expect((await changesOf(store, 'paused')).at(-1)).toBe('Suspended'));
  await api.patch(KIND, 'shop/paused', { spec: { suspend: null } });
  for (const name of ['edited', 'paused', 'returned']) await untilJudged(store, name);
  await expectAllToHold({ api, store });
  expect(await changesOf(store, 'edited')).toEqual(['Created', 'Changed']);
  expect(await changesOf(store, 'suspended')).toEqual(['Created', 'Suspended']);
  expect(await changesOf(store, 'deleted')).toEqual(['Created', 'Deleted']);
  expect(await changesOf(store, 'returned')).toEqual(['Created', 'Deleted', 'Recreated']);
}, 240_000);
