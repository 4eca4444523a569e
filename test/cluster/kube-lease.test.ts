import { Lease } from '../../src/kube/index.ts';
import { rememberingLogger } from '../../src/kube/stand-ins.ts';
import type { Resource, Transport } from '../../src/kube/index.ts';

import { type Line, startLine, startWorld, type World } from './kube-world.ts';
import { eventually } from './operator-world.ts';

const LEASES: Resource = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases', namespaced: true };
const NEVER = new AbortController().signal;
const DURATION_MS = 5_000;
const LONG_MS = 40_000;

let world: World;
let namespace: string;
const held: Lease[] = [];

beforeAll(async () => {
  world = await startWorld();
  namespace = await world.namespace('leases');
}, 60_000);
afterAll(async () => {
  await Promise.all(lines.map((line) => line.close()));
  await world.close();
}, 60_000);
afterEach(async () => {
  await Promise.all(held.splice(0).map((lease) => lease.release()));
}, 20_000);

const lines: Line[] = [];

async function openLine(): Promise<Line> {
  const line = await startLine(world.cluster.url);
  lines.push(line);
  return line;
}

interface Holder {
  readonly lease: Lease;
  readonly turns: boolean[];
}

function holder(name: string, as: string, transport: Transport = world.api): Holder {
  const { log } = rememberingLogger();
  const turns: boolean[] = [];
  const lease = new Lease({
    ...{ transport, log, holder: as, name: { namespace, name }, durationMs: DURATION_MS },
    onTurn: (turn) => turns.push(turn),
  });
  held.push(lease);
  return { lease, turns };
}

interface Spec {
  readonly holderIdentity?: string;
  readonly leaseTransitions?: number;
  readonly renewTime?: string;
  readonly leaseDurationSeconds?: number;
}

const specOf = async (name: string): Promise<Spec> =>
  ((await world.read(LEASES, namespace, name)) as unknown as { readonly spec: Spec }).spec;

test(
  'one of two holds it, and the other follows at once when it is given back',
  async () => {
    const [one, other] = [holder('given-back', 'one'), holder('given-back', 'other')];
    await one.lease.acquire(NEVER);
    expect(one.lease.isHeld).toBe(true);
    expect(one.lease.waiting).toBeUndefined();
    expect(await specOf('given-back')).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 5, leaseTransitions: 0 });
    const following = other.lease.acquire(NEVER);
    await eventually(() => expect(other.lease.waiting).toMatch(/leases\/given-back is held by one/));
    expect(other.lease.isHeld).toBe(false);
    await one.lease.release();
    expect(one.lease.isHeld).toBe(false);
    await following;
    expect(await specOf('given-back')).toMatchObject({ holderIdentity: 'other', leaseTransitions: 1 });
    expect(one.turns).toEqual([true, false]);
    expect(other.turns).toEqual([true]);
  },
  LONG_MS,
);

test(
  'it is renewed for longer than it lasts, and nobody takes it meanwhile',
  async () => {
    const [one, other] = [holder('renewed', 'one'), holder('renewed', 'other')];
    await one.lease.acquire(NEVER);
    const giveUp = new AbortController();
    const waiting = other.lease.acquire(giveUp.signal);
    waiting.catch(() => undefined);
    const { renewTime: first = '' } = await specOf('renewed');
    await eventually(async () => {
      const { renewTime = '' } = await specOf('renewed');
      expect(Date.parse(renewTime) - Date.parse(first)).toBeGreaterThan(2 * DURATION_MS);
    });
    expect(one.lease.isHeld).toBe(true);
    expect(other.turns).toEqual([]);
    giveUp.abort();
    await expect(waiting).rejects.toThrow();
  },
  LONG_MS,
);

test(
  'the holder that can not reach the API server ends before another one begins',
  async () => {
    const line = await openLine();
    const [one, other] = [holder('cut-off', 'one', world.transportTo(line.port)), holder('cut-off', 'other')];
    await one.lease.acquire(NEVER);
    const ends = one.lease.lost.catch((error: unknown) => ({ error, heldByOther: other.lease.isHeld }));
    const begins = other.lease.acquire(NEVER);
    line.block();
    await eventually(() => expect(one.lease.isHeld).toBe(false));
    expect(other.lease.isHeld).toBe(false);
    expect(await ends).toMatchObject({ error: { code: 'LEASE_LOST' }, heldByOther: false });
    await begins;
    expect(one.turns).toEqual([true, false]);
  },
  LONG_MS,
);

test(
  'a connection that fell silent does not cost the lease',
  async () => {
    const line = await openLine();
    const one = holder('silent', 'one', world.transportTo(line.port));
    await one.lease.acquire(NEVER);
    const { renewTime: before = '' } = await specOf('silent');
    line.freeze();
    await eventually(async () => {
      const { renewTime = '' } = await specOf('silent');
      expect(Date.parse(renewTime) - Date.parse(before)).toBeGreaterThan(2 * DURATION_MS);
    });
    expect(one.turns).toEqual([true]);
  },
  LONG_MS,
);

test(
  'somebody else who takes it by force is believed',
  async () => {
    const one = holder('forced', 'one');
    await one.lease.acquire(NEVER);
    await world.patch(LEASES, namespace, 'forced', { spec: { holderIdentity: 'somebody' } });
    await expect(one.lease.lost).rejects.toMatchObject({
      code: 'LEASE_LOST',
      message: expect.stringMatching(/held by somebody/) as unknown,
    });
    expect(one.lease.isHeld).toBe(false);
  },
  LONG_MS,
);

test(
  'a lease that was removed, or touched by somebody, is kept',
  async () => {
    const one = holder('touched', 'one');
    await one.lease.acquire(NEVER);
    await world.remove(LEASES, namespace, 'touched');
    await eventually(async () => expect(await specOf('touched')).toMatchObject({ holderIdentity: 'one' }));
    await world.patch(LEASES, namespace, 'touched', { metadata: { labels: { looked: 'at' } } });
    const { renewTime: before = '' } = await specOf('touched');
    await eventually(async () => expect((await specOf('touched')).renewTime).not.toBe(before));
    expect(one.turns).toEqual([true]);
  },
  LONG_MS,
);

test(
  'who bears the name of the holder need not wait for it to run out',
  async () => {
    const [before, after] = [holder('again', 'pod-1'), holder('again', 'pod-1')];
    await before.lease.acquire(NEVER);
    const startedAt = performance.now();
    await after.lease.acquire(NEVER);
    expect(performance.now() - startedAt).toBeLessThan(DURATION_MS);
  },
  LONG_MS,
);

test(
  'what keeps it from being taken is said once',
  async () => {
    const { log, lines } = rememberingLogger();
    const lease = new Lease({
      ...{ transport: world.api, log, holder: 'one', name: { namespace: 'nowhere', name: 'assay' }, durationMs: DURATION_MS },
    });
    const giveUp = new AbortController();
    const trying = lease.acquire(giveUp.signal);
    trying.catch(() => undefined);
    await eventually(() => expect(lease.waiting).toMatch(/can not be taken: .*404/));
    await eventually(() => expect(lines.length).toBeGreaterThan(0));
    giveUp.abort();
    await expect(trying).rejects.toThrow();
    expect(lines).toHaveLength(1);
  },
  LONG_MS,
);
