/**
 * `node bench/start.ts [--criteria 5000] [--hours 1,4] [--keep FOLDER] [--quick]`
 *
 * How long a start takes with a log behind it. 30 days of 5,000 criteria at 60 s are 216 million observations, which can not be made here in
 * passing; so the log is made in full density for some hours, in several sizes, each criterion failing once in each half hour, and what a
 * day and 30 days would cost is put beside it by the slope between the sizes. With --keep the logs are made once: the folder is
 * used again, and the time since is put on record as gaps.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';

import { digest } from '../src/evidence/index.ts';
import { freePort, openSession, type Session } from '../src/parts/index.ts';
import { sleep, systemClock } from '../src/platform/clock.ts';
import { applyCriteria, furnish, operatorWords, type Place, startBenchOperator } from './bench-world.ts';
import { NAMESPACE, SOURCE } from './criteria.ts';
import { closeGap, generateStore } from './generate-store.ts';
import { openKeptWorld } from './kept-world.ts';
import { type Start, startFigures } from './start-figures.ts';
import { StoreWatch } from './store-watch.ts';
import { figuresTable, machine, say, tell } from './table.ts';
import { usageOf } from './usage.ts';

const FAILING = { everySlots: 30, slots: 4 };
const HOUR_MS = 3_600_000;
const LONGEST_START_MS = 1_800_000;
const LOOK_MS = 100;

interface Settings {
  readonly criteria: number;
  readonly hours: readonly number[];
  readonly keep: string | undefined;
  readonly intervalMs: number;
  readonly delayMs: number;
  readonly scrapeMs: number;
}

function settingsOf(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      criteria: { type: 'string', default: '5000' },
      hours: { type: 'string', default: '1,4' },
      keep: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const { criteria, hours, keep, quick } = values;
  if (quick) return { criteria: 20, hours: [0.05, 0.1], keep, intervalMs: 5_000, delayMs: 0, scrapeMs: 1_000 };
  const all = hours.split(',').map(Number);
  return { criteria: Number(criteria), hours: all, keep, intervalMs: 60_000, delayMs: 10_000, scrapeMs: 15_000 };
}

async function main(settings: Settings): Promise<void> {
  const { criteria, hours, intervalMs } = settings;
  say(
    `bench/start: ${criteria} criteria, every ${intervalMs / 1000} s, logs of ${hours.join(' and ')} hours; ${operatorWords()}`,
  );
  say(machine());
  const session = await openSession();
  try {
    const folder = settings.keep ?? join(session.dir, 'kept');
    const place = await openPlace(session, folder, settings);
    const starts: Start[] = [];
    for (const length of hours) starts.push(...(await measure(place, folder, { ...settings, length })));
    say(figuresTable(startFigures(starts, { criteria, intervalMs })));
  } finally {
    await session.close();
  }
}

/** The world of the folder, with Prometheus on the port of the first time, so that its source is the one that the logs speak of. */
async function openPlace(session: Session, folder: string, settings: Settings): Promise<Place> {
  const { cluster, api, found } = await openKeptWorld(session, folder);
  const place = { session, cluster, api };
  const portFile = join(folder, 'prometheus-port');
  const port = existsSync(portFile) ? Number(await readFile(portFile, 'utf8')) : await freePort();
  await writeFile(portFile, String(port));
  const bench = await furnish(place, { ...settings, evaluationDelayMs: settings.delayMs, port });
  if (!found) await applyCriteria(bench, settings);
  return place;
}

/** Starts twice on a copy of the log: without saved states, so that all of it is read, and with those that the first start left behind. */
async function measure(place: Place, folder: string, settings: Settings & { readonly length: number }): Promise<Start[]> {
  const { length, criteria } = settings;
  const made = join(folder, `evidence-${length}h.db`);
  const { observations, bytes } = existsSync(made) ? await reused(made) : await generated(place, made, settings);
  const dir = join(place.session.dir, `start-${length}h`);
  await mkdir(dir, { recursive: true });
  const store = join(dir, 'evidence.db');
  await copyFile(made, store);
  forgetStates(store);
  const starts: Start[] = [];
  for (const states of ['without saved states', 'with saved states'] as const) {
    tell(`start with a log of ${length} hours, ${states}`);
    starts.push({ ...{ hours: length, observations, bytes, states }, ...(await startOnce(place, store, criteria)) });
  }
  return starts;
}

function forgetStates(path: string): void {
  const db = new DatabaseSync(path);
  db.exec('DELETE FROM snapshot');
  db.close();
}

async function generated(place: Place, path: string, settings: Settings & { readonly length: number }) {
  const startedAt = Date.now();
  const source = await place.api.get('EvidenceSource', SOURCE);
  const observations = await generateStore({
    path,
    criteria: await place.api.list('CertificationCriterion', NAMESPACE),
    sources: { [SOURCE]: digest(source.spec) },
    ...{ lengthMs: settings.length * HOUR_MS, delayMs: settings.delayMs, failing: FAILING },
  });
  await writeFile(`${path}.observations`, String(observations));
  const seconds = (Date.now() - startedAt) / 1000;
  tell(`${observations} observations written in ${seconds.toFixed(0)} s`);
  return { observations, bytes: (await stat(path)).size };
}

async function reused(path: string) {
  const { size: bytes } = await stat(path);
  await closeGap(path);
  return { observations: Number(await readFile(`${path}.observations`, 'utf8')), bytes };
}

/** Starts the operator, waits until each criterion was judged, and stops it. */
async function startOnce(place: Place, store: string, criteria: number) {
  const startedAt = Date.now();
  const watch = new StoreWatch(store, startedAt);
  const operator = await startBenchOperator(place, { store, readyWithinMs: LONGEST_START_MS });
  const readySeconds = (Date.now() - startedAt) / 1000;
  const judged = (): number => new Set(watch.recorded.map(({ criterion }) => criterion)).size;
  while (judged() === 0) await pause(startedAt);
  const firstMb = usageOf(operator.pid).residentBytes / 1e6;
  while (judged() < criteria) await pause(startedAt);
  const { residentBytes, peakBytes } = usageOf(operator.pid);
  const firsts = new Map<string, number>();
  for (const { criterion, recordedAt } of watch.recorded) {
    firsts.set(criterion, Math.min(firsts.get(criterion) ?? Infinity, recordedAt - startedAt));
  }
  const times = [...firsts.values()];
  await operator.stop();
  watch.close();
  return {
    readySeconds,
    firstSeconds: Math.min(...times) / 1000,
    allSeconds: Math.max(...times) / 1000,
    ...{ firstMb, allMb: residentBytes / 1e6, peakMb: peakBytes / 1e6 },
  };
}

async function pause(startedAt: number): Promise<void> {
  if (Date.now() - startedAt > LONGEST_START_MS) throw new Error('the start took too long');
  await sleep(systemClock, LOOK_MS);
}

await main(settingsOf(process.argv.slice(2)));
