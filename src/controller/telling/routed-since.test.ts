import type { NotificationChannel, NotificationChannelSpec } from '../../api/channel.ts';
import { noteRouting, routedSince } from './routed-since.ts';

const OWN = { namespace: 'assay-system', service: 'assay' };
const CREATED = Date.parse('2026-11-01T00:00:00Z');
const NOW = Date.parse('2026-11-28T12:00:00Z');

const channel = (spec: Partial<NotificationChannelSpec> = {}, created = CREATED): NotificationChannel => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'NotificationChannel' },
  metadata: { name: 'team', creationTimestamp: new Date(created).toISOString() },
  spec: { audience: 'internal', namespaces: { from: 'All' }, services: ['books'], ...spec },
});

function newStore() {
  const cursors = new Map<string, number>();
  return {
    cursor: (name: string) => Promise.resolve(cursors.get(name) ?? 0),
    setCursor: (name: string, _service: object, seq: number) => Promise.resolve(void cursors.set(name, seq)),
  };
}

/** Since when, of each in turn. */
async function noted(...channels: readonly (readonly [NotificationChannel, number])[]): Promise<number[]> {
  const store = newStore();
  const found: number[] = [];
  for (const [each, now] of channels) {
    found.push(await noteRouting(store, OWN, each, now));
    expect(await routedSince(store, OWN, each)).toBe(found.at(-1));
  }
  return found;
}

const HOUR = 3_600_000;

test('a channel is for what it is for since it was made', async () => {
  expect(await noted([channel(), NOW], [channel(), NOW + HOUR])).toEqual([CREATED, CREATED]);
});

test.each(
  Object.entries({
    'another service': { services: ['books', 'shop'] },
    'another audience': { audience: 'authority' },
    'other namespaces': { namespaces: { from: 'Selector', selector: {} } },
    'other topics': { topics: ['Logs'] },
    'more severe': { minimumSeverity: 'high' },
    'no digest': { digest: { every: '1d' } },
  } satisfies Record<string, Partial<NotificationChannelSpec>>),
)('what it comes to be for by an edit it is for since then, and no restart changes that: %s', async (_what, spec) => {
  const times = await noted(
    [channel(), NOW],
    [channel(spec), NOW + HOUR],
    [channel(spec), NOW + 2 * HOUR],
    [channel(), NOW + 3 * HOUR],
  );
  expect(times).toEqual([CREATED, NOW + HOUR, NOW + HOUR, NOW + 3 * HOUR]);
});

test('where it is told, or what is so anyway, changes nothing', async () => {
  const elsewhere = channel({ teams: { webhookSecret: { name: 'a', key: 'b' } }, timeout: '5s', minimumSeverity: 'low' });
  expect(await noted([channel(), NOW], [elsewhere, NOW + HOUR])).toEqual([CREATED, CREATED]);
});

test('one that was made anew is for it since it was', async () => {
  const again = NOW - HOUR;
  expect(await noted([channel(), NOW - 2 * HOUR], [channel({}, again), NOW], [channel({ services: ['a'] }, NOW), NOW])).toEqual([
    CREATED,
    again,
    NOW,
  ]);
});
