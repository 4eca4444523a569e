import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { KubeConfig } from '@kubernetes/client-node';

import { newLogger, type Logger } from '../platform/log.ts';
import { newTransport, type Transport, type TransportOptions } from './transport.ts';

// For tests, here and in the rooms above: an API server that answers what a test says, and a logger that remembers.

/** Waits until it holds; fails after the deadline. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const endsAt = Date.now() + deadlineMs;
  while (!(await holds())) {
    if (Date.now() > endsAt) throw new Error(`it did not happen within ${deadlineMs} ms: ${what}`);
    await wait(10);
  }
}

export interface Logged {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A logger, and what it was told. */
export function rememberingLogger(): { readonly log: Logger; readonly lines: readonly Logged[] } {
  const lines: Logged[] = [];
  const log = newLogger('debug');
  for (const transport of log.transports) transport.silent = true;
  log.on('data', (line: Logged) => lines.push({ ...line }));
  return { log, lines };
}

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface FakeApiServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** How many connections were opened. */
  readonly connections: number;
  readonly transport: (options?: Partial<TransportOptions>) => Transport;
  readonly stop: () => Promise<void>;
}

type Answer = (asked: Asked, response: ServerResponse, count: number) => void;

/** An HTTP server on loopback; `answer` gets the number of requests so far, this one included. */
export async function startFakeApiServer(answer: Answer): Promise<FakeApiServer> {
  const asked: Asked[] = [];
  const open: Transport[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const url = new URL(request.url ?? '/', 'http://loopback');
      const latest = { method: request.method ?? '', url, headers: request.headers, body };
      asked.push(latest);
      answer(latest, response, asked.length);
    });
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    get connections() {
      return connections;
    },
    transport: (options = {}) => {
      const transport = newTransport({ config: configFor(url), ...options });
      open.push(transport);
      return transport;
    },
    stop: async () => {
      await Promise.all(open.map((transport) => transport.close()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A configuration for a server, with a user of these properties. */
export function configFor(
  url: string,
  user: object = { token: 'sesame' },
  cluster: object = { skipTLSVerify: true },
): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server: url, ...cluster }],
    users: [{ name: 'u', ...user }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  return config;
}

/** Answers with a JSON body. */
export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
