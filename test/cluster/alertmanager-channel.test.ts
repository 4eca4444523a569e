import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import fc from 'fast-check';

import { alertmanager as platform } from '../../src/notify/alertmanager/index.ts';
import { aDelivery, CARD, hostileCard, hugeCard } from '../../src/notify/deliveries.fixtures.ts';
import type { About, Card, DeliveryResult, Notifier } from '../../src/notify/notifier.ts';
import { type Alertmanager, fetchParts, openSession, type Session, startAlertmanager } from '../../src/parts/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { eventually } from './operator-world.ts';

// Two real Alertmanagers that know nothing of each other, and a receiver that hears of what they tell.

const never = new AbortController().signal;
const RESOLVE_TIMEOUT_MS = 2_000;

interface Shown {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly endsAt: string;
}
interface Told {
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly Shown[];
}

describe('two replicas of Alertmanager', () => {
  const told: Told[] = [];
  let session: Session;
  let receiver: Server;
  let replicas: Alertmanager[];
  let notifier: Notifier;

  const about = (changed: Partial<About> = {}): About => ({
    ...aDelivery().about,
    since: Date.now() - 60_000,
    at: Date.now(),
    ...changed,
  });
  const send = (of: About, card: Card = CARD): Promise<DeliveryResult> => notifier.deliver(aDelivery({ about: of, card }), never);
  const ended = (of: About): Promise<DeliveryResult> =>
    send({ ...of, endedAt: Date.now() }, { ...CARD, tone: 'Ended', title: 'recovered' });
  const shownBy = async ({ url }: Alertmanager): Promise<readonly Shown[]> =>
    (await (await fetch(`${url}/api/v2/alerts`)).json()) as Shown[];
  const shownOf = async (replica: Alertmanager, id: string): Promise<readonly Shown[]> =>
    (await shownBy(replica)).filter(({ labels }) => labels['assay_id'] === id);
  const toldOf = (id: string, status: Told['status']): number =>
    told.filter((one) => one.status === status && one.alerts.some(({ labels }) => labels['assay_id'] === id)).length;

  beforeAll(async () => {
    session = await openSession();
    const { dir, signal } = session;
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        told.push(JSON.parse(Buffer.concat(chunks).toString()) as Told);
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const config = {
      global: { resolve_timeout: `${RESOLVE_TIMEOUT_MS / 1_000}s` },
      route: { receiver: 'us', group_by: ['...'], group_wait: '10ms', group_interval: '200ms', repeat_interval: '1h' },
      receivers: [{ name: 'us', webhook_configs: [{ url, send_resolved: true }] }],
    };
    const { alertmanager: bin } = await fetchParts(['alertmanager'], { env: process.env, say: () => undefined, signal });
    replicas = [];
    for (const name of ['a', 'b']) {
      replicas.push(await session.use(startAlertmanager({ dir: join(dir, name), bin, config, signal })));
    }
    notifier = platform.open(
      { urls: replicas.map((replica) => replica.url) },
      { secret: () => '', clock: systemClock, timeoutMs: 5_000 },
    );
  }, 120_000);
  afterAll(async () => {
    await notifier.close();
    await session.close();
    receiver.closeAllConnections();
    receiver.close();
  }, 30_000);

  test('both show one alert, whatever is sent again or changes, and none when it is over', async () => {
    const of = about({ id: '1'.repeat(64) });
    expect(await send(of)).toEqual({ kind: 'Delivered', message: of.id });
    expect(await send(of)).toEqual({ kind: 'Delivered', message: of.id });
    expect(await send({ ...of, at: Date.now() }, { ...CARD, title: 'worse' })).toMatchObject({ kind: 'Delivered' });
    for (const replica of replicas) {
      const shown = await eventually(async () => {
        const found = await shownOf(replica, of.id);
        expect(found).toHaveLength(1);
        return found;
      });
      expect(shown[0]).toMatchObject({
        labels: { alertname: 'AssayDeviation', severity: 'high' },
        annotations: { summary: 'worse' },
      });
    }
    await eventually(() => expect(toldOf(of.id, 'firing')).toBeGreaterThanOrEqual(2));
    expect(await ended(of)).toMatchObject({ kind: 'Delivered' });
    for (const replica of replicas) await eventually(async () => expect(await shownOf(replica, of.id)).toEqual([]));
    await eventually(() => expect(toldOf(of.id, 'resolved')).toBe(2));
  }, 60_000);

  test('what goes on lasts for as long as it is sent again, and ends by itself when it is not', async () => {
    const of = about({ id: '2'.repeat(64) });
    const until = Date.now() + 2 * RESOLVE_TIMEOUT_MS;
    while (Date.now() < until) {
      await send(of);
      expect(await shownOf(replicas[0]!, of.id)).toHaveLength(1);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(toldOf(of.id, 'resolved')).toBe(0);
    await eventually(async () => expect(await shownOf(replicas[0]!, of.id)).toEqual([]));
  }, 60_000);

  test('one that was away is named, and has it as soon as it is sent again', async () => {
    const of = about({ id: '3'.repeat(64) });
    const [, second] = replicas as [Alertmanager, Alertmanager];
    await second.daemon.stop();
    const missing = `${new URL(second.url).host}: no answer (ECONNREFUSED)`;
    expect(await send(of)).toEqual({ kind: 'Delivered', message: of.id, note: `not every replica took it: ${missing}` });
    expect(await notifier.probe({ namespace: 'web', service: 'shop' }, never)).toEqual({
      kind: 'Ready',
      drift: [`the replica ${missing}`],
    });
    await second.daemon.start();
    expect(await shownOf(second, of.id)).toEqual([]);
    expect(await send(of)).toEqual({ kind: 'Delivered', message: of.id });
    await eventually(async () => expect(await shownOf(second, of.id)).toHaveLength(1));
    expect(await notifier.probe({ namespace: 'web', service: 'shop' }, never)).toEqual({ kind: 'Ready', drift: [] });
    // The end that one replica missed reaches it when the sender repeats it.
    await second.daemon.stop();
    expect(await ended(of)).toMatchObject({ kind: 'Delivered', note: expect.any(String) as string });
    await second.daemon.start();
    await send(of);
    await eventually(async () => expect(await shownOf(second, of.id)).toHaveLength(1));
    expect(await ended(of)).toEqual({ kind: 'Delivered', message: of.id });
    await eventually(async () => expect(await shownOf(second, of.id)).toEqual([]));
  }, 60_000);

  test('no card is refused', async () => {
    await fc.assert(
      fc.asyncProperty(hostileCard, async (card) =>
        expect(await send(about({ id: '4'.repeat(64) }), card)).toMatchObject({ kind: 'Delivered' }),
      ),
      { numRuns: 50 },
    );
    expect(await send(about({ id: '5'.repeat(64), criterion: '😀"\\\n' }), hugeCard('😀'))).toMatchObject({ kind: 'Delivered' });
  }, 60_000);
});
