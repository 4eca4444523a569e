import { FALCO_PRIORITIES, type FalcoPriority } from '../../api/evidence-kinds.ts';
import { AssayError } from '../../platform/errors.ts';
import type { Metric } from './metrics-text.ts';

/** How often a rule has matched since Falco started. */
export interface RuleCount {
  readonly rule: string;
  readonly priority: FalcoPriority;
  readonly count: number;
}

/** What one Falco says of itself at one moment. */
export interface FalcoFacts {
  readonly version: string;
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
  return {
    ...{ version, upSeconds, queueDrops },
    hostname: all('evt_hostname_info')[0]?.labels['hostname'] ?? '',
    start: `${sum('falco_start_timestamp_nanoseconds') ?? ''}`,
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

function counted(value: number): number {
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
    const { rule_name: rule, priority = '' } = labels;
    const word = priorityOf(priority);
    // Older versions count each rule under a metric of its own, and the sum of all under this one.
    if (rule === undefined || word === undefined)
      throw new AssayError('SOURCE_BAD_ANSWER', 'a rule of Falco has no name or no priority');
    return { rule, priority: word, count: counted(value) };
  });
}

/** Falco counts priorities from 0, Emergency, to 7, Debug; falcosidekick and falco-exporter have other numbers. */
function priorityOf(text: string): FalcoPriority | undefined {
  return /^[0-7]$/.test(text)
    ? FALCO_PRIORITIES[Number(text)]
    : FALCO_PRIORITIES.find((word) => word.toLowerCase() === text.toLowerCase());
}
