import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message that arrived, and when, in milliseconds since 1970-01-01T00:00:00Z. */
export interface Arrival {
  readonly at: number;
  readonly body: string;
}

/** Takes messages on loopback, as fast as a platform would: one place for each path. */
export interface Receiver {
  readonly url: string;
  /** What arrived at a path, in order. */
  arrivals(path: string): readonly Arrival[];
  /** Requests that were turned away. */
  readonly refused: number;
  /** While it is away every request is answered 503. */
  setAway(isAway: boolean): void;
  stop(): Promise<void>;
}

/** Starts it. @param aSecond how many messages a path takes in a second; more is answered 429 with Retry-After 1, as chat platforms do */
export async function startReceiver(aSecond = Number.POSITIVE_INFINITY): Promise<Receiver> {
  const places = new Map<string, Arrival[]>();
  let refused = 0;
  let isAway = false;
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      const path = request.url ?? '/';
      const place = places.get(path) ?? [];
      places.set(path, place);
      const at = Date.now();
      if (request.method !== 'POST') response.writeHead(204).end();
      else if (isAway) {
        refused += 1;
        response.writeHead(503).end();
      } else if (place.length >= aSecond && (place.at(-aSecond)?.at ?? 0) > at - 1_000) {
        refused += 1;
        response.writeHead(429, { 'retry-after': '1' }).end();
      } else {
        place.push({ at, body });
        response.writeHead(202).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals: (path) => places.get(path) ?? [],
    get refused() {
      return refused;
    },
    setAway: (away) => {
      isAway = away;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
