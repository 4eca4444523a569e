import { join } from 'node:path';

import { rememberingLogger } from '../../src/kube/stand-ins.ts';

import { type ApiProxy, type Passing, startApiProxy } from './api-proxy.ts';
import { type ApiScene, changesOf, onRecord, openApiScene, shopCriterion, untilVerdict } from './api-scene.ts';
import { compactEtcd } from './compaction.ts';
import { composeOperator } from './composed-operator.ts';
import { expectAllToHold } from './what-must-hold.ts';

// Criteria are listed in pages, and changed between two of them. The proxy makes the pages small: the API server gives as many as it
// is asked for. test/faults/long does the same with more objects than a page of the operator's own size holds.

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const SMALL_PAGE = '3';

let scene: ApiScene;
let proxy: ApiProxy;

beforeAll(async () => {
  scene = await openApiScene(...NAMES);
  proxy = await scene.world.session.use(startApiProxy(scene.world));
}, 90_000);
afterAll(() => scene.close(), 60_000);

const isList = ({ method, path, query }: Passing): boolean =>
  method === 'GET' && path.endsWith('/certificationcriteria') && !query.has('watch');

/** Makes pages small, and does something once, before the second page is given. */
function beforeTheSecondPage(happen: () => Promise<unknown>): { readonly pages: () => number } {
  let pages = 0;
  proxy.interfere(async (request) => {
    if (!isList(request)) return undefined;
    pages += 1;
    if (request.query.has('limit')) request.query.set('limit', SMALL_PAGE);
    if (pages === 2) await happen();
    return undefined;
  });
  return { pages: () => pages };
}

/** Page 1 holds a, b, c; page 2 d, e, f; page 3 g. */
async function changeEverywhere(): Promise<void> {
  const { api } = scene.world;
  const runbook = { spec: { runbook: 'https://runbooks.example.org/between-two-pages' } };
  await api.remove('CertificationCriterion', 'shop/a');
  await api.patch('CertificationCriterion', 'shop/b', runbook);
  await api.remove('CertificationCriterion', 'shop/e');
  await api.patch('CertificationCriterion', 'shop/g', runbook);
  await api.remove('CertificationCriterion', 'shop/f');
  await api.apply(shopCriterion('f'), shopCriterion('aa'), shopCriterion('z'));
}

test('what is changed, deleted, re-created and made between two pages is as it is in the end', async () => {
  const list = beforeTheSecondPage(changeEverywhere);
  const operator = await scene.world.startOperator({ kubeconfig: proxy.kubeconfig });
  expect(list.pages()).toBe(3);
  for (const name of ['aa', 'b', 'c', 'd', 'f', 'g', 'z']) await untilVerdict(operator.store, name, 'Pass');
  await expectAllToHold({ api: scene.world.api, store: operator.store });
  expect(await changesOf(operator.store, 'c')).toEqual(['Created']);
  await operator.stop();
}, 180_000);

test('a page whose token has expired (410) makes the list begin again, in one piece', async () => {
  const { api, cluster, session } = scene.world;
  const store = join(session.dir, 'after-410.db');
  const list = beforeTheSecondPage(async () => {
    await api.remove('CertificationCriterion', 'shop/aa');
    // A server that runs on has the pages of a version at hand; a new one has to ask etcd, which has forgotten it.
    await compactEtcd(scene.world);
    await cluster.restartApiServer();
  });
  const before = proxy.seen.length;
  const { log } = rememberingLogger();
  const composed = await session.use(Promise.resolve(composeOperator({ kubeconfig: proxy.kubeconfig, store, log })));
  await composed.start();
  expect(list.pages()).toBeGreaterThanOrEqual(3);
  // A server that has just begun may turn a request away (429, 503), or not answer it at all.
  const lists = proxy.seen.slice(before).filter((each) => isList(each) && (each.status === 200 || each.status === 410));
  expect(lists.map(({ status, query }) => `${status} ${query.has('continue') ? 'continued' : 'begun'}`)).toEqual([
    '200 begun',
    '410 continued',
    '200 begun',
  ]);
  expect(lists.at(-1)?.query.has('limit')).toBe(false);
  for (const name of ['b', 'c', 'd', 'f', 'g', 'z']) await untilVerdict(store, name, 'Pass');
  await expect(onRecord(store, 'aa')).rejects.toThrow('nothing is on record');
}, 120_000);
