import fc from 'fast-check';

import type { NewObservation, NewRecord } from '../api/records.ts';

import { collect, handClock, NAMESPACE, observation, START, verdictChange } from './examples.ts';
import type { StorePlace } from './store.contract.ts';
import type { EvidenceStore } from './store.ts';

type Step =
  | { readonly kind: 'append'; readonly entries: readonly { service: string; isObservation: boolean }[] }
  | { readonly kind: 'clock'; readonly byMs: number }
  | { readonly kind: 'settle' }
  | { readonly kind: 'reopen' };

const SERVICES = ['web', 'mail', 'dns'];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      entries: fc.array(
        fc.record({
          service: fc.constantFrom(...SERVICES),
          isObservation: fc.integer({ min: 0, max: 3 }).map((dice) => dice > 0),
        }),
        { maxLength: 6 },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('clock' as const), byMs: fc.integer({ min: -90_000, max: 90_000 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'settle' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
);

/** Runs random steps and compares what each log holds with what was appended to it, in order. */
export async function anyInterleavingReadsBack(fresh: () => Promise<StorePlace>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const place = await fresh();
      try {
        const { store, appended } = await run(place, steps);
        for (const service of SERVICES) expect(await contents(store, service)).toEqual(appended.get(service) ?? []);
        await store.close();
      } finally {
        await place.remove();
      }
    }),
    { numRuns: 40 },
  );
}

async function run(
  place: StorePlace,
  steps: readonly Step[],
): Promise<{ store: EvidenceStore; appended: Map<string, string[]> }> {
  const clock = handClock();
  let store = await place.open(clock);
  let calls: Promise<unknown>[] = [];
  const appended = new Map<string, string[]>();
  let count = 0;
  const entryOf = ({ service, isObservation }: { service: string; isObservation: boolean }): NewRecord | NewObservation => {
    const slot = START + count++;
    appended.set(service, [...(appended.get(service) ?? []), `${isObservation ? 'observation' : 'verdict'} ${slot}`]);
    return isObservation ? observation(service, slot) : verdictChange(service, slot);
  };
  for (const each of steps) {
    if (each.kind === 'append') calls.push(store.append(each.entries.map(entryOf)));
    else if (each.kind === 'clock') clock.time += each.byMs;
    else if (each.kind === 'settle') calls = await Promise.all(calls).then(() => []);
    else {
      await store.close();
      store = await place.open(clock);
    }
  }
  await Promise.all(calls);
  return { store, appended };
}

/** All that a log holds, sealed and pending, in order; fails on a hole and on a time that goes back. */
async function contents(store: EvidenceStore, service: string): Promise<string[]> {
  const name = { namespace: NAMESPACE, service };
  const records = await collect(store.read(name));
  records.forEach(({ head }, index) => {
    expect(head.seq).toBe(index);
    expect(head.recordedAt).toBeGreaterThanOrEqual(records[index - 1]?.head.recordedAt ?? 0);
    expect(head.epoch).toBe(Math.floor(head.recordedAt / 60_000));
  });
  const sealed = records.flatMap(({ body, head }) =>
    'observations' in body ? body.observations.map(({ slot }) => `observation ${slot}`) : [`verdict ${head.slot ?? ''}`],
  );
  return [...sealed, ...(await store.pending(name)).map(({ outcome }) => `observation ${outcome.slot}`)];
}
