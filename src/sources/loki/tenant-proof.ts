import { spanText } from '../../domain/duration.ts';
import { type Answered, type Call, caught } from '../opensearch/transport.ts';
import { type Failure, failure } from '../prometheus/failure.ts';
import { badAnswer, fieldsOf } from '../prometheus/parse.ts';

const HOUR_MS = 3_600_000;
/** For so long a tenant in which nothing arrives any more is counted as silent; afterwards nobody knows whether it is there. */
const SILENT_MS = 24 * HOUR_MS;

/** Why a count of zero lines in the window before a slot says nothing; undefined when it does. */
export type TenantProof = (windowMs: number, slot: number, signal: AbortSignal) => Promise<Failure | undefined>;

/**
 * Loki counts zero lines of a tenant that it never heard of. So a zero holds only where the tenant has a line, of whatever stream, in
 * the day before the slot, or in the window where that is longer. What is proven for a slot is not asked again for others of its hour.
 */
export function newTenantProof(ask: (call: Call, signal: AbortSignal) => Promise<Answered>): TenantProof {
  /** The hour that is proven, by how far was looked back. */
  const proven = new Map<number, number>();
  const look = async (lookbackMs: number, slot: number, signal: AbortSignal): Promise<Failure | undefined> => {
    const answer = await ask({ method: 'GET', path: labelsPath(slot - lookbackMs, slot) }, signal);
    if (answer.kind === 'Failure')
      return { ...answer, message: `a count of zero can not be told from a wrong tenant: ${answer.message}` };
    return caught<Failure | undefined>(
      () => (namesLabels(answer.json) ? undefined : noLines(lookbackMs)),
      (failed) => failed,
    );
  };
  return async (windowMs, slot, signal) => {
    const lookbackMs = Math.max(SILENT_MS, windowMs);
    const hour = Math.floor(slot / HOUR_MS);
    if (proven.get(lookbackMs) === hour) return undefined;
    let failed = await look(lookbackMs, slot, signal);
    // It lets nobody look back so far; the window it did let be counted.
    if (failed?.code === 'QUERY_INVALID' && windowMs < lookbackMs) failed = await look(windowMs, slot, signal);
    if (failed === undefined) proven.set(lookbackMs, hour);
    return failed;
  };
}

const labelsPath = (from: number, to: number): string => `/loki/api/v1/labels?start=${from}000000&end=${to}000000`;

/** Whether there are labels, which every line has; without any, the server leaves the list out. */
function namesLabels(json: unknown): boolean {
  const { status, data = [] } = fieldsOf(json, 'the envelope');
  if (status !== 'success') throw badAnswer('no status of success');
  if (!Array.isArray(data)) throw badAnswer('no list of labels');
  return data.length > 0;
}

const noLines = (lookbackMs: number): Failure =>
  failure(
    'SOURCE_ERROR',
    `the tenant has no line at all in the last ${spanText(lookbackMs)}: is it the right one, and do lines arrive?`,
    {
      reason: 'EmptyResult',
    },
  );
