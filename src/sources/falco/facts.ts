import { FALCO_PRIORITIES, type FalcoPriority } from '../../api/evidence-kinds.ts';
import { AssayError } from '../../platform/errors.ts';
import type { Metric } from './metrics-text.ts';

/** Who counts alerts: Falco itself, or what its alerts go through. */
export type Counter = 'Falco' | 'falcosidekick' | 'falco-exporter';

/** How often a rule has matched since whoever counts it started. */
export interface RuleCount {
  readonly rule: string;
  /** Undefined where it is none of Falco's. */
  readonly priority: FalcoPriority | undefined;
  readonly count: number;
  /** Where Falco saw it: syscall, k8s_audit, internal ...; empty where the counter does not say. */
  readonly origin: string;
  /** Absent where the counter has none. */
  readonly tags?: readonly string[];
  /** Whether the tags are names of labels, in which `_` stands for other characters too. */
  readonly tagsAreLabels?: true;
  /** k8s.ns.name; absent where there is none, or the rule does not put it out. */
  readonly namespace?: string;
}

/** What one Falco, or one relay of its alerts, says of itself at one moment. */
export interface FalcoFacts {
  readonly counter: Counter;
  /** Of Falco; a relay does not tell its own. */
  readonly version: string | undefined;
  /** The host that it watches; another one behind the same address is another Falco. */
  readonly hostname: string;
  /** Changes when it starts anew. */
  readonly start: string;
  readonly upSeconds: number;
  /** The rules files that it has loaded, with their digests. */
  readonly rulesFiles: string;
  readonly rules: readonly RuleCount[];
  /** Alerts that did not fit into its queue. */
  readonly queueDrops: number;
  /** System calls that it has missed; `undefined` where it does not count them, `0` where it watches none. */
  readonly syscallDrops: number | undefined;
}

const PREFIX = 'falcosecurity_';
const MAX_RULES = 5_000;

/** It is there whenever Falco is. */
export const FALCO_VERSION = `${PREFIX}falco_version_info`;

/**
 * The metrics that are read of a Falco, by the names of Falco 0.41 (userspace/falco/falco_metrics.cpp of falcosecurity/falco, and
 * https://falco.org/docs/concepts/metrics/).
 */
export const FALCO_METRICS = [
  ...['falco_version_info', 'falco_rules_matches_total', 'falco_sha256_rules_files_info', 'falco_duration_seconds_total'],
  ...['falco_start_timestamp_nanoseconds', 'falco_reload_timestamp_nanoseconds', 'falco_outputs_queue_num_drops_total'],
  ...['scap_n_drops_total', 'scap_engine_name_info', 'evt_hostname_info'],
].map((name) => PREFIX + name);

/** Reads what matters of Falco's metrics. Throws `AssayError` SOURCE_BAD_ANSWER where they are not those of a Falco. */
export function factsOf(metrics: readonly Metric[]): FalcoFacts {
  const named = Map.groupBy(metrics, ({ name }) => name);
  const all = (name: string): readonly Metric[] => named.get(PREFIX + name) ?? [];
  const sum = (name: string): number | undefined =>
    all(name).length === 0 ? undefined : all(name).reduce((total, { value }) => total + counted(value), 0);
  const version = all('falco_version_info')[0]?.labels['version'];
  const upSeconds = sum('falco_duration_seconds_total');
  const queueDrops = sum('falco_outputs_queue_num_drops_total');
  if (version === undefined || upSeconds === undefined || queueDrops === undefined) throw notFalco();
  // With other rules it loads itself anew, and counts from 0.
  const starts = [sum('falco_start_timestamp_nanoseconds'), sum('falco_reload_timestamp_nanoseconds')];
  return {
    counter: 'Falco',
    ...{ version, upSeconds, queueDrops },
    hostname: all('evt_hostname_info')[0]?.labels['hostname'] ?? '',
    start: starts.map((at) => at ?? '').join(' '),
    rulesFiles: filesIn(all('falco_sha256_rules_files_info')),
    rules: rulesIn(all('falco_rules_matches_total')),
    syscallDrops: sum('scap_n_drops_total') ?? (watchesSyscalls(all('scap_engine_name_info')) ? undefined : 0),
  };
}

const notFalco = (): AssayError =>
  new AssayError(
    'SOURCE_BAD_ANSWER',
    "the answer holds no falcosecurity_falco_version_info and counters: it is not of Falco's metrics",
  );

/** The value of a counter. Throws `AssayError` where it is none. */
export function counted(value: number): number {
  if (!Number.isFinite(value) || value < 0) throw new AssayError('SOURCE_BAD_ANSWER', 'a counter of Falco is not a number');
  return value;
}

function filesIn(files: readonly Metric[]): string {
  return JSON.stringify(files.map(({ labels }) => [labels['file_name'] ?? '', labels['sha256'] ?? '']).sort());
}

/** Engines that need no kernel: what they read is not dropped there. */
const NO_KERNEL = ['source_plugin', 'nodriver'];

function watchesSyscalls(engines: readonly Metric[]): boolean {
  return engines.length === 0 || engines.some(({ labels }) => !NO_KERNEL.includes(labels['engine_name'] ?? ''));
}

function rulesIn(matches: readonly Metric[]): readonly RuleCount[] {
  if (matches.length > MAX_RULES) throw new AssayError('SOURCE_ANSWER_TOO_LARGE', `more than ${MAX_RULES} rules`);
  return matches.map(({ labels, value }) => {
    const { rule_name: rule, priority = '', source: origin = '' } = labels;
    const word = priorityOf(priority);
    // Older versions count each rule under a metric of its own, and the sum of all under this one.
    if (rule === undefined || word === undefined)
      throw new AssayError('SOURCE_BAD_ANSWER', 'a rule of Falco has no name or no priority');
    return { rule, priority: word, count: counted(value), origin, ...tagsIn(labels) };
  });
}

/** Falco counts priorities from 0, Emergency, to 7, Debug; falcosidekick has other numbers. */
function priorityOf(text: string): FalcoPriority | undefined {
  return /^[0-7]$/.test(text) ? FALCO_PRIORITIES[Number(text)] : priorityNamed(text);
}

/** The priority of this name, however it is written. */
export function priorityNamed(text: string): FalcoPriority | undefined {
  return FALCO_PRIORITIES.find((word) => word.toLowerCase() === text.toLowerCase());
}

const TAG = 'tag_';

/** The tags that labels tell: a label `tags` with all of them (Falco 0.39, falco-exporter), or one label each (from Falco 0.40 on). */
export function tagsIn(labels: Metric['labels']): Pick<RuleCount, 'tags' | 'tagsAreLabels'> {
  const { tags } = labels;
  if (tags !== undefined)
    return {
      tags: tags
        .split(',')
        .map((tag) => tag.trim())
        .filter(Boolean),
    };
  const names = Object.keys(labels).filter((name) => name.startsWith(TAG));
  return names.length === 0 ? {} : { tags: names.map((name) => name.slice(TAG.length)), tagsAreLabels: true };
}
