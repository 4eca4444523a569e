import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response, type Router } from 'express';

import { type Inbox, parseFalcoAlerts } from '../inbox/index.ts';

/** How a request ended, for metrics; `source` is absent where the sender has not shown that it is one. */
export type IntakeResult =
  | { readonly kind: 'Stored'; readonly source: string; readonly stored: number; readonly duplicates: number }
  | { readonly kind: 'Full' | 'StoreFailed' | 'Refused' | 'Overloaded'; readonly source: string; readonly alerts: number }
  | { readonly kind: 'Unauthorized' };

export interface IntakeOptions {
  readonly inbox: Pick<Inbox, 'append' | 'noteLost'>;
  /** The token of a source that takes pushed alerts; undefined for any other name. */
  readonly tokenOf: (source: string) => string | undefined;
  readonly onResult?: (result: IntakeResult) => void;
  readonly maxInFlight?: number;
}

const MAX_BODY_BYTES = 1024 * 1024;
/** Bodies are at most so many times a mebibyte in memory. */
const MAX_IN_FLIGHT = 256;
const RETRY_AFTER_SECONDS = 10;

/**
 * The endpoint for pushed alerts of Falco: `POST /intake/falco/:source` with a bearer token, or with the token as the last part of
 * the path, since Falco itself sends no header. It answers 204 once the alerts are on disk, and tells nobody without the token
 * which sources there are. Nothing of the token reaches a log or an answer.
 */
export function newIntake(options: IntakeOptions): Router {
  const router = express.Router();
  const raw = express.raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: true });
  const inFlight = newPlaces(options.maxInFlight ?? MAX_IN_FLIGHT);
  const steps = [authenticate(options), admit(options, inFlight), onlyGzip, raw, store(options)];
  router.post(['/intake/falco/:source', '/intake/falco/:source/:token'], ...steps, unreadable(options));
  // A path that can not be decoded fails before any of the steps.
  router.use('/intake', ((_error, _request, response, _next) => void response.status(404).end()) satisfies ErrorRequestHandler);
  return router;
}

/** Set on an answer whose request has shown the token. */
const SHOWN = 'shownToBeSource';

type Told = Pick<IntakeOptions, 'onResult'>;

function authenticate({ tokenOf, onResult }: IntakeOptions): RequestHandler {
  // What an unknown source is compared with, so that it takes as long as a known one.
  const nobody = randomBytes(32).toString('hex');
  return (request, response, next) => {
    // Tokens come from files that end in a line break.
    const token = tokenOf(sourceIn(request))?.trim() ?? '';
    if (sameText(tokenIn(request), token === '' ? nobody : token)) {
      response.locals[SHOWN] = true;
      next();
      return;
    }
    onResult?.({ kind: 'Unauthorized' });
    response.status(404).end();
  };
}

const sourceIn = ({ params }: Request): string => String(params['source'] ?? '');

function tokenIn({ params, headers }: Request): string {
  const inPath = params['token'];
  return typeof inPath === 'string' ? inPath : (/^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? '');
}

/** Compares texts of any length in a time that tells nothing of them. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

interface Places {
  take(): boolean;
  leave(): void;
}

function newPlaces(most: number): Places {
  let taken = 0;
  return { take: () => taken < most && ++taken > 0, leave: () => void (taken -= 1) };
}

/** Bounds the bodies that are held at once; whoever is turned away is counted as lost, since Falco does not come again. */
function admit({ inbox, onResult }: IntakeOptions, places: Places): RequestHandler {
  return (request, response, next) => {
    if (!places.take()) {
      inbox.noteLost(sourceIn(request), 1);
      onResult?.({ kind: 'Overloaded', source: sourceIn(request), alerts: 1 });
      unavailable(response, 'too many requests at once');
      return;
    }
    response.once('close', () => places.leave());
    next();
  };
}

const onlyGzip: RequestHandler = ({ headers }, _response, next) => {
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  next(
    encoding === 'identity' || encoding === 'gzip' ? undefined : new UnreadableBody('the body is neither plain nor gzip', 415),
  );
};

function store({ inbox, onResult }: IntakeOptions): RequestHandler {
  return async (request, response) => {
    const source = sourceIn(request);
    const parsed = parseFalcoAlerts(textOf(request.body));
    if (parsed.kind === 'Refused') {
      refuse({ inbox, onResult }, source, parsed.alerts);
      response.status(400).type('text').send(`${parsed.message}\n`);
      return;
    }
    const count = parsed.alerts.length;
    const result = await inbox.append(source, parsed.alerts).catch(() => ({ kind: 'StoreFailed' as const }));
    if (result.kind === 'Stored') {
      onResult?.({ ...result, source });
      response.status(204).end();
      return;
    }
    onResult?.({ kind: result.kind, source, alerts: count });
    unavailable(response, result.kind === 'Full' ? 'the inbox is full' : 'the inbox can not be written');
  };
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

function textOf(body: unknown): string {
  if (!Buffer.isBuffer(body)) throw new UnreadableBody('there is no body', 400);
  try {
    return UTF_8.decode(body);
  } catch {
    throw new UnreadableBody('the body is not UTF-8', 400);
  }
}

class UnreadableBody extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** What could not be read was an alert all the same. */
function unreadable({ inbox, onResult }: IntakeOptions): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (response.locals[SHOWN] !== true) {
      response.status(404).end();
      return;
    }
    refuse({ inbox, onResult }, sourceIn(request), 1);
    const status = statusOf(error);
    // The messages of the body parser quote what was sent.
    const message = error instanceof UnreadableBody ? error.message : (SENTENCES[status] ?? 'the body can not be read');
    if (!response.headersSent) response.status(status).type('text').send(`${message}\n`);
  };
}

const SENTENCES: Readonly<Record<number, string>> = { 413: `the body is larger than ${MAX_BODY_BYTES} bytes` };

function statusOf(error: unknown): number {
  const { status } = error as { status?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 429 ? status : 400;
}

function refuse(
  { inbox, onResult }: Pick<IntakeOptions, 'inbox'> & { onResult: Told['onResult'] | undefined },
  source: string,
  alerts: number,
): void {
  inbox.noteLost(source, alerts);
  onResult?.({ kind: 'Refused', source, alerts });
}

/** Never 429: nobody here comes too often, and a sender that slows down would only keep its alerts to itself. */
function unavailable(response: Response, message: string): void {
  response.status(503).set('retry-after', `${RETRY_AFTER_SECONDS}`).type('text').send(`${message}\n`);
}
