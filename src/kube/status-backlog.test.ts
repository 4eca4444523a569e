import fc from 'fast-check';

import type { Resource } from './resource.ts';
import { type Entry, StatusBacklog } from './status-backlog.ts';

const WIDGETS: Resource = { apiVersion: 'kube.test/v1', kind: 'Widget', plural: 'widgets', namespaced: true };
const object = (name: string) => ({
  apiVersion: 'kube.test/v1',
  kind: 'Widget',
  metadata: { namespace: 'ns', name, uid: `uid-${name}`, resourceVersion: '1' },
});
const nameOf = (entry: Entry | undefined): string | undefined => entry?.object.metadata.name;

/** What the backlog does with lines, done by looking at everything each time. */
class Naive {
  readonly waiting = new Map<string, { urgent: boolean; turn: number; notBefore: number; failed: boolean }>();
  readonly notBefore = new Map<string, { at: number; failed: boolean }>();
  turns = 0;
  hastened = false;

  want(name: string, urgent: boolean): void {
    const before = this.waiting.get(name);
    const { at = 0, failed = false } = this.notBefore.get(name) ?? {};
    const turn = before?.turn ?? (this.turns += 1);
    this.waiting.set(name, { urgent: urgent || (before?.urgent ?? false), turn, notBefore: at, failed });
  }

  written(name: string, notBefore: number, failed: boolean): void {
    const state = this.waiting.get(name);
    this.notBefore.set(name, { at: notBefore, failed });
    if (!failed) this.waiting.delete(name);
    else if (state) this.waiting.set(name, { ...state, notBefore, failed });
  }

  next(now: number, urgentOnly: boolean): string | undefined {
    return [...this.waiting]
      .filter(([, { notBefore, failed }]) => notBefore <= now || (this.hastened && !failed))
      .filter(([, { urgent }]) => urgent || !urgentOnly)
      .sort(([, a], [, b]) => Number(b.urgent) - Number(a.urgent) || a.turn - b.turn)[0]?.[0];
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('want' as const), name: fc.constantFrom('a', 'b', 'c', 'd'), urgent: fc.boolean() }),
  fc.record({ kind: fc.constant('write' as const), urgentOnly: fc.boolean(), waitMs: fc.nat(5), fails: fc.boolean() }),
  fc.record({ kind: fc.constant('time' as const), ms: fc.nat(5) }),
  fc.record({ kind: fc.constant('hasten' as const) }),
);

/** Both, side by side. */
class Pair {
  readonly backlog = new StatusBacklog();
  readonly naive = new Naive();
  now = 0;
  #wanted = 0;

  want(name: string, urgent: boolean): void {
    this.backlog.want({ resource: WIDGETS, object: object(name), status: { n: (this.#wanted += 1) }, urgent });
    this.naive.want(name, urgent);
  }

  hasten(): void {
    this.backlog.hasten();
    this.naive.hastened = true;
  }

  write({ urgentOnly, waitMs, fails }: { urgentOnly: boolean; waitMs: number; fails: boolean }): void {
    const entry = this.backlog.next(this.now, { urgentOnly });
    expect(nameOf(entry)).toBe(this.naive.next(this.now, urgentOnly));
    if (!entry) return;
    this.backlog.begin(entry);
    entry.notBefore = this.now + waitMs;
    entry.calmAt = entry.notBefore + 100;
    entry.failures = fails ? 1 : 0;
    if (!fails) entry.known = { version: '2', status: entry.wanted?.status, own: true };
    this.backlog.end(entry);
    this.naive.written(nameOf(entry) ?? '', entry.notBefore, fails);
  }
}

test('the next is what a look at everything would find, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pair = new Pair();
      for (const each of steps) {
        if (each.kind === 'time') pair.now += each.ms;
        else if (each.kind === 'hasten') pair.hasten();
        else if (each.kind === 'want') pair.want(each.name, each.urgent);
        else pair.write(each);
      }
      expect(pair.backlog.pending).toBe(pair.naive.waiting.size);
    }),
  );
});

test('an object is forgotten once it is calm, and not before', () => {
  const backlog = new StatusBacklog();
  backlog.want({ resource: WIDGETS, object: object('a'), status: { n: 1 } });
  const entry = backlog.next(0, { urgentOnly: false });
  if (!entry) throw new Error('nothing is due');
  backlog.begin(entry);
  expect([backlog.pending, backlog.next(0, { urgentOnly: false })]).toEqual([1, undefined]);
  entry.known = { version: '2', status: { n: 1 }, own: true };
  entry.calmAt = 10;
  backlog.end(entry);
  expect([backlog.pending, backlog.earliest()]).toEqual([0, 10]);
  backlog.next(9, { urgentOnly: false });
  expect(backlog.isUnsettled(WIDGETS, object('a'))).toBe(true);
  backlog.next(10, { urgentOnly: false });
  expect(backlog.isUnsettled(WIDGETS, object('a'))).toBe(false);
  expect(backlog.earliest()).toBe(Infinity);
});
