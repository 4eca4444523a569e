import type { ChangeRecord, ChangeRecordSpec } from '../../api/change.ts';
import type { LogRecord } from '../../api/records.ts';
import { changeAfter, changeDeleted, changeRecords, type KnownChange } from '../../domain/change.ts';
import { bookOf, recorded, START } from './stories.fixtures.ts';
import { storyAsOf } from './story-book.ts';
import type { Story } from './story.ts';

/*
 * What tests of changes that are told use: the records that objects leave, and the story of them.
 */

export const HOUR = 3_600_000;
/** The window opens so long after START, for two hours. */
export const OPENS = START + 10 * HOUR;
export const CLOSES = OPENS + 2 * HOUR;
export const TELLS = { tellCustomers: { before: '4h', text: 'The shop is closed.' } };
export const APPROVED = { approvedBy: 'bo' };

export const windowFrom = (from: number): Pick<ChangeRecordSpec, 'window'> => ({
  window: { from: new Date(from).toISOString(), to: new Date(from + 2 * HOUR).toISOString() },
});

/** What the object is from then on, or that it is gone. */
export type Step = readonly [at: number, spec: Partial<ChangeRecordSpec> | 'gone'];

/** What the operator puts on record of a change that goes through these steps. */
export function recordsOf(name: string, ...steps: readonly Step[]): LogRecord[] {
  let known: KnownChange | undefined;
  return steps.flatMap(([at, spec]) => {
    const gone = known ? changeDeleted(known, at) : [];
    const bodies = spec === 'gone' ? gone : changeRecords(known, objectOf(name, spec), at);
    for (const body of bodies) known = changeAfter(known, body, at);
    return bodies.map((body) => recordedAt(at, recorded('ChangeRecorded', body)));
  });
}

/** The record as it would be had it been put there then. */
export const recordedAt = (at: number, record: LogRecord): LogRecord => ({ ...record, head: { ...record.head, recordedAt: at } });

const objectOf = (name: string, spec: Partial<ChangeRecordSpec>): ChangeRecord => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'ChangeRecord', metadata: { name, namespace: 'web', uid: 'u-1' } },
  spec: {
    ...{ service: 'shop', owner: 'team', initiator: 'storage', reason: 'full', description: 'A new disk.', requestedBy: 'ada' },
    ...{ category: 'Regular', risk: 'Low', ...windowFrom(OPENS) },
    ...spec,
  },
});

/** The stories of a change as they are then. */
export function storiesOf(now: number, ...steps: readonly Step[]): Story[] {
  const book = bookOf(...recordsOf('disk', ...steps.filter(([at]) => at <= now)));
  return [...book.stories.values()].map((story) => storyAsOf(book, story, now));
}
