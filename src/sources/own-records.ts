import type { RecordsEvidence } from '../api/evidence-kinds.ts';
import { brokenAt, type OwnItem } from '../domain/own-records.ts';
import type { Reading } from '../domain/sample.ts';

/** The evidence log of the installation, as far as evidence is read from it. */
export interface OwnRecords {
  /** What is on record of a service now. Throws AssayError STORE_FAILED. */
  itemsOf(service: { readonly namespace: string; readonly service: string }): Promise<Iterable<OwnItem>>;
}

/** One number: how many records broke the demand at a slot. */
export function readingAt(items: Iterable<OwnItem>, demand: RecordsEvidence, slot: number): Reading {
  return { kind: 'Samples', samples: [{ labels: {}, value: brokenAt(items, demand, slot) }] };
}
