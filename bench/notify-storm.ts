import { sleep, systemClock } from '../src/platform/clock.ts';
import { channelOf, openNotifyWorld, serviceIn, watchServices } from './notify-world.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type Figure, tell } from './table.ts';
import { usageOf } from './usage.ts';

export interface StormSettings {
  readonly services: number;
  readonly intervalMs: number;
  /** Messages that a place takes in a second. */
  readonly aSecond: number;
}

const AUDIENCES = ['internal', 'authority', 'customers'] as const;
const MIB = 1024 ** 2;

/** So many services break at once, and three audiences are told, each as fast as its platform takes messages. */
export async function stormFigures({ services, intervalMs, aSecond }: StormSettings): Promise<Figure[]> {
  const receiver = await startReceiver(aSecond);
  const world = await openNotifyWorld({ services, scrapeMs: 1_000, evaluationDelayMs: 1_000 }, receiver);
  try {
    await world.place.api.apply(...AUDIENCES.flatMap((audience) => channelOf(audience, receiver, 'teams')));
    const operator = await watchServices(world, { intervalMs, holdForMs: 0, audiences: AUDIENCES });
    const calm = usageOf(operator.pid);
    world.gauges.set(world.gauges.services, 1);
    const shortestMs = (services / aSecond) * 1_000;
    const peakBytes = await untilAllTold(receiver, services, { pid: operator.pid, withinMs: 5 * shortestMs + 120_000 });
    await operator.stop();
    return figuresOf(receiver, { services, shortestMs, calmBytes: calm.residentBytes, peakBytes });
  } finally {
    await world.close();
  }
}

const toldOf = (receiver: Receiver, audience: string): Set<string> =>
  new Set(receiver.arrivals(`/${audience}`).map(({ body }) => serviceIn(body)));

async function untilAllTold(
  receiver: Receiver,
  services: number,
  { pid, withinMs }: { readonly pid: number; readonly withinMs: number },
): Promise<number> {
  const deadline = Date.now() + withinMs;
  let peak = 0;
  while (Date.now() < deadline && AUDIENCES.some((audience) => toldOf(receiver, audience).size < services)) {
    peak = Math.max(peak, usageOf(pid).residentBytes);
    tell(AUDIENCES.map((audience) => `${audience} ${toldOf(receiver, audience).size}`).join(', '));
    await sleep(systemClock, 1_000);
  }
  return peak;
}

interface Seen {
  readonly services: number;
  readonly shortestMs: number;
  readonly calmBytes: number;
  readonly peakBytes: number;
}

function figuresOf(receiver: Receiver, { services, shortestMs, calmBytes, peakBytes }: Seen): Figure[] {
  const times = AUDIENCES.flatMap((audience) => receiver.arrivals(`/${audience}`).map(({ at }) => at));
  const ratio = (Math.max(...times) - Math.min(...times)) / shortestMs;
  const lost = AUDIENCES.reduce((sum, audience) => sum + services - toldOf(receiver, audience).size, 0);
  const messages = times.length / (AUDIENCES.length * services);
  return [
    {
      name: `${services} deviations to three audiences: first to last message / the platform's own rate`,
      value: ratio.toFixed(2),
      target: { text: 'at most 1.3', met: ratio <= 1.3 },
    },
    { name: 'deviations not told to an audience', value: String(lost), target: { text: 'none', met: lost === 0 } },
    { name: 'messages a deviation and audience', value: messages.toFixed(2), target: { text: 'at most 1', met: messages <= 1 } },
    { name: 'memory, calm', value: `${(calmBytes / MIB).toFixed(0)} MiB` },
    { name: 'memory, most while telling', value: `${(peakBytes / MIB).toFixed(0)} MiB` },
  ];
}
