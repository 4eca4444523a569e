import { join } from 'node:path';

import { type Line, startLine } from '../cluster/kube-world.ts';
import type { Manifest } from '../cluster/kube-api.ts';
import { source } from '../cluster/manifests.ts';
import { eventually, type SpawnedOperator } from '../cluster/operator-world.ts';

import { kubeconfigAt } from './api-proxy.ts';
import { type ApiScene, changesOf, onRecord, openApiScene, shopCriterion, untilJudged, untilVerdict } from './api-scene.ts';
import { expectAllToHold } from './what-must-hold.ts';

// Somebody deletes a CRD while the operator runs, and with it every object of that kind; then it is applied again, and the objects too.

const CRDS = join(import.meta.dirname, '../../crds');
const DELETED_WITHIN_MS = 90_000;

let scene: ApiScene;
let line: Line;
let operator: SpawnedOperator;
let store: string;

beforeAll(async () => {
  scene = await openApiScene('front');
  const { cluster, session } = scene.world;
  line = await startLine(cluster.url);
  const kubeconfig = await kubeconfigAt(cluster.kubeconfigPath, `https://127.0.0.1:${line.port}`, join(session.dir, 'line.json'));
  operator = await scene.world.spawnOperator({ kubeconfig, leaseDuration: '120s' });
  ({ store } = operator);
  await untilVerdict(store, 'front', 'Pass');
}, 120_000);
afterAll(async () => {
  await scene.close();
  await line.close();
}, 60_000);

const holds = (): Promise<void> => expectAllToHold({ api: scene.world.api, store });
const removeCrd = (plural: string): Promise<string> =>
  scene.world.kubectl('delete', 'crd', `${plural}.assay.dev`, '--timeout=40s');

async function applyCrds(): Promise<void> {
  const { world } = scene;
  await world.kubectl('apply', '-f', CRDS);
  await world.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=20s');
}

/** Again and again: a kind that was just made is not served at once. */
const applied = (...manifests: readonly Manifest[]): Promise<void> => eventually(() => scene.world.api.apply(...manifests));

test('without CertificationCriteria every criterion is deleted on record; a name that returns opens its deviation again', async () => {
  scene.measure('0');
  await untilVerdict(store, 'front', 'Fail');
  // Out of its sight, so that no watch tells of each object: it finds a kind that is not served.
  line.block();
  await removeCrd('certificationcriteria');
  line.unblock();
  await eventually(async () => expect((await changesOf(store, 'front')).at(-1)).toBe('Deleted'), DELETED_WITHIN_MS);
  await applyCrds();
  await applied(shopCriterion('front'));
  await eventually(async () => expect((await changesOf(store, 'front')).at(-1)).toBe('Recreated'), DELETED_WITHIN_MS);
  const deviations = (await onRecord(store, 'front')).records.flatMap((record) =>
    record.kind === 'DeviationOpened' || record.kind === 'DeviationClosed' ? [record] : [],
  );
  const { id } = deviations[0]!.body;
  expect(deviations).toMatchObject([
    { kind: 'DeviationOpened', body: { id, reopened: false } },
    { kind: 'DeviationClosed', body: { id, reason: 'CriterionDeleted' } },
    { kind: 'DeviationOpened', body: { id, reopened: true } },
  ]);
  scene.measure('1');
  await untilVerdict(store, 'front', 'Pass');
  await holds();
}, 400_000);

test('without EvidenceReports judging goes on, and the live reports are made again', async () => {
  await removeCrd('evidencereports');
  await eventually(async () => expect(await operator.logged()).toContain('"message":"the live report can not be kept"'), 60_000);
  await untilJudged(store, 'front');
  scene.measure('0');
  await untilVerdict(store, 'front', 'Fail');
  await applyCrds();
  await holds();
  expect(await changesOf(store, 'front')).toEqual(['Created', 'Deleted', 'Recreated']);
}, 400_000);

test('without EvidenceSources nothing is known, and nothing passes, until the source is back', async () => {
  scene.measure('1');
  await untilVerdict(store, 'front', 'Pass');
  const { spec } = await scene.world.api.get('EvidenceSource', 'honest');
  await removeCrd('evidencesources');
  await untilVerdict(store, 'front', 'Inconclusive', 60_000);
  await eventually(async () => {
    const { status } = await scene.world.api.get('CertificationCriterion', 'shop/front');
    expect(status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', reason: 'SourceNotFound' });
  }, 40_000);
  await applyCrds();
  await applied(source('honest', spec.prometheus?.url ?? ''));
  await untilVerdict(store, 'front', 'Pass', 60_000);
  await holds();
}, 400_000);
