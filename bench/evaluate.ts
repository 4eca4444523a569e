/**
 * `node bench/evaluate.ts [--criteria 100] [--interval 30s] [--shape distinct|family] [--minutes 5] [--rest] [--growth]
 * [--node=FLAG ...] [--quick]`
 *
 * The operator at work: so many distinct criteria, ten a service, against a real Prometheus and a real API server. Rounds of two windows:
 * in the first the operator is alone, in the second a bare client asks the same at the same pace beside it. What the client costs, and
 * what Prometheus spends more in its window, is the reference that the operator's CPU is compared with.
 *
 * --rest waits until every status of the start is written, however long that takes; --growth looks for --minutes 10 at ten times the pace
 * at what the operator holds; --node gives Node a flag for the operator: --node=--cpu-prof --node=--cpu-prof-dir=FOLDER.
 */
import { sleep, systemClock } from '../src/platform/clock.ts';
import { metricIn } from '../test/cluster/operator-world.ts';
import { startAsker } from './asker.ts';
import {
  applyCriteria,
  type BenchOperator,
  type BenchWorld,
  openBenchWorld,
  operatorWords,
  startBenchOperator,
  until,
} from './bench-world.ts';
import { NAMESPACE } from './criteria.ts';
import { evaluateFigures, type Round, slotsFigure } from './evaluate-figures.ts';
import { type Settings, settingsOf } from './evaluate-settings.ts';
import { type Fates, fatesIn } from './fates.ts';
import { growthFigures, type Held, sampleGrowth } from './growth.ts';
import { figuresTable, machine, say, tell } from './table.ts';
import { watch, type Watched } from './windows.ts';

const GROWTH_LOOKS_MS = 10_000;

async function main(settings: Settings): Promise<void> {
  const { criteria, intervalMs, windowMs, rounds, growth } = settings;
  const pace = `${criteria} criteria (${settings.shape}), each every ${intervalMs / 1000} s`;
  const length = growth ? `${(2 * rounds * windowMs) / 60_000} minutes` : `${rounds} rounds of 2 x ${windowMs / 1000} s`;
  say(`bench/evaluate: ${pace}; ${growth ? 'growth over ' : ''}${length}; ${operatorWords()}`);
  say(machine());
  const bench = await openBenchWorld(settings);
  const { place, prometheus } = bench;
  try {
    const asker = await place.session.use(startAsker(prometheus.url, settings));
    await applyCriteria(bench, settings);
    const operator = await startBenchOperator(place, settings);
    const calm = await calmDown(bench, operator, settings);
    const watched = { bench, operator, asker };
    const from = Date.now();
    const measured = growth ? [] : await measureRounds(watched, settings);
    const held = growth || settings.quick ? await measureGrowth(operator, settings) : [];
    const fates = await stopAndCount(operator, settings, from);
    say(figuresTable([slotsFigure(fates), ...evaluateFigures(measured, { criteria, calm }), ...growthFigures(held)]));
  } finally {
    await bench.close();
  }
}

async function measureRounds(watched: Watched, { rounds, windowMs }: Settings): Promise<Round[]> {
  const measured: Round[] = [];
  // What runs for the first time is slow: round 0 is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    tell(`round ${round} of ${rounds}`);
    const alone = await watch(watched, windowMs);
    watched.asker.order('ask');
    const beside = await watch(watched, windowMs);
    watched.asker.order('rest');
    if (round > 0) measured.push({ alone, beside });
  }
  return measured;
}

function measureGrowth(operator: BenchOperator, { rounds, windowMs }: Settings): Promise<Held[]> {
  const lengthMs = 2 * rounds * windowMs;
  return sampleGrowth(operator, lengthMs, Math.min(GROWTH_LOOKS_MS, lengthMs / 6));
}

/** Slots that fell due after `from`, and early enough to be judged before the end. */
async function stopAndCount(operator: BenchOperator, settings: Settings, from: number): Promise<Fates> {
  const { intervalMs, evaluationDelayMs } = settings;
  const to = Date.now() - evaluationDelayMs - 2_000;
  await operator.stop();
  return fatesIn(operator.store, { from: from - evaluationDelayMs, to, intervalMs });
}

/** Waits for what the start brings: a look at each criterion, and all statuses of the start written; false if that takes too long. */
async function calmDown({ place }: BenchWorld, operator: BenchOperator, settings: Settings): Promise<boolean> {
  const { criteria, intervalMs, evaluationDelayMs, calmWithinMs, settleMs } = settings;
  const judged = async (): Promise<boolean> => metricIn(await operator.metrics(), 'assay_evaluations_total') >= criteria;
  await until(judged, 2 * intervalMs + evaluationDelayMs + 120_000, 'each criterion was judged');
  const passing = async (): Promise<number> => {
    const reports = await place.api.list('EvidenceReport', NAMESPACE);
    return reports.filter(({ status }) => status?.verdict === 'Pass').length;
  };
  const looksMs = Math.max(1_000, criteria * 5);
  for (const deadline = Date.now() + calmWithinMs; Date.now() < deadline;) {
    const done = await passing();
    if (done === criteria) {
      await sleep(systemClock, settleMs);
      return true;
    }
    tell(`${done} of ${criteria} reports show their first verdict`);
    await sleep(systemClock, looksMs);
  }
  return false;
}

await main(settingsOf(process.argv.slice(2)));
