import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import type { World } from '../cluster/operator-world.ts';

/** A request on its way to the API server. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What is answered in the API server's place. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterSeconds?: number;
}

/**
 * What becomes of a request: it passes when undefined is answered, at once or later; its query may be changed. Whatever is answered
 * otherwise is what the client gets.
 */
export type Interference = (request: Passing) => Promise<Refusal | undefined> | Refusal | undefined;

export interface ApiProxy {
  /** A kubeconfig of the admin by way of the proxy. */
  readonly kubeconfig: string;
  /** All requests that came, with the time in milliseconds and what was answered (0: nothing yet). */
  readonly seen: readonly (Passing & { readonly atMs: number; readonly status: number })[];
  interfere(how: Interference | undefined): void;
  stop(): Promise<void>;
}

/** Stands before the API server of a world, without TLS. */
export async function startApiProxy({ cluster, session }: World): Promise<ApiProxy> {
  const seen: (Passing & { atMs: number; status: number })[] = [];
  let interference: Interference | undefined;
  const server = createServer((request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '', cluster.url);
    const passing = { method: request.method ?? 'GET', path, query };
    const entry = { ...passing, atMs: Date.now(), status: 0 };
    seen.push(entry);
    response.on('error', () => undefined);
    void Promise.resolve(interference?.(passing)).then(async (refusal) => {
      entry.status = refusal?.status ?? (await forward({ url: cluster.url, ca: cluster.ca }, passing, request, response));
      if (refusal) refuse(refusal, response);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    seen,
    kubeconfig: await kubeconfigAt(cluster.kubeconfigPath, `http://127.0.0.1:${port}`, join(session.dir, `proxy-${port}.json`)),
    interfere: (how) => (interference = how),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A copy of a kubeconfig with another address of the API server. */
export async function kubeconfigAt(original: string, server: string, path: string): Promise<string> {
  const config = JSON.parse(await readFile(original, 'utf8')) as { clusters: { cluster: object }[] };
  const plain = server.startsWith('http:') ? { 'insecure-skip-tls-verify': true, 'certificate-authority-data': undefined } : {};
  const clusters = config.clusters.map((each) => ({ ...each, cluster: { ...each.cluster, ...plain, server } }));
  await writeFile(path, JSON.stringify({ ...config, clusters }), { mode: 0o600 });
  return path;
}

function refuse({ status, reason, retryAfterSeconds }: Refusal, response: ServerResponse): void {
  const headers = {
    'content-type': 'application/json',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  };
  const body = { apiVersion: 'v1', kind: 'Status', status: 'Failure', code: status, reason, message: `a test says ${reason}` };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

/** Passes it on, and answers with which status it was answered. */
async function forward(
  { url, ca }: { readonly url: string; readonly ca: string },
  { path, query }: Passing,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<number> {
  const target = `${url}${path}${query.size === 0 ? '' : `?${query.toString()}`}`;
  const headers = { ...request.headers, host: new URL(url).host };
  // No connection is kept: one that died with a server that was started again would look like a fault that nobody wanted.
  const passed = httpsRequest(target, { method: request.method, headers, ca, agent: false });
  response.on('close', () => passed.destroy());
  request.pipe(passed);
  return new Promise((resolve) => {
    passed.on('response', (answer) => {
      resolve(answer.statusCode ?? 0);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // A watch may say nothing for long, and its beginning is to be seen.
      response.flushHeaders();
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    passed.on('error', () => {
      resolve(0);
      response.destroy();
    });
  });
}
