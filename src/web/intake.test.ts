import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import express from 'express';

import { falcoText, timeOf, webhookAlert, webhookText } from '../inbox/examples.ts';
import { type Inbox, openInbox } from '../inbox/index.ts';
import { systemClock } from '../platform/clock.ts';
import { type IntakeOptions, type IntakeResult, newIntake } from './intake.ts';

const TOKEN = 'tok3n-that-must-not-leak';
const TOKENS: Readonly<Record<string, string>> = { falco: `${TOKEN}\n`, other: 'another', empty: '', am: TOKEN };

/** Every source is of Falco, but one. */
const accessTo: IntakeOptions['accessTo'] = (kind, source) => {
  const token = (kind === 'alertmanager') === (source === 'am') ? TOKENS[source] : undefined;
  return token === undefined ? undefined : { token };
};

let folder: string;
let inbox: Inbox;
let server: Server;
let results: IntakeResult[];
let url: string;

async function serve(options: Partial<IntakeOptions> = {}): Promise<void> {
  const app = express();
  app.use(newIntake({ inbox, accessTo, onResult: (result) => results.push(result), ...options }));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/intake/falco`;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-intake-'));
  inbox = openInbox({ path: join(folder, 'inbox.db'), clock: systemClock, maxAlerts: 5 });
  results = [];
  await serve();
});
afterEach(async () => {
  await closed();
  inbox.close();
  rmSync(folder, { recursive: true });
});

function closed(): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

async function post(path: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, { method: 'POST', body: Uint8Array.from(Buffer.from(body)), headers });
  return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') };
}

const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
const bearer = { authorization: `Bearer ${TOKEN}` };
const held = (source = 'falco') => inbox.alertsBetween({ source, from: 0, to: Date.now(), limit: 100 });
const lost = (): number => inbox.summary({ source: 'falco', from: Date.now() - 120_000, to: Date.now() }).lost;

const taken: Record<string, [path: string, body: string | Buffer, headers: Record<string, string>]> = {
  'the secret path, as Falco itself posts': [`/falco/${TOKEN}`, falcoText(), { 'content-type': 'application/json' }],
  'a bearer token, as falcosidekick sends it': ['/falco', falcoText({ uuid: 'x' }), bearer],
  'a password, whoever sends it': ['/falco', falcoText(), basic(`u:${TOKEN}`)],
  'a list': ['/falco', `[${falcoText()}]`, bearer],
  gzip: ['/falco', gzipSync(falcoText()), { ...bearer, 'content-encoding': 'gzip' }],
  'another content type': ['/falco', falcoText(), { ...bearer, 'content-type': 'application/x-www-form-urlencoded' }],
};
test.each(Object.entries(taken))('taken: %s', async (_, [path, body, headers]) => {
  expect(await post(path, body, headers)).toMatchObject({ status: 204, text: '' });
  expect(held()).toMatchObject([{ alert: { rule: 'Drop and execute new binary in container', hostname: 'node-1' } }]);
  expect(results).toEqual([{ kind: 'Stored', source: 'falco', stored: 1, duplicates: 0 }]);
});

test('by both ways it is one alert', async () => {
  await post(`/falco/${TOKEN}`, falcoText());
  expect(await post('/falco', falcoText({ uuid: 'x' }), bearer)).toMatchObject({ status: 204 });
  expect(held()).toHaveLength(1);
  expect(results.at(-1)).toEqual({ kind: 'Stored', source: 'falco', stored: 0, duplicates: 1 });
});

const strangers: Record<string, [path: string, headers: Record<string, string>]> = {
  'a wrong token in the path': ['/falco/wrong', {}],
  'a wrong bearer token': ['/falco', { authorization: 'Bearer wrong' }],
  'no token': ['/falco', {}],
  'another scheme': ['/falco', { authorization: `Basic ${TOKEN}` }],
  'a user and no password': ['/falco', basic(TOKEN)],
  'the token as a user': ['/falco', basic(`${TOKEN}:`)],
  'a source of another kind': [`/am/${TOKEN}`, {}],
  'an unknown source': [`/nobody/${TOKEN}`, {}],
  'the token of another source': [`/other/${TOKEN}`, {}],
  'a source without a token': ['/empty', { authorization: 'Bearer ' }],
  'a wrong token in the path, the right one in the header': ['/falco/wrong', bearer],
  'a path that can not be decoded': [`/%E0%A4%A/${TOKEN}`, {}],
  'a name that every object has': ['/constructor/x', {}],
};
test.each(Object.entries(strangers))('nobody learns more than that: %s', async (_, [path, headers]) => {
  expect(await post(path, falcoText(), headers)).toEqual({ status: 404, text: '', retryAfter: null });
  expect(results.filter(({ kind }) => kind !== 'Unauthorized')).toEqual([]);
  expect([held(), lost()]).toEqual([[], 0]);
});

const refusals: Record<string, [body: string | Buffer, headers: Record<string, string>, status: number, text: RegExp]> = {
  'an unknown priority': [falcoText({ priority: TOKEN }), {}, 400, /^priority of an alert is none of Emergency/],
  'no JSON': [`{"${TOKEN}`, {}, 400, /^the body is not JSON$/m],
  'no body': ['', {}, 400, /^(there is no body|the body is not JSON)$/m],
  'no UTF-8': [Buffer.from([0x22, 0xff, 0x22]), {}, 400, /^the body is not UTF-8$/m],
  'too large a body': [Buffer.alloc(1024 * 1024 + 1, ' '), {}, 413, /^the body is larger than 1048576 bytes$/m],
  'too large a body, packed': [gzipSync(Buffer.alloc(50_000_000, ' ')), { 'content-encoding': 'gzip' }, 413, /larger than/],
  'what is no gzip': [falcoText(), { 'content-encoding': 'gzip' }, 400, /^the body can not be read$/m],
  'another packing': [
    brotliCompressSync(falcoText()),
    { 'content-encoding': 'br' },
    415,
    /^the body is neither plain nor gzip$/m,
  ],
};
test.each(Object.entries(refusals))('refused, and on record as lost: %s', async (_, [body, headers, status, text]) => {
  const answer = await post('/falco', body, { ...bearer, ...headers });
  expect(answer).toMatchObject({ status, text: expect.stringMatching(text) as unknown });
  expect(answer.text).not.toContain(TOKEN);
  expect(results).toEqual([{ kind: 'Refused', source: 'falco', alerts: 1 }]);
  expect([held(), lost()]).toEqual([[], 1]);
});

test('a sender that goes away in the middle loses its alert, and that is on record', async () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const head = `POST /intake/falco/falco/${TOKEN} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{`;
  const began = new Promise<void>((resolve) => server.once('request', () => resolve()));
  socket.write(head);
  await began;
  socket.destroy();
  while (results.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect([results, held(), lost()]).toEqual([[{ kind: 'Refused', source: 'falco', alerts: 1 }], [], 1]);
});

test('a full inbox answers 503 and when to come again; what it has, it still knows', async () => {
  const list = (from: number, count: number): string =>
    `[${Array.from({ length: count }, (_, index) => falcoText({ time: timeOf(from + index) })).join()}]`;
  expect((await post('/falco', list(0, 5), bearer)).status).toBe(204);
  expect(await post('/falco', list(10, 2), bearer)).toEqual({ status: 503, text: 'the inbox is full\n', retryAfter: '10' });
  expect((await post('/falco', list(0, 5), bearer)).status).toBe(204);
  expect(results[1]).toEqual({ kind: 'Full', source: 'falco', alerts: 2 });
  expect(lost()).toBe(2);
});

test('an inbox that can not be written answers 503 and nothing of why', async () => {
  inbox.close();
  expect(await post('/falco', falcoText(), bearer)).toEqual({
    ...{ status: 503, retryAfter: '10' },
    text: 'the inbox can not be written\n',
  });
  expect(results).toEqual([{ kind: 'StoreFailed', source: 'falco', alerts: 1 }]);
});

test('only so many bodies are held at once, and a place is free again afterwards', async () => {
  await closed();
  await serve({ maxInFlight: 1 });
  const slow = httpRequest(`${url}/falco/${TOKEN}`, { method: 'POST', headers: { 'content-length': falcoText().length } });
  const answered = new Promise<number | undefined>((resolve) => slow.on('response', ({ statusCode }) => resolve(statusCode)));
  const began = new Promise<void>((resolve) => server.once('request', () => resolve()));
  slow.flushHeaders();
  await began;
  expect(await post('/falco', falcoText(), bearer)).toMatchObject({ status: 503, retryAfter: '10' });
  slow.end(falcoText());
  expect(await answered).toBe(204);
  // The place is left when the answer is out, which the client may see a moment earlier.
  while ((await post('/falco', falcoText(), bearer)).status !== 204);
  expect(results[0]).toEqual({ kind: 'Overloaded', source: 'falco', alerts: 1 });
});

test('nothing but POST is answered', async () => {
  const response = await fetch(`${url}/falco/${TOKEN}`);
  expect(response.status).toBe(404);
  expect(await response.text()).not.toContain('inbox');
});

describe('what Alertmanager sends', () => {
  const at = Date.now() - 60_000;
  const firing = (...names: string[]) => names.map((alertname) => webhookAlert({ alertname }, { startsAt: at }));
  const send = (body: string | Buffer, path = '/am', headers: Record<string, string> = bearer): Promise<Answer> =>
    post(`/../alertmanager${path}`, body, headers);
  const told = () => inbox.episodes({ source: 'am', from: 0, to: Date.now(), limit: 9 }).length;
  const missing = (): number => inbox.gaps({ source: 'am', from: at, to: Date.now() }).lost;

  test.each<[string, string | Buffer, string, Record<string, string>]>([
    ['with a bearer token', webhookText(firing('A')), '/am', bearer],
    ['with a password', webhookText(firing('A')), '/am', basic(`alertmanager:${TOKEN}`)],
    ['with the token in the path', webhookText(firing('A')), `/am/${TOKEN}`, {}],
    ['packed', gzipSync(webhookText(firing('A'))), '/am', { ...bearer, 'content-encoding': 'gzip' }],
  ])('is taken %s', async (_, body, path, headers) => {
    expect(await send(body, path, headers)).toMatchObject({ status: 204 });
    expect([told(), missing()]).toEqual([1, 0]);
    expect(results).toEqual([{ kind: 'Stored', source: 'am', stored: 1, duplicates: 0 }]);
  });

  test('told again it is a duplicate, and what is left out is on record', async () => {
    await send(webhookText(firing('A')));
    await send(webhookText(firing('A', 'B'), { truncatedAlerts: 5 }));
    expect(results.at(-1)).toEqual({ kind: 'Stored', source: 'am', stored: 1, duplicates: 1 });
    expect(missing()).toBe(5);
  });

  test.each<[string, string, Record<string, string>]>([
    ['a wrong token', '/am', { authorization: 'Bearer wrong' }],
    ['no token', '/am', {}],
    ['a source of Falco', '/falco', bearer],
    ['no source', '/nobody', bearer],
  ])('nobody learns more than that: %s', async (_, path, headers) => {
    expect(await send(webhookText(firing('A')), path, headers)).toEqual({ status: 404, text: '', retryAfter: null });
    expect([told(), missing()]).toEqual([0, 0]);
  });

  test.each<[string, string, number]>([
    ['no payload of version 4', webhookText(firing('A', 'B'), { version: TOKEN }), 1],
    ['an alert of Falco', falcoText(), 1],
    ['one alert that can not be used among others', webhookText([...firing('A'), { labels: TOKEN }]), 2],
  ])('%s is refused, and on record as lost', async (_, body, alerts) => {
    const answer = await send(body);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain(TOKEN);
    expect(results).toEqual([{ kind: 'Refused', source: 'am', alerts }]);
    expect([told(), missing()]).toEqual([0, alerts]);
  });

  test('a full inbox, and one that can not be written, answer 503 and never 429: it comes again', async () => {
    await send(webhookText(firing('1', '2', '3', '4', '5')));
    expect(await send(webhookText(firing('6')))).toEqual({ status: 503, text: 'the inbox is full\n', retryAfter: '10' });
    expect(results.at(-1)).toEqual({ kind: 'Full', source: 'am', alerts: 1 });
    expect(await send(webhookText(firing('1', '2', '3', '4', '5')))).toMatchObject({ status: 204 });
    inbox.close();
    expect(await send(webhookText(firing('6')))).toMatchObject({ status: 503, retryAfter: '10' });
    expect(results.at(-1)).toEqual({ kind: 'StoreFailed', source: 'am', alerts: 1 });
  });
});
