import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';

import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';

/** A server that listens. */
export interface WebServer {
  readonly port: number;
  close(): Promise<void>;
}

/** How long headers, and a whole request, may take. */
export const PATIENCE = { headersTimeout: 10_000, requestTimeout: 10_000 } as const;
const RETRY_AFTER_SECONDS = 10;
const passOn: RequestHandler = (_request, _response, next) => next();

/** An application that tells nothing of itself. */
export function newApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  return app;
}

/** Mounts the intake, which answers 503 while there is none; and what is said where something of ours fails. */
export function mountIntake(app: Express, intake: () => RequestHandler | undefined): void {
  app.use('/intake', (_request, response, next) => {
    if (intake() !== undefined) next();
    else response.status(503).set('Retry-After', String(RETRY_AFTER_SECONDS)).end();
  });
  app.use((request, response, next) => void (intake() ?? passOn)(request, response, next));
  app.use(((_error, _request, response, _next) => {
    response.status(500).type('text').send('internal error\n');
  }) satisfies ErrorRequestHandler);
}

/** Resolves once the server listens; 0 takes any free port. */
export async function listening(server: Server | TlsServer, host: string, port: number): Promise<WebServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : port, close: () => close(server) };
}

function close(server: Server | TlsServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
