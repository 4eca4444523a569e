import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Pool } from 'undici';

import type { Stoppable } from '../src/parts/index.ts';

/** A source in front of a Prometheus: it forwards, or takes every request and never answers. */
export interface HangingProxy extends Stoppable {
  readonly url: string;
  hang(): void;
  /** Forwards again; what hung is cut off. */
  forward(): void;
}

/** Starts it, forwarding. */
export async function startHangingProxy(upstream: string): Promise<HangingProxy> {
  const pool = new Pool(upstream);
  const held = new Set<ServerResponse>();
  let hanging = false;
  const server = createServer((request, response) => {
    if (hanging) {
      held.add(response);
      return;
    }
    const { method = 'GET', url: path = '/', headers } = request;
    const { 'content-type': type = 'text/plain' } = headers;
    pool
      .request({ method, path, headers: { 'content-type': type }, body: request })
      .then(async ({ statusCode, body }) => {
        const text = await body.text();
        response.writeHead(statusCode, { 'content-type': 'application/json' }).end(text);
      })
      .catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const forward = (): void => {
    hanging = false;
    for (const response of held) response.destroy();
    held.clear();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hang: () => {
      hanging = true;
    },
    forward,
    stop: async () => {
      forward();
      server.close();
      server.closeAllConnections();
      await pool.destroy();
    },
  };
}
