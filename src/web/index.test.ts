import { type AddressInfo, connect, createServer } from 'node:net';

import { Gauge } from 'prom-client';

import { Metrics } from '../platform/metrics.ts';
import { startWeb, type WebOptions, type WebServer } from './index.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serving(options: Partial<WebOptions> = {}): Promise<WebServer> {
  const { registry } = new Metrics();
  const web = await startWeb({ host: '127.0.0.1', port: 0, registry, notReady: () => undefined, ...options });
  closers.push(() => web.close());
  return web;
}

async function get({ port }: WebServer, path: string, method = 'GET'): Promise<{ status: number; type: string; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() };
}

const STARTING = 'starting: the log is not folded';

test.each(
  Object.entries({
    'it lives, whether it is ready or not': { path: '/healthz', notReady: STARTING, status: 200, text: 'ok\n' },
    'it is not ready, and says why': { path: '/readyz', notReady: STARTING, status: 503, text: `${STARTING}\n` },
    'it is ready when nothing keeps it': { path: '/readyz', notReady: undefined, status: 200, text: 'ok\n' },
  }),
)('%s', async (_sentence, { path, notReady, status, text }) => {
  const web = await serving({ notReady: () => notReady });
  expect(await get(web, path)).toEqual({ status, type: expect.stringMatching(/^text\/plain/) as unknown, text });
});

test('readiness is asked for anew with each request', async () => {
  let problem: string | undefined = STARTING;
  const web = await serving({ notReady: () => problem });
  expect((await get(web, '/readyz')).status).toBe(503);
  problem = undefined;
  expect((await get(web, '/readyz')).status).toBe(200);
  problem = 'the evidence store can not be written';
  expect(await get(web, '/readyz')).toMatchObject({ status: 503, text: expect.stringContaining('evidence store') as unknown });
});

test('metrics come in the text format of Prometheus, our own and those of the process', async () => {
  const metrics = new Metrics();
  metrics.evaluations.inc({ outcome: 'NotMet' });
  const web = await serving({ registry: metrics.registry });
  const { status, type, text } = await get(web, '/metrics');
  expect({ status, type }).toEqual({ status: 200, type: expect.stringMatching(/^text\/plain; version=0\.0\.4/) as unknown });
  expect(text).toContain('assay_evaluations_total{outcome="NotMet"} 1');
  expect(text).toMatch(/^process_cpu_seconds_total /m);
});

test('a metric that can not be had costs an answer, which tells nothing of why; the log does', async () => {
  const { registry } = new Metrics();
  const collect = (): never => {
    throw new Error('no such file: /data/evidence.db');
  };
  registry.registerMetric(new Gauge({ name: 'broken', help: 'Broken.', registers: [], collect }));
  const failures: unknown[] = [];
  const { status, text } = await get(await serving({ registry, onFailure: (error) => void failures.push(error) }), '/metrics');
  expect({ status, text }).toEqual({ status: 500, text: 'internal error\n' });
  expect(failures).toEqual([new Error('no such file: /data/evidence.db')]);
});

test('nothing else is answered, and nobody learns what answers', async () => {
  const web = await serving();
  const response = await fetch(`http://127.0.0.1:${web.port}/`);
  expect(response.status).toBe(404);
  expect(response.headers.get('x-powered-by')).toBeNull();
  expect((await get(web, '/healthz', 'POST')).status).toBe(404);
});

test('a port that is taken is an error at the start', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => other.close(resolve)));
  const { port } = other.address() as AddressInfo;
  await expect(serving({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('closing waits for nobody who takes his time to ask, and then nothing is answered', async () => {
  const web = await serving();
  const socket = connect(web.port, '127.0.0.1');
  const ended = new Promise((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve) => void socket.write('GET /healthz HTTP/1.1\r\n', () => resolve()));
  // Answered later than the half request was taken in.
  await get(web, '/healthz');
  await web.close();
  await ended;
  await expect(get(web, '/healthz')).rejects.toThrow();
});
