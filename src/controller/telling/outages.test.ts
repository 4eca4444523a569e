import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { NotificationChannel } from '../../api/channel.ts';
import { type EvidenceStore, openSqliteStore } from '../../evidence/index.ts';
import type { ChannelStanding } from '../../notify/delivering/courier.ts';
import type { Probe } from '../../notify/index.ts';
import { systemClock } from '../../platform/clock.ts';
import type { Channel } from './channel-status.ts';
import { judgedChannel, Outages, PATIENCE_MS } from './outages.ts';
import { StoryLedger } from './story-ledger.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const MINUTE = 60_000;
const own = { namespace: 'assay-system', service: 'assay' };
const open = (standing: Partial<ChannelStanding>, probe?: Probe): Channel => ({
  ...{ kind: 'Open', standing: { kind: 'Idle', pending: 0, failed: 0, ...standing }, probe },
});
const refused = open({ kind: 'Stopped', problem: 'the token was revoked', pending: 2 });
const away = open({ kind: 'Waiting', problem: 'no answer', pending: 1 });
const ready = { kind: 'Ready', drift: [] } as const;

test.each(
  Object.entries({
    'that the platform refuses is told at once': { channel: refused, forMs: 0, want: 'Stopped' },
    'so is that a probe found it': { channel: open({}, { kind: 'Stopped', message: 'archived' }), forMs: 0, want: 'Stopped' },
    'that it is away may pass': { channel: away, forMs: PATIENCE_MS - 1, want: 'Undecided' },
    'unless it does not': { channel: away, forMs: PATIENCE_MS, want: 'Stopped' },
    'that it is away while nothing waits is told to nobody': {
      channel: open({ kind: 'Waiting', problem: 'no answer' }),
      forMs: 10 * PATIENCE_MS,
      want: 'Undecided',
    },
    'a Secret that stays away is told': {
      channel: { kind: 'Unusable', reason: 'CredentialsMissing', message: 'no Secret' },
      forMs: PATIENCE_MS,
      want: 'Stopped',
    },
    'what arrives is well': { channel: open({ kind: 'Delivering' }), forMs: 0, want: 'Delivering' },
    'so is what would': { channel: open({}, ready), forMs: 0, want: 'Delivering' },
    'a place that looks well says nothing of a message that waits': {
      channel: open({ pending: 1 }, ready),
      forMs: 0,
      want: 'Undecided',
    },
    'what was never looked at is not known': { channel: open({}), forMs: 0, want: 'Undecided' },
  } as Record<string, { channel: Channel; forMs: number; want: string }>),
)('%s', (_sentence, { channel, forMs, want }) => {
  expect(judgedChannel(channel, NOW - forMs, NOW)).toBe(want);
});

describe('an outage of a channel', () => {
  const object: NotificationChannel = {
    ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'NotificationChannel', metadata: { name: 'customers', uid: 'u' } },
    spec: { audience: 'customers', namespaces: { from: 'All' }, slack: { channel: 'C0', tokenSecret: { name: 's', key: 't' } } },
  };
  let dir: string;
  let store: EvidenceStore;
  const told: string[] = [];
  const begin = (): Outages =>
    new Outages({ store, stories: new StoryLedger(store), own, told: ({ service }) => told.push(service) });

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'assay-outages-'));
    store = openSqliteStore({ path: join(dir, 'evidence.db'), clock: systemClock, commitDelayMs: 0 });
    told.length = 0;
  });
  afterEach(async () => {
    await store.close();
    await rm(dir, { recursive: true });
  });

  const recorded = async (): Promise<unknown[]> => {
    const found: unknown[] = [];
    for await (const { kind, body } of store.read(own))
      if (kind === 'ChannelChanged') found.push(`${body.change} ${body.reason}`);
    return found;
  };

  test('is on record once, over a restart too, and so is its end', async () => {
    await begin().look(object, refused, NOW);
    const outages = begin();
    await outages.look(object, refused, NOW + MINUTE);
    expect(await outages.open()).toEqual(['customers']);
    await outages.look(object, open({ pending: 2 }, ready), NOW + 2 * MINUTE);
    expect(await recorded()).toEqual(['Stopped PlatformRefuses']);
    await outages.look(object, open({ kind: 'Delivering' }), NOW + 17 * MINUTE);
    await outages.look(object, open({ kind: 'Delivering' }), NOW + 18 * MINUTE);
    expect(await recorded()).toEqual(['Stopped PlatformRefuses', 'Resumed Delivered']);
    expect(told).toEqual(['assay', 'assay']);
    const [story] = (await new StoryLedger(store).of(own)).stories.values();
    expect(story).toMatchObject({
      ...{ kind: 'Channel', standing: 'Ended', channel: { name: 'customers', platform: 'slack' } },
      addressed: { internal: { at: NOW } },
    });
    expect(story?.history.map(({ words }) => words.internal)).toEqual([
      'PlatformRefuses, 2 messages wait: the token was revoked',
      'messages arrive again after 17m',
    ]);
  });

  test('that is no refusal is waited for', async () => {
    const outages = begin();
    expect(await outages.look(object, away, NOW)).toBe(PATIENCE_MS);
    expect(await outages.look(object, away, NOW + MINUTE)).toBe(PATIENCE_MS - MINUTE);
    await outages.look(object, open({ kind: 'Delivering' }), NOW + 2 * MINUTE);
    expect(await outages.look(object, away, NOW + 9 * MINUTE)).toBe(PATIENCE_MS);
    await outages.look(object, away, NOW + 19 * MINUTE);
    expect(await recorded()).toEqual(['Stopped PlatformUnavailable']);
  });

  test('ends with the channel', async () => {
    const outages = begin();
    await outages.gone('customers', NOW);
    await outages.look(object, refused, NOW);
    await outages.gone('customers', NOW + MINUTE);
    await outages.gone('customers', NOW + MINUTE);
    expect(await recorded()).toEqual(['Stopped PlatformRefuses', 'Deleted ']);
    expect(await begin().open()).toEqual([]);
  });
});
