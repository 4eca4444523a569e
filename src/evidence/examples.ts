import type { LogRecord, NewObservation, NewRecord } from '../api/records.ts';
import { type Clock, systemClock } from '../platform/clock.ts';

// What the tests of this room append and read.

/** 2026-09-21T14:13:00Z, the start of a minute. */
export const START = 1_790_000_000_000 - 20_000;
export const NAMESPACE = 'shop';

const specDigest = `sha256:${'ab'.repeat(32)}`;

/** An observation of one series. */
export function observation(service: string, slot: number, criterion = 'available'): NewObservation {
  const series = [{ labels: { instance: 'shop-0.example.org:9115' }, value: '1', sampleAt: slot - 1 }];
  const evidence = [{ name: 'up', queryDigest: specDigest, sourceVersion: '3.16.0', count: 1, series }];
  return {
    ...{ kind: 'Observation', namespace: NAMESPACE, service },
    outcome: { criterion, slot, outcome: 'Met' },
    detail: { specDigest, message: '1 == 1', evidence },
  };
}

/** A change of verdict. */
export function verdictChange(service: string, at: number, criterion = 'available'): NewRecord {
  const details = {
    reason: 'NotMet',
    message: '0 == 1',
    controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
    first: false,
  };
  return {
    ...{ kind: 'VerdictChanged', namespace: NAMESPACE, service, slot: at, specDigest, offset: 0 },
    body: { criterion, at, from: 'Pass', to: 'Fail', ...details },
  };
}

/** A gap in the evidence of one criterion. */
export function gap(service: string, from: number, to: number, criterion = 'available'): NewRecord {
  const details = { slots: 2, reason: 'NoHistory', message: 'nothing was collected' } as const;
  return { kind: 'Gap', namespace: NAMESPACE, service, slot: from, body: { criterion, from, to, ...details } };
}

/** A record that speaks of no criterion and of no slot. */
export function started(service: string): NewRecord {
  return {
    ...{ kind: 'OperatorStarted', namespace: NAMESPACE, service },
    body: { version: '0.1.0', judgingVersion: 1, leaderEpoch: 1 },
  };
}

/** A change of a source on which some criteria rest. */
export function sourceChange(service: string, at: number, criteria: string[]): NewRecord {
  return {
    kind: 'SourceChanged',
    namespace: NAMESPACE,
    service,
    body: { source: 'prometheus', at, digest: specDigest, criteria },
  };
}

/** A clock that stands still until it is set; its timers are those of the machine. */
export interface HandClock extends Clock {
  time: number;
}
export function handClock(time: number = START): HandClock {
  return {
    time,
    now() {
      return this.time;
    },
    after: (ms, run) => systemClock.after(ms, run),
  };
}

/** All that an iteration gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The slots of a batch; of another record its own. */
export function slotsOf(record: LogRecord): number[] {
  return 'observations' in record.body ? record.body.observations.map(({ slot }) => slot) : [record.head.slot ?? -1];
}
