import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { AssayError } from './errors.ts';
import { type HttpClient, type HttpClientOptions, type HttpRequest, newHttpClient } from './http.ts';

const SECRET = 'tok3n-that-must-not-leak';
const never = new AbortController().signal;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => ('closeAllConnections' in server && server.closeAllConnections(), server.close()));
  return (server.address() as AddressInfo).port;
}

const serving = async (handler: Handler): Promise<string> => `http://127.0.0.1:${await listening(createServer(handler))}`;

function client(url: string, options: Partial<HttpClientOptions> = {}): HttpClient {
  const made = newHttpClient({
    ...{ url, timeoutMs: 2_000, maxBytes: 1_000, maxConnections: 2, headers: { 'X-Org': SECRET } },
    ...options,
  });
  closers.push(() => made.close());
  return made;
}

const GET: HttpRequest = { method: 'GET', path: `/things?token=${SECRET}` };

async function errorOf(answer: Promise<unknown>): Promise<AssayError> {
  const error = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AssayError)) throw new Error(`no AssayError: ${String(error)}`);
  return error;
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('sends method, path under the base path, headers and body, and reads status, headers and text', async () => {
  const seen: unknown[] = [];
  const url = await serving((request, response) => {
    request.setEncoding('utf8').on('data', (body: string) => seen.push(request.method, request.url, request.headers, body));
    request.on('end', () => response.writeHead(201, { 'x-answer': 'yes' }).end('grüezi'));
  });
  const answer = await client(`${url}/base/`).request(
    { method: 'POST', path: '/a', headers: { 'Content-Type': 'x/y' }, body: 'hi' },
    never,
  );
  expect(answer).toMatchObject({ status: 201, headers: { 'x-answer': 'yes' }, text: 'grüezi' });
  expect(seen).toMatchObject([
    'POST',
    '/base/a',
    { 'x-org': SECRET, 'content-type': 'x/y', 'accept-encoding': 'identity' },
    'hi',
  ]);
});

test.each([
  ['', '/'],
  ['/', '/'],
  ['/hooks', '/hooks'],
  ['/hooks/', '/hooks/'],
  ['/hooks?key=1', '/hooks?key=1'],
])('the address itself is asked for as it was written: %s', async (written, asked) => {
  const seen: unknown[] = [];
  const url = await serving((request, response) => {
    seen.push(request.url);
    response.end();
  });
  await client(url + written).request({ method: 'GET', path: '' }, never);
  expect(seen).toEqual([asked]);
});

test('keeps a connection for the next request and closes it at the end', async () => {
  const ports = new Set<number | undefined>();
  let open = 0;
  const server = createServer((request, response) => (ports.add(request.socket.remotePort), response.end('x')));
  server.on('connection', (socket) => ((open += 1), socket.on('close', () => (open -= 1))));
  const made = client(`http://127.0.0.1:${await listening(server)}`);
  for (let i = 0; i < 5; i += 1) await made.request(GET, never);
  expect(open).toBe(ports.size);
  expect(ports.size).toBeLessThanOrEqual(2);
  await made.close();
  await until(() => open === 0);
});

test('asks for gzip only where the answer may be long', async () => {
  const asked: unknown[] = [];
  const url = await serving((request, response) => {
    asked.push(request.headers['accept-encoding']);
    response.end();
  });
  const http = client(url);
  await http.request({ method: 'GET', path: '/', packed: true }, never);
  await http.request({ method: 'GET', path: '/' }, never);
  expect(asked).toEqual(['gzip', 'identity']);
});

test('unpacks gzip', async () => {
  const url = await serving((_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync('a'.repeat(999))));
  expect((await client(url).request(GET, never)).text).toBe('a'.repeat(999));
});

const answers: Record<string, { handler: Handler; code: string; message: RegExp; timeoutMs?: number }> = {
  'a redirect is not followed': {
    handler: (_, response) => response.writeHead(302, { location: `/else?${SECRET}` }).end(SECRET),
    ...{ code: 'SOURCE_REDIRECTED', message: /^redirects elsewhere \(302\)/ },
  },
  'the body of a redirect is not waited for': {
    handler: (_, response) => response.writeHead(307, { location: '/else' }).write(SECRET),
    ...{ code: 'SOURCE_REDIRECTED', message: /^redirects elsewhere \(307\)/ },
  },
  'a body over the cap is not read on': {
    handler: (_, response) => void response.end('x'.repeat(1_001)),
    ...{ code: 'SOURCE_ANSWER_TOO_LARGE', message: /larger than 1000 bytes/ },
  },
  'a body without end is not read on': {
    handler: (_, response) => {
      const more = (): unknown => response.destroyed || response.write(SECRET.repeat(50), () => setImmediate(more));
      more();
    },
    ...{ code: 'SOURCE_ANSWER_TOO_LARGE', message: /larger than 1000 bytes/ },
  },
  'the cap counts what gzip unpacks to': {
    handler: (_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(50_000_000))),
    ...{ code: 'SOURCE_ANSWER_TOO_LARGE', message: /larger than 1000 bytes/ },
  },
  'an encoding that was not asked for is refused': {
    handler: (_, response) => response.setHeader('content-encoding', 'br').end(SECRET),
    ...{ code: 'SOURCE_BAD_ANSWER', message: /content encoding/ },
  },
  'what is called gzip and is none is refused': {
    handler: (_, response) => response.setHeader('content-encoding', 'gzip').end(SECRET),
    ...{ code: 'SOURCE_BAD_ANSWER', message: /Z_DATA_ERROR/ },
  },
  'gzip that breaks off is refused': {
    handler: (_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(SECRET).subarray(0, 20)),
    ...{ code: 'SOURCE_BAD_ANSWER', message: /Z_BUF_ERROR/ },
  },
  'what is not UTF-8 is refused': {
    handler: (_, response) => response.end(Buffer.from([0x61, 0xff])),
    ...{ code: 'SOURCE_BAD_ANSWER', message: /not UTF-8/ },
  },
  'no headers in time': {
    handler: () => undefined,
    timeoutMs: 150,
    code: 'SOURCE_UNREACHABLE',
    message: /^no answer within 150 ms$/,
  },
  'a body that only drips ends as well': {
    handler: (_, response) => {
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(timer));
    },
    ...{ timeoutMs: 150, code: 'SOURCE_UNREACHABLE', message: /^no answer within 150 ms$/ },
  },
  'a connection that is reset': {
    handler: (request) => request.socket.resetAndDestroy(),
    ...{ code: 'SOURCE_UNREACHABLE', message: /^no answer \((ECONNRESET|UND_ERR_SOCKET)\)$/ },
  },
  'a connection that ends within the body': {
    handler: (request, response) => {
      response.writeHead(200, { 'content-length': '500' }).write(SECRET);
      setTimeout(() => request.socket.destroy(), 20);
    },
    ...{ code: 'SOURCE_UNREACHABLE', message: /^no answer \(UND_ERR_SOCKET\)$/ },
  },
  'what is not HTTP': {
    handler: (request) => request.socket.end(`${SECRET}\r\n\r\n`),
    ...{ code: 'SOURCE_BAD_ANSWER', message: /^the answer is not HTTP$/ },
  },
};

test.each(Object.entries(answers))('%s; the error holds no secret, and its connection is free again', async (_, answer) => {
  const { handler, code, message, timeoutMs = 5_000 } = answer;
  const made = client(await serving(handler), { timeoutMs, maxConnections: 1 });
  for (let i = 0; i < 3; i += 1) {
    const error = await errorOf(made.request(GET, never));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain(SECRET);
  }
});

test('nobody listening', async () => {
  const port = await listening(createTcpServer());
  await closers.pop()?.();
  const error = await errorOf(client(`http://127.0.0.1:${port}`).request(GET, never));
  expect([error.code, error.message]).toEqual(['SOURCE_UNREACHABLE', 'no answer (ECONNREFUSED)']);
});

test('an error page keeps its status and is read as far as a sentence may reach', async () => {
  const url = await serving((request, response) =>
    response.writeHead(500).end('x'.repeat(request.url === '/long' ? 100_000 : 10)),
  );
  const made = client(url, { maxBytes: 1_000_000 });
  expect(await made.request({ method: 'GET', path: '/' }, never)).toMatchObject({ status: 500, text: 'xxxxxxxxxx' });
  expect(await made.request({ method: 'GET', path: '/long' }, never)).toMatchObject({ status: 500, text: '' });
});

test('the signal ends a request, and the server sees its connection close', async () => {
  let closed = false;
  const url = await serving((request) => request.socket.on('close', () => (closed = true)));
  const caller = new AbortController();
  const answer = errorOf(client(url).request(GET, caller.signal));
  setTimeout(() => caller.abort(), 50);
  expect((await answer).message).toBe('the request was given up before the answer came');
  await until(() => closed);
  expect((await errorOf(client(url).request(GET, caller.signal))).code).toBe('SOURCE_UNREACHABLE');
});

test('a repeatable request goes out again when its connection breaks, another does not', async () => {
  let requests = 0;
  const url = await serving((request, response) =>
    (requests += 1) % 2 === 1 ? request.socket.resetAndDestroy() : response.end('ok'),
  );
  expect((await client(url).request({ ...GET, repeatable: true }, never)).text).toBe('ok');
  expect((await errorOf(client(url).request(GET, never))).code).toBe('SOURCE_UNREACHABLE');
  expect(requests).toBe(3);
});

test.each([
  ['a header', { headers: { authorization: `Bearer ${SECRET}\nx` } }],
  ['the address', { url: `http://${SECRET} x/` }],
])('%s that HTTP forbids is a mistake of the spec', async (_, options) => {
  const error = await errorOf(Promise.resolve().then(() => client('http://127.0.0.1:1', options).request(GET, never)));
  expect(error.code).toBe('SPEC_INVALID');
  expect(`${error.message} ${error.stack}`).not.toContain(SECRET);
});

describe('TLS', () => {
  const dir = mkdtempSync(join(tmpdir(), 'assay-http-'));
  const file = (name: string): string => join(dir, name);
  const pem = (name: string): string => readFileSync(file(name), 'utf8');
  const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const issue = (name: string, san: string): void => {
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=${san}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-days',
      '2',
      '-copy_extensions',
      'copy',
      '-out',
      `${name}.pem`,
    );
  };
  let url = '';

  beforeAll(() => {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=test authority',
      '-days',
      '2',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
    );
    issue('server', 'DNS:prometheus.example');
    issue('client', 'DNS:assay.example');
  });
  beforeEach(async () => {
    const options = {
      cert: pem('server.pem'),
      key: pem('server.key'),
      ca: pem('ca.pem'),
      requestCert: true,
      rejectUnauthorized: false,
    };
    const server = createTlsServer(options, (request, response) => {
      const { authorized } = request.socket as unknown as { authorized: boolean };
      response.end(authorized ? 'known' : 'unknown');
    });
    url = `https://127.0.0.1:${await listening(server)}`;
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const tls = (options: object = {}) => ({ tls: { insecureSkipVerify: false, ...options } });
  const named = { serverName: 'prometheus.example' };

  test.each<[string, () => object, string]>([
    ['an authority of its own and the name in the certificate', () => ({ ca: pem('ca.pem'), ...named }), 'unknown'],
    [
      'a client certificate',
      () => ({ ca: pem('ca.pem'), ...named, clientCert: { cert: pem('client.pem'), key: pem('client.key') } }),
      'known',
    ],
    ['no verification', () => ({ insecureSkipVerify: true }), 'unknown'],
  ])('%s', async (_, options, text) => {
    expect((await client(url, tls(options())).request(GET, never)).text).toBe(text);
  });

  test.each<[string, () => object, RegExp]>([
    ['an authority that nobody knows', () => named, /UNABLE_TO|SELF_SIGNED/],
    ['another name than the certificate has', () => ({ ca: pem('ca.pem') }), /ERR_TLS_CERT_ALTNAME_INVALID/],
    ['an authority that is no certificate', () => ({ ca: SECRET }), /no answer \(/],
  ])('%s is refused', async (_, options, message) => {
    const error = await errorOf(client(url, tls(options())).request(GET, never));
    expect(error.code).toBe('SOURCE_UNREACHABLE');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain(SECRET);
  });
});
