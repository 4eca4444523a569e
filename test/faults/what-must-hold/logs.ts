import type { LogRecord } from '../../../src/api/records.ts';
import type { CriterionEvent } from '../../../src/domain/criterion.ts';
import type { ServiceName } from '../../../src/evidence/index.ts';
import type { Log } from '../../e2e/evidence.ts';

/** The log of a service. */
export type ServiceRecords = ServiceName & Log;

/** What the log of a service holds of one criterion. */
export interface CriterionLog extends ServiceName {
  readonly name: string;
  /** `namespace/name` */
  readonly id: string;
  /** The records that speak of it alone, in order. */
  readonly records: readonly LogRecord[];
  /** What happened to it, in order. */
  readonly events: readonly CriterionEvent[];
}

/** The log of a service by criterion. */
export function criteriaIn({ namespace, service, records, events }: ServiceRecords): CriterionLog[] {
  const byName = new Map<string, { records: LogRecord[]; events: CriterionEvent[] }>();
  const of = (name: string): { records: LogRecord[]; events: CriterionEvent[] } => {
    const known = byName.get(name) ?? { records: [], events: [] };
    byName.set(name, known);
    return known;
  };
  for (const record of records) if ('criterion' in record.body) of(record.body.criterion).records.push(record);
  for (const { criterion, event } of events) of(criterion).events.push(event);
  return [...byName].map(([name, log]) => ({ namespace, service, name, id: `${namespace}/${name}`, ...log }));
}

/** A moment as complaints name it. */
export const momentText = (ms: number): string => new Date(ms).toISOString();
