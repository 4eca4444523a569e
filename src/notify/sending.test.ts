import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { newSender, resultOfStatus, retryAfterMs } from './sending.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

test.each(
  Object.entries({
    seconds: ['2', 2_000],
    'no wait': ['0', 0],
    'parts of a second': ['0.75', 750],
    'a date': ['Sat, 28 Nov 2026 12:01:00 GMT', 60_000],
    'a date that is over': ['Sat, 28 Nov 2026 11:00:00 GMT', 0],
    'more than a day is a day': ['999999999', 86_400_000],
    words: ['soon', undefined],
    nothing: ['', undefined],
  }),
)('Retry-After: %s', (_sentence, [text, ms]) => {
  expect(retryAfterMs({ headers: { 'retry-after': text as string } }, NOW)).toBe(ms);
});

test.each(
  Object.entries({
    400: 'Rejected',
    401: 'Stopped',
    403: 'Stopped',
    404: 'Stopped',
    408: 'NotNow',
    413: 'Rejected',
    429: 'NotNow',
    500: 'NotNow',
    502: 'Unanswered',
    503: 'NotNow',
    504: 'Unanswered',
  }),
)('%s means %s', (status, kind) => {
  expect(resultOfStatus({ status: Number(status), headers: {} }, NOW).kind).toBe(kind);
});

async function senderTo(answer: 'never' | 'hang up' | 'redirect' | 'ok'): Promise<ReturnType<typeof newSender>> {
  const server = createServer((request, response) => {
    if (answer === 'hang up') request.socket.destroy();
    if (answer === 'redirect') response.writeHead(302, { location: '/elsewhere' }).end();
    if (answer === 'ok') response.end('yes');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sender = newSender({ url: `http://127.0.0.1:${port}/secret-path`, timeoutMs: answer === 'never' ? 200 : 4_000 });
  closers.push(
    () => sender.close(),
    () => new Promise((resolve) => server.close(resolve)),
  );
  return sender;
}

const post = { method: 'POST', path: '', body: 'hello' } as const;

test.each([
  ['ok', 'Answer'],
  ['never', 'Unanswered'],
  ['hang up', 'Unanswered'],
  ['redirect', 'Stopped'],
] as const)('a platform that answers "%s": %s', async (answer, kind) => {
  const sent = await (await senderTo(answer)).send(post, new AbortController().signal);
  expect(sent.kind).toBe(kind);
  expect(JSON.stringify(sent)).not.toContain('secret-path');
});

test('where nobody listens, nothing was sent', async () => {
  const sender = newSender({ url: 'http://127.0.0.1:1/secret-path', timeoutMs: 1_000 });
  closers.push(() => sender.close());
  expect(await sender.send(post, new AbortController().signal)).toEqual({ kind: 'NotNow', message: 'no answer (ECONNREFUSED)' });
});
