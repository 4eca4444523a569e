import type { ServerResponse } from 'node:http';

import { type Asked, type FakeApiServer, json, startFakeApiServer } from '../../kube/stand-ins.ts';
import { HandClock } from '../../platform/hand-clock.ts';
import type { ClusterObjects, WantedObjects } from '../../sources/cluster.ts';
import { type ClusterObjectsOptions, newClusterObjects } from './cluster-objects.ts';

// What a real API server can not be made to answer; the rest is in test/cluster/cluster-objects.test.ts.

type Answer = (asked: Asked, response: ServerResponse) => void;

const never = new AbortController().signal;
const PODS: WantedObjects = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop' };
const core = { resources: [{ name: 'pods', kind: 'Pod', namespaced: true, verbs: ['list'] }] };
const pod = (name: string, more: object = {}): object => ({ metadata: { name, namespace: 'shop' }, ...more });
const podList = (...items: unknown[]): object => ({ kind: 'PodList', metadata: { resourceVersion: '1' }, items });

let server: FakeApiServer;
afterEach(() => server.stop());

/** A cluster with pods, whose lists are answered so. */
async function start(
  list: Answer,
  options: Partial<ClusterObjectsOptions> & { discovery?: Answer } = {},
): Promise<{ objects: ClusterObjects; clock: HandClock }> {
  const { discovery = (_asked, response) => json(response, 200, core), ...rest } = options;
  server = await startFakeApiServer((asked, response) => (asked.url.pathname === '/api/v1' ? discovery : list)(asked, response));
  const clock = new HandClock();
  return { clock, objects: newClusterObjects({ transport: server.transport(), clock, ...rest }) };
}

const paths = (): string[] => server.asked.map(({ url }) => url.pathname);
const always =
  (status: number, body: object): Answer =>
  (_asked, response) =>
    json(response, status, body);
const refusal = (code: number, reason: string): Answer => always(code, { kind: 'Status', code, reason, message: 'sesame' });

const unreadable = { reason: 'Unreachable', message: expect.stringMatching(/not of its documented format/) as unknown };
const answers: Record<string, { list: Answer; options?: Parameters<typeof start>[1]; want: object }> = {
  'a refused list': {
    list: refusal(403, 'Forbidden'),
    want: {
      reason: 'NotAllowed',
      message: "the operator may not list pods: the chart's value readableResources lists the kinds that may be read",
    },
  },
  'a list of a kind that is gone': { list: refusal(404, 'NotFound'), want: { reason: 'NotServed' } },
  'a server with an error': { list: refusal(500, 'InternalError'), want: { reason: 'Unreachable' } },
  'a list that is none': { list: always(200, { items: 'none' }), want: unreadable },
  'a list of what are no objects': { list: always(200, podList(1, null)), want: unreadable },
  'an answer that is not JSON': {
    list: (_asked, response) => void response.end('<html>sesame'),
    want: { reason: 'Unreachable', message: expect.stringMatching(/not JSON/) as unknown },
  },
  'a connection that breaks': { list: (_asked, response) => void response.destroy(), want: { reason: 'Unreachable' } },
  'more objects than are read': {
    list: always(200, podList(pod('a'), pod('b'), pod('c'))),
    options: { maxObjects: 2 },
    want: { reason: 'TooMany', message: 'pods can not be counted: there are more than 2 of them' },
  },
  'larger objects than are read': {
    list: always(200, podList(pod('a', { spec: 'x'.repeat(2 ** 20) }))),
    options: { maxBytes: 2 ** 20 },
    want: { reason: 'TooMany', message: 'pods can not be counted: they are larger than 1 MiB together' },
  },
  'a refused look at what there is': {
    list: always(200, podList()),
    options: { discovery: refusal(403, 'Forbidden') },
    want: { reason: 'NotAllowed', message: 'the operator may not see what v1 holds' },
  },
  'a look at what there is that gives nothing to read': {
    list: always(200, podList()),
    options: { discovery: always(200, { resources: 7 }) },
    want: unreadable,
  },
};

test.each(Object.entries(answers))('gives no objects, and says why: %s', async (_sentence, { list, options, want }) => {
  const { objects } = await start(list, options);
  const found = await objects.list(PODS, never);
  expect(found).toMatchObject({ kind: 'NotFound', ...want });
  expect(JSON.stringify(found)).not.toContain('sesame');
});

test('a list that is begun anew because a page has expired is counted once', async () => {
  const { objects } = await start(
    ({ url }, response) => {
      if (url.searchParams.has('continue')) {
        json(response, 410, { kind: 'Status', code: 410, reason: 'Expired' });
        return;
      }
      const paged = url.searchParams.has('limit');
      const first = { ...podList(pod('a')), metadata: { continue: 'next' } };
      json(response, 200, paged ? first : podList(pod('a'), pod('b')));
    },
    { maxObjects: 2, pageSize: 1 },
  );
  expect(await objects.list(PODS, never)).toMatchObject({ kind: 'Objects', objects: [pod('a'), pod('b')] });
});

test('a server that does not answer is waited for half a minute', async () => {
  const { objects, clock } = await start(() => undefined);
  const found = objects.list(PODS, never);
  while (paths().length < 2) await clock.advance(0);
  await clock.advance(30_000);
  expect(await found).toMatchObject({ reason: 'Unreachable' });
});

test('whoever gives up waits no longer, and the others still do', async () => {
  let answer: () => void = () => undefined;
  const { objects } = await start((_asked, response) => void (answer = () => json(response, 200, podList(pod('a')))));
  const hasty = new AbortController();
  const [one, other] = [objects.list(PODS, hasty.signal), objects.list(PODS, never)];
  while (paths().length < 2) await new Promise((resolve) => setImmediate(resolve));
  hasty.abort();
  expect(await one).toMatchObject({ reason: 'Unreachable', message: expect.stringMatching(/given up/) as unknown });
  answer();
  expect(await other).toMatchObject({ kind: 'Objects' });
  expect(paths()).toEqual(['/api/v1', '/api/v1/namespaces/shop/pods']);
});

const asking: Record<string, { advanceMs: number; lists: number; looks: number }> = {
  'at once': { advanceMs: 0, lists: 1, looks: 1 },
  'after less than five seconds': { advanceMs: 4_900, lists: 1, looks: 1 },
  'after five seconds': { advanceMs: 5_000, lists: 2, looks: 1 },
  'after less than five minutes': { advanceMs: 299_000, lists: 2, looks: 1 },
  'after five minutes': { advanceMs: 300_000, lists: 2, looks: 2 },
};

describe('the same question', () => {
  test.each(Object.entries(asking))('%s', async (_sentence, { advanceMs, lists, looks }) => {
    const { objects, clock } = await start(always(200, podList(pod('a'))));
    await Promise.all([objects.list(PODS, never), objects.list(PODS, never), objects.list(PODS, never)]);
    await clock.advance(advanceMs);
    await objects.list(PODS, never);
    expect(paths().filter((path) => path.endsWith('pods'))).toHaveLength(lists);
    expect(paths().filter((path) => path === '/api/v1')).toHaveLength(looks);
  });

  test('of another namespace, or by other labels, is another one', async () => {
    const { objects } = await start(always(200, podList(pod('a'))));
    await Promise.all([
      objects.list(PODS, never),
      objects.list({ ...PODS, namespace: 'bank' }, never),
      objects.list({ ...PODS, selector: { matchLabels: { a: 'b' } } }, never),
    ]);
    expect(paths().filter((path) => path.endsWith('pods'))).toHaveLength(3);
  });

  test('is asked anew where there was no answer', async () => {
    const { objects } = await start(always(500, {}));
    await objects.list(PODS, never);
    await objects.list(PODS, never);
    expect(paths().filter((path) => path.endsWith('pods'))).toHaveLength(2);
  });
});

test('a kind that is not served is looked for again after half a minute', async () => {
  const { objects, clock } = await start(always(200, podList()), { discovery: refusal(404, 'NotFound') });
  const want = { kind: 'NotFound', reason: 'NotServed', message: 'the API server serves no Pod of v1' };
  expect(await objects.list(PODS, never)).toEqual(want);
  await clock.advance(29_000);
  await objects.list(PODS, never);
  expect(server.asked).toHaveLength(1);
  await clock.advance(1_000);
  await objects.list(PODS, never);
  expect(server.asked).toHaveLength(2);
});
