import type { LogRecord, NewObservation, NewRecord } from '../api/records.ts';
import type { Clock } from '../platform/clock.ts';

import { anyInterleavingReadsBack } from './store.property.ts';
import {
  collect,
  gap,
  type HandClock,
  handClock,
  NAMESPACE,
  observation,
  slotsOf,
  sourceChange,
  START,
  started,
  verdictChange,
} from './examples.ts';
import type { EvidenceStore, RecordQuery, ServiceName, Snapshot } from './store.ts';

/** A place where a store lies: each `open` opens the same one. */
export interface StorePlace {
  open(clock: Clock): Promise<EvidenceStore>;
  remove(): Promise<void>;
}

const MINUTE_MS = 60_000;
const web: ServiceName = { namespace: NAMESPACE, service: 'web' };
const mail: ServiceName = { namespace: NAMESPACE, service: 'mail' };

/** What a test works with; `store` is the store that is open now. */
interface Bench {
  readonly place: StorePlace;
  readonly clock: HandClock;
  store: EvidenceStore;
}

type Case = (bench: Bench) => Promise<void>;

/** What every implementation of the port keeps to. `fresh` gives a new, empty place. */
export function describeStore(name: string, fresh: () => Promise<StorePlace>): void {
  const onBench = (run: Case) => async (): Promise<void> => {
    const place = await fresh();
    const clock = handClock();
    const bench: Bench = { place, clock, store: await place.open(clock) };
    try {
      await run(bench);
    } finally {
      await bench.store.close();
      await place.remove();
    }
  };
  describe(`${name}, as every evidence store`, () => {
    const cases = { ...APPENDING, ...SEALING, ...READING, ...KEEPING };
    for (const [sentence, run] of Object.entries(cases)) test(sentence, onBench(run));
    test.each(Object.entries(QUERIES))('reads %s', (_sentence, { query, want }) => onBench(reads(query, want))());
    test(
      'any interleaving of appends reads back in order, complete and without holes',
      () => anyInterleavingReadsBack(fresh),
      120_000,
    );
  });
}

const records = (store: EvidenceStore, query: RecordQuery = web): Promise<LogRecord[]> => collect(store.read(query));
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const observations = (count: number, service = 'web'): NewObservation[] =>
  range(count).map((i) => observation(service, START + i));
const code = (wanted: string): object => expect.objectContaining({ code: wanted }) as object;

async function reopen(bench: Bench): Promise<void> {
  await bench.store.close();
  bench.store = await bench.place.open(bench.clock);
}

const APPENDING: Record<string, Case> = {
  'numbers the records of each service by themselves, without holes, whoever appends at the same time': async ({ store }) => {
    const calls = range(10).map((i) => store.append([verdictChange('web', START + i), verdictChange('mail', START + i)]));
    const positions = (await Promise.all(calls)).flat();
    expect(positions.map(({ seq }) => seq)).toEqual(range(10).flatMap((i) => [i, i]));
    for (const service of [web, mail]) expect((await records(store, service)).map(({ head }) => head.seq)).toEqual(range(10));
    expect(await store.services()).toEqual([web, mail]);
  },

  'answers with the digest under which the record is read': async ({ store }) => {
    const positions = await store.append([verdictChange('web', START), started('web')]);
    expect((await records(store)).map(({ digest, head: { seq } }) => ({ digest, seq }))).toEqual(positions);
  },

  'gives back what was appended, with its head': async ({ store }) => {
    const { body, slot, specDigest, offset } = verdictChange('web', START) as NewRecord & { kind: 'VerdictChanged' };
    await store.append([verdictChange('web', START)]);
    const [record] = await records(store);
    expect(record?.body).toEqual(body);
    const epoch = START / MINUTE_MS;
    expect(record?.head).toMatchObject({
      v: 1,
      kind: 'VerdictChanged',
      ...web,
      seq: 0,
      slot,
      specDigest,
      offset,
      epoch,
      recordedAt: START,
    });
  },

  'refuses an entry that breaks its schema, and stores nothing of its call': async ({ store }) => {
    const broken = { ...started('web'), body: { version: 1 } } as unknown as NewRecord;
    await expect(store.append([started('web'), broken])).rejects.toThrow(TypeError);
    await expect(store.append([observation('web', START), broken])).rejects.toThrow(TypeError);
    expect(await store.append([started('web')])).toMatchObject([{ seq: 0 }]);
    expect(await store.pending(web)).toEqual([]);
  },

  'never dates an entry before the one before it, though the clock be set back': async (bench) => {
    const { store, clock } = bench;
    await store.append([started('web')]);
    clock.time = START - 5 * MINUTE_MS;
    await store.append([started('web'), started('mail')]);
    expect((await records(store)).map(({ head }) => head.recordedAt)).toEqual([START, START]);
    expect((await records(store, mail)).map(({ head }) => head.recordedAt)).toEqual([START - 5 * MINUTE_MS]);
    await reopen(bench);
    await bench.store.append([started('web')]);
    expect((await records(bench.store)).at(-1)?.head.recordedAt).toBe(START);
  },

  'takes no entry after it was closed': async ({ store }) => {
    await store.close();
    await expect(store.append([started('web')])).rejects.toEqual(code('STORE_FAILED'));
    await expect(records(store)).rejects.toEqual(code('STORE_FAILED'));
    await expect(store.pending(web)).rejects.toEqual(code('STORE_FAILED'));
  },

  'makes durable at closing what still waits for its commit': async (bench) => {
    const waiting = bench.store.append([started('web'), observation('web', START)]);
    await reopen(bench);
    expect(await waiting).toMatchObject([{ seq: 0 }, { seq: 1 }]);
    expect(await records(bench.store)).toHaveLength(1);
    expect(await bench.store.pending(web)).toEqual([observation('web', START)]);
  },

  'is fenced off by the next one that opens it': async ({ store, place, clock }) => {
    await store.append([started('web')]);
    const successor = await place.open(clock);
    expect(successor.leaderEpoch).toBe(store.leaderEpoch + 1);
    await expect(store.append([started('web')])).rejects.toEqual(code('STORE_FENCED'));
    await expect(store.setCursor('notify', web, 1)).rejects.toEqual(code('STORE_FENCED'));
    expect(await successor.append([started('web')])).toMatchObject([{ seq: 1 }]);
    await successor.close();
  },
};

const SEALING: Record<string, Case> = {
  'keeps observations of a minute in an open batch, and says which record they will be in': async ({ store, clock }) => {
    await store.append([started('web')]);
    const positions = await store.append(observations(3));
    expect(positions).toEqual([{ seq: 1 }, { seq: 1 }, { seq: 1 }]);
    clock.time += MINUTE_MS - 1;
    await store.append([observation('web', START + 3), started('mail')]);
    expect(await store.pending(web)).toEqual(observations(4));
    expect(await records(store)).toHaveLength(1);
  },

  'seals the batch at the first append of a later minute': async ({ store, clock }) => {
    await store.append(observations(2));
    clock.time += MINUTE_MS;
    expect(await store.append([observation('web', START + 2)])).toEqual([{ seq: 1 }]);
    const [batch, ...others] = await records(store);
    expect(others).toEqual([]);
    expect(batch?.head).toMatchObject({ kind: 'Observations', seq: 0, slot: START, recordedAt: START + MINUTE_MS });
    const sealed = observations(2);
    expect(batch?.body).toEqual({
      observations: sealed.map(({ outcome }) => outcome),
      details: sealed.map(({ detail }) => detail),
    });
    expect(await store.pending(web)).toEqual([observation('web', START + 2)]);
  },

  'seals the batch before any other record, so that the log is in the order of events': async ({ store }) => {
    const entries = [observation('web', START), verdictChange('web', START), observation('web', START + 1)];
    expect(await store.append(entries)).toMatchObject([{ seq: 0 }, { seq: 1 }, { seq: 2 }]);
    expect((await records(store)).map(({ kind }) => kind)).toEqual(['Observations', 'VerdictChanged']);
    expect(await store.pending(web)).toEqual([observation('web', START + 1)]);
  },

  'seals the batch when it is full': async ({ store }) => {
    const positions = await store.append(observations(600));
    expect(positions.map(({ seq }) => seq)).toEqual(range(600).map((i) => Math.floor(i / 256)));
    expect((await records(store)).map((record) => slotsOf(record).length)).toEqual([256, 256]);
    expect(await store.pending(web)).toEqual(observations(600).slice(512));
  },

  'goes on with the open batch after it was opened again': async (bench) => {
    await bench.store.append(observations(2));
    await reopen(bench);
    expect(await bench.store.pending(web)).toEqual(observations(2));
    bench.clock.time += MINUTE_MS;
    await bench.store.append([observation('web', START + 2)]);
    expect((await records(bench.store)).map(slotsOf)).toEqual([[START, START + 1]]);
  },
};

const READING: Record<string, Case> = {
  'reads what the log held when the reading began': async ({ store }) => {
    await store.append(range(50).map((i) => verdictChange('web', START + i)));
    const seen: number[] = [];
    for await (const { head } of store.read(web)) {
      seen.push(head.seq);
      await store.append([verdictChange('web', START)]);
    }
    expect(seen).toEqual(range(50));
    expect(await records(store)).toHaveLength(100);
  },

  'reads nothing of a service that has no log': async ({ store }) => {
    const nobody = { namespace: NAMESPACE, service: 'nobody' };
    expect([await records(store, nobody), await store.pending(nobody), await store.snapshot(nobody)]).toEqual([
      [],
      [],
      undefined,
    ]);
  },
};

/** The log that the queries are asked of: number, what it is, and the criterion it speaks of. */
const LOG: readonly (NewRecord | NewObservation)[] = [
  started('web'), // 0, recorded at START
  observation('web', START + 1_000, 'a'),
  observation('web', START + 2_000, 'b'), // 1, both
  verdictChange('web', START + 2_000, 'b'), // 2
  gap('web', START + 3_000, START + 9_000, 'a'), // 3
  sourceChange('web', START + 4_000, ['a']), // 4
  observation('web', START + 10_000, 'b'), // 5
  verdictChange('web', START + 10_000, 'b'), // 6
];

const QUERIES: Record<string, { query: Omit<RecordQuery, keyof ServiceName>; want: number[] }> = {
  everything: { query: {}, want: [0, 1, 2, 3, 4, 5, 6] },
  'from a number to a number, both included': { query: { fromSeq: 2, toSeq: 4 }, want: [2, 3, 4] },
  'nothing beyond the end': { query: { fromSeq: 7 }, want: [] },
  'one kind': { query: { kinds: ['VerdictChanged'] }, want: [2, 6] },
  'several kinds in log order, batches among them': { query: { kinds: ['Observations', 'Gap'] }, want: [1, 3, 5] },
  'no kind': { query: { kinds: [] }, want: [] },
  'what speaks of a criterion, be it among others': { query: { criterion: 'a' }, want: [1, 3, 4] },
  'what speaks of another criterion': { query: { criterion: 'b' }, want: [1, 2, 5, 6] },
  'what speaks of an instant within a gap': { query: { fromSlot: START + 5_000, toSlot: START + 6_000 }, want: [3] },
  'slots up to one, included': { query: { toSlot: START + 1_000 }, want: [0, 1] },
  'slots from one on, included': { query: { fromSlot: START + 9_000 }, want: [3, 5, 6] },
  'all of these together': {
    query: { criterion: 'b', kinds: ['VerdictChanged'], fromSeq: 1, fromSlot: START + 2_001 },
    want: [6],
  },
};

const reads =
  (query: Omit<RecordQuery, keyof ServiceName>, want: number[]): Case =>
  async ({ store }) => {
    await store.append([...LOG, verdictChange('mail', START + 2_000, 'b')]);
    expect((await records(store, { ...web, ...query })).map(({ head }) => head.seq)).toEqual(want);
  };

const snapshot = (...criteria: readonly string[]): Pick<Snapshot, 'judgingVersion' | 'criteria'> => ({
  judgingVersion: 1,
  criteria: criteria.map((criterion) => ({ criterion, state: { verdict: 'Pass', clocks: [1, null] } })),
});

const KEEPING: Record<string, Case> = {
  'keeps everything when it is opened again, and counts the openings': async (bench) => {
    await bench.store.append(LOG);
    const before = await records(bench.store);
    const { leaderEpoch } = bench.store;
    await reopen(bench);
    expect(await records(bench.store)).toEqual(before);
    expect(bench.store.leaderEpoch).toBe(leaderEpoch + 1);
    expect(await bench.store.append([started('web')])).toMatchObject([{ seq: before.length }]);
  },

  'keeps cursors by name and service; one that was never set is 0': async (bench) => {
    await bench.store.setCursor('notify', web, 5);
    await bench.store.setCursor('notify', web, 7);
    await bench.store.setCursor('report', web, 3);
    await reopen(bench);
    const cursors = [['notify', web] as const, ['report', web] as const, ['notify', mail] as const];
    expect(await Promise.all(cursors.map(([name, service]) => bench.store.cursor(name, service)))).toEqual([7, 3, 0]);
  },

  'keeps the latest snapshot of a service, with the place in the log that it was made for': async (bench) => {
    expect(await bench.store.snapshot(web)).toBeUndefined();
    await bench.store.saveSnapshot(web, snapshot('a', 'b'));
    expect(await bench.store.snapshot(web)).toEqual({ ...snapshot('a', 'b'), seq: 0, pending: 0 });
    await bench.store.append(LOG.slice(0, 3));
    await bench.store.saveSnapshot(web, snapshot('a', 'c'));
    await bench.store.append(LOG.slice(3));
    await reopen(bench);
    expect(await bench.store.snapshot(web)).toEqual({ ...snapshot('a', 'c'), seq: 1, pending: 2 });
    expect(await bench.store.snapshot(mail)).toBeUndefined();
  },

  'a snapshot stands for what was appended before it, though that is not durable yet': async ({ store }) => {
    const appending = store.append([started('web'), observation('web', START + 1_000, 'a')]);
    const saving = store.saveSnapshot(web, snapshot('a'));
    const appendingMore = store.append([observation('web', START + 2_000, 'a')]);
    await Promise.all([appending, saving, appendingMore]);
    expect(await store.snapshot(web)).toMatchObject({ seq: 1, pending: 1 });
  },

  'says how large it is': async ({ store }) => {
    const before = await store.sizeBytes();
    await store.append(observations(2_000));
    expect(await store.sizeBytes()).toBeGreaterThan(before);
  },
};
