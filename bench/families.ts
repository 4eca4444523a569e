/**
 * `node bench/families.ts [--part prometheus2|prometheus3] [--families 50] [--rounds 7] [--quick]`
 *
 * What it costs to ask for criteria whose queries differ in one label's value: each for itself, and as families. Both ways ask the
 * same questions of one real Prometheus, in turns, a family at a time as its service's slot comes due.
 */
import { parseArgs } from 'node:util';

import { fetchParts, openSession, type Prometheus, startPrometheus } from '../src/parts/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { newPrometheusReader } from '../src/sources/prometheus/index.ts';
import type { PrometheusReader } from '../src/sources/prometheus/index.ts';
import { FIRST_SLOT, type Series, writeHistory } from '../test/cluster/history.ts';
import { median, quantile } from './statistics.ts';
import { machine, say, tableOf, tell } from './table.ts';
import { usageOf } from './usage.ts';

const SHAPES = {
  selector: (labels: string) => `work_total{${labels}}`,
  sum: (labels: string) => `sum(rate(work_total{${labels}}[5m]))`,
  ratio: (labels: string) => `sum(rate(work_total{${labels},code="500"}[5m])) / sum(rate(work_total{${labels}}[5m]))`,
};
type Shape = keyof typeof SHAPES;
const CODES = ['200', '404', '500'];
const SIZES = [10, 100];
const SLOTS = 40;
const SERIES_A_WRITE = 1_500;
const NEVER = new AbortController().signal;

interface Settings {
  readonly part: 'prometheus2' | 'prometheus3';
  readonly families: number;
  readonly rounds: number;
}

/** One way of asking, and what its rounds have cost: CPU for a question, how long a question took, requests for a question. */
interface Way {
  readonly reader: PrometheusReader;
  readonly requests: () => number;
  readonly rounds: Round[];
}

interface Round {
  readonly theirCpuUs: number;
  readonly ourCpuUs: number;
  readonly requests: number;
  readonly tookMs: readonly number[];
}

function settingsOf(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      part: { type: 'string', default: 'prometheus2' },
      families: { type: 'string', default: '50' },
      rounds: { type: 'string', default: '7' },
      quick: { type: 'boolean', default: false },
    },
  });
  const part = values.part === 'prometheus3' ? 'prometheus3' : 'prometheus2';
  return values.quick
    ? { part, families: 5, rounds: 2 }
    : { part, families: Number(values.families), rounds: Number(values.rounds) };
}

async function main(settings: Settings): Promise<void> {
  const session = await openSession();
  try {
    const { signal } = session;
    const bins = await fetchParts([settings.part], { env: process.env, say: tell, signal });
    const extraFlags = ['--web.enable-remote-write-receiver'];
    const options = { dir: `${session.dir}/prometheus`, bin: bins[settings.part], config: [], extraFlags, signal };
    const prometheus = await session.use(startPrometheus(options));
    await fill(prometheus, settings.families);
    say(`bench/families: ${settings.part}, ${settings.families} families, ${settings.rounds} rounds each way`);
    say(machine());
    const rows: string[][] = [];
    for (const shape of Object.keys(SHAPES) as Shape[])
      for (const size of SIZES) rows.push(...(await compare(prometheus, { shape, size, ...settings })));
    const medians = ['requests', 'Prometheus us', 'of apart', 'ours us', 'of apart', 'took ms', 'p99'];
    say('medians of the rounds, for one question');
    say(tableOf([['query', 'of', 'asked', ...medians], ...rows]));
  } finally {
    await session.close();
  }
}

/** A series for each code of each member of each family, with steady growth. */
async function fill({ url }: Prometheus, families: number): Promise<void> {
  tell('writing the history');
  const largest = Math.max(...SIZES);
  const all: Series[] = Array.from({ length: families * largest * CODES.length }, (_, index) => {
    const [code = '', member] = [CODES[index % CODES.length], Math.floor(index / CODES.length)];
    const labels = {
      __name__: 'work_total',
      service: `s${Math.floor(member / largest)}`,
      instance: `i${member % largest}`,
      code,
    };
    return { labels, values: Array.from({ length: SLOTS }, (__, slot) => slot * (1 + (index % 7))) };
  });
  for (let first = 0; first < all.length; first += SERIES_A_WRITE)
    await writeHistory(url, all.slice(first, first + SERIES_A_WRITE));
}

type Comparison = Settings & { readonly shape: Shape; readonly size: number };

async function compare(prometheus: Prometheus, comparison: Comparison): Promise<string[][]> {
  const ways = { apart: newWay(prometheus, 0), together: newWay(prometheus, undefined) };
  // The first round makes connections and caches, and is not counted.
  for (let round = 0; round <= comparison.rounds; round += 1) {
    for (const way of round % 2 === 0 ? [ways.apart, ways.together] : [ways.together, ways.apart]) {
      const cost = await costOf(prometheus, way, comparison, round);
      if (round > 0) way.rounds.push(cost);
    }
  }
  await Promise.all([ways.apart.reader.close(), ways.together.reader.close()]);
  return [rowOf(comparison, 'apart', ways.apart.rounds), rowOf(comparison, 'together', ways.together.rounds, ways.apart.rounds)];
}

function newWay({ url }: Prometheus, gatherMs: number | undefined): Way {
  let requests = 0;
  const connection = {
    ...{ url, headers: {}, tls: { insecureSkipVerify: false }, heartbeat: 'count(up)' },
    ...{ timeoutMs: 20_000, maxConcurrency: 8 },
  };
  const options = { clock: systemClock, onRequest: () => (requests += 1), ...(gatherMs === undefined ? {} : { gatherMs }) };
  return { reader: newPrometheusReader(connection, options), requests: () => requests, rounds: [] };
}

async function costOf(prometheus: Prometheus, way: Way, comparison: Comparison, round: number): Promise<Round> {
  const { shape, size, families } = comparison;
  const [theirs, ours, requests] = [cpuMsOf(prometheus), process.cpuUsage(), way.requests()];
  const tookMs: number[] = [];
  for (let family = 0; family < families; family += 1) {
    const ask = async (member: number): Promise<void> => {
      const start = performance.now();
      const query = SHAPES[shape](`service="s${family}",instance="i${member}"`);
      // Another slot in each round: an answer is kept for a while.
      const reading = await way.reader.read({ query, slot: FIRST_SLOT + 900_000 + round * 1_000, maxAgeMs: 300_000 }, NEVER);
      if (reading.kind !== 'Samples' || reading.samples.length === 0) throw new Error(`no answer to ${query}`);
      tookMs.push(performance.now() - start);
    };
    await Promise.all(Array.from({ length: size }, (_, member) => ask(member)));
  }
  const { user, system } = process.cpuUsage(ours);
  const questions = families * size;
  return {
    theirCpuUs: ((cpuMsOf(prometheus) - theirs) * 1_000) / questions,
    ourCpuUs: (user + system) / questions,
    requests: (way.requests() - requests) / questions,
    tookMs,
  };
}

function cpuMsOf({ daemon: { pid } }: Prometheus): number {
  if (pid === undefined) throw new Error('Prometheus is gone');
  return usageOf(pid).cpuMs;
}

function rowOf({ shape, size }: Comparison, name: string, rounds: readonly Round[], reference = rounds): string[] {
  const of = (cost: (round: Round) => number, some = rounds): number => median(some.map(cost));
  const cpu = (cost: (round: Round) => number): string[] => [of(cost).toFixed(0), (of(cost) / of(cost, reference)).toFixed(2)];
  return [
    ...[shape, `${size}`, name, of(({ requests }) => requests).toFixed(2)],
    ...cpu(({ theirCpuUs }) => theirCpuUs),
    ...cpu(({ ourCpuUs }) => ourCpuUs),
    ...[0.5, 0.99].map((q) => of(({ tookMs }) => quantile(tookMs, q)).toFixed(1)),
  ];
}

await main(settingsOf(process.argv.slice(2)));
