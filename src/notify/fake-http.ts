import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** A request as a stand-in for a platform sees it, its body read to the end. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What goes wrong with a request. `carriedOut`: the platform does what was asked, and its answer is lost. */
export type Fault =
  | ({ readonly kind: 'Answer' } & Partial<FakeAnswer>)
  | { readonly kind: 'HangUp'; readonly carriedOut: boolean }
  | { readonly kind: 'Silence'; readonly carriedOut: boolean };

/** A stand-in for a platform on loopback, for tests only; the operator never starts one. */
export interface FakeHttp {
  readonly origin: string;
  /** Every request so far by the name of what it asks for. */
  readonly asked: readonly string[];
  /** The next request of this name meets the fault instead; several queue up. */
  next(name: string, ...faults: readonly Fault[]): void;
  close(): Promise<void>;
}

/** How requests are named and answered. */
export interface FakeService {
  readonly nameOf: (request: FakeRequest) => string;
  /** At once, or when there is something to answer. */
  readonly answer: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>;
  /** Takes connections that become something else than HTTP. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex) => void;
}

/** Starts it on a free port of loopback. */
export async function startFakeHttp({ nameOf, answer, upgrade }: FakeService): Promise<FakeHttp> {
  const asked: string[] = [];
  const faults = new Map<string, Fault[]>();
  const server = createServer((incoming, response) => {
    void read(incoming).then((request) => {
      const name = nameOf(request);
      asked.push(name);
      const fault = faults.get(name)?.shift();
      if (fault === undefined) void Promise.resolve(answer(request)).then((given) => write(response, given));
      else meet(fault, { incoming, response, carryOut: () => answer(request) });
    });
  });
  if (upgrade) server.on('upgrade', upgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    asked,
    next: (name, ...more) => void faults.set(name, [...(faults.get(name) ?? []), ...more]),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly carryOut: () => unknown;
}

function meet(fault: Fault, { incoming, response, carryOut }: Exchange): void {
  if (fault.kind === 'Answer') {
    write(response, { status: 200, body: '', ...fault });
    return;
  }
  if (fault.carriedOut) carryOut();
  if (fault.kind === 'HangUp') incoming.socket.destroy();
}

async function read(incoming: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return { method: incoming.method ?? '', path: pathname, query: searchParams, headers, body: Buffer.concat(chunks) };
}

function write(response: ServerResponse, { status, headers, body }: FakeAnswer): void {
  response.writeHead(status, headers).end(body);
}
