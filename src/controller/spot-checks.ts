import type { SpotCheckAnswer } from '../api/finding.ts';
import type { RecordBody } from '../api/records.ts';
import type { Asked } from '../domain/finding.ts';
import { periodOf, spotCheckAnswer, standingAt } from '../domain/spot-check.ts';
import type { EvidenceStore, ServiceName } from '../evidence/index.ts';

/**
 * Looks up in the evidence log what a spot check asks for; judges nothing anew. Throws AssayError STORE_FAILED.
 * @param now in milliseconds since 1970-01-01T00:00:00Z
 */
export async function lookUpSlot(
  store: Pick<EvidenceStore, 'read' | 'pending'>,
  service: ServiceName,
  asked: Asked,
  now: number,
): Promise<SpotCheckAnswer | 'NotYet'> {
  const { criterion, at = asked.askedAt } = asked;
  if (at > now) return 'NotYet';
  const changes: RecordBody<'CriterionChanged'>[] = [];
  for await (const record of store.read({ ...service, criterion, kinds: ['CriterionChanged'] })) {
    if (record.kind === 'CriterionChanged' && record.body.criterion === criterion) changes.push(record.body);
  }
  const then = standingAt(changes, at);
  const { from: fromSlot, to: toSlot } = periodOf(asked, then);
  const sought: Parameters<typeof spotCheckAnswer>[2][number][] = [];
  for await (const record of store.read({
    ...service,
    criterion,
    fromSlot,
    toSlot,
    kinds: ['Observations', 'ReadBack', 'Gap'],
  })) {
    if (record.kind === 'Observations' || record.kind === 'ReadBack' || record.kind === 'Gap') sought.push(record);
  }
  const answer = spotCheckAnswer(asked, then, sought, now);
  if (answer === 'NotYet' || answer.result === 'Observed') return answer;
  // What is not sealed yet has no record that can be named: it is answered once it is.
  const isPending = (await store.pending(service)).some(
    ({ outcome }) => outcome.criterion === criterion && outcome.slot >= fromSlot && outcome.slot <= at,
  );
  return isPending ? 'NotYet' : answer;
}
