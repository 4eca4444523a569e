import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { slotAtOrAfter, slotOffsetMs } from '../src/domain/slots.ts';
import { type EvidenceStore, openSqliteStore, type ServiceName } from '../src/evidence/index.ts';
import { systemClock } from '../src/platform/clock.ts';

/** What became of the slots of a span, as the evidence log has it. */
export interface Fates {
  readonly expected: number;
  readonly observed: number;
  readonly readBack: number;
  readonly gaps: number;
}

/** A span of time, in milliseconds: slots from `from` to before `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly intervalMs: number;
}

/** Counts the slots of all criteria in the store at `path`; it works on a copy, and only on what is in it. */
export async function fatesIn(path: string, span: Span): Promise<Fates> {
  const dir = await mkdtemp(join(tmpdir(), 'assay-fates-'));
  const copy = join(dir, 'evidence.db');
  try {
    const original = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    original.prepare('VACUUM INTO ?').run(copy);
    original.close();
    const store = openSqliteStore({ path: copy, clock: systemClock });
    const fates = await all(store, span);
    await store.close();
    return fates;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function all(store: EvidenceStore, span: Span): Promise<Fates> {
  const sum = { expected: 0, observed: 0, readBack: 0, gaps: 0 };
  for (const service of await store.services()) {
    const fates = await ofService(store, service, span);
    for (const name of Object.keys(sum) as (keyof Fates)[]) sum[name] += fates[name];
  }
  return sum;
}

async function ofService(store: EvidenceStore, service: ServiceName, { from, to, intervalMs }: Span): Promise<Fates> {
  const within = (slot: number): boolean => slot >= from && slot < to;
  const offsetMs = slotOffsetMs(service.namespace, service.service, intervalMs);
  const slots = Math.max(0, Math.ceil((to - slotAtOrAfter({ intervalMs, offsetMs }, from)) / intervalMs));
  const criteria = new Set<string>();
  const fates = { observed: 0, readBack: 0, gaps: 0 };
  for await (const record of store.read(service)) {
    if (record.kind === 'CriterionChanged') criteria.add(record.body.criterion);
    if (record.kind === 'Observations') fates.observed += record.body.observations.filter(({ slot }) => within(slot)).length;
    if (record.kind === 'ReadBack') fates.readBack += record.body.observations.filter(({ slot }) => within(slot)).length;
    if (record.kind === 'Gap' && within(record.body.from)) fates.gaps += record.body.slots;
  }
  fates.observed += (await store.pending(service)).filter(({ outcome }) => within(outcome.slot)).length;
  return { expected: slots * criteria.size, ...fates };
}
