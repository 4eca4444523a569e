import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { SpotCheckAnswer } from '../../api/finding.ts';
import type { LogRecord, RecordBody, RecordKind } from '../../api/records.ts';
import { cut } from '../../domain/cut.ts';
import { durationMs } from '../../domain/duration.ts';
import type { Asked } from '../../domain/finding.ts';
import { periodOf, type Sought, spotCheckAnswer, standingAt } from '../../domain/spot-check.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { type Asking, sourcesOf } from '../../sources/evidence.ts';
import { observeRange } from '../../sources/observe.ts';
import type { SourcePool } from '../sources/source-pool.ts';

type Log = Pick<EvidenceStore, 'read' | 'pending'>;

/** What a spot check is answered with. */
export interface SpotCheckParts {
  readonly log: Log;
  /** Where the sources are asked once more. */
  readonly pool: Asking['sources'] & Pick<SourcePool, 'grant'>;
}

const ASK_TIMEOUT_MS = 30_000;

/**
 * Answers a spot check: what is on record of the slot, and what the sources say of it when they are asked once more by the spec of then.
 * The second value is no verdict: a source may have forgotten, or got to know, in between. Throws AssayError STORE_FAILED.
 * @param now in milliseconds since 1970-01-01T00:00:00Z
 */
export async function answerSpotCheck(
  { log, pool }: SpotCheckParts,
  service: ServiceName,
  asked: Asked,
  now: number,
): Promise<SpotCheckAnswer | 'NotYet'> {
  const found = await lookUpSlot(log, service, asked, now);
  if (found === 'NotYet' || found.slot === undefined) return found;
  const { criterion } = asked;
  const { slot } = found;
  const spec = (await changesOf(log, service, criterion)).findLast(({ at }) => at <= slot)?.spec;
  if (spec === undefined) return found;
  return { ...found, again: { at: now, ...(await askedAgain(pool, service, spec, slot)) } };
}

async function askedAgain(
  pool: SpotCheckParts['pool'],
  service: ServiceName,
  spec: CertificationCriterionSpec,
  slot: number,
): Promise<Omit<NonNullable<SpotCheckAnswer['again']>, 'at'>> {
  // A source that the namespace may not use any more is not asked for it, whoever wants to know.
  const refused = sourcesOf(spec.evidence).find((name) => pool.grant(name, service.namespace) !== 'Granted');
  if (refused !== undefined)
    return {
      outcome: 'Unknown',
      message: `the EvidenceSource ${refused} is not there any more, or not granted to this namespace`,
    };
  const range = { from: slot, to: slot, stepMs: durationMs(spec.interval ?? DEFAULT_INTERVAL) };
  const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
  const [seen] = await observeRange(spec, range, { sources: pool, asker: service, signal });
  const { outcome, message } = seen?.judgement ?? { outcome: { kind: 'Unknown' as const }, message: 'nothing was answered' };
  return { outcome: outcome.kind, message: cut(message, LONGEST_MESSAGE) };
}

const DEFAULT_INTERVAL = '1m';
const LONGEST_MESSAGE = 1024;

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
