import { criterion } from '../../cluster/manifests.ts';
import { type ApiProxy, type Passing, startApiProxy } from '../api-proxy.ts';
import { type ApiScene, changesOf, openApiScene } from '../api-scene.ts';
import { expectAllToHold } from '../what-must-hold.ts';

// As test/faults/api-pages.test.ts, with pages of the operator's own size: 500.

const COUNT = 620;
const WRITTEN_WITHIN_MS = 600_000;

let scene: ApiScene;
let proxy: ApiProxy;

const nameOf = (index: number): string => `c-${String(index).padStart(4, '0')}`;
const manyth = (index: number): ReturnType<typeof criterion> =>
  criterion(
    `shop/${nameOf(index)}`,
    { source: 'honest' },
    { service: 'shop', interval: '30s', holdFor: '30s', recoverFor: '30s' },
  );

beforeAll(async () => {
  scene = await openApiScene();
  proxy = await scene.world.session.use(startApiProxy(scene.world));
  await scene.world.api.apply(...Array.from({ length: COUNT }, (_, index) => manyth(index)));
}, 180_000);
afterAll(() => scene.close(), 60_000);

const isList = ({ method, path, query }: Passing): boolean =>
  method === 'GET' && path.endsWith('/certificationcriteria') && !query.has('watch');

test('of more objects than a page holds none is missed, whatever happens between the pages', async () => {
  const { api } = scene.world;
  const runbook = { spec: { runbook: 'https://runbooks.example.org/between-two-pages' } };
  proxy.interfere(async (request) => {
    if (!isList(request) || !request.query.has('continue')) return undefined;
    await api.remove('CertificationCriterion', `shop/${nameOf(0)}`);
    await api.patch('CertificationCriterion', `shop/${nameOf(1)}`, runbook);
    await api.remove('CertificationCriterion', `shop/${nameOf(COUNT - 1)}`);
    await api.patch('CertificationCriterion', `shop/${nameOf(COUNT - 2)}`, runbook);
    await api.apply(manyth(COUNT));
    return undefined;
  });
  const operator = await scene.world.spawnOperator({ kubeconfig: proxy.kubeconfig, leaseDuration: '60s' });
  expect(proxy.seen.filter(isList)).toHaveLength(2);
  await expectAllToHold({ api, store: operator.store }, WRITTEN_WITHIN_MS);
  expect(await changesOf(operator.store, nameOf(COUNT))).toEqual(['Created']);
}, 700_000);
