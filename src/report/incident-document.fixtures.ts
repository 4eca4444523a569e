import { extractText, getDocumentProxy } from 'unpdf';

import type { RecordBody } from '../api/records.ts';
import type { IncidentRecord } from './incident-account.ts';

type Body = RecordBody<'IncidentChanged'>;
/** What is said of a record; the rest is as of any. */
export type Told = Partial<Body> & Pick<Body, 'change'>;

export const BEGUN = Date.UTC(2026, 10, 28, 10);
const MINUTE_MS = 60_000;

/** Records of an incident of one service, a minute from each other. */
export function recordsOf(...bodies: readonly Told[]): IncidentRecord[] {
  return bodies.map((body, seq) => ({
    kind: 'IncidentChanged',
    digest: digestOf(seq),
    head: { v: 1, kind: 'IncidentChanged', namespace: 'shop', service: 'web', seq, epoch: 0, recordedAt: 0, parts: {} },
    body: {
      ...{ incident: 'stuck', uid: 'u-1', title: 'Payments are stuck', severity: 'high', state: 'Open' },
      ...{ at: BEGUN + seq * MINUTE_MS, ...body },
    },
  }));
}

/** The digest that a record of these has. */
export const digestOf = (seq: number): string => `sha256:${String(seq).padStart(64, '0')}`;

/** What a person reads in a PDF, and on how many pages. */
export async function readPdf(bytes: Uint8Array): Promise<{ readonly text: string; readonly pages: number }> {
  // A copy: the reader takes what it is given away from us.
  const pdf = await getDocumentProxy(Uint8Array.from(bytes));
  const { text, totalPages } = await extractText(pdf, { mergePages: true });
  return { text, pages: totalPages };
}
