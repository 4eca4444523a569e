/**
 * What the operator answers over HTTP: liveness, readiness and its own metrics; and what it takes: alerts that are pushed.
 */
import { createServer, type Server } from 'node:http';

import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Registry } from 'prom-client';

export interface WebOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly registry: Registry;
  /** What keeps the operator from being ready, in a sentence; undefined when it is. */
  readonly notReady: () => string | undefined;
  /** Takes what is pushed; undefined while another operator is at work, or none is yet. */
  readonly intake?: () => RequestHandler | undefined;
}

export interface WebServer {
  readonly port: number;
  close(): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 10_000;
const RETRY_AFTER_SECONDS = 10;
const passOn: RequestHandler = (_request, _response, next) => next();

/** Starts to listen; resolves once it does. */
export async function startWeb({ host, port, registry, notReady, intake }: WebOptions): Promise<WebServer> {
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => void response.type('text').send('ok\n'));
  app.get('/readyz', (_request, response) => {
    const problem = notReady();
    response
      .status(problem === undefined ? 200 : 503)
      .type('text')
      .send(`${problem ?? 'ok'}\n`);
  });
  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  app.use('/intake', (_request, response, next) => {
    if (intake?.() !== undefined) next();
    else response.status(503).set('Retry-After', String(RETRY_AFTER_SECONDS)).end();
  });
  app.use((request, response, next) => void (intake?.() ?? passOn)(request, response, next));
  app.use(((_error, _request, response, _next) => {
    response.status(500).type('text').send('internal error\n');
  }) satisfies ErrorRequestHandler);
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: HEADERS_TIMEOUT_MS }, app);
  await listen(server, host, port);
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : port, close: () => close(server) };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export { type IntakeResult, newIntake } from './intake.ts';
