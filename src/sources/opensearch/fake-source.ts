import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Connection } from '../source.ts';

/** One request as the fake source got it. */
export interface FakeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer: a body with its status (200), or whatever the function does with the connection. */
export type FakeAnswer = { readonly status?: number; readonly body: unknown } | ((response: ServerResponse) => unknown);

/** A loopback server for tests that answers what it is told to, above all what no real source says. */
export interface FakeSource {
  readonly url: string;
  readonly requests: FakeRequest[];
  stop(): Promise<void>;
}

/** Starts one; what `answer` leaves out is a 404. */
export async function startFakeSource(answer: (request: FakeRequest) => FakeAnswer | undefined): Promise<FakeSource> {
  const requests: FakeRequest[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (more: string) => (body += more));
    request.on('end', () => {
      const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'http://fake');
      const got = { method: request.method ?? '', path, query, headers: request.headers, body };
      requests.push(got);
      send(response, answer(got) ?? { status: 404, body: 'not found' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, stop };
}

function send(response: ServerResponse, answer: FakeAnswer): void {
  if (typeof answer === 'function') {
    answer(response);
    return;
  }
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
  response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
}

/** An answer in bytes of our choosing. */
export function raw(body: string | Buffer, status = 200, headers: Record<string, string> = {}): FakeAnswer {
  return (response) => response.writeHead(status, headers).end(body);
}

/** What a fake source is read with. */
export const connectionTo = (url: string): Connection => ({
  ...{ url, headers: {}, tls: { insecureSkipVerify: false }, timeoutMs: 1_000, maxConcurrency: 4 },
});
