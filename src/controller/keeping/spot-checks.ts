import type { SpotCheckAnswer } from '../../api/finding.ts';
import type { LogRecord, RecordBody, RecordKind } from '../../api/records.ts';
import type { Asked } from '../../domain/finding.ts';
import { periodOf, type Sought, spotCheckAnswer, standingAt } from '../../domain/spot-check.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';

type Log = Pick<EvidenceStore, 'read' | 'pending'>;

/**
 * Looks up in the evidence log what a spot check asks for; judges nothing anew. Throws AssayError STORE_FAILED.
 * @param now in milliseconds since 1970-01-01T00:00:00Z
 */
export async function lookUpSlot(log: Log, service: ServiceName, asked: Asked, now: number): Promise<SpotCheckAnswer | 'NotYet'> {
  const { criterion, at = asked.askedAt } = asked;
  if (at > now) return 'NotYet';
  const then = standingAt(await changesOf(log, service, criterion), at);
  const { from: fromSlot, to: toSlot } = periodOf(asked, then);
  const within = { ...service, criterion, fromSlot, toSlot };
  const answer = spotCheckAnswer(asked, then, await readAll(log, { ...within, kinds: SOUGHT }, isSought), now);
  if (answer === 'NotYet' || answer.result === 'Observed') return answer;
  // What is not sealed yet has no record that can be named: it is answered once it is.
  const isPending = (await log.pending(service)).some(
    ({ outcome }) => outcome.criterion === criterion && outcome.slot >= fromSlot && outcome.slot <= at,
  );
  return isPending ? 'NotYet' : answer;
}

const SOUGHT: readonly RecordKind[] = ['Observations', 'ReadBack', 'Gap'];
const isSought = (record: LogRecord): record is Sought => SOUGHT.includes(record.kind);

async function changesOf(log: Log, service: ServiceName, criterion: string): Promise<RecordBody<'CriterionChanged'>[]> {
  const records = await readAll(log, { ...service, criterion, kinds: ['CriterionChanged'] }, isCriterionChange);
  return records.map(({ body }) => body);
}

type CriterionChangeRecord = Extract<LogRecord, { kind: 'CriterionChanged' }>;
const isCriterionChange = (record: LogRecord): record is CriterionChangeRecord => record.kind === 'CriterionChanged';

async function readAll<T extends LogRecord>(
  log: Log,
  query: Parameters<Log['read']>[0],
  isOne: (record: LogRecord) => record is T,
): Promise<T[]> {
  const found: T[] = [];
  for await (const record of log.read(query)) if (isOne(record)) found.push(record);
  return found;
}
