import type { Reading } from '../../domain/sample.ts';
import type { Clock } from '../../platform/clock.ts';
import type { EvidenceReader } from '../source.ts';
import { exporterTextOf, type FakeFalco, type RelayedAlert, sidekickTextOf, startFakeFalco } from './fake-falco.ts';
import { newFalcoReader } from './index.ts';
import type { FalcoQuestion } from './matching.ts';

const SLOT = 1_700_000_000_000;
const MINUTE = 60_000;
const DROP = 'Drop and execute new binary in container';
const never = new AbortController().signal;

let now: number;
let falco: FakeFalco;
let relay: FakeFalco;
let reader: EvidenceReader;
const clock: Clock = { now: () => now, after: () => () => undefined };

beforeEach(async () => {
  now = SLOT - 10 * MINUTE;
  [falco, relay] = [await startFakeFalco(), await startFakeFalco()];
});
afterEach(async () => {
  await reader.close();
  await Promise.all([falco.stop(), relay.stop()]);
});

function open(...servers: FakeFalco[]): void {
  const connection = { headers: {}, tls: { insecureSkipVerify: false }, timeoutMs: 1_000, maxConcurrency: 4 };
  reader = newFalcoReader({ ...connection, metricsUrls: servers.map(({ url }) => url) }, { clock });
}

const says = (text: string): void => void (relay.answer = (response) => response.end(text));

async function readAt(slot: number, query: FalcoQuestion = {}): Promise<Reading> {
  falco.state.upSeconds += (slot - now) / 1_000;
  now = slot;
  return reader.kinds.falco!.read({ query, slot, maxAgeMs: 300_000 }, never);
}

const critical = (count: number, namespace = 'shop'): RelayedAlert => ({ rule: DROP, priority: 'Critical', count, namespace });
const some = (value: number): object => ({ kind: 'Samples', samples: [{ labels: { rule: DROP }, value }] });
const zero = { kind: 'Samples', samples: [{ labels: {}, value: 0 }] };
const noProof = {
  ...{ kind: 'Unavailable', reason: 'IncompleteEvidence' },
  message: expect.stringMatching(/^falcosidekick and falco-exporter do not prove that Falco was running/) as unknown,
};

test.each<[string, (alerts: RelayedAlert[]) => string]>([
  ['falcosidekick', (alerts) => sidekickTextOf(alerts)],
  ['falcosidekick, as it was called before', (alerts) => sidekickTextOf(alerts, 'old')],
  ['falco-exporter', exporterTextOf],
])('%s alone: what it counts is an answer, from the first alert on, and nothing is none', async (_, textOf) => {
  open(relay);
  says(textOf([]));
  await readAt(SLOT - 6 * MINUTE);
  expect(await readAt(SLOT)).toEqual(noProof);
  says(textOf([critical(1), critical(2, 'bar'), { rule: 'Chatty', priority: 'Debug', count: 9 }]));
  expect(await readAt(SLOT + MINUTE, { minimumPriority: 'Critical' })).toEqual(some(3));
  expect(await readAt(SLOT + MINUTE, { minimumPriority: 'Error', namespaces: ['sh*'] })).toEqual(some(1));
  expect(await reader.probe(never)).toEqual({ kind: 'Answering', latencyMs: expect.any(Number) as unknown });
});

test('a relay that was started anew has lost what it did not count', async () => {
  open(relay);
  says(sidekickTextOf([critical(4)]));
  await readAt(SLOT - 6 * MINUTE);
  says(sidekickTextOf([critical(5)]).replace('1.7e+09', '1.8e+09'));
  expect(await readAt(SLOT)).toEqual({ ...some(5), partial: 'falcosidekick was restarted' });
});

test('beside a Falco it tells the namespaces of the same alerts', async () => {
  open(falco, relay);
  says(sidekickTextOf([]));
  await readAt(SLOT - 6 * MINUTE);
  falco.state.matches = { [`2 ${DROP}`]: 1 };
  says(sidekickTextOf([critical(1)]));
  expect(await readAt(SLOT)).toMatchObject(some(1));
  expect(await readAt(SLOT, { namespaces: ['shop'] })).toMatchObject(some(1));
  expect(await readAt(SLOT, { namespaces: ['bar'] })).toMatchObject(zero);
  expect(await reader.kinds.falco!.check({ query: { namespaces: ['bar'] }, maxAgeMs: 1 }, never)).toBeUndefined();
});

test('tags that falcosidekick does not count by are refused, those of falco-exporter are read', async () => {
  open(relay);
  says(sidekickTextOf([critical(1)]));
  await readAt(SLOT - 6 * MINUTE);
  const message = 'these counters carry no tags: ask a source of kind falco with an intake';
  expect(await reader.kinds.falco!.check({ query: { tags: ['a'] }, maxAgeMs: 1 }, never)).toEqual({
    reason: 'InvalidQuery',
    message,
  });
  expect(await readAt(SLOT, { tags: ['a'] })).toEqual({ kind: 'Unavailable', reason: 'QueryFailed', message });
  await reader.close();

  open(relay);
  now = SLOT;
  says(exporterTextOf([{ ...critical(1), tags: ',a,b,' }]));
  await readAt(SLOT);
  says(exporterTextOf([{ ...critical(3), tags: ',a,b,' }]));
  expect(await readAt(SLOT + 5 * MINUTE, { tags: ['b'] })).toEqual(some(2));
});
