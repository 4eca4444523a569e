import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { stringify } from 'yaml';

import { fetchParts, type Prometheus, startPrometheus } from '../src/parts/index.ts';
import type { Place } from './bench-world.ts';

export const GAUGE = 'bench_broken';

/** A Prometheus beside an exporter whose series are set here: one for each service, 0 while it works and 1 while it is broken. */
export interface Gauges {
  readonly prometheus: Prometheus;
  readonly services: readonly string[];
  /** Breaks services, or mends them: seen with the next scrape. */
  set(services: readonly string[], value: 0 | 1): void;
  stop(): Promise<void>;
}

export interface GaugesOptions {
  readonly services: number;
  readonly scrapeMs: number;
  /** What else stands in the configuration of Prometheus. */
  readonly config?: object;
}

/** Starts both in a session; resolves once Prometheus answers. */
export async function startGauges({ session }: Place, { services, scrapeMs, config = {} }: GaugesOptions): Promise<Gauges> {
  const values = new Map(Array.from({ length: services }, (_, index) => [`service-${index}`, 0]));
  const server = createServer((_request, response) => {
    const lines = [...values].map(([service, value]) => `${GAUGE}{service="${service}"} ${value}\n`);
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(lines.join(''));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { prometheus: bin } = await fetchParts(['prometheus'], {
    env: process.env,
    say: () => undefined,
    signal: session.signal,
  });
  const interval = `${scrapeMs}ms`;
  const whole = {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    scrape_configs: [{ job_name: 'bench', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
    ...config,
  };
  const dir = `${session.dir}/prometheus-${port}`;
  const prometheus = await session.use(startPrometheus({ dir, config: stringify(whole), bin, signal: session.signal }));
  return {
    prometheus,
    services: [...values.keys()],
    set: (broken, value) => {
      for (const service of broken) values.set(service, value);
    },
    stop: async () => {
      await prometheus.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
