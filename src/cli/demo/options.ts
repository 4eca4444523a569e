import type { Clock } from '../../platform/clock.ts';
import type { Terminal } from './screen.ts';

/** What the demo may be told. */
export interface DemoOptions {
  /** Leave everything up after the story, until interrupted. */
  readonly keep: boolean;
  /** How long each step may take until what it tells of is seen. */
  readonly withinMs: number;
}

/** What the demo needs of the world around it. */
export interface DemoIo {
  readonly terminal: Terminal;
  /** Where parts are looked for, and how they are fetched. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Aborts when the demo is to end early. */
  readonly signal: AbortSignal;
}
