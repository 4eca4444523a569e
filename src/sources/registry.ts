import type { SourceKind } from '../api/source.ts';
import type { Clock } from '../platform/clock.ts';
import { newPrometheusReader } from './prometheus/index.ts';
import type { Connection, EvidenceReader } from './source.ts';

/** What every reader is given. `onRequest` hears how each request to the source ended, and how long it took. */
export interface ReaderOptions {
  readonly clock: Clock;
  readonly onRequest?: (outcome: string, ms: number) => void;
}

/** The register of sources: one folder and one line here for each kind of `EvidenceSource`. */
export const READERS: Readonly<Record<SourceKind, (connection: Connection, options: ReaderOptions) => EvidenceReader>> = {
  prometheus: newPrometheusReader,
};
