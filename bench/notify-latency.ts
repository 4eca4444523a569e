import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fetch } from 'undici';

import { fetchParts, freePort, startAlertmanager } from '../src/parts/index.ts';
import { sleep, systemClock } from '../src/platform/clock.ts';
import { until } from './bench-world.ts';
import { GAUGE, type Gauges } from './gauges.ts';
import { channelOf, openNotifyWorld, serviceIn, watchServices } from './notify-world.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { quantile } from './statistics.ts';
import { type Figure, tell } from './table.ts';

export interface LatencySettings {
  readonly samples: number;
  readonly intervalMs: number;
  readonly holdMs: number;
  readonly evaluationDelayMs: number;
}

type Way = 'internal' | 'alertmanager';

/**
 * Short against the interval: rules are evaluated at one moment of the second, and scrapes come at one too. With a scrape a second the time
 * between them would add up to a second to all that one of the two tells, and nothing to the other, by chance.
 */
const SCRAPE_MS = 100;
/** Between one sample and the next, in intervals: irrational, so that moments are spread evenly over the interval. */
const PACE = 0.1 * 1.618_034;

/**
 * From a sample that Prometheus shows to the message: the operator and a webhook channel against rules of Prometheus, Alertmanager and its
 * webhook, in the same run, of the same samples, with the same interval and hold. Alertmanager waits for no group. Each of the two waits for
 * its own next evaluation and then for the hold; what comes after that is told apart, for it is not a matter of luck.
 */
export async function latencyFigures(settings: LatencySettings): Promise<Figure[]> {
  const { samples, evaluationDelayMs } = settings;
  const receiver = await startReceiver();
  const port = await freePort();
  const options = { services: samples, scrapeMs: SCRAPE_MS, evaluationDelayMs, config: await configOf(settings, port) };
  const world = await openNotifyWorld(options, receiver);
  const { place, gauges } = world;
  try {
    const { session } = place;
    const { alertmanager: bin } = await fetchParts(['alertmanager'], {
      env: process.env,
      say: () => undefined,
      signal: session.signal,
    });
    const route = { receiver: 'bench', group_by: ['service'], group_wait: '0s', group_interval: '1s' };
    const config = { route, receivers: [{ name: 'bench', webhook_configs: [{ url: `${receiver.url}/alertmanager` }] }] };
    await session.use(startAlertmanager({ dir: join(session.dir, 'alertmanager'), bin, port, config, signal: session.signal }));
    await place.api.apply(...channelOf('internal', receiver, 'webhook'));
    const { intervalMs, holdMs } = settings;
    await watchServices(world, { intervalMs, holdForMs: holdMs, audiences: ['internal'] });
    const visibleAt = await breakEach(gauges, settings);
    await untilTold(receiver, samples, 3 * intervalMs + holdMs + 60_000);
    return figuresOf(visibleAt, receiver, settings);
  } finally {
    await world.close();
  }
}

async function configOf({ intervalMs, holdMs }: LatencySettings, port: number): Promise<object> {
  const path = join(await mkdtemp(join(tmpdir(), 'assay-bench-rules-')), 'rules.yml');
  const rule = { alert: 'Broken', expr: `${GAUGE} != 0`, for: `${holdMs / 1000}s`, labels: { severity: 'critical' } };
  await writeFile(path, JSON.stringify({ groups: [{ name: 'bench', interval: `${intervalMs / 1000}s`, rules: [rule] }] }));
  return { rule_files: [path], alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${port}`] }] }] } };
}

/** Breaks one service after the other, at moments spread evenly over the interval; answers when Prometheus first showed it. */
async function breakEach(gauges: Gauges, { intervalMs }: LatencySettings): Promise<Map<string, number>> {
  const visibleAt = new Map<string, number>();
  const begin = Date.now();
  for (const [index, service] of gauges.services.entries()) {
    await sleep(systemClock, Math.max(0, begin + index * PACE * intervalMs - Date.now()));
    gauges.set([service], 1);
    while (!(await isShown(gauges, service))) await sleep(systemClock, 25);
    visibleAt.set(service, Date.now());
    if ((index + 1) % 10 === 0) tell(`${index + 1} of ${gauges.services.length} services broken`);
  }
  return visibleAt;
}

async function isShown({ prometheus }: Gauges, service: string): Promise<boolean> {
  const query = encodeURIComponent(`${GAUGE}{service="${service}"} != 0`);
  const answer = (await (await fetch(`${prometheus.url}/api/v1/query?query=${query}`)).json()) as { data: { result: unknown[] } };
  return answer.data.result.length > 0;
}

const PATHS: Readonly<Record<Way, string>> = { internal: '/internal', alertmanager: '/alertmanager' };

/** When each service was first told of, and when the evaluation was that made it due, in milliseconds since 1970-01-01T00:00:00Z. */
function toldOf(receiver: Receiver, way: Way, holdMs: number): Map<string, { readonly at: number; readonly dueAt: number }> {
  const told = new Map<string, { at: number; dueAt: number }>();
  for (const { at, body } of receiver.arrivals(PATHS[way]))
    if (!told.has(serviceIn(body))) told.set(serviceIn(body), { at, dueAt: DUE_AT[way](body, holdMs) });
  return told;
}

/** An alert starts when it fires, which is after the hold; a deviation when the criterion first failed. */
const DUE_AT: Readonly<Record<Way, (body: string, holdMs: number) => number>> = {
  internal: (body, holdMs) => Date.parse((JSON.parse(body) as { data: { about: { since: string } } }).data.about.since) + holdMs,
  alertmanager: (body) => Date.parse((JSON.parse(body) as { alerts: [{ startsAt: string }] }).alerts[0].startsAt),
};

function untilTold(receiver: Receiver, services: number, withinMs: number): Promise<void> {
  const isTold = (way: Way): boolean => toldOf(receiver, way, 0).size >= services;
  return until(() => Promise.resolve(isTold('internal') && isTold('alertmanager')), withinMs, 'every service was told of');
}

function figuresOf(
  visibleAt: ReadonlyMap<string, number>,
  receiver: Receiver,
  { evaluationDelayMs, holdMs }: LatencySettings,
): Figure[] {
  const [ours, theirs] = [toldOf(receiver, 'internal', holdMs), toldOf(receiver, 'alertmanager', holdMs)];
  const sinceShown = (told: typeof ours): number[] =>
    [...visibleAt].map(([service, at]) => (told.get(service)?.at ?? Number.NaN) - at);
  const sinceDue = (told: typeof ours): number[] => [...told.values()].map(({ at, dueAt }) => at - dueAt);
  const most = evaluationDelayMs / 1_000;
  const target = (more: number): Pick<Figure, 'target'> => ({
    target: { text: `at most ${most} s (evaluationDelay)`, met: more <= most },
  });
  return [
    ...compared('sample to message', sinceShown(ours), sinceShown(theirs), target),
    ...compared('due to message', sinceDue(ours), sinceDue(theirs)),
  ];
}

function compared(what: string, ours: number[], theirs: number[], target?: (more: number) => Pick<Figure, 'target'>): Figure[] {
  return [0.5, 0.99].flatMap((q): Figure[] => {
    const [our, their] = [quantile(ours, q) / 1_000, quantile(theirs, q) / 1_000];
    return [
      { name: `p${q * 100}, ${what}, Assay`, value: `${our.toFixed(2)} s` },
      { name: `p${q * 100}, ${what}, Prometheus and Alertmanager`, value: `${their.toFixed(2)} s` },
      { name: `p${q * 100}, ${what}, Assay later by`, value: `${(our - their).toFixed(2)} s`, ...target?.(our - their) },
    ];
  });
}
