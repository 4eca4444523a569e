import type { KubeObject } from '../api/common.ts';
import { listPages } from './list-pages.ts';
import { json, startFakeApiServer, type FakeApiServer } from './stand-ins.ts';

let api: FakeApiServer;
afterEach(() => api.stop());

const page = (names: readonly string[], token?: string): object => ({
  metadata: { resourceVersion: '7', continue: token ?? '' },
  items: names.map((name) => ({ metadata: { namespace: 'ns', name } })),
});
const list = () =>
  listPages<KubeObject>({
    transport: api.transport(),
    resource: { apiVersion: 'kube.test/v1', kind: 'Thing', plural: 'things', namespaced: true },
    selectors: { labelSelector: 'a=b' },
    pageSize: 2,
    trim: (object) => object,
    signal: new AbortController().signal,
  });
const queries = (): string[] => api.asked.map(({ url }) => url.search);

test('pages are read one by one, and items learn what they are', async () => {
  api = await startFakeApiServer((_asked, response, count) =>
    json(response, 200, count === 1 ? page(['a', 'b'], 'next') : page(['c'])),
  );
  const { version, objects } = await list();
  expect(version).toBe('7');
  expect([...objects.keys()]).toEqual(['ns/a', 'ns/b', 'ns/c']);
  expect(objects.get('ns/a')).toMatchObject({ apiVersion: 'kube.test/v1', kind: 'Thing' });
  expect(queries()).toEqual(['?labelSelector=a%3Db&limit=2', '?labelSelector=a%3Db&limit=2&continue=next']);
});

test('when the token of the next page has expired, all is read in one piece', async () => {
  api = await startFakeApiServer((_asked, response, count) => {
    if (count === 1) json(response, 200, page(['gone', 'b'], 'next'));
    else if (count === 2) json(response, 410, { reason: 'Expired' });
    else json(response, 200, page(['b', 'c', 'd']));
  });
  expect([...(await list()).objects.keys()]).toEqual(['ns/b', 'ns/c', 'ns/d']);
  expect(queries().at(-1)).toBe('?labelSelector=a%3Db');
});

test('any other error is left to the caller', async () => {
  api = await startFakeApiServer((_asked, response) => json(response, 403, { reason: 'Forbidden' }));
  await expect(list()).rejects.toMatchObject({ status: 403 });
});
