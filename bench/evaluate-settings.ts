import { parseArgs } from 'node:util';

import { durationMs } from '../src/domain/duration.ts';
import { type Shape, shapeNamed } from './criteria.ts';

/** How `bench/evaluate.ts` measures. */
export interface Settings {
  readonly criteria: number;
  readonly shape: Shape;
  readonly intervalMs: number;
  readonly windowMs: number;
  readonly rounds: number;
  readonly scrapeMs: number;
  readonly evaluationDelayMs: number;
  /** How long the statuses of the start may take to be written before the rounds begin. */
  readonly calmWithinMs: number;
  /** How long the last of them may still take once every report shows a verdict. */
  readonly settleMs: number;
  readonly growth: boolean;
  readonly quick: boolean;
  /** Flags of Node for the operator. */
  readonly nodeFlags: readonly string[];
}

const WINDOW_MS = 30_000;
// Criterion and report have two statuses each to write at a start.
const CALM_MS = 60_000;
const CALM_MS_A_CRITERION = 100;
const REST_MS = 2 * 3_600_000;
const SETTLE_MS = 20_000;
const FASTER = 10;

const QUICK = {
  ...{ criteria: 20, intervalMs: 1_000, windowMs: 3_000, rounds: 1 },
  ...{ scrapeMs: 1_000, evaluationDelayMs: 1_000, settleMs: 0, calmWithinMs: CALM_MS },
};

const OPTIONS = {
  criteria: { type: 'string', default: '100' },
  interval: { type: 'string', default: '30s' },
  shape: { type: 'string', default: 'distinct' },
  minutes: { type: 'string' },
  rest: { type: 'boolean', default: false },
  growth: { type: 'boolean', default: false },
  node: { type: 'string', multiple: true, default: [] as string[] },
  quick: { type: 'boolean', default: false },
} as const;

/** Reads the settings from the command line. */
export function settingsOf(args: readonly string[]): Settings {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const { growth, quick, node: nodeFlags } = values;
  const shape = shapeNamed(values.shape);
  const settings = { shape, growth, quick, nodeFlags };
  if (quick) return { ...settings, ...QUICK };
  const criteria = Number(values.criteria);
  const intervalMs = durationMs(values.interval) / (growth ? FASTER : 1);
  const windowMs = Math.max(intervalMs, WINDOW_MS);
  const minutes = Number(values.minutes ?? (growth ? 10 : 5));
  return {
    ...{ ...settings, intervalMs, windowMs, criteria },
    rounds: Math.max(1, Math.round((minutes * 60_000) / (2 * windowMs))),
    ...{ scrapeMs: 15_000, evaluationDelayMs: 10_000, settleMs: Math.max(intervalMs, SETTLE_MS) },
    calmWithinMs: values.rest ? REST_MS : CALM_MS + criteria * CALM_MS_A_CRITERION,
  };
}
