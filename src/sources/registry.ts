import type { EvidenceSourceSpec, SourceKind } from '../api/source.ts';
import type { Clock } from '../platform/clock.ts';
import type { Inbox } from '../inbox/index.ts';
import { newAlertmanagerReader } from './alertmanager/index.ts';
import { heartbeatOf, newReceivedReader } from './alertmanager/received.ts';
import { newFalcoReader } from './falco/index.ts';
import { newLokiReader } from './loki/index.ts';
import { newOpenSearchReader } from './opensearch/index.ts';
import { newPrometheusReader } from './prometheus/index.ts';
import type { Connection, EvidenceReader } from './source.ts';

/** What every reader is given. `onRequest` hears how each request to the source ended, and how long it took. */
export interface ReaderOptions {
  readonly clock: Clock;
  readonly onRequest?: (outcome: string, ms: number) => void;
  /** Where alerts lie that were pushed to the source; absent where none are taken. */
  readonly intake?: { readonly inbox: Inbox; readonly source: string };
}

/** Makes the reader of a source; nothing is connected yet. */
export type NewReader = (connection: Connection, spec: Partial<EvidenceSourceSpec>, options: ReaderOptions) => EvidenceReader;

// The schema makes sure of an index.
const ANY_INDEX = { index: '*' };

/** The register of sources: one folder and one line here for each kind of `EvidenceSource`. */
export const READERS: Readonly<Record<SourceKind, NewReader>> = {
  prometheus: (connection, _spec, options) => newPrometheusReader(connection, options),
  alertmanager: (connection, { alertmanager }, { intake, ...options }) =>
    intake && alertmanager?.intake
      ? newReceivedReader({ ...intake, ...heartbeatOf(connection, alertmanager.intake) }, options)
      : newAlertmanagerReader(connection, options),
  opensearch: (connection, { opensearch }, options) => newOpenSearchReader(connection, opensearch ?? ANY_INDEX, options),
  loki: (connection, { loki }, options) => newLokiReader(connection, loki ?? {}, options),
  falco: ({ url: _url, ...connection }, { falco }, { intake, ...options }) =>
    newFalcoReader({ ...connection, metricsUrls: falco?.metricsUrls ?? [], ...(intake && falco?.intake && { intake }) }, options),
};
