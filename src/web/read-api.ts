import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';

import { isDateTime } from '../api/date-time.ts';
import type { KnownIncident } from '../domain/incident.ts';
import { timeText } from '../domain/moment.ts';
import { availabilityText } from '../domain/period.ts';
import { percentText } from '../domain/figures.ts';
import type { ServicePeriod } from '../domain/service-period.ts';
import type { CriterionStanding } from '../domain/standing.ts';
import type { Period } from '../domain/timeline.ts';
import type { Writer } from '../domain/writing.ts';
import { newPlaces, type Places } from './places.ts';

interface Service {
  readonly namespace: string;
  readonly service: string;
}

/** What is read of the services. Everything rejects with AssayError STORE_FAILED. */
export interface ReadFacts {
  criteria(service: Service): Promise<readonly CriterionStanding[]>;
  period(service: Service, period: Period): Promise<ServicePeriod>;
  incidents(service: Service): Promise<ReadonlyMap<string, { readonly known: KnownIncident }>>;
}

export interface ReadApiOptions {
  /** Whose a bearer token is; undefined for one that is nobody's. Rejects when the API server does not say. */
  readonly whose: (token: string) => Promise<Writer | undefined>;
  /** Whether somebody may list objects of Assay in a namespace. Rejects when the API server does not say. */
  readonly mayList: (who: Writer, resource: Resource, namespace: string) => Promise<boolean>;
  /** The names of the services of a namespace. */
  readonly services: (namespace: string) => readonly string[];
  readonly facts: ReadFacts;
  readonly now: () => number;
}

type Resource = 'certificationcriteria' | 'incidents';

const ROOT = '/api/v1/namespaces/:namespace/services';
const MAX_IN_FLIGHT = 32;
const RETRY_AFTER_SECONDS = '5';
const DAY_MS = 86_400_000;
const LONGEST_MS = 400 * DAY_MS;

/**
 * Reads for programs: `GET /api/v1/namespaces/<namespace>/services[/<service>/(status|availability|incidents)]`, with the bearer token of
 * somebody who may list the criteria, or the incidents, of the namespace. Answers JSON; nothing is ever written.
 */
export function newReadApi(options: ReadApiOptions): Router {
  const router = express.Router();
  const { services, facts } = options;
  const places = newPlaces(MAX_IN_FLIGHT);
  const reads = (resource: Resource, answer: (request: Asked, response: Response) => Promise<void> | void): Handler =>
    inPlace(places, async (request, response) => {
      if (await isAllowed(options, resource, request, response)) await answer(request, response);
    });
  router.get(
    ROOT,
    reads('certificationcriteria', (request, response) => {
      response.json({ services: services(namespaceOf(request)) });
    }),
  );
  router.get(
    `${ROOT}/:service/status`,
    reads('certificationcriteria', async (request, response) => {
      const service = known(options, request, response);
      if (service) response.json({ ...service, criteria: (await facts.criteria(service)).map(criterionOf) });
    }),
  );
  router.get(
    `${ROOT}/:service/availability`,
    reads('certificationcriteria', async (request, response) => {
      const service = known(options, request, response);
      const period = service && periodOf(request, response, options.now());
      if (service && period) response.json({ ...service, ...availabilityOf(period, await facts.period(service, period)) });
    }),
  );
  router.get(
    `${ROOT}/:service/incidents`,
    reads('incidents', async (request, response) => {
      const service = known(options, request, response);
      if (service) response.json({ ...service, incidents: [...(await facts.incidents(service))].map(incidentOf) });
    }),
  );
  router.use('/api', ((error, _request, response, next) => {
    // What can't be decoded is no place of ours; everything else is ours to mend.
    if (error instanceof URIError) response.status(404).json({ error: 'no such path' });
    else next(error);
  }) satisfies ErrorRequestHandler);
  return router;
}

type Asked = Request<Readonly<Record<string, string>>>;

const namespaceOf = ({ params }: Asked): string => params['namespace'] ?? '';

type Handler = (request: Asked, response: Response) => Promise<void>;

/** Runs a handler in a place that is free again once it has read all and its answer is gone: whoever hangs up frees none earlier. */
function inPlace(places: Places, handler: Handler): Handler {
  return async (request, response) => {
    if (!places.take()) return void response.status(503).set('retry-after', RETRY_AFTER_SECONDS).json({ error: 'busy' });
    const gone = new Promise((resolve) => response.once('close', resolve));
    const handled = handler(request, response);
    void Promise.allSettled([handled, gone]).then(() => places.leave());
    return handled;
  };
}

/** Whether whoever asks may list these; otherwise that is answered. */
async function isAllowed(
  { whose, mayList }: ReadApiOptions,
  resource: Resource,
  request: Asked,
  response: Response,
): Promise<boolean> {
  const token = /^Bearer ([^\s]{1,8192})$/i.exec(request.headers.authorization ?? '')?.[1];
  try {
    const who = token === undefined ? undefined : await whose(token);
    if (who === undefined) {
      response.status(401).set('www-authenticate', 'Bearer').json({ error: 'a bearer token of Kubernetes is asked for' });
    } else if (await mayList(who, resource, namespaceOf(request))) return true;
    else response.status(403).json({ error: `${who.user} may not list ${resource}.assay.dev in this namespace` });
  } catch {
    response.status(503).set('retry-after', RETRY_AFTER_SECONDS).json({ error: 'the API server does not say who asks' });
  }
  return false;
}

function known({ services }: ReadApiOptions, { params }: Asked, response: Response): Service | undefined {
  const { namespace = '', service = '' } = params;
  if (services(namespace).includes(service)) return { namespace, service };
  response.status(404).json({ error: 'there is no such service' });
  return undefined;
}

/** `from` and `to` as RFC 3339; by default the last 24 hours. */
function periodOf({ query }: Asked, response: Response, now: number): Period | undefined {
  const moment = (value: unknown, otherwise: number): number => {
    if (value === undefined) return otherwise;
    return typeof value === 'string' && isDateTime(value) ? Date.parse(value) : NaN;
  };
  const to = Math.min(moment(query['to'], now), now);
  const from = moment(query['from'], to - DAY_MS);
  if (from < to && to - from <= LONGEST_MS) return { from, to };
  response.status(400).json({ error: 'from and to are times like 2026-11-28T00:00:00Z, from before to, at most 400 days apart' });
  return undefined;
}

function criterionOf({ name, spec, verdict, reason, since, message }: CriterionStanding): object {
  const { title, severity = 'medium', controls } = spec;
  return { name, title, severity, controls, verdict, reason, since: timeText(since), ...(message !== undefined && { message }) };
}

function availabilityOf(
  { from, to }: Period,
  { plain, adjusted, times, disruptions, longestMs, changes }: ServicePeriod,
): object {
  return {
    ...{ from: timeText(from), to: timeText(to) },
    // Percent, and seconds.
    availability: availabilityText(plain),
    ...(adjusted && { adjusted: availabilityText(adjusted), changes }),
    ...{ lower: percentText(plain.lower), upper: percentText(plain.upper), coverage: percentText(plain.coverage) },
    ...{
      downtime: times.notMet / 1_000,
      unknown: times.unknown / 1_000,
      unobserved: times.unobserved / 1_000,
      disruptions,
      longest: longestMs / 1_000,
    },
  };
}

function incidentOf([name, { known: of }]: readonly [string, { readonly known: KnownIncident }]): object {
  const { latest, openedAt, endedAt } = of;
  const { title, severity, state } = latest;
  return {
    name,
    title,
    severity,
    state,
    openedAt: timeText(openedAt),
    ...(endedAt !== undefined && { endedAt: timeText(endedAt) }),
  };
}
