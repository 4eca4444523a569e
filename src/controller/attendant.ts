import type { ServiceName } from '../evidence/index.ts';

/** Something that the operator does beside judging: it follows what is put on record, and judging never waits for it. */
export interface Attendant {
  start(): void;
  /** Something new is on record of a service. Never waits, never throws. */
  changed(service: ServiceName): void;
  /** Ends within the grace; what is left is done after the next start. */
  stop(graceMs: number): Promise<void>;
}
