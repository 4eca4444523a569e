/**
 * `node bench/peer.ts [--criteria 100,1000] [--interval 30s] [--windows 4] [--python python3] [--quick]`
 *
 * The operator beside a peer that does the least of the same job: an operator on kopf with a timer for each criterion, one query, and a
 * patch of the status when the verdict changes (kopf/judge.py). One after the other on the same API server and Prometheus, with
 * the same criteria.
 */
import { parseArgs } from 'node:util';

import { durationMs } from '../src/domain/duration.ts';
import { sleep, systemClock } from '../src/platform/clock.ts';
import { namespace } from '../test/cluster/manifests.ts';
import { metricIn } from '../test/cluster/operator-world.ts';
import { applyCriteria, type BenchWorld, openBenchWorld, operatorWords, startBenchOperator, until } from './bench-world.ts';
import { NAMESPACE } from './criteria.ts';
import { installKopf, startKopf } from './kopf-operator.ts';
import { between, histogramIn, quantileOf, together } from './metrics-text.ts';
import { median, quantile } from './statistics.ts';
import { machine, say, tableOf, tell } from './table.ts';
import { usageOf } from './usage.ts';

const PEER_NAMESPACE = 'bench-peer';
const LAG = 'assay_evaluation_lag_seconds';
const MB = 1e6;

interface Settings {
  readonly sizes: readonly number[];
  readonly intervalMs: number;
  readonly windowMs: number;
  readonly windows: number;
  readonly python: string;
  readonly settleMs: number;
  readonly scrapeMs: number;
  readonly evaluationDelayMs: number;
}

function settingsOf(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      criteria: { type: 'string', default: '100,1000' },
      interval: { type: 'string', default: '30s' },
      windows: { type: 'string', default: '4' },
      python: { type: 'string', default: 'python3' },
      quick: { type: 'boolean', default: false },
    },
  });
  const { criteria, interval, windows, python, quick } = values;
  const quickly = {
    sizes: [10],
    intervalMs: 1_000,
    windowMs: 3_000,
    windows: 1,
    scrapeMs: 1_000,
    evaluationDelayMs: 0,
    settleMs: 0,
  };
  if (quick) return { ...quickly, python };
  const intervalMs = durationMs(interval);
  const times = {
    intervalMs,
    windowMs: Math.max(intervalMs, 30_000),
    scrapeMs: 15_000,
    evaluationDelayMs: 10_000,
    settleMs: 2 * intervalMs,
  };
  return { sizes: criteria.split(',').map(Number), ...times, windows: Number(windows), python };
}

/** What was measured of one of the two. */
interface Measured {
  readonly cpuMs: readonly number[];
  readonly residentMb: number;
  readonly p50Seconds: number;
  readonly p99Seconds: number;
  readonly evaluations: number;
}

async function main(settings: Settings): Promise<void> {
  const { intervalMs, windows, windowMs } = settings;
  say(
    `bench/peer: every ${intervalMs / 1000} s, ${windows} windows of ${windowMs / 1000} s each; ${operatorWords()}; kopf with uvloop`,
  );
  say(machine());
  const rows = [['criteria', 'operator', 'CPU an evaluation', 'resident, most', 'p50 of lag', 'p99 of lag', 'evaluations']];
  for (const size of settings.sizes) {
    const bench = await openBenchWorld({ ...settings, criteria: size });
    try {
      rows.push([String(size), 'Assay', ...cells(await measureAssay(bench, settings))]);
      rows.push([String(size), 'kopf', ...cells(await measureKopf(bench, settings))]);
    } finally {
      await bench.close();
    }
  }
  say(tableOf(rows));
}

const cells = ({ cpuMs, residentMb, p50Seconds, p99Seconds, evaluations }: Measured): string[] => [
  `${median(cpuMs).toFixed(2)} ms (${Math.min(...cpuMs).toFixed(2)} to ${Math.max(...cpuMs).toFixed(2)})`,
  `${residentMb.toFixed(0)} MB`,
  `${(p50Seconds * 1000).toFixed(0)} ms`,
  `${(p99Seconds * 1000).toFixed(0)} ms`,
  String(evaluations),
];

async function measureAssay(bench: BenchWorld, settings: Settings): Promise<Measured> {
  await applyCriteria(bench, settings);
  const operator = await startBenchOperator(bench.place);
  await settled(bench, NAMESPACE, settings.settleMs);
  const texts = [await operator.metrics()];
  const windows = await watchWindows(operator.pid, settings, async () => {
    texts.push(await operator.metrics());
  });
  await operator.stop();
  const evaluations = texts.map((text) => metricIn(text, 'assay_evaluations_total'));
  const counts = windows.map((_, index) => (evaluations[index + 1] ?? 0) - (evaluations[index] ?? 0));
  const histograms = texts.map((text) => histogramIn(text, LAG));
  const lag = windows.map((_, index) => between(histograms[index] ?? [], histograms[index + 1] ?? [])).reduce(together);
  return {
    ...figuresOf(windows, counts),
    ...{ p50Seconds: quantileOf(lag, 0.5), p99Seconds: quantileOf(lag, 0.99) },
  };
}

async function measureKopf(bench: BenchWorld, settings: Settings): Promise<Measured> {
  const { place, prometheus } = bench;
  const { intervalMs, python } = settings;
  const kopf = await installKopf(place.session, python);
  await place.api.apply(namespace(PEER_NAMESPACE));
  await applyCriteria(bench, { intervalMs, namespace: PEER_NAMESPACE });
  const operator = await startKopf(place, { kopf, prometheusUrl: prometheus.url, namespace: PEER_NAMESPACE, intervalMs });
  await settled(bench, PEER_NAMESPACE, settings.settleMs);
  const windows = await watchWindows(operator.pid, settings, () => Promise.resolve());
  await operator.stop();
  const all = await operator.evaluations();
  const within = windows.map(({ from, to }) => all.filter(({ at }) => at >= from && at < to).map(({ lag }) => lag));
  const lags = within.flat();
  return {
    ...figuresOf(
      windows,
      within.map(({ length }) => length),
    ),
    ...{ p50Seconds: quantile(lags, 0.5), p99Seconds: quantile(lags, 0.99) },
  };
}

/** Waits until every criterion shows its verdict, and some time more: both are measured at work, not while they start. */
async function settled({ place, criteria }: BenchWorld, within: string, settleMs: number): Promise<void> {
  const shown = async (): Promise<boolean> => {
    const objects = await place.api.list('CertificationCriterion', within);
    return objects.filter(({ status }) => status?.verdict === 'Pass').length === criteria.length;
  };
  await until(shown, 600_000, `every criterion in ${within} shows that it passes`);
  await sleep(systemClock, settleMs);
}

interface Window {
  readonly from: number;
  readonly to: number;
  readonly cpuMs: number;
  readonly residentMb: number;
}

/** Watches a process for some windows; `after` is called after each, outside of it. */
async function watchWindows(pid: number, { windows, windowMs }: Settings, after: () => Promise<void>): Promise<Window[]> {
  const watched: Window[] = [];
  for (let window = 1; window <= windows; window += 1) {
    tell(`window ${window} of ${windows}`);
    const before = usageOf(pid);
    const from = Date.now();
    let residentMb = 0;
    while (Date.now() < from + windowMs) {
      await sleep(systemClock, Math.min(1_000, Math.max(1, from + windowMs - Date.now())));
      residentMb = Math.max(residentMb, usageOf(pid).residentBytes / MB);
    }
    watched.push({ from, to: Date.now(), cpuMs: usageOf(pid).cpuMs - before.cpuMs, residentMb });
    await after();
  }
  return watched;
}

function figuresOf(
  windows: readonly Window[],
  counts: readonly number[],
): Pick<Measured, 'cpuMs' | 'residentMb' | 'evaluations'> {
  return {
    cpuMs: windows.map(({ cpuMs }, index) => cpuMs / (counts[index] ?? Number.NaN)),
    residentMb: Math.max(...windows.map(({ residentMb }) => residentMb)),
    evaluations: counts.reduce((sum, count) => sum + count, 0),
  };
}

await main(settingsOf(process.argv.slice(2)));
