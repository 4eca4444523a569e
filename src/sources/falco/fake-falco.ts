import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a Falco for tests says of itself; tests change it. */
export interface FalcoState {
  hostname: string;
  startNs: string;
  upSeconds: number;
  queueDrops: number;
  /** undefined: not counted. */
  syscallDrops: number | undefined;
  engine: string;
  rulesFile: string;
  /** Matches by `priority rule`: `2 Drop and execute`. */
  matches: Record<string, number>;
}

/** A loopback server that answers with the metrics of a Falco, or with whatever `answer` does. */
export interface FakeFalco {
  readonly url: string;
  readonly state: FalcoState;
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  answer: ((response: ServerResponse) => unknown) | undefined;
  stop(): Promise<void>;
}

/** A Falco that runs, and has lost and matched nothing. */
export const calm = (): FalcoState => ({
  ...{ hostname: 'node-1', startNs: '1748557118881742916', upSeconds: 1_000, queueDrops: 0, syscallDrops: 0 },
  ...{ engine: 'modern_bpf', rulesFile: 'a', matches: {} },
});

/** Starts one. */
export async function startFakeFalco(): Promise<FakeFalco> {
  const falco: Omit<FakeFalco, 'url' | 'stop'> = { state: calm(), requests: [], answer: undefined };
  const server = createServer((request, response) => {
    falco.requests.push({ path: request.url ?? '', headers: request.headers });
    if (falco.answer !== undefined) falco.answer(response);
    else response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metricsTextOf(falco.state));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return Object.assign(falco, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop });
}

/** The text that a Falco of this state answers with. */
export function metricsTextOf(state: FalcoState): string {
  const matches = Object.entries(state.matches).map(([key, count]) => {
    const labels = `priority="${key[0] ?? ''}",rule_name="${key.slice(2)}",source="syscall",tag_container="true"`;
    return `falco_rules_matches_total{${labels}} ${count}`;
  });
  const lines = [
    'falco_version_info{version="0.41.0"} 1',
    `falco_sha256_rules_files_info{file_name="falco_rules.yaml",sha256="${state.rulesFile}"} 1`,
    ...matches,
    `scap_engine_name_info{engine_name="${state.engine}",evt_source="syscall"} 1`,
    ...(state.syscallDrops === undefined ? [] : [`scap_n_drops_total ${state.syscallDrops}`]),
    `evt_hostname_info{hostname="${state.hostname}"} 1`,
    `falco_outputs_queue_num_drops_total ${state.queueDrops}`,
    `falco_start_timestamp_nanoseconds ${state.startNs}`,
    `falco_duration_seconds_total ${state.upSeconds}`,
  ];
  return lines.map((line) => `# HELP of it\nfalcosecurity_${line}\n`).join('');
}
