import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';

import {
  aboutItself,
  type FakeAnswer,
  type FakeRequest,
  refused,
  startFakeServer,
  success,
} from '../../src/sources/prometheus/fake-server.ts';
import { one, raw, vector } from '../../src/sources/prometheus/test-reader.ts';

/** Stands in every body that no one may copy. */
export const BODY_TOKEN = 'LEAK-of-a-body-5f1c';

/** How a source answers one request. */
export type Behaviour = (request: FakeRequest) => FakeAnswer;

/** Many sources on one loopback server, told apart by the path of their address; each starts out honest, and everything it measures is 1. */
export interface LyingSource {
  /** The address of a source. */
  url(name: string): string;
  /** From now on it behaves like this when it is asked for evidence, and with `everywhere` also when it is asked about itself. */
  behave(name: string, behaviour: Behaviour, everywhere?: boolean): void;
  /** The requests for evidence that came for a source. */
  asked(name: string): FakeRequest[];
  /** All requests that came for it. */
  requests(name: string): FakeRequest[];
  stop(): Promise<void>;
}

/** Starts the server. */
export async function startLyingSource(): Promise<LyingSource> {
  const behaviours = new Map<string, { readonly behaviour: Behaviour; readonly everywhere: boolean }>();
  const server = await startFakeServer('answer alone', (request) => {
    const { behaviour, everywhere } = behaviours.get(nameIn(request)) ?? { behaviour: measuring('1'), everywhere: false };
    return (everywhere ? undefined : ofItself(request)) ?? behaviour(request);
  });
  const requests = (name: string): FakeRequest[] => server.requests.filter((request) => nameIn(request) === name);
  return {
    requests,
    url: (name) => `${server.url}/${name}`,
    behave: (name, behaviour, everywhere = false) => void behaviours.set(name, { behaviour, everywhere }),
    asked: (name) => requests(name).filter(isForEvidence),
    stop: () => server.stop(),
  };
}

const nameIn = ({ path }: FakeRequest): string => path.split('/')[1] ?? '';

function ofItself(request: FakeRequest): FakeAnswer | undefined {
  if (request.path.endsWith('/status/buildinfo')) return success({ version: '3.16.0' });
  return aboutItself(true, request);
}

/** A query for a slot; what is asked at the time 0 only asks whether it may be asked. */
const isForEvidence = ({ path, form }: FakeRequest): boolean => path.endsWith('/query') && Number(form['time']) > 0;

/** The time that is asked for, in seconds. */
const timeIn = ({ form }: FakeRequest): number => Number(form['time']);

/** An honest source; every query gives one series of this value. */
export function measuring(value: string): Behaviour {
  return (request) =>
    request.path.endsWith('/query_range')
      ? success({ resultType: 'matrix', result: [] })
      : vector(one({ job: 'demo' }, value, timeIn(request)));
}

/** Measures this, and says of every time in the past that it was so. */
export function remembering(value: string): Behaviour {
  return (request) => {
    if (!request.path.endsWith('/query_range')) return measuring(value)(request);
    const sample: [number, string] = [Number(request.form['start']), value];
    return success({ resultType: 'matrix', result: [{ metric: { job: 'demo' }, values: [sample] }] });
  };
}

/** Behaves so, but no evidence leaves before `gate` is resolved. */
export function slowly(gate: Promise<void>, behaviour: Behaviour): Behaviour {
  return (request) => (response) => {
    void (isForEvidence(request) ? gate : Promise.resolve()).then(() => {
      const answer = behaviour(request);
      if (typeof answer === 'function') answer(response);
      else response.writeHead(answer.status ?? 200).end(JSON.stringify(answer.body));
    });
  };
}

const always =
  (answer: FakeAnswer): Behaviour =>
  () =>
    answer;

const HUGE_BYTES = 100 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const MANY_SERIES = 50_000;
const DRIP_MS = 100;

function* chunks(): Generator<string> {
  yield `{"status":"success","data":"${BODY_TOKEN}`;
  for (let sent = 0; sent < HUGE_BYTES; sent += CHUNK_BYTES) yield 'x'.repeat(CHUNK_BYTES);
}

const huge: FakeAnswer = (response) => {
  const body = Readable.from(chunks());
  response.on('close', () => body.destroy());
  return body.pipe(response.writeHead(200));
};

const dripping: FakeAnswer = (response) => {
  response.writeHead(200).write('{"status":"success","data":"');
  const timer = setInterval(() => response.write(BODY_TOKEN), DRIP_MS);
  response.on('close', () => clearInterval(timer));
};

const manySeries: Behaviour = (request) =>
  vector(...Array.from({ length: MANY_SERIES }, (_, index) => one({ id: `${BODY_TOKEN}-${index}` }, '1', timeIn(request))));

/** A lie, the outcome that it has to have, and what the message has to say. */
export interface Lie {
  readonly behaviour: Behaviour;
  readonly reason: string;
  readonly message: RegExp;
  /** Takes long, or much to answer: not to be asked each second. */
  readonly heavy?: true;
}

/** What sources say that are not what they should be. `elsewhere` is where they redirect to. */
export function liesOf(elsewhere: string): Readonly<Record<string, Lie>> {
  const bomb = gzipSync(Buffer.alloc(HUGE_BYTES, BODY_TOKEN), { level: 9 });
  const sampleOf =
    (value: unknown): Behaviour =>
    (request) =>
      vector(one({}, value, timeIn(request)));
  const echo: Behaviour = ({ headers }) => refused(400, 'bad_data', `${BODY_TOKEN} ${headers.authorization ?? ''}`);
  const data = (value: unknown): Behaviour => always(success(value));
  const failed = 'QueryFailed';
  const silent = 'SourceUnreachable';
  return {
    'an error 500': { behaviour: always(raw(BODY_TOKEN, 500)), reason: failed, message: /error of its own \(500\)$/ },
    'an error 503': { behaviour: always(raw(BODY_TOKEN, 503)), reason: silent, message: /unavailable \(503\)$/ },
    'a query that takes too long': {
      ...{
        behaviour: always(refused(503, 'timeout', BODY_TOKEN)),
        reason: silent,
        message: /took too long for the source \(503\)$/,
      },
    },
    'a 404': { behaviour: always(raw(BODY_TOKEN, 404)), reason: failed, message: /\(404\)$/ },
    'a refusal that quotes the credentials': {
      behaviour: echo,
      reason: failed,
      message: /the source refuses the query \(400\)$/,
    },
    'refused credentials': {
      behaviour: always(raw(BODY_TOKEN, 401)),
      reason: silent,
      message: /refuses the credentials \(401\)$/,
    },
    'a page with status 200': { behaviour: always(raw(`<html>${BODY_TOKEN}`)), reason: failed, message: /not JSON$/ },
    'JSON that breaks off': {
      ...{ behaviour: always(raw(`{"status":"success","data":{"x":"${BODY_TOKEN}`)), reason: failed, message: /not JSON$/ },
    },
    'JSON of other types': {
      ...{
        behaviour: data({ resultType: 'vector', result: { [BODY_TOKEN]: 1 } }),
        reason: failed,
        message: /no list for result$/,
      },
    },
    'a result type that there is not': {
      ...{ behaviour: data({ resultType: BODY_TOKEN, result: [] }), reason: failed, message: /unknown resultType$/ },
    },
    'a word for a value': { behaviour: sampleOf(BODY_TOKEN), reason: failed, message: /a value that is not a number$/ },
    'a number where text belongs': { behaviour: sampleOf(1), reason: failed, message: /a value that is not a number$/ },
    NaN: { behaviour: sampleOf('NaN'), reason: 'NotANumber', message: /1 of 1 series are NaN or infinite/ },
    infinity: { behaviour: sampleOf('+Inf'), reason: 'NotANumber', message: /1 of 1 series are NaN or infinite/ },
    'another time': { behaviour: always(vector(one())), reason: failed, message: /another time than was asked for$/ },
    'the same series twice': {
      behaviour: (request) => vector(one({}, '1', timeIn(request)), one({}, '1', timeIn(request))),
      ...{ reason: failed, message: /two series carry the same labels$/ },
    },
    'no series': { behaviour: always(vector()), reason: 'EmptyResult', message: /no series$/ },
    'a warning': {
      behaviour: always(success({ resultType: 'vector', result: [] }, { warnings: [BODY_TOKEN] })),
      ...{ reason: 'PartialAnswer', message: /gave warnings with its answer$/ },
    },
    'a redirect to elsewhere': {
      behaviour: always(raw(BODY_TOKEN, 307, { location: elsewhere })),
      ...{ reason: silent, message: /redirects elsewhere \(307\)/ },
    },
    'a broken connection': {
      ...{ behaviour: always((response) => response.socket?.resetAndDestroy()), reason: silent, message: /no answer \(\w+\)$/ },
    },
    'no answer at all': { behaviour: always(() => undefined), reason: silent, message: /no answer within 2000 ms$/, heavy: true },
    'one byte after the other': {
      behaviour: always(dripping),
      reason: silent,
      message: /no answer within 2000 ms$/,
      heavy: true,
    },
    '100 MB': { behaviour: always(huge), reason: failed, message: /larger than 8388608 bytes$/, heavy: true },
    'a gzip bomb': {
      behaviour: always(raw(bomb, 200, { 'content-encoding': 'gzip' })),
      ...{ reason: failed, message: /larger than 8388608 bytes$/, heavy: true },
    },
    '50,000 series': { behaviour: manySeries, reason: 'TooManySeries', message: /more than 10000 series$/, heavy: true },
  };
}
