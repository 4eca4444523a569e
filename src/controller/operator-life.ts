import { JUDGING_VERSION } from '../domain/criterion.ts';
import type { EvidenceStore } from '../evidence/index.ts';

/** Whose log it is, and what it says of itself. */
export interface Life {
  readonly store: EvidenceStore;
  /** The operator's own namespace. */
  readonly namespace: string;
  readonly version: string;
}

/** The log of the operator itself lies in its own namespace, beside those of services. */
export const ownService = (namespace: string): { namespace: string; service: string } => ({ namespace, service: 'assay' });

/** Puts on record that the operator began. Throws AssayError STORE_FAILED. */
export async function recordStart({ store, namespace, version }: Life): Promise<void> {
  const body = { version, judgingVersion: JUDGING_VERSION, leaderEpoch: store.leaderEpoch };
  await store.append([{ ...ownService(namespace), kind: 'OperatorStarted', body }]);
}

/** Puts on record that the operator ended. Throws AssayError STORE_FAILED. */
export async function recordStop({ store, namespace }: Life): Promise<void> {
  await store.append([{ ...ownService(namespace), kind: 'OperatorStopped', body: { leaderEpoch: store.leaderEpoch } }]);
}
