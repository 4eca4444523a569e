import express, { type ErrorRequestHandler, type RequestHandler, type Response, type Router } from 'express';

import { PUSHED_KINDS, type PushedKind } from '../api/source.ts';
import type { Inbox } from '../inbox/index.ts';
import { type AccessTo, authenticate, isShown, sourceIn } from './intake-access.ts';
import { MAX_BODY_BYTES, onlyGzip, refusalOf, textOf } from './intake-body.ts';
import { PARSERS } from './intake-kinds.ts';
import { newPlaces, type Places } from './places.ts';

/** How a request ended, for metrics; `source` is absent where the sender has not shown that it is one. */
export type IntakeResult =
  | { readonly kind: 'Stored'; readonly source: string; readonly stored: number; readonly duplicates: number }
  | { readonly kind: 'Full' | 'StoreFailed' | 'Refused' | 'Overloaded'; readonly source: string; readonly alerts: number }
  | { readonly kind: 'Unauthorized' };

export interface IntakeOptions {
  readonly inbox: Pick<Inbox, 'append' | 'tell' | 'noteLost'>;
  readonly accessTo: AccessTo;
  readonly onResult?: (result: IntakeResult) => void;
  readonly maxInFlight?: number;
}

/** Bodies are at most so many times a mebibyte in memory. */
const MAX_IN_FLIGHT = 256;
const RETRY_AFTER_SECONDS = 10;

/**
 * The endpoint for pushed alerts: `POST /intake/<kind>/:source` with a token as the source demands it, in a header or, since Falco itself
 * sends none, as the last part of the path; or with a client certificate. It answers 204 once the alerts are on disk, and tells nobody
 * else which sources there are. Nothing of the token reaches a log or an answer.
 */
export function newIntake(options: IntakeOptions): Router {
  const router = express.Router();
  const raw = express.raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: true });
  const told = { ...options, onResult: options.onResult ?? (() => undefined) };
  const admitted = admit(told, newPlaces(options.maxInFlight ?? MAX_IN_FLIGHT));
  for (const kind of PUSHED_KINDS) {
    const known = authenticate(kind, options.accessTo, () => told.onResult({ kind: 'Unauthorized' }));
    const paths = [`/intake/${kind}/:source`, `/intake/${kind}/:source/:token`];
    router.post(paths, known, admitted, onlyGzip, raw, store(kind, told), unreadable(told));
  }
  // A path that can not be decoded fails before any of the steps.
  router.use('/intake', ((_error, _request, response, _next) => void response.status(404).end()) satisfies ErrorRequestHandler);
  return router;
}

type Told = Required<Pick<IntakeOptions, 'inbox' | 'onResult'>>;

/** Bounds the bodies that are held at once; whoever is turned away is counted as lost, since Falco does not come again. */
function admit({ inbox, onResult }: Told, places: Places): RequestHandler {
  return (request, response, next) => {
    if (!places.take()) {
      inbox.noteLost(sourceIn(request), 1);
      onResult({ kind: 'Overloaded', source: sourceIn(request), alerts: 1 });
      unavailable(response, 'too many requests at once');
      return;
    }
    response.once('close', () => places.leave());
    next();
  };
}

function store(kind: PushedKind, { inbox, onResult }: Told): RequestHandler {
  return async (request, response) => {
    const source = sourceIn(request);
    const parsed = PARSERS[kind](textOf(request.body));
    if (parsed.kind === 'Refused') {
      refuse({ inbox, onResult }, source, parsed.alerts);
      response.status(400).type('text').send(`${parsed.message}\n`);
      return;
    }
    const result = await parsed.store(inbox, source).catch(() => ({ kind: 'StoreFailed' as const }));
    if (result.kind === 'Stored') {
      onResult({ ...result, source });
      response.status(204).end();
      return;
    }
    onResult({ kind: result.kind, source, alerts: parsed.alerts });
    unavailable(response, result.kind === 'Full' ? 'the inbox is full' : 'the inbox can not be written');
  };
}

/** What could not be read was an alert all the same. */
function unreadable(told: Told): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (!isShown(response)) {
      response.status(404).end();
      return;
    }
    refuse(told, sourceIn(request), 1);
    const { status, message } = refusalOf(error);
    if (!response.headersSent) response.status(status).type('text').send(`${message}\n`);
  };
}

function refuse({ inbox, onResult }: Told, source: string, alerts: number): void {
  inbox.noteLost(source, alerts);
  onResult({ kind: 'Refused', source, alerts });
}

/** Never 429: nobody here comes too often, and Alertmanager would not come again. */
function unavailable(response: Response, message: string): void {
  response.status(503).set('retry-after', `${RETRY_AFTER_SECONDS}`).type('text').send(`${message}\n`);
}
