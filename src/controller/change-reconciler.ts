import type { ChangeRecord, ChangeRecordStatus } from '../api/change.ts';
import type { RecordBody } from '../api/records.ts';
import { approvalState, changeDeleted, changeRecords, type KnownChange, nextTurn, phaseOf } from '../domain/change.ts';
import { timeText } from '../domain/moment.ts';
import type { EvidenceStore, ServiceName } from '../evidence/index.ts';
import { setCondition, type StatusWriter, type Store } from '../kube/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { ChangeBooks } from './change-book.ts';
import { invalidSpecStatus } from './invalid-spec.ts';
import type { Kept } from './kept-records.ts';
import { RESOURCES } from './resources.ts';
import { Validated } from './validated.ts';
import { generationOf, RECORDED } from './words.ts';

export interface ChangeParts {
  readonly clock: Clock;
  readonly store: EvidenceStore;
  readonly books: ChangeBooks;
  readonly statuses: StatusWriter;
  /** Called when something was put on record: somebody may have to be told. */
  readonly told: (service: ServiceName) => void;
}

type Parts = ChangeParts & { readonly changes: Store<ChangeRecord>; readonly validated: Validated };

/** Puts on record what ChangeRecords say that is not there yet, and shows what is on record in their statuses. */
export function keptChanges(given: ChangeParts): (changes: Store<ChangeRecord>) => Kept {
  return (changes) => {
    const parts = { ...given, changes, validated: new Validated() };
    return { reconcile: (key) => reconcile(parts, key), lost: () => lostChanges(parts) };
  };
}

async function reconcile(parts: Parts, key: string): Promise<number | undefined> {
  const change = parts.changes.get(key);
  if (!change) {
    parts.validated.forget(key);
    await noteDeletion(parts, key);
    return undefined;
  }
  const problem = parts.validated.problemOf(change);
  if (problem === undefined) return keep(parts, change, key);
  const status = invalidSpecStatus(change, problem, parts.clock.now());
  parts.statuses.write({ resource: RESOURCES.changes, object: change, status, urgent: true });
  return undefined;
}

async function keep(parts: Parts, change: ChangeRecord, key: string): Promise<number | undefined> {
  const { books, clock } = parts;
  const service = { namespace: change.metadata.namespace ?? '', service: change.spec.service };
  const known = (await books.of(service)).get(change.metadata.name);
  // The one of this name that was of another service was deleted; first, so that a crash in between is mended by the next try.
  if (!known) await noteDeletion(parts, key);
  await record(parts, service, changeRecords(known, change, clock.now()));
  const after = (await books.of(service)).get(change.metadata.name);
  if (!after) return undefined;
  const now = clock.now();
  show(parts, change, after, now);
  const turnsAt = nextTurn(after, now);
  return turnsAt === undefined ? undefined : Math.min(turnsAt - now, LONGEST_WAIT_MS);
}

// A timer holds no more than 24 days.
const LONGEST_WAIT_MS = 86_400_000;

async function lostChanges({ store, books, changes }: Parts): Promise<string[]> {
  const lost: string[] = [];
  for (const service of await store.services()) {
    for (const [name, { isDeleted }] of await books.of(service)) {
      const key = `${service.namespace}/${name}`;
      if (!isDeleted && !changes.get(key)) lost.push(key);
    }
  }
  return lost;
}

async function record({ store, told }: Parts, service: ServiceName, bodies: RecordBody<'ChangeRecorded'>[]): Promise<void> {
  if (bodies.length === 0) return;
  await store.append(bodies.map((body) => ({ ...service, kind: 'ChangeRecorded', slot: body.at, body })));
  told(service);
}

/** Of which service it was only the logs know. */
async function noteDeletion(parts: Parts, key: string): Promise<void> {
  const [namespace = '', name = ''] = key.split('/');
  for (const service of await parts.store.services()) {
    if (service.namespace !== namespace) continue;
    const known = (await parts.books.of(service)).get(name);
    if (known) await record(parts, service, changeDeleted(known, parts.clock.now()));
  }
}

function show({ statuses }: Parts, object: ChangeRecord, known: KnownChange, now: number): void {
  const observed = generationOf(object.metadata);
  const conditions = setCondition(object.status?.conditions, { ...RECORDED, ...observed }, new Date(now));
  const status = { ...observed, ...changeStatus(known, now), conditions };
  statuses.write({ resource: RESOURCES.changes, object, status, urgent: true });
}

/** What the status of a change says at a moment, from what the log knows of it. */
export function changeStatus(known: KnownChange, now: number): ChangeRecordStatus {
  return {
    phase: phaseOf(known, now),
    recordedAt: timeText(known.plannedAt),
    approval: approvalState(known),
    ...(known.approval && { approvedAt: timeText(known.approval.at) }),
  };
}
