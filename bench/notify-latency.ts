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
 * From a sample that Prometheus shows to the message: the operator and a webhook channel against rules of Prometheus, Alertmanager and its
 * webhook, in the same run, of the same samples, with the same interval and hold. Alertmanager waits for no group.
 */
export async function latencyFigures(settings: LatencySettings): Promise<Figure[]> {
  const { samples, evaluationDelayMs } = settings;
  const receiver = await startReceiver();
  const port = await freePort();
  const options = { services: samples, scrapeMs: 1_000, evaluationDelayMs, config: await configOf(settings, port) };
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
    return figuresOf(visibleAt, receiver, evaluationDelayMs);
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
  for (const [index, service] of gauges.services.entries()) {
    // The golden ratio spreads any number of samples evenly.
    const phase = ((index * 0.618_034) % 1) * intervalMs;
    await sleep(systemClock, (intervalMs + phase - (Date.now() % intervalMs)) % intervalMs);
    gauges.set([service], 1);
    while (!(await isShown(gauges, service))) await sleep(systemClock, 25);
    visibleAt.set(service, Date.now());
    tell(`${index + 1} of ${gauges.services.length} services broken`);
  }
  return visibleAt;
}

async function isShown({ prometheus }: Gauges, service: string): Promise<boolean> {
  const query = encodeURIComponent(`${GAUGE}{service="${service}"} != 0`);
  const answer = (await (await fetch(`${prometheus.url}/api/v1/query?query=${query}`)).json()) as { data: { result: unknown[] } };
  return answer.data.result.length > 0;
}

const PATHS: Readonly<Record<Way, string>> = { internal: '/internal', alertmanager: '/alertmanager' };

/** When each service was first told of. */
function toldAt(receiver: Receiver, way: Way): Map<string, number> {
  const told = new Map<string, number>();
  for (const { at, body } of receiver.arrivals(PATHS[way])) if (!told.has(serviceIn(body))) told.set(serviceIn(body), at);
  return told;
}

function untilTold(receiver: Receiver, services: number, withinMs: number): Promise<void> {
  const isTold = (way: Way): boolean => toldAt(receiver, way).size >= services;
  return until(() => Promise.resolve(isTold('internal') && isTold('alertmanager')), withinMs, 'every service was told of');
}

function figuresOf(visibleAt: ReadonlyMap<string, number>, receiver: Receiver, delayMs: number): Figure[] {
  const took = (way: Way): number[] => {
    const told = toldAt(receiver, way);
    return [...visibleAt].map(([service, at]) => ((told.get(service) ?? Number.NaN) - at) / 1_000);
  };
  const [ours, theirs] = [took('internal'), took('alertmanager')];
  const rows = [0.5, 0.99].flatMap((q): Figure[] => {
    const [our, their] = [quantile(ours, q), quantile(theirs, q)];
    const more = our - their;
    return [
      { name: `p${q * 100}, sample to message, Assay`, value: `${our.toFixed(2)} s` },
      { name: `p${q * 100}, sample to message, Prometheus and Alertmanager`, value: `${their.toFixed(2)} s` },
      {
        name: `p${q * 100}, Assay later by`,
        value: `${more.toFixed(2)} s`,
        target: { text: `at most ${delayMs / 1_000} s (evaluationDelay)`, met: more <= delayMs / 1_000 },
      },
    ];
  });
  return rows;
}
