/**
 * `node bench/intake.ts [--alerts 10000] [--connections 32] [--rounds 7] [--quick]`
 *
 * A burst of pushed alerts, one a request as Falco sends them, over several connections: the intake, which answers once they are on
 * disk, against a bare express handler that only appends to a file. Both servers run in processes of their own, in turns.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Pool } from 'undici';

import { falcoText, timeOf } from '../src/inbox/examples.ts';
import { openInbox } from '../src/inbox/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { INTAKE_SOURCE, INTAKE_TOKEN } from './intake-server.ts';
import { median, quantile } from './statistics.ts';
import { type Figure, figuresTable, machine, say, tell } from './table.ts';

interface Settings {
  readonly alerts: number;
  readonly connections: number;
  readonly rounds: number;
}

type Way = 'intake' | 'bare';

interface Round {
  readonly alertsASecond: number;
  readonly p99Ms: number;
}

function settingsOf(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      alerts: { type: 'string', default: '10000' },
      connections: { type: 'string', default: '32' },
      rounds: { type: 'string', default: '7' },
      quick: { type: 'boolean', default: false },
    },
  });
  const connections = Number(values.connections);
  return values.quick
    ? { alerts: 500, connections, rounds: 2 }
    : { alerts: Number(values.alerts), connections, rounds: Number(values.rounds) };
}

async function main(settings: Settings): Promise<void> {
  const { alerts, connections, rounds } = settings;
  say(`bench/intake: ${alerts} alerts in a burst over ${connections} connections, ${rounds} rounds each way`);
  say(machine());
  const seen: Record<Way, Round[]> = { intake: [], bare: [] };
  // The first round of each way warms up, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const way of round % 2 === 0 ? (['intake', 'bare'] as const) : (['bare', 'intake'] as const)) {
      tell(`round ${round}: ${way}`);
      const result = await burst(way, settings);
      if (round > 0) seen[way].push(result);
    }
  }
  say(figuresTable(figuresOf(seen)));
}

async function burst(way: Way, { alerts, connections }: Settings): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-intake-'));
  const path = join(folder, 'stored');
  const server = fork(fileURLToPath(new URL('./intake-server.ts', import.meta.url)), [way, path]);
  const [port] = (await once(server, 'message')) as [number];
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 });
  const bodies = Array.from({ length: alerts }, (_, index) => falcoText({ time: timeOf(index) }));
  const tookMs: number[] = [];
  const post = async (body: string): Promise<void> => {
    const start = performance.now();
    const path_ = `/intake/falco/${INTAKE_SOURCE}/${INTAKE_TOKEN}`;
    const { statusCode, body: answer } = await pool.request({ method: 'POST', path: path_, body, headers: JSON_BODY });
    await answer.dump();
    if (statusCode !== 204) throw new Error(`answered ${statusCode}`);
    tookMs.push(performance.now() - start);
  };
  const started = performance.now();
  const sender = async (): Promise<void> => {
    for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) await post(body);
  };
  await Promise.all(Array.from({ length: connections }, sender));
  const seconds = (performance.now() - started) / 1_000;
  await pool.close();
  // Nothing that was answered may be lost, however it ends.
  server.kill('SIGKILL');
  await once(server, 'exit');
  if (way === 'intake') checkStored(path, alerts);
  rmSync(folder, { recursive: true });
  return { alertsASecond: alerts / seconds, p99Ms: quantile(tookMs, 0.99) };
}

const JSON_BODY = { 'content-type': 'application/json' };

function checkStored(path: string, alerts: number): void {
  const inbox = openInbox({ path, clock: systemClock });
  const { groups } = inbox.summary({ source: INTAKE_SOURCE, from: 0, to: Date.now() });
  inbox.close();
  const stored = groups.reduce((sum, { count }) => sum + count, 0);
  if (stored !== alerts) throw new Error(`${stored} of ${alerts} alerts are stored`);
}

function figuresOf({ intake, bare }: Readonly<Record<Way, readonly Round[]>>): Figure[] {
  const of = (rounds: readonly Round[], what: keyof Round): number[] => rounds.map((round) => round[what]);
  const shown = (name: string, values: readonly number[], digits: number): Figure => ({
    ...{ name, value: median(values).toFixed(digits) },
    spread: `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`,
  });
  const ratio = median(of(intake, 'alertsASecond')) / median(of(bare, 'alertsASecond'));
  return [
    shown('alerts a second, intake, on disk', of(intake, 'alertsASecond'), 0),
    shown('alerts a second, bare handler', of(bare, 'alertsASecond'), 0),
    { name: 'intake / bare handler', value: ratio.toFixed(2), target: { text: 'at least 0.5', met: ratio >= 0.5 } },
    shown('p99 of an answer in ms, intake', of(intake, 'p99Ms'), 1),
    shown('p99 of an answer in ms, bare handler', of(bare, 'p99Ms'), 1),
  ];
}

await main(settingsOf(process.argv.slice(2)));
