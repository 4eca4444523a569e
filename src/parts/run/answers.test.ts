import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answers } from './answers.ts';
import { freePort } from './free-port.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(true) : server.close(resolve)));
});

test.each(
  Object.entries<{ respond: RequestListener; want: boolean }>({
    '200 is an answer': { respond: (_request, response) => response.writeHead(200).end('ok'), want: true },
    '404 is none': { respond: (_request, response) => response.writeHead(404).end(), want: false },
    '503 is none': { respond: (_request, response) => response.writeHead(503).end(), want: false },
    'a reset is none': { respond: (request) => request.socket.destroy(), want: false },
    'silence is none, after a second': { respond: () => undefined, want: false },
  }),
)('%s', async (_sentence, { respond, want }) => {
  server = createServer(respond);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await answers(`http://127.0.0.1:${port}/`)).toBe(want);
});

test('refused is none', async () => {
  expect(await answers(`http://127.0.0.1:${await freePort()}/`)).toBe(false);
});
