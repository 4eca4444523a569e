import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the fake server got it. */
export interface FakeRequest {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
}

/** An answer: a body with its status (200), or whatever the function does with the connection. */
export type FakeAnswer = { readonly status?: number; readonly body: unknown } | ((response: ServerResponse) => unknown);

/** A loopback server for tests that says what it is told to, above all what no real Prometheus says. */
export interface FakeServer {
  readonly url: string;
  readonly requests: FakeRequest[];
  stop(): Promise<void>;
}

/**
 * Starts one. `honours` decides how it answers when it is asked what it does with `lookback_delta`; everything else goes to
 * `answer`, and to a 404 where that gives undefined. With `answer alone` that question goes there too.
 */
export async function startFakeServer(
  honours: boolean | 'answer alone',
  answer: (request: FakeRequest) => FakeAnswer | undefined,
): Promise<FakeServer> {
  const requests: FakeRequest[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (more: string) => (text += more));
    request.on('end', () => {
      const got = { path: request.url ?? '', form: Object.fromEntries(new URLSearchParams(text)), headers: request.headers };
      requests.push(got);
      const first = honours === 'answer alone' ? undefined : aboutItself(honours, got);
      send(response, first ?? answer(got) ?? { status: 404, body: 'not found' });
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

/** The envelope of a successful answer. */
export const success = (data: unknown, more: object = {}): { body: unknown } => ({ body: { status: 'success', data, ...more } });

/** The envelope of an error. */
export const refused = (status: number, errorType: string, error: string): { status: number; body: unknown } => ({
  status,
  body: { status: 'error', errorType, error },
});

/** What a server says that is asked whether it honours `lookback_delta`; undefined for any other question. */
export function aboutItself(honours: boolean, { form }: FakeRequest): FakeAnswer | undefined {
  if (form['query'] !== '1' || form['lookback_delta'] === undefined) return undefined;
  if (form['lookback_delta'] === 'assay' && honours) return refused(400, 'bad_data', 'no duration');
  return success({ resultType: 'scalar', result: [0, '1'] });
}

function send(response: ServerResponse, answer: FakeAnswer): void {
  if (typeof answer === 'function') {
    answer(response);
    return;
  }
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
  response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
}
