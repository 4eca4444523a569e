import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

import express, { type RequestHandler } from 'express';

import type { KnownIncident } from '../domain/incident.ts';
import { figuresOf } from '../domain/figures.ts';
import type { ServicePeriod } from '../domain/service-period.ts';
import type { CriterionStanding } from '../domain/standing.ts';
import type { Period, Times } from '../domain/timeline.ts';
import { eventually } from '../kube/stand-ins.ts';
import { Metrics } from '../platform/metrics.ts';
import { newReadApi, startWeb, type WebServer } from './index.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const HOUR = 3_600_000;
const WITHIN_MS = 20_000;
const TIMES: Times = { met: 23 * HOUR, notMet: HOUR, unknown: 0, suspended: 0, unobserved: 0 };
const PERIOD: ServicePeriod = {
  ...{ plain: figuresOf(TIMES), times: TIMES, disruptions: 2, longestMs: HOUR / 2, changes: [], criteria: [] },
};
const CRITERION = {
  ...{ name: 'shop-availability', verdict: 'Fail', reason: 'NotMet', since: NOW - HOUR, message: 'up is 0', counts: true },
  deviations: [],
  spec: { title: 'The shop answers', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }] },
} as unknown as CriterionStanding;
const INCIDENT = {
  latest: { title: 'Payments are stuck', severity: 'high', state: 'Open', internalNote: 'canary' },
  openedAt: NOW - HOUR,
} as unknown as KnownIncident;

let web: WebServer;
let read: RequestHandler | undefined;
let asked: Period[];
let apiServer: 'there' | 'away';
/** What reading of criteria waits for. */
let slowly: () => Promise<undefined>;

beforeEach(async () => {
  asked = [];
  apiServer = 'there';
  slowly = () => Promise.resolve(undefined);
  const away = (): void => {
    if (apiServer === 'away') throw new Error('canary');
  };
  read = newReadApi({
    whose: async (token) => {
      await Promise.resolve();
      away();
      return ['ada', 'eve'].includes(token) ? { user: token, groups: [] } : undefined;
    },
    mayList: ({ user }, _resource, namespace) => Promise.resolve(user === 'ada' && namespace === 'shop'),
    services: (namespace) => (namespace === 'shop' ? ['mail', 'shop'] : []),
    now: () => NOW,
    facts: {
      criteria: () => slowly().then(() => [CRITERION]),
      incidents: () => Promise.resolve(new Map([['stuck', { known: INCIDENT }]])),
      period: (_service, period) => {
        asked.push(period);
        return Promise.resolve(PERIOD);
      },
    },
  });
  const { registry } = new Metrics();
  web = await startWeb({ host: '127.0.0.1', port: 0, registry, notReady: () => undefined, read: () => read });
});
afterEach(() => web.close());

const get = async (path: string, token = 'ada', method = 'GET'): Promise<{ status: number; body: unknown }> => {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`http://127.0.0.1:${web.port}/api/v1/namespaces/${path}`, { method, headers });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text };
};

test('the services of a namespace', async () => {
  expect(await get('shop/services')).toEqual({ status: 200, body: { services: ['mail', 'shop'] } });
});

test('how a service stands', async () => {
  expect(await get('shop/services/shop/status')).toEqual({
    status: 200,
    body: {
      ...{ namespace: 'shop', service: 'shop' },
      criteria: [
        {
          ...{ name: 'shop-availability', title: 'The shop answers', severity: 'medium', verdict: 'Fail', reason: 'NotMet' },
          ...{
            controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
            since: '2026-11-28T11:00:00Z',
            message: 'up is 0',
          },
        },
      ],
    },
  });
});

test('what a period was, by default the last day, never one figure alone', async () => {
  const { status, body } = await get('shop/services/shop/availability');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    ...{ from: '2026-11-27T12:00:00Z', to: '2026-11-28T12:00:00Z', availability: '95.833', lower: '95.833', upper: '95.833' },
    ...{ coverage: '100.000', downtime: 3_600, unknown: 0, disruptions: 2, longest: 1_800 },
  });
  await get('shop/services/shop/availability?from=2026-11-01T00:00:00Z&to=2099-01-01T00:00:00Z');
  expect(asked.at(-1)).toEqual({ from: Date.parse('2026-11-01T00:00:00Z'), to: NOW });
});

test('incidents, without what is noted on them', async () => {
  const { body } = await get('shop/services/shop/incidents');
  const incident = {
    name: 'stuck',
    title: 'Payments are stuck',
    severity: 'high',
    state: 'Open',
    openedAt: '2026-11-28T11:00:00Z',
  };
  expect(body).toEqual({ namespace: 'shop', service: 'shop', incidents: [incident] });
});

test.each<[sentence: string, path: string, status: number, token?: string, method?: string]>([
  ['nobody', 'shop/services', 401, ''],
  ['a token that is nobody’s', 'shop/services', 401, 'mallory'],
  ['somebody without the right', 'shop/services/shop/status', 403, 'eve'],
  ['somebody with the right elsewhere', 'pay/services', 403],
  ['a service that does not exist', 'shop/services/pay/status', 404],
  ['something else', 'shop/services/shop/secrets', 404],
  ['a path that can not be decoded', 'shop/services/%E0%A4%A/status', 404],
  ['a period that is none', 'shop/services/shop/availability?from=yesterday', 400],
  [
    'a period that ends before it begins',
    'shop/services/shop/availability?from=2026-11-28T00:00:00Z&to=2026-11-27T00:00:00Z',
    400,
  ],
  ['a period that begins at a bare number', 'shop/services/shop/availability?from=2026', 400],
  ['a period that begins on a day of no month', 'shop/services/shop/availability?from=2026-02-30T00:00:00Z', 400],
  ['a period that begins in nobody’s time zone', 'shop/services/shop/availability?from=2026-11-28T00:00:00', 400],
  ['a period that begins twice', 'shop/services/shop/availability?from=2026-11-28T00:00:00Z&from=2026-11-27T00:00:00Z', 400],
  ['a period of ages', 'shop/services/shop/availability?from=2001-01-01T00:00:00Z', 400],
  ['somebody who wants to write', 'shop/services', 404, 'ada', 'POST'],
])('%s is turned away: %s, %d', async (_sentence, path, status, ...[token, method]) => {
  expect((await get(path, token, method)).status).toBe(status);
});

test('while the API server does not say who asks nothing is read, and nothing is said of why', async () => {
  apiServer = 'away';
  const { status, body } = await get('shop/services');
  expect(status).toBe(503);
  expect(JSON.stringify(body)).not.toContain('canary');
});

test('whoever hangs up makes no place for others while what they asked for is still read', async () => {
  let reading = 0;
  const gate = Promise.withResolvers<undefined>();
  slowly = () => {
    reading += 1;
    return gate.promise;
  };
  const server = createServer(express().use(read!)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/namespaces/shop/services`;
  const headers = { authorization: 'Bearer ada', connection: 'close' };
  const status = async (): Promise<number> => (await fetch(url, { headers })).status;
  const impatient = new AbortController();
  const asking = Array.from({ length: 32 }, () => fetch(`${url}/shop/status`, { headers, signal: impatient.signal }));
  await eventually('all are read', () => reading === 32, WITHIN_MS);
  impatient.abort();
  await Promise.allSettled(asking);
  const connections = promisify(server.getConnections.bind(server));
  await eventually('all have hung up', async () => (await connections()) === 0, WITHIN_MS);
  expect(await status()).toBe(503);
  gate.resolve(undefined);
  await eventually('there is a place again', async () => (await status()) === 200, WITHIN_MS);
  server.close();
}, 60_000);

test('while another operator is at work nothing is read', async () => {
  read = undefined;
  expect((await get('shop/services')).status).toBe(503);
});
