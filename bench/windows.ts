import { sleep, systemClock } from '../src/platform/clock.ts';
import { metricIn } from '../test/cluster/operator-world.ts';
import type { Asker } from './asker.ts';
import type { BenchOperator, BenchWorld } from './bench-world.ts';
import { between, type Histogram, histogramIn } from './metrics-text.ts';
import { usageOf } from './usage.ts';

/** What happened in a window of time. */
export interface Window {
  readonly seconds: number;
  readonly evaluations: number;
  /** Questions of the bare client that were answered. */
  readonly asked: number;
  readonly operatorCpuMs: number;
  readonly prometheusCpuMs: number;
  readonly askerCpuMs: number;
  /** The most that the operator had resident, looked at each second. */
  readonly residentBytes: number;
  readonly lag: Histogram;
  /** Requests of the operator to the API server that change something. */
  readonly apiWrites: number;
}

/** Whom a window watches. */
export interface Watched {
  readonly bench: BenchWorld;
  readonly operator: BenchOperator;
  readonly asker: Asker;
}

const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;
const LAG = 'assay_evaluation_lag_seconds';
// Slots and questions lie on whole and half seconds: a window that begins here cuts none of them in two.
const BETWEEN_MS = 750;
const LOOK_MS = 1_000;

/** Watches for so long; the operator's metrics are asked for before and after it, not within. */
export async function watch(watched: Watched, lengthMs: number): Promise<Window> {
  const { operator } = watched;
  const textBefore = await operator.metrics();
  await sleep(systemClock, (1_000 + BETWEEN_MS - (Date.now() % 1_000)) % 1_000);
  const before = await look(watched);
  let residentBytes = before.operator.residentBytes;
  while (Date.now() < before.atMs + lengthMs) {
    await sleep(systemClock, Math.min(LOOK_MS, Math.max(1, before.atMs + lengthMs - Date.now())));
    residentBytes = Math.max(residentBytes, usageOf(operator.pid).residentBytes);
  }
  const after = await look(watched);
  const textAfter = await operator.metrics();
  const grown = (name: string, labels: Readonly<Record<string, string>> = {}): number =>
    metricIn(textAfter, name, labels) - metricIn(textBefore, name, labels);
  return {
    seconds: (after.atMs - before.atMs) / 1000,
    evaluations: grown('assay_evaluations_total'),
    asked: after.asked - before.asked,
    operatorCpuMs: after.operator.cpuMs - before.operator.cpuMs,
    prometheusCpuMs: after.prometheus.cpuMs - before.prometheus.cpuMs,
    askerCpuMs: after.asker.cpuMs - before.asker.cpuMs,
    residentBytes,
    lag: between(histogramIn(textBefore, LAG), histogramIn(textAfter, LAG)),
    apiWrites: WRITES.reduce((sum, verb) => sum + grown('assay_kube_requests_total', { verb }), 0),
  };
}

async function look({ bench, operator, asker }: Watched) {
  const asked = await asker.asked();
  return {
    ...{ atMs: Date.now(), asked },
    operator: usageOf(operator.pid),
    prometheus: usageOf(bench.prometheus.daemon.pid ?? 0),
    asker: usageOf(asker.pid),
  };
}
