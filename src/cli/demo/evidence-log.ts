import type { LogRecord, RecordKind } from '../../api/records.ts';
import { openSqliteStore, type ServiceName } from '../../evidence/index.ts';
import type { Clock } from '../../platform/clock.ts';

type Notified = Extract<LogRecord, { kind: 'Notified' }>['body'];

/** What a log holds: how many records of which kind, and who was told. */
export interface LogLook {
  readonly counts: ReadonlyMap<RecordKind, number>;
  readonly told: readonly Notified[];
  /** What the story told and the log does not hold. */
  readonly missing: readonly string[];
}

/** Reads the log of a service from the store; its operator must have stopped, or it would be fenced off. */
export async function readLog(path: string, service: ServiceName, clock: Clock): Promise<LogLook> {
  const store = openSqliteStore({ path, clock });
  try {
    const records: LogRecord[] = [];
    for await (const record of store.read(service)) records.push(record);
    return lookAt(records);
  } finally {
    await store.close();
  }
}

/** Counts records, and compares them with the story. */
export function lookAt(records: readonly LogRecord[]): LogLook {
  const counts = new Map<RecordKind, number>();
  for (const { kind } of records) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const missing = EXPECTED.filter(({ isIt }) => !records.some(isIt)).map(({ name }) => name);
  return { counts, told: records.flatMap((record) => (record.kind === 'Notified' ? [record.body] : [])), missing };
}

interface Expected {
  readonly name: string;
  readonly isIt: (record: LogRecord) => boolean;
}

const EXPECTED: readonly Expected[] = [
  {
    name: 'VerdictChanged from Pass to Fail',
    isIt: ({ kind, body }) => kind === 'VerdictChanged' && body.from === 'Pass' && body.to === 'Fail',
  },
  {
    name: 'VerdictChanged from Fail to Pass',
    isIt: ({ kind, body }) => kind === 'VerdictChanged' && body.from === 'Fail' && body.to === 'Pass',
  },
  { name: 'DeviationOpened', isIt: ({ kind }) => kind === 'DeviationOpened' },
  {
    name: 'DeviationClosed as Recovered',
    isIt: ({ kind, body }) => kind === 'DeviationClosed' && body.reason === 'Recovered',
  },
  ...['internal', 'authority', 'customers'].map((audience) => ({
    name: `Notified, the step of ${audience}`,
    isIt: ({ kind, body }: LogRecord) => kind === 'Notified' && body.notice === 'EscalationDue' && body.audience === audience,
  })),
];
