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

/** Mounts what there is only while this operator is at work: below its path 503 is answered in between. */
export function mountAtWork(app: Express, path: string, handler: () => RequestHandler | undefined): void {
  app.use(path, (_request, response, next) => {
    if (handler() !== undefined) next();
    else response.status(503).set('Retry-After', String(RETRY_AFTER_SECONDS)).end();
  });
  app.use((request, response, next) => void (handler() ?? passOn)(request, response, next));
}

/** Is told what of ours failed, since whoever asked is not. */
export type OnFailure = (error: unknown) => void;

/** Mounts what is said where something of ours fails; after everything else. */
export function mountFailure(app: Express, onFailure?: OnFailure): void {
  app.use(((error: unknown, _request, response, _next) => {
    onFailure?.(error);
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
