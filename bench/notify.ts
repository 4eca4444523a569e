/**
 * `node bench/notify.ts [--part latency|storm|outage] [--samples 240] [--quick]`
 *
 * What telling costs: from a sample to the message against Prometheus and Alertmanager in the same run; a thousand deviations at once to
 * three audiences; and a chat that was away while thousands of verdicts changed.
 */
import { parseArgs } from 'node:util';

import { operatorWords } from './bench-world.ts';
import { latencyFigures } from './notify-latency.ts';
import { outageFigures } from './notify-outage.ts';
import { stormFigures } from './notify-storm.ts';
import { type Figure, figuresTable, machine, say, tell } from './table.ts';

const PARTS = { latency, storm, outage } as const;

function latency(quick: boolean, samples: number): Promise<Figure[]> {
  const pace = { intervalMs: 5_000, holdMs: 5_000, evaluationDelayMs: 1_000 };
  return latencyFigures(quick ? { samples: 3, ...pace, intervalMs: 1_000, holdMs: 1_000 } : { samples, ...pace });
}

function storm(quick: boolean): Promise<Figure[]> {
  return stormFigures(
    quick ? { services: 20, intervalMs: 1_000, aSecond: 20 } : { services: 1_000, intervalMs: 10_000, aSecond: 20 },
  );
}

function outage(quick: boolean): Promise<Figure[]> {
  return outageFigures(quick ? { services: 3, transitions: 9 } : { services: 100, transitions: 5_000 });
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      part: { type: 'string' },
      samples: { type: 'string', default: '240' },
      quick: { type: 'boolean', default: false },
    },
  });
  const { part, quick } = values;
  say(`bench/notify: ${operatorWords()}`);
  say(machine());
  const figures: Figure[] = [];
  for (const [name, measure] of Object.entries(PARTS)) {
    if (part !== undefined && part !== name) continue;
    tell(name);
    figures.push(...(await measure(quick, Number(values.samples))));
  }
  if (figures.length === 0) throw new RangeError(`there is no part "${part}"; there are ${Object.keys(PARTS).join(', ')}`);
  say(figuresTable(figures));
}

await main(process.argv.slice(2));
