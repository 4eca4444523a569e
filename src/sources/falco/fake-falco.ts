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

/** An alert that a relay has counted: its rule, priority as a word, and namespace if it has one. */
export interface RelayedAlert {
  readonly rule: string;
  readonly priority: string;
  readonly namespace?: string;
  readonly tags?: string;
  readonly count: number;
}

/** What every program in Go says of itself. */
const OF_GO = 'go_info{version="go1.23"} 1\nprocess_start_time_seconds 1.7e+09\n';
const URGENCY = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'];

/** The text that falcosidekick answers with, of today or as it was called before. */
export function sidekickTextOf(alerts: readonly RelayedAlert[], age: 'new' | 'old' = 'new'): string {
  const lines = alerts.map(({ rule, priority, namespace = '', count }) => {
    const number = URGENCY.length - URGENCY.indexOf(priority.toLowerCase());
    const labels = `hostname="node-1",rule="${rule}",k8s_ns_name="${namespace}",k8s_pod_name="",source="syscall"`;
    return age === 'old'
      ? `falco_events{${labels},priority="${priority}"} ${count}\n`
      : `falcosecurity_falcosidekick_falco_events_total{${labels},priority="${number}",priority_raw="${priority.toLowerCase()}"} ${count}\n`;
  });
  const inputs = lines.length === 0 ? '' : 'falcosecurity_falcosidekick_inputs_total{source="requests",status="accepted"} 1\n';
  return `${OF_GO}${lines.join('')}${inputs}`;
}

/** The text that falco-exporter answers with. */
export function exporterTextOf(alerts: readonly RelayedAlert[]): string {
  const lines = alerts.map(({ rule, priority, namespace = '', tags = '', count }) => {
    const number = URGENCY.indexOf(priority.toLowerCase());
    const labels = `hostname="falco-5cjlj",k8s_ns_name="${namespace}",k8s_pod_name="",priority="${number}"`;
    return `falco_events{${labels},rule="${rule}",source="syscall",tags="${tags}"} ${count}\n`;
  });
  return `${OF_GO}${lines.join('')}`;
}
