/**
 * `node bench/hang.ts [--criteria 100] [--rounds 4] [--quick]`
 *
 * Two sources with as many criteria each. In turns, both answer, and one of them takes every request and never answers. What counts is the
 * lag of the other one's criteria, read from the evidence log: it must not change.
 */
import { parseArgs } from 'node:util';

import { sleep, systemClock } from '../src/platform/clock.ts';
import { source } from '../test/cluster/manifests.ts';
import { applyCriteria, type BenchWorld, openBenchWorld, operatorWords, startBenchOperator, until } from './bench-world.ts';
import { type HangingProxy, startHangingProxy } from './hanging-proxy.ts';
import { quantile } from './statistics.ts';
import { StoreWatch } from './store-watch.ts';
import { figure, type Figure, figuresTable, machine, say, tell } from './table.ts';

const SECOND_SOURCE = 'second';
const FAMILY = 'hung';
// What a loaded machine makes of equal lags.
const P50_AT_MOST = 1.2;
const P99_AT_MOST = 1.5;
// So long after the end of a window its slots may still come on record.
const LATE_MS = 2_000;

interface Settings {
  readonly criteria: number;
  readonly rounds: number;
  readonly windowMs: number;
  readonly intervalMs: number;
  readonly evaluationDelayMs: number;
  readonly scrapeMs: number;
}

function settingsOf(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      criteria: { type: 'string', default: '100' },
      rounds: { type: 'string', default: '4' },
      quick: { type: 'boolean', default: false },
    },
  });
  const { criteria, rounds, quick } = values;
  const times = { intervalMs: 5_000, evaluationDelayMs: 2_000, scrapeMs: 5_000, windowMs: 30_000 };
  if (!quick) return { criteria: Number(criteria), rounds: Number(rounds), ...times };
  return { criteria: 10, rounds: 1, intervalMs: 1_000, evaluationDelayMs: 0, scrapeMs: 1_000, windowMs: 3_000 };
}

async function main(settings: Settings): Promise<void> {
  const { criteria, rounds, windowMs, intervalMs, evaluationDelayMs } = settings;
  say(
    `bench/hang: 2 sources, ${criteria} criteria each, every ${intervalMs / 1000} s; ${rounds} rounds of 2 x ${windowMs / 1000} s; ${operatorWords()}`,
  );
  say(machine());
  const bench = await openBenchWorld(settings);
  const { place, prometheus } = bench;
  try {
    const proxy = await place.session.use(startHangingProxy(prometheus.url));
    const spec = { evaluationDelay: `${evaluationDelayMs / 1000}s`, timeout: '10s' };
    await place.api.apply(source(SECOND_SOURCE, proxy.url, spec));
    await applyBoth(bench, intervalMs);
    const operator = await startBenchOperator(place);
    const watch = new StoreWatch(operator.store, Date.now());
    const everyOne = (): Promise<boolean> =>
      Promise.resolve(new Set(watch.recorded.map(({ criterion }) => criterion)).size === 2 * criteria);
    await until(everyOne, 120_000, 'each criterion was judged');
    say(figuresTable(await compare(settings, proxy, watch)));
    watch.close();
  } finally {
    await bench.close();
  }
}

async function applyBoth(bench: BenchWorld, intervalMs: number): Promise<void> {
  await applyCriteria(bench, { intervalMs });
  const criteria = bench.criteria.map(({ name, service, ...rest }) => ({
    ...{ name: `${FAMILY}-${name}`, service: `${FAMILY}-${service}` },
    ...rest,
  }));
  await applyCriteria({ ...bench, criteria }, { intervalMs, source: SECOND_SOURCE });
}

async function compare(settings: Settings, proxy: HangingProxy, watch: StoreWatch): Promise<Figure[]> {
  const { rounds, windowMs } = settings;
  const without: number[][] = [];
  const beside: number[][] = [];
  for (let round = 1; round <= rounds; round += 1) {
    tell(`round ${round} of ${rounds}`);
    without.push(await lagsOf(settings, watch));
    proxy.hang();
    beside.push(await lagsOf(settings, watch));
    proxy.forward();
    // Until the second source counts as answering again, and what it missed is read back.
    await sleep(systemClock, windowMs / 2);
  }
  const rows = (q: number, name: string, atMost: number): Figure[] => {
    const [calm, hung] = [without, beside].map((rounds_) => rounds_.map((lags) => quantile(lags, q)));
    return [
      figure(`${name} of lag, both answer`, calm ?? [], { unit: ' ms', digits: 1 }),
      figure(`${name} of lag, the other one hangs`, hung ?? [], { unit: ' ms', digits: 1 }),
      figure(
        `${name}, hanging / answering`,
        (hung ?? []).map((lag, index) => lag / (calm?.[index] ?? Number.NaN)),
        { atMost },
      ),
    ];
  };
  const counts = (rounds_: readonly (readonly number[])[]): number[] => rounds_.map(({ length }) => length);
  return [
    ...rows(0.5, 'p50', P50_AT_MOST),
    ...rows(0.99, 'p99', P99_AT_MOST),
    figure('slots judged a round, both answer', counts(without), { digits: 0 }),
    figure('slots judged a round, the other one hangs', counts(beside), { digits: 0 }),
  ];
}

/** The lags of the healthy source's criteria for the slots that fall due in a window from now on. */
async function lagsOf({ windowMs, evaluationDelayMs }: Settings, watch: StoreWatch): Promise<number[]> {
  const from = Date.now();
  await sleep(systemClock, windowMs + LATE_MS);
  return watch.recorded
    .filter(({ service }) => !service.startsWith(FAMILY))
    .map(({ slot, recordedAt }) => ({ dueAt: slot + evaluationDelayMs, recordedAt }))
    .filter(({ dueAt }) => dueAt >= from && dueAt < from + windowMs)
    .map(({ dueAt, recordedAt }) => recordedAt - dueAt);
}

await main(settingsOf(process.argv.slice(2)));
