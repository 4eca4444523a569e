import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';

import { fetch } from 'undici';

import { fetchOpenSearch, startOpenSearch } from '../../../src/parts/index.ts';
import type { SetUp } from './surroundings.ts';

const EVERY_MS = 10_000;
const LONG_MS = 15 * 60_000;

/** An OpenSearch with the requests of a quiet quarter of an hour; then none are there, but errors and failed logins. */
export const logs: SetUp = async (world, folder) => {
  const { dir, signal } = world.session;
  const bin = await fetchOpenSearch({ env, say: () => undefined, signal });
  const { url } = await world.session.use(startOpenSearch({ dir: join(dir, 'opensearch'), bin, env, signal }));
  const ask = (method: string, path: string, body?: string): Promise<void> => asked(url, method, path, body);
  await ask('PUT', '/_index_template/logs-shop', readFileSync(join(folder, 'monitoring/index-template.json'), 'utf8'));
  const web = { 'service.name': 'shop', 'event.category': 'web', 'log.level': 'info', message: 'GET / 200' };
  await write(ask, 'logs-shop-access', [web]);
  await write(ask, 'logs-shop-app', []);
  const error = { 'service.name': 'shop', 'log.level': 'error', message: 'no connection to the stock' };
  const login = {
    ...{ 'service.name': 'shop', 'event.category': 'authentication', 'event.outcome': 'failure' },
    ...{ 'user.hash': '6f1e', message: 'wrong password' },
  };
  return {
    sources: { logs: url },
    breakIt: async () => {
      await ask('DELETE', '/logs-shop-access');
      await write(ask, 'logs-shop-app', [error, login]);
    },
  };
};

type Ask = (method: string, path: string, body?: string) => Promise<void>;

/** Writes each of the lines every ten seconds of the last quarter of an hour. */
async function write(ask: Ask, index: string, lines: readonly object[]): Promise<void> {
  if (lines.length === 0) return ask('PUT', `/${index}`, '{}');
  const now = Date.now();
  const moments = Array.from({ length: LONG_MS / EVERY_MS }, (_, turn) => new Date(now - turn * EVERY_MS).toISOString());
  const documents = moments.flatMap((moment) => lines.map((line) => ({ '@timestamp': moment, ...line })));
  const bulk = documents.map((document) => `{"create":{}}\n${JSON.stringify(document)}\n`).join('');
  await ask('POST', `/${index}/_bulk?refresh=true`, bulk);
}

async function asked(url: string, method: string, path: string, body?: string): Promise<void> {
  const headers = { 'content-type': path.includes('_bulk') ? 'application/x-ndjson' : 'application/json' };
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await answer.text();
  if (!answer.ok || /"errors":true/.test(text)) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
}
