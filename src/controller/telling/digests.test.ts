import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { NotificationChannel, NotificationChannelSpec } from '../../api/channel.ts';
import type { RecordBody } from '../../api/records.ts';
import { deviationId } from '../../domain/deviation-id.ts';
import { type EvidenceStore, openSqliteStore } from '../../evidence/index.ts';
import type { Story } from '../../notify/stories/story.ts';
import { systemClock } from '../../platform/clock.ts';
import { type DigestCourier, Digests } from './digests.ts';
import { StoryLedger } from './story-ledger.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2026-11-27T15:00:00Z');
const MIDNIGHT = Date.parse('2026-11-28T00:00:00Z');
const shop = { namespace: 'web', service: 'shop' };
const books = { namespace: 'web', service: 'books' };
const system = { namespace: 'assay-system', service: 'assay' };

/** The log of some services, a channel, and a courier that says what it is given. */
class Scene {
  now = START;
  readonly store: EvidenceStore;
  readonly offered: Story[] = [];
  readonly forgotten: string[] = [];
  digests: Digests;
  readonly channel: NotificationChannel;
  readonly others: NotificationChannel[] = [];
  #courier = this.#newCourier();

  constructor(path: string, spec: Partial<NotificationChannelSpec> = {}) {
    this.store = openSqliteStore({ path, clock: { ...systemClock, now: () => this.now }, commitDelayMs: 0 });
    this.digests = this.#begin();
    this.channel = {
      ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'NotificationChannel' },
      metadata: { name: 'ca', creationTimestamp: '2026-11-27T12:00:00Z' },
      spec: { audience: 'authority', namespaces: { from: 'All' }, services: ['*'], ...spec },
    };
  }

  #begin(): Digests {
    const routing = { describe: () => undefined, namespace: () => undefined };
    const stories = new StoryLedger(this.store);
    const channels = () => [this.channel, ...this.others];
    return new Digests({ store: this.store, stories, routing, channels, namespace: 'assay-system' });
  }

  replaceCourier(): void {
    this.#courier = this.#newCourier();
  }

  #newCourier(): DigestCourier {
    return {
      offer: (story) => this.offered.push(story),
      forget: (id) => this.forgotten.push(id),
      hasBegun: () => false,
    };
  }

  restart(): void {
    this.digests = this.#begin();
  }

  /** Something that no step tells the authority. */
  async gap(at: number, place = shop): Promise<void> {
    this.now = at;
    const body = { criterion: 'up', from: at, to: at, slots: 1, reason: 'NoHistory', message: `away at ${at}` } as const;
    await this.store.append([{ ...place, kind: 'Gap', slot: at, body }]);
  }

  /** Answers the ids of what is handed over, without how they begin. */
  async tellAt(at: number): Promise<string[]> {
    this.now = at;
    const before = this.offered.length;
    await this.digests.tell(this.channel, this.#courier, at);
    return this.offered.slice(before).map(({ id }) => id.replace('digest-ca-', ''));
  }

  /** Puts on record what became of the last one. */
  async sent(phase: 'Attempted' | 'Delivered'): Promise<void> {
    const { id = '', digest } = this.offered.at(-1) ?? {};
    const common = { id: 'ab'.repeat(32), channel: 'ca', audience: 'authority', story: id, stories: [id], state: 1 };
    const body: RecordBody<'Delivery'> = { ...common, phase, at: this.now, ended: true, action: 'Post', states: [1] };
    await this.store.append((digest?.places ?? []).map((place) => ({ ...place, kind: 'Delivery', body })));
  }

  get said(): string {
    return this.offered.at(-1)?.digest?.paragraphs.join('\n') ?? '';
  }
}

let dir: string;
let scene: Scene;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'assay-digests-'))));
afterEach(async () => {
  await scene.store.close();
  await rm(dir, { recursive: true });
});
const begin = (spec: Partial<NotificationChannelSpec> = {}): Scene => (scene = new Scene(join(dir, 'evidence.db'), spec));

test('a digest is told once a day at midnight, of what came since the channel was made', async () => {
  const { store } = begin();
  scene.now = Date.parse('2026-11-27T11:00:00Z');
  await scene.gap(scene.now);
  await scene.gap(START);
  expect(await scene.tellAt(START + HOUR)).toEqual([]);
  expect(await scene.tellAt(MIDNIGHT + 1_000)).toEqual([]);
  expect(await scene.tellAt(MIDNIGHT + 2_000)).toEqual(['2026-11-27T12:00:00Z-2026-11-28T00:00:00Z']);
  expect(scene.said).toContain(`away at ${START}`);
  expect(scene.said).not.toContain(`away at ${Date.parse('2026-11-27T11:00:00Z')}`);
  await scene.sent('Attempted');
  await scene.sent('Delivered');
  await scene.gap(MIDNIGHT + HOUR);
  expect(await scene.tellAt(MIDNIGHT + 2 * HOUR)).toEqual([]);
  expect(scene.forgotten).toEqual(['digest-ca-2026-11-27T12:00:00Z-2026-11-28T00:00:00Z']);
  expect(await scene.tellAt(MIDNIGHT + DAY + HOUR)).toEqual(['2026-11-28T00:00:00Z-2026-11-29T00:00:00Z']);
  expect(scene.said).not.toContain(`away at ${START}`);
  expect(await store.cursor('digest ca', shop)).toBe(2);
});

test('where nothing is new nothing is told, and what comes later is told from then on', async () => {
  begin();
  await scene.gap(START - 10 * HOUR);
  expect(await scene.tellAt(MIDNIGHT + HOUR)).toEqual([]);
  expect(await scene.tellAt(MIDNIGHT + DAY + HOUR)).toEqual([]);
  await scene.gap(MIDNIGHT + DAY + 2 * HOUR);
  scene.restart();
  expect(await scene.tellAt(MIDNIGHT + 2 * DAY + HOUR)).toEqual(['2026-11-29T00:00:00Z-2026-11-30T00:00:00Z']);
});

test('after an outage one digest covers what was missed', async () => {
  begin();
  await scene.gap(START);
  await scene.gap(MIDNIGHT + DAY);
  scene.restart();
  expect(await scene.tellAt(MIDNIGHT + 3 * DAY + HOUR)).toEqual(['2026-11-27T12:00:00Z-2026-12-01T00:00:00Z']);
});

test('after a crash what was begun is told as it was, and what was told is not told again', async () => {
  begin();
  await scene.gap(START);
  const [first] = await scene.tellAt(MIDNIGHT + HOUR);
  await scene.sent('Attempted');
  await scene.gap(MIDNIGHT + 2 * HOUR);
  scene.restart();
  expect(await scene.tellAt(MIDNIGHT + DAY + HOUR)).toEqual([first]);
  expect(scene.said).not.toContain(`away at ${MIDNIGHT + 2 * HOUR}`);
  await scene.sent('Delivered');
  scene.restart();
  expect(await scene.tellAt(MIDNIGHT + DAY + HOUR)).toEqual(['2026-11-28T00:00:00Z-2026-11-29T00:00:00Z']);
});

test('one that is under way is waited for; the next one covers the time', async () => {
  begin();
  await scene.gap(START);
  const [first] = await scene.tellAt(MIDNIGHT + HOUR);
  await scene.gap(MIDNIGHT + 2 * HOUR);
  expect(await scene.tellAt(MIDNIGHT + DAY + HOUR)).toEqual([]);
  scene.replaceCourier();
  expect(await scene.tellAt(MIDNIGHT + DAY + HOUR)).toEqual(['2026-11-27T12:00:00Z-2026-11-29T00:00:00Z']);
  expect(first).toBe('2026-11-27T12:00:00Z-2026-11-28T00:00:00Z');
});

test('one that a courier was handed which is gone by then is handed to the next one', async () => {
  const { store } = begin();
  await scene.gap(START);
  // The channel is changed while the log is read for its digest.
  const read = store.read.bind(store);
  store.read = (query) => {
    scene.replaceCourier();
    return read(query);
  };
  const [first] = await scene.tellAt(MIDNIGHT + HOUR);
  store.read = read;
  expect(await scene.tellAt(MIDNIGHT + HOUR)).toEqual([first]);
  expect(await scene.tellAt(MIDNIGHT + HOUR)).toEqual([]);
});

describe('what is addressed to the authority, in a channel that does not tell of it,', () => {
  const outage = async (): Promise<void> => {
    scene.now = START;
    const deviation = deviationId('web/up', START);
    const body = { criterion: 'up', notice: 'EscalationDue', phase: 'Intent', audience: 'authority', deviation } as const;
    await scene.store.append([
      { ...shop, kind: 'Notified', slot: START, body: { ...body, at: START, late: false, message: 'up is 0' } },
    ]);
  };

  test('stands in its digest where no other channel does', async () => {
    begin({ minimumSeverity: 'high' });
    await outage();
    await scene.tellAt(MIDNIGHT + HOUR);
    expect(scene.said).toMatch(/^Not met or not known, told to the authority here alone:\n- shop: up: /);
  });

  test('does not where another one does', async () => {
    begin({ minimumSeverity: 'high' });
    scene.others.push({ ...scene.channel, metadata: { name: 'other' }, spec: { ...scene.channel.spec, minimumSeverity: 'low' } });
    await outage();
    expect(await scene.tellAt(MIDNIGHT + HOUR)).toEqual([]);
  });
});

test('several services are one message, which each of them has on record; the own log is nobody else’s', async () => {
  begin();
  await scene.gap(START, shop);
  await scene.gap(START + 1, books);
  await scene.gap(START + 2, system);
  expect(await scene.tellAt(MIDNIGHT + HOUR)).toHaveLength(1);
  expect(scene.offered[0]?.digest).toMatchObject({
    title: 'Digest: 2 services, until 2026-11-28T00:00:00Z',
    places: [shop, books],
  });
  await scene.sent('Delivered');
  scene.restart();
  expect(await scene.tellAt(MIDNIGHT + 2 * HOUR)).toEqual([]);
});

test('a room of each service has its own', async () => {
  begin({ slack: { channel: '#{service}-ca', tokenSecret: { name: 's', key: 't' } } });
  await scene.gap(START, shop);
  await scene.gap(START + 1, books);
  const period = '2026-11-27T12:00:00Z-2026-11-28T00:00:00Z';
  expect((await scene.tellAt(MIDNIGHT + HOUR)).sort()).toEqual([`web.books-${period}`, `web.shop-${period}`]);
});
