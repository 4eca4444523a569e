import type { FalcoState } from '../../src/sources/falco/fake-falco.ts';
import { calm, metricsTextOf } from '../../src/sources/falco/fake-falco.ts';
import { metricsOf } from '../../src/sources/falco/metrics-text.ts';

import type { Series } from './history.ts';

/** What a scrape of a target gave: its text, `down` where it could not be had, and nothing where it was no target. */
export type Scrape = string | undefined;

/** A target, and what it gives at each scrape; those from 0 to 10 are of the window, and earlier ones are before it. */
export interface Target {
  readonly job: string;
  readonly instance: string;
  readonly scrape: (number: number) => Scrape;
  /** Labels that Prometheus adds to all that it scrapes there. */
  readonly labels?: Readonly<Record<string, string>>;
}

const INTERVAL_S = 30;
const START_NS = 1_748_557_118_881_742_916n;

/** A Falco whose state may differ from scrape to scrape; it runs since long, and in step with the scrapes. */
export function falcoTarget(instance: string, state: (number: number) => Partial<FalcoState> | 'down' | undefined): Target {
  return {
    ...{ job: 'falco', instance },
    scrape: (number) => {
      const more = state(number);
      if (more === undefined || more === 'down') return more;
      return metricsTextOf({ ...calm(), hostname: instance, upSeconds: 10_000 + number * INTERVAL_S, ...more });
    },
  };
}

/** The start of a Falco that came up at that scrape, as it is at a later one. */
export function startedAt(start: number, number: number): Pick<FalcoState, 'startNs' | 'upSeconds'> {
  return {
    startNs: String(START_NS + BigInt(start) * 30_000_000_000n + 300_000_000_000_000n),
    upSeconds: (number - start) * INTERVAL_S + 1,
  };
}

/** The scrapes of several scenes as Prometheus keeps them: one after the other, each of `scrapes` scrapes, of which the first is `first`. */
export function historyOf(scenes: readonly (readonly Target[])[], scrapes: number, first: number): Series[] {
  const all = new Map<string, { labels: Record<string, string>; values: (number | undefined)[] }>();
  const add = (labels: Record<string, string>, slot: number, value: number): void => {
    const key = JSON.stringify(Object.entries(labels).sort());
    const series = all.get(key) ?? { labels, values: Array<undefined>(scenes.length * scrapes).fill(undefined) };
    series.values[slot] = value;
    all.set(key, series);
  };
  scenes.forEach((targets, scene) => {
    for (const { job, instance, scrape, labels: more = {} } of targets) {
      for (let number = 0; number < scrapes; number += 1) {
        const slot = scene * scrapes + number;
        const got = scrape(number + first);
        if (got === undefined) continue;
        add({ __name__: 'up', job, instance, ...more }, slot, got === 'down' ? 0 : 1);
        const metrics = got === 'down' ? [] : metricsOf(got);
        for (const { name, labels, value } of metrics)
          add({ ...withoutEmpty(labels), ...more, __name__: name, job, instance }, slot, value);
      }
    }
  });
  return [...all.values()];
}

/** A label without a value is none. */
const withoutEmpty = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
