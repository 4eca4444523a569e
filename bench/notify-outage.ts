import { sleep, systemClock } from '../src/platform/clock.ts';
import { readEvidenceLog } from '../test/cluster/evidence-log.ts';
import type { Gauges } from './gauges.ts';
import { channelOf, openNotifyWorld, serviceIn, watchServices } from './notify-world.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type Figure, tell } from './table.ts';

export interface OutageSettings {
  readonly services: number;
  readonly transitions: number;
}

const INTERVAL_MS = 1_000;
/** Long enough for each service to be seen broken, or well. */
const TURN_MS = 4_000;

/**
 * The chat is away while services break and recover again and again; then it is back: how many messages it takes to say what became of
 * it, and whether the last word on each service is true. An hour is pressed into minutes: what counts is how much happened meanwhile.
 */
export async function outageFigures({ services, transitions }: OutageSettings): Promise<Figure[]> {
  const receiver = await startReceiver();
  const world = await openNotifyWorld({ services, scrapeMs: 1_000, evaluationDelayMs: 1_000 }, receiver);
  try {
    await world.place.api.apply(...channelOf('internal', receiver, 'teams'));
    const operator = await watchServices(world, { intervalMs: INTERVAL_MS, holdForMs: 0, audiences: ['internal'] });
    receiver.setAway(true);
    await waver(world.gauges, Math.ceil(transitions / services));
    receiver.setAway(false);
    await untilQuiet(receiver);
    await operator.stop();
    return figuresOf(receiver, { services, made: await changesIn(operator.store) });
  } finally {
    await world.close();
  }
}

/** Breaks and mends all so many times, and once more: in the end all are broken. */
async function waver(gauges: Gauges, turns: number): Promise<void> {
  for (let turn = 0; turn <= turns + (turns % 2); turn += 1) {
    gauges.set(gauges.services, turn % 2 === 0 ? 1 : 0);
    tell(`turn ${turn} of ${turns}`);
    await sleep(systemClock, TURN_MS);
  }
}

/** How many verdicts changed, as the log has it; the first one of each criterion is no change. */
async function changesIn(store: string): Promise<number> {
  const logs = await readEvidenceLog(store);
  const records = [...logs.values()].flatMap((log) => log.records);
  return records.filter((record) => record.kind === 'VerdictChanged' && !record.body.first).length;
}

const QUIET_MS = 15_000;
const LONGEST_MS = 240_000;

/** The back-off after an hour of refusals is a minute; after that nothing comes for a while. */
async function untilQuiet(receiver: Receiver): Promise<void> {
  const begun = Date.now();
  while (Date.now() < begun + LONGEST_MS) {
    const last = receiver.arrivals('/internal').at(-1)?.at;
    if (last !== undefined && Date.now() - last > QUIET_MS) return;
    await sleep(systemClock, 500);
  }
}

function figuresOf(receiver: Receiver, { services, made }: { readonly services: number; readonly made: number }): Figure[] {
  const said = receiver.arrivals('/internal');
  const last = new Map(said.map(({ body }) => [serviceIn(body), body]));
  const wrong = services - [...last.values()].filter((body) => !/recovered/i.test(body)).length;
  const share = said.length / made;
  return [
    { name: 'verdicts that changed while the chat was away', value: String(made) },
    { name: 'requests that were turned away meanwhile', value: String(receiver.refused) },
    { name: 'messages once it is back', value: String(said.length) },
    { name: 'messages / changes', value: share.toFixed(3), target: { text: 'at most 0.1', met: share <= 0.1 } },
    { name: 'services whose last word is not true', value: String(wrong), target: { text: 'none', met: wrong === 0 } },
  ];
}
