import { FALCO_PRIORITIES, type FalcoPriority } from '../../api/evidence-kinds.ts';
import { AssayError } from '../../platform/errors.ts';
import {
  counted,
  type Counter,
  FALCO_VERSION,
  type FalcoFacts,
  factsOf,
  priorityNamed,
  type RuleCount,
  tagsIn,
} from './facts.ts';
import type { Metric } from './metrics-text.ts';

/*
 * What Falco's alerts go through, and is counted there:
 * - falcosidekick, `stats_prometheus.go` and `handlers.go` of falcosecurity/falcosidekick: `falco_events{rule, priority, k8s_ns_name,
 *   k8s_pod_name}`, later also hostname and source, with a word as the priority; since it is named
 *   `falcosecurity_falcosidekick_falco_events_total`, priority is a number from 1, Debug, to 8, Emergency, and priority_raw the word;
 * - falco-exporter, `pkg/exporter/exporter.go` of falcosecurity/falco-exporter: `falco_events{rule, priority, hostname, source,
 *   k8s_ns_name, k8s_pod_name, tags}`, priority from 0, Emergency, to 7, Debug, and tags as `,a,b,`.
 * A series is there from its first alert on. Who asks in the format of OpenMetrics may get `_total` behind the old name.
 */
const SIDEKICK_EVENTS = 'falcosecurity_falcosidekick_falco_events_total';

/** The metrics under which relays count alerts. */
export const RELAY_METRICS: readonly string[] = [SIDEKICK_EVENTS, 'falco_events', 'falco_events_total'];

const MAX_SERIES = 10_000;
const OF_SIDEKICK = /^(?:falcosecurity_)?falcosidekick_/;
// Before its first alert a relay tells of nothing but itself: both are written in Go.
const SILENT_RELAY = ['go_info', 'process_start_time_seconds'];

/**
 * Reads what matters of the metrics of a Falco, or of falcosidekick or falco-exporter, which are told by their metrics. Throws
 * `AssayError` SOURCE_BAD_ANSWER where they are of none of them.
 */
export function factsIn(metrics: readonly Metric[]): FalcoFacts {
  const isFalco = metrics.some(({ name }) => name === FALCO_VERSION);
  return !isFalco && isRelay(metrics) ? relayFactsOf(metrics) : factsOf(metrics);
}

/** Whether these are the metrics of a relay, or may be those of one that has seen no alert yet. They never prove that Falco runs. */
function isRelay(metrics: readonly Metric[]): boolean {
  const names = new Set(metrics.map(({ name }) => name));
  return SILENT_RELAY.every((name) => names.has(name)) || [...names].some((name) => isOfRelay(name));
}

const isOfRelay = (name: string): boolean => OF_SIDEKICK.test(name) || RELAY_METRICS.includes(name);

/** Reads what matters of the metrics of a relay. Throws `AssayError`. */
export function relayFactsOf(metrics: readonly Metric[]): FalcoFacts {
  const events = metrics.filter(({ name }) => RELAY_METRICS.includes(name));
  if (events.length > MAX_SERIES) throw new AssayError('SOURCE_ANSWER_TOO_LARGE', `more than ${MAX_SERIES} counters of alerts`);
  const start = metrics.find(({ name }) => name === 'process_start_time_seconds')?.value;
  return {
    counter: counterOf(metrics),
    version: undefined,
    ...{ hostname: '', start: `${start ?? ''}`, upSeconds: 0, rulesFiles: '', queueDrops: 0, syscallDrops: 0 },
    rules: events.map(countOf),
  };
}

function counterOf(metrics: readonly Metric[]): Counter {
  const isExporter = metrics.some((metric) => RELAY_METRICS.includes(metric.name) && isOfExporter(metric));
  return isExporter ? 'falco-exporter' : 'falcosidekick';
}

function isOfExporter({ name, labels }: Metric): boolean {
  return name !== SIDEKICK_EVENTS && labels['priority_raw'] === undefined && /^\d$/.test(labels['priority'] ?? '');
}

function countOf(metric: Metric): RuleCount {
  const { rule = '', source: origin = '', k8s_ns_name: namespace = '' } = metric.labels;
  const count = { rule, priority: priorityOf(metric), count: counted(metric.value), origin, ...tagsIn(metric.labels) };
  // An empty one is that of a host, or of a rule that does not put it out.
  return namespace === '' ? count : { ...count, namespace };
}

function priorityOf(metric: Metric): FalcoPriority | undefined {
  const { priority = '', priority_raw: word = priority } = metric.labels;
  if (!/^\d$/.test(word)) return priorityNamed(word);
  return FALCO_PRIORITIES[isOfExporter(metric) ? Number(word) : FALCO_PRIORITIES.length - Number(word)];
}
