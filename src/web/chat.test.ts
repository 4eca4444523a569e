import { gzipSync } from 'node:zlib';

import type { RequestHandler } from 'express';

import type { Listener, PlatformAnswer, PlatformRequest } from '../notify/index.ts';
import { Metrics } from '../platform/metrics.ts';
import { newChatIntake, startWeb, type WebServer } from './index.ts';

const asked: PlatformRequest[] = [];
let answer: PlatformAnswer;
let listeners: Record<string, Listener['receive']>;
let chat: RequestHandler | undefined;
let web: WebServer;

beforeEach(async () => {
  asked.length = 0;
  answer = { status: 200, contentType: 'application/json', body: '{"text":"ok"}' };
  listeners = {
    internal: (request) => {
      asked.push(request);
      return Promise.resolve(answer);
    },
    broken: () => Promise.reject(new Error('canary')),
  };
  chat = newChatIntake({ receive: (channel) => (Object.hasOwn(listeners, channel) ? listeners[channel] : undefined) });
  const { registry } = new Metrics();
  web = await startWeb({ host: '127.0.0.1', port: 0, registry, notReady: () => undefined, chat: () => chat });
});
afterEach(() => web.close());

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

async function send(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${web.port}${path}`, { method: 'POST', body: 'text=%C3%A4', ...init });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

test('a command goes to its channel byte by byte, and its answer back', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'X-Slack-Signature': 'v0=1' };
  expect(await send('/chat/internal', { headers })).toEqual({
    ...{ status: 200, type: 'application/json; charset=utf-8', text: '{"text":"ok"}' },
  });
  expect(asked).toEqual([
    { headers: expect.objectContaining({ 'x-slack-signature': 'v0=1' }) as unknown, body: Buffer.from('text=%C3%A4') },
  ]);
});

test('an answer may be empty, and a body too', async () => {
  answer = { status: 200, body: '' };
  expect(await send('/chat/internal', { body: null })).toEqual({ status: 200, type: null, text: '' });
  expect(asked[0]?.body).toHaveLength(0);
});

const NOT_FOUND: Record<string, [path: string, init?: RequestInit]> = {
  'a channel that does not exist': ['/chat/customers'],
  'a channel by the name of something else': ['/chat/constructor'],
  'no channel': ['/chat'],
  'a path below a channel': ['/chat/internal/x'],
  'a path that can not be decoded': ['/chat/%E0%A4%A'],
  'a body that is too long': ['/chat/internal', { body: 'x'.repeat(65_537) }],
  'a body that is packed': ['/chat/internal', { body: gzipSync('x'), headers: { 'content-encoding': 'gzip' } }],
  'a look': ['/chat/internal', { method: 'GET', body: null }],
};

test.each(Object.entries(NOT_FOUND))('%s is not found', async (_sentence, [path, init]) => {
  expect((await send(path, init)).status).toBe(404);
  expect(asked).toEqual([]);
});

test('who does not show that it is the platform hears the same as of a channel that does not exist', async () => {
  const unknown = await send('/chat/customers');
  answer = { status: 401, body: '' };
  expect(await send('/chat/internal')).toEqual(unknown);
});

test('while another operator is at work it says so; what is broken says nothing of why', async () => {
  expect(await send('/chat/broken')).toEqual({ status: 404, type: null, text: '' });
  chat = undefined;
  const response = await fetch(`http://127.0.0.1:${web.port}/chat/internal`, { method: 'POST' });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10']);
});

test('as many as there is room for are taken at once', async () => {
  const gate = Promise.withResolvers<PlatformAnswer>();
  const begun = Promise.withResolvers<undefined>();
  chat = newChatIntake({
    maxInFlight: 1,
    receive: () => () => {
      begun.resolve(undefined);
      return gate.promise;
    },
  });
  const first = send('/chat/internal');
  await begun.promise;
  expect((await send('/chat/internal')).status).toBe(503);
  gate.resolve(answer);
  expect((await first).status).toBe(200);
});
