import { systemClock } from '../../platform/clock.ts';
import type { Connection } from '../source.ts';
import { type FakeAnswer, type FakeRequest, type FakeServer, startFakeServer, success } from './fake-server.ts';
import { newPrometheusReader, type PrometheusOptions, type PrometheusReader } from './index.ts';

export const SLOT = 1_700_000_000_000;
/** The slot in seconds, as answers have it. */
export const AT = SLOT / 1000;
export const never = new AbortController().signal;
/** A question with the lookback that servers have by themselves. */
export const up = { query: 'up', slot: SLOT, maxAgeMs: 300_000 };

export const vector = (...result: unknown[]): { body: unknown } => success({ resultType: 'vector', result });
export const matrix = (...result: unknown[]): { body: unknown } => success({ resultType: 'matrix', result });
export const one = (labels: object = {}, value: unknown = '1', at: number = AT): object => ({
  metric: { __name__: 'up', ...labels },
  value: [at, value],
});

/** An answer in bytes of our choosing. */
export function raw(body: string | Buffer, status = 200, headers: Record<string, string> = {}): FakeAnswer {
  return (response) => response.writeHead(status, headers).end(body);
}

/** What a server of these answers is read with. */
export const connectionTo = (url: string): Connection => ({
  ...{ url, headers: {}, tls: { insecureSkipVerify: false }, timeoutMs: 1_000, maxConcurrency: 4, heartbeat: 'count(up)' },
});

/** A reader and the fake server that it reads. */
export interface TestReader {
  readonly reader: PrometheusReader;
  readonly server: FakeServer;
  /** The requests that were evidence, not the finding out about the server. */
  asked(): FakeRequest[];
  stop(): Promise<void>;
}

/** What differs from the usual; `honours` is whether the server honours `lookback_delta` (it does). */
export type TestReaderOptions = Partial<Connection & PrometheusOptions> & { readonly honours?: boolean };

/** Starts a fake server and makes its reader. */
export async function startReader(
  answer: (request: FakeRequest) => FakeAnswer | undefined,
  { honours = true, ...options }: TestReaderOptions = {},
): Promise<TestReader> {
  const server = await startFakeServer(honours, answer);
  const reader = newPrometheusReader({ ...connectionTo(server.url), ...options }, { clock: systemClock, ...options });
  return {
    ...{ reader, server },
    asked: () => server.requests.filter(({ path, form }) => path.includes('/query') && form['query'] !== '1'),
    stop: async () => {
      await reader.close();
      await server.stop();
    },
  };
}
