/**
 * What the operator answers over HTTP: liveness, readiness and its own metrics; and what it takes: alerts that are pushed, and
 * commands that people give in chats.
 */
import { createServer } from 'node:http';

import type { RequestHandler } from 'express';
import type { Registry } from 'prom-client';

import { listening, mountAtWork, mountFailure, newApp, type OnFailure, PATIENCE, type WebServer } from './listening.ts';

export interface WebOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly registry: Registry;
  /** What keeps the operator from being ready, in a sentence; undefined when it is. */
  readonly notReady: () => string | undefined;
  /** Takes what is pushed; undefined while another operator is at work, or none is yet. */
  readonly intake?: () => RequestHandler | undefined;
  /** Takes commands of chats, in the same way. */
  readonly chat?: () => RequestHandler | undefined;
  /** Answers programs that read, in the same way. */
  readonly read?: () => RequestHandler | undefined;
  readonly onFailure?: OnFailure;
}

/** Starts to listen; resolves once it does. */
export async function startWeb({ host, port, registry, notReady, ...answers }: WebOptions): Promise<WebServer> {
  const { intake, chat, read, onFailure } = answers;
  const app = newApp();
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
  mountAtWork(app, '/intake', () => intake?.());
  mountAtWork(app, '/chat', () => chat?.());
  mountAtWork(app, '/api', () => read?.());
  mountFailure(app, onFailure);
  return listening(createServer(PATIENCE, app), host, port);
}

export { newChatIntake } from './chat.ts';
export { type IntakeResult, newIntake } from './intake.ts';
export { startIntakeTls } from './intake-tls.ts';
export type { WebServer } from './listening.ts';
export { newReadApi } from './read-api.ts';
