import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ERRORS } from '../platform/errors.ts';
import { KubeError } from './kube-error.ts';
import { HandClock } from '../platform/hand-clock.ts';
import { configFor, json, startFakeApiServer, type FakeApiServer } from './stand-ins.ts';
import { newTransport, type KubeRequest, type Transport } from './transport.ts';

const running: FakeApiServer[] = [];
async function start(...args: Parameters<typeof startFakeApiServer>): Promise<FakeApiServer> {
  const api = await startFakeApiServer(...args);
  running.push(api);
  return api;
}
afterEach(async () => {
  for (const api of running.splice(0)) await api.stop();
});

const get: KubeRequest = { method: 'GET', path: '/api/v1/things' };
async function failure(doing: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await doing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof KubeError)) throw new Error(`expected a KubeError, not ${String(error)}`);
  return error;
}
const status = (code: number, reason: string): object => ({ kind: 'Status', code, reason, message: 'secret things' });

test('a request is sent as told, and its answer is parsed', async () => {
  const { transport, asked } = await start((_asked, response) => json(response, 201, { well: 'done' }));
  const query = { fieldManager: 'a b', force: true, limit: undefined };
  const body = { text: 'ä' };
  const answer = await transport().request({ method: 'POST', path: '/api/v1/x', query, body, contentType: 'application/x' });
  expect(answer).toEqual({ well: 'done' });
  expect(asked[0]).toMatchObject({ method: 'POST', body: '{"text":"ä"}' });
  expect(asked[0]?.url.href).toContain('/api/v1/x?fieldManager=a+b&force=true');
  expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer sesame', 'content-type': 'application/x' });
});

test('an empty answer is none', async () => {
  const { transport } = await start((_asked, response) => response.writeHead(200).end());
  expect(await transport().request(get)).toBeUndefined();
});

test('requests share a connection that is kept', async () => {
  const api = await start((_asked, response) => json(response, 200, {}));
  const transport = api.transport();
  for (let i = 0; i < 20; i += 1) await transport.request(get);
  // One request may come before undici sees that the connection is free again.
  expect(api.connections).toBeLessThanOrEqual(2);
});

test('a path before the API is kept, as proxies in front of it have one', async () => {
  const { url, asked } = await start((_asked, response) => json(response, 200, {}));
  const transport = newTransport({ config: configFor(`${url}/k8s/clusters/one/`) });
  await transport.request(get);
  await transport.close();
  expect(asked[0]?.url.pathname).toBe('/k8s/clusters/one/api/v1/things');
});

test('an error carries status, reason and causes, and its message nothing of the server or the query', async () => {
  const details = { causes: [{ reason: 'NamespaceTerminating' }] };
  const { transport } = await start((_asked, response) => json(response, 403, { ...status(403, 'Forbidden'), details }));
  const error = await failure(transport().request({ ...get, query: { token: 'hush' } }));
  expect(error).toMatchObject({
    code: 'KUBE_REQUEST_FAILED',
    status: 403,
    reason: 'Forbidden',
    causes: ['NamespaceTerminating'],
  });
  expect(error.message).toBe('GET /api/v1/things was answered 403 Forbidden');
  expect(error.detail).toBe('secret things');
  expect(ERRORS[error.code].next).toBe('retry');
});

test.each(
  Object.entries({
    'a refusal in plain text': { code: 404, body: '404 page not found', want: { status: 404, reason: undefined } },
    'a success that is not JSON': { code: 200, body: '<html>', want: { status: undefined } },
    'a redirect is not followed': { code: 302, body: '', want: { status: 302 } },
  }),
)('%s', async (_sentence, { code, body, want }) => {
  const { transport } = await start((_asked, response) => response.writeHead(code, { location: '/elsewhere' }).end(body));
  expect(await failure(transport().request(get))).toMatchObject(want);
});

test('a busy server is asked again after the time that it names', async () => {
  const { transport, asked } = await start((_asked, response, count) => {
    if (count < 3) json(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '1' });
    else json(response, 200, { well: 'done' });
  });
  const startedAt = Date.now();
  expect(await transport({ random: () => 0 }).request(get)).toEqual({ well: 'done' });
  expect(asked).toHaveLength(3);
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(2000);
});

test.each(
  Object.entries({
    'one that stays busy is given up': { request: get, code: 503, after: '0', want: 4 },
    'what may not be sent twice is sent once': { request: { ...get, method: 'POST' as const }, code: 429, after: '0', want: 1 },
    'but is, if it is said to be harmless': {
      request: { ...get, method: 'POST' as const, idempotent: true },
      code: 429,
      after: '0',
      want: 4,
    },
    'a wait of an hour is left to the caller': { request: get, code: 429, after: '3600', want: 1 },
    'without a time nothing is tried again': { request: get, code: 503, after: undefined, want: 1 },
    'an error of the server is not tried again': { request: get, code: 500, after: '0', want: 1 },
  }),
)('%s', async (_sentence, { request, code, after, want }) => {
  const { transport, asked } = await start((_asked, response) =>
    json(response, code, status(code, 'Busy'), after === undefined ? {} : { 'retry-after': after }),
  );
  const error = await failure(transport({ random: () => 0 }).request(request));
  expect(error).toMatchObject({ status: code, retryAfterMs: after === undefined ? undefined : Number(after) * 1000 });
  expect(asked).toHaveLength(want);
});

test('Retry-After can be a date', async () => {
  const at = new Date(Date.UTC(2026, 0, 1, 1));
  const { transport } = await start((_asked, response) => json(response, 429, {}, { 'retry-after': at.toUTCString() }));
  expect(await failure(transport({ clock: new HandClock(Date.UTC(2026, 0, 1)) }).request(get))).toMatchObject({
    retryAfterMs: 3_600_000,
  });
});

test('a connection that the server closed meanwhile is no failure', async () => {
  const { transport, asked } = await start((_asked, response, count) => {
    if (count === 2) response.destroy();
    else json(response, 200, {});
  });
  const sender = transport();
  await sender.request(get);
  await sender.request(get);
  expect(asked).toHaveLength(3);
  const { transport: other } = await start((_asked, response) => response.destroy());
  expect(await failure(other().request(get))).toMatchObject({ status: undefined });
});

test('a server that does not answer is given up', async () => {
  const { transport } = await start(() => undefined);
  const error = await failure(transport().request({ ...get, timeoutMs: 50 }));
  expect(error).toMatchObject({ message: 'GET /api/v1/things got no answer', status: undefined });
});

test('so is one that begins to answer and then falls silent', async () => {
  const { transport } = await start((_asked, response) => response.writeHead(200).write('{"half":'));
  expect(await failure(transport().request({ ...get, timeoutMs: 100 }))).toMatchObject({ status: undefined });
});

test('a caller can give up, before and while waiting', async () => {
  const { transport, asked } = await start(() => undefined);
  const sender = transport();
  await failure(sender.request({ ...get, signal: AbortSignal.abort() }));
  expect(asked).toHaveLength(0);
  const giveUp = new AbortController();
  const waiting = failure(sender.request({ ...get, signal: giveUp.signal }));
  setTimeout(() => giveUp.abort(), 20);
  await waiting;
});

test('each attempt is told, with 0 for no answer', async () => {
  const told: unknown[] = [];
  const { transport, url, stop } = await start((_asked, response, count) =>
    count === 1 ? json(response, 429, {}, { 'retry-after': '0' }) : json(response, 200, {}),
  );
  const options = { onRequest: (verb: string, code: number, ms: number) => told.push([verb, code, ms >= 0]) };
  await transport(options).request(get);
  await stop();
  const dead = newTransport({ config: configFor(url), ...options });
  await failure(dead.request(get));
  expect(told).toEqual([
    ['GET', 429, true],
    ['GET', 200, true],
    ['GET', 0, true],
  ]);
});

describe('credentials', () => {
  let dir: string;
  beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'kube-'))));
  afterEach(() => rm(dir, { recursive: true }));

  const guarded = (token: () => string) =>
    start((asked, response) => {
      if (asked.headers.authorization === `Bearer ${token()}`) json(response, 200, {});
      else json(response, 401, status(401, 'Unauthorized'));
    });

  test('a token file that was rotated is read again as soon as the old token is refused', async () => {
    const tokenFile = join(dir, 'token');
    let token = 'one';
    const { url, asked } = await guarded(() => token);
    await writeFile(tokenFile, 'one\n');
    const transport = newTransport({
      config: configFor(url, { authProvider: { name: 'tokenFile', config: { tokenFile } } }),
    });
    await transport.request(get);
    token = 'two';
    await writeFile(tokenFile, 'two\n');
    await Promise.all([transport.request(get), transport.request(get)]);
    await transport.request(get);
    expect(asked.at(-1)?.headers.authorization).toBe('Bearer two');
    await transport.close();
  });

  test('a token that stays refused is an error, after one more try', async () => {
    const { transport, asked } = await guarded(() => 'another');
    expect(await failure(transport().request(get))).toMatchObject({ status: 401 });
    expect(asked).toHaveLength(2);
  });

  test('an exec plugin is run once for many requests, and again when its token is refused', async () => {
    const ran = join(dir, 'ran');
    const script = `echo x >> ${ran}; printf '{"status":{"token":"t%s"}}' $(wc -l < ${ran} | tr -d ' ')`;
    let token = 't1';
    const { url, asked } = await guarded(() => token);
    const transport = newTransport({ config: configFor(url, { exec: { command: 'sh', args: ['-c', script] } }) });
    await Promise.all([1, 2, 3].map(() => transport.request(get)));
    expect(asked).toHaveLength(3);
    token = 't2';
    await transport.request(get);
    expect(asked.at(-1)?.headers.authorization).toBe('Bearer t2');
    await transport.close();
  });

  test('an exec plugin that hangs ends with the request', async () => {
    const { url } = await guarded(() => 'x');
    const transport = newTransport({ config: configFor(url, { exec: { command: 'sleep', args: ['1'] } }) });
    expect(await failure(transport.request({ ...get, timeoutMs: 50 }))).toMatchObject({ status: undefined });
    await transport.close();
  });

  test('user name and password are sent as such', async () => {
    const { url, asked } = await start((_asked, response) => json(response, 200, {}));
    const transport = newTransport({ config: configFor(url, { username: 'u', password: 'p' }) });
    await transport.request(get);
    await transport.close();
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  });
});

describe('stream', () => {
  const read = async (transport: Transport, idleMs = 60_000, signal?: AbortSignal): Promise<unknown[]> => {
    const found: unknown[] = [];
    const request = { path: '/api/v1/things', idleMs, maxLineBytes: 1000, ...(signal === undefined ? {} : { signal }) };
    for await (const line of transport.stream(request)) found.push(line);
    return found;
  };

  test('lines come as they are sent, until the server ends', async () => {
    const { transport } = await start((_asked, response) => {
      response.writeHead(200).write('{"a":1}\n{"b"');
      setTimeout(() => response.end(':2}\n'), 20);
    });
    expect(await read(transport())).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test.each(
    Object.entries({
      'a refusal': { answer: [410, '{"reason":"Expired"}'], want: { status: 410, reason: 'Expired' } },
      'a line that is not JSON': { answer: [200, 'oops\n'], want: { message: /not JSON/ } },
      'a line that never ends': { answer: [200, 'x'.repeat(2000)], want: { message: /too long/ } },
    } as const),
  )('%s is an error', async (_sentence, { answer: [code, body], want }) => {
    const { transport } = await start((_asked, response) => response.writeHead(code).end(body));
    const error = await failure(read(transport()));
    const message = 'message' in want ? { message: expect.stringMatching(want.message) as unknown } : want;
    expect(error).toMatchObject(message);
  });

  test('silence is an error of its own', async () => {
    const { transport } = await start((_asked, response) => response.writeHead(200).write('{"a":1}\n'));
    expect(await failure(read(transport(), 200))).toMatchObject({ reason: 'Idle', status: undefined });
  });

  test('one who stops reading frees the connection', async () => {
    const closed = Promise.withResolvers<undefined>();
    const { transport } = await start((_asked, response) => {
      response.on('close', () => closed.resolve(undefined));
      response.writeHead(200).write('{"a":1}\n');
    });
    for await (const _line of transport().stream({ path: '/x', idleMs: 60_000 })) break;
    await closed.promise;
  });

  test('it ends with its signal', async () => {
    const { transport } = await start((_asked, response) => response.writeHead(200).write('{"a":1}\n'));
    const giveUp = new AbortController();
    setTimeout(() => giveUp.abort(), 30);
    await failure(read(transport(), 60_000, giveUp.signal));
  });
});

test('a server that accepts connections and never speaks TLS is given up', async () => {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const transport = newTransport({ config: configFor(`https://127.0.0.1:${(server.address() as AddressInfo).port}`) });
  expect(await failure(transport.request({ ...get, timeoutMs: 100 }))).toMatchObject({ status: undefined });
  await transport.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});
