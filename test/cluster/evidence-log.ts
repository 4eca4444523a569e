import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { LogRecord, ObservedDetail, ObservedOutcome } from '../../src/api/records.ts';
import { type EvidenceStore, openSqliteStore, type ServiceName } from '../../src/evidence/index.ts';
import { systemClock } from '../../src/platform/clock.ts';

/** One observation, whether its batch is sealed or still open, or whether it was read back. */
export type Observed = ObservedOutcome & ObservedDetail & { readonly readBack: boolean };

/** What the evidence log holds of one service. */
export interface ServiceLog {
  readonly records: readonly LogRecord[];
  /** The observations of all criteria, or of one, in order of the log. */
  observed(criterion?: string): Observed[];
}

/** The logs of all services by `namespace/service`, as they are now: read from a copy, so that a running operator is not disturbed. */
export async function readEvidenceLog(path: string): Promise<ReadonlyMap<string, ServiceLog>> {
  const dir = await mkdtemp(join(tmpdir(), 'assay-log-'));
  const copy = join(dir, 'evidence.db');
  try {
    const original = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    original.prepare('VACUUM INTO ?').run(copy);
    original.close();
    const store = openSqliteStore({ path: copy, clock: systemClock });
    const logs = new Map<string, ServiceLog>();
    for (const name of await store.services()) logs.set(`${name.namespace}/${name.service}`, await serviceLog(store, name));
    await store.close();
    return logs;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function serviceLog(store: EvidenceStore, name: ServiceName): Promise<ServiceLog> {
  const records: LogRecord[] = [];
  for await (const record of store.read(name)) records.push(record);
  const sealed = records.flatMap((record): Observed[] => {
    if (record.kind !== 'Observations' && record.kind !== 'ReadBack') return [];
    const { observations, details } = record.body;
    return observations.map((outcome, index) => ({ ...outcome, ...details[index]!, readBack: record.kind === 'ReadBack' }));
  });
  const open = (await store.pending(name)).map(({ outcome, detail }) => ({ ...outcome, ...detail, readBack: false }));
  const all = [...sealed, ...open];
  return {
    records,
    observed: (criterion) => all.filter((each) => criterion === undefined || each.criterion === criterion),
  };
}
