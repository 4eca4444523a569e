import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Router } from 'express';

import type { Listener, PlatformRequest } from '../notify/index.ts';
import { newPlaces } from './places.ts';

export interface ChatIntakeOptions {
  /** Takes what a platform posts to a NotificationChannel; undefined for any name to which nothing is posted. */
  readonly receive: (channel: string) => Listener['receive'] | undefined;
  readonly maxInFlight?: number;
}

const MAX_BODY_BYTES = 64 * 1024;
const MAX_IN_FLIGHT = 64;
const RETRY_AFTER_SECONDS = 10;
const UNAUTHORIZED = 401;

/**
 * The endpoint for commands that Slack and Mattermost post: `POST /chat/<channel>`. Who can not show that it is the platform hears the
 * same as of a channel that does not exist, so that nobody learns which there are; Slack's look at the certificate alone is answered
 * unsigned, where Slack posts.
 */
export function newChatIntake({ receive, maxInFlight = MAX_IN_FLIGHT }: ChatIntakeOptions): Router {
  const router = express.Router();
  const raw = express.raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: false });
  router.post('/chat/:channel', bounded(maxInFlight), raw, handing(receive));
  // A path that can not be decoded, a body that is too long or packed.
  router.use('/chat', ((_error, _request, response, _next) => void response.status(404).end()) satisfies ErrorRequestHandler);
  return router;
}

function bounded(most: number): RequestHandler {
  const places = newPlaces(most);
  return (_request, response, next) => {
    if (!places.take()) {
      response.status(503).set('retry-after', String(RETRY_AFTER_SECONDS)).end();
      return;
    }
    response.once('close', () => places.leave());
    next();
  };
}

function handing(receive: ChatIntakeOptions['receive']): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const answer = await receive(request.params.channel)?.(requestOf(request));
    if (answer === undefined || answer.status === UNAUTHORIZED) {
      response.status(404).end();
      return;
    }
    response.status(answer.status);
    if (answer.body === '') response.end();
    else response.type(answer.contentType ?? 'text').send(answer.body);
  };
}

/** The body as it came: signatures are made of its bytes. */
function requestOf({ headers, body }: Pick<Request, 'headers' | 'body'>): PlatformRequest {
  const flat = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value] as const);
  return { headers: Object.fromEntries(flat), body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) };
}
