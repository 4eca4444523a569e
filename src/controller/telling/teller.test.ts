import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { NotificationChannel } from '../../api/channel.ts';
import { deviationId } from '../../domain/deviation-id.ts';
import { timeText } from '../../domain/moment.ts';
import { type EvidenceStore, openSqliteStore } from '../../evidence/index.ts';
import { eventually, type FakeApiServer, json, startFakeApiServer } from '../../kube/stand-ins.ts';
import { systemClock } from '../../platform/clock.ts';
import { AssayError } from '../../platform/errors.ts';
import { silentLogger } from '../../platform/log.ts';
import { Teller, type TellerOptions } from './teller.ts';

/* Tells of a failure of the shop by webhooks, over a store that fails when the test says. */

const SHOP = { namespace: 'web', service: 'shop' };
const HOUR_MS = 3_600_000;
const SLOW_MS = 60_000;

let dir: string;
let store: EvidenceStore;
let api: FakeApiServer;
let receiver: Server;
let channels: NotificationChannel[];
/** What came, by path. */
let got: string[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'assay-teller-'));
  store = openSqliteStore({ path: join(dir, 'evidence.db'), clock: systemClock, commitDelayMs: 0 });
  [channels, got] = [[], []];
  // A watch on which nothing happens stays open.
  api = await startFakeApiServer(({ url }, response) => {
    if (url.searchParams.has('watch')) response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    else json(response, 200, { metadata: { resourceVersion: '1' }, items: channels });
  });
  receiver = createServer(({ method, url = '' }, response) => {
    if (url === '/hangs') return;
    if (method === 'POST') got.push(url);
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await api.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  await store.close();
  rmSync(dir, { recursive: true });
});

const channel = (path: string): NotificationChannel => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'NotificationChannel' },
  metadata: { name: path.slice(1), uid: path, resourceVersion: '1', creationTimestamp: timeText(Date.now() - HOUR_MS) },
  spec: {
    ...{ audience: 'internal', namespaces: { from: 'All' }, timeout: '10s' },
    webhook: { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}${path}` },
  },
});

/** The shop has failed, and the team is to be told. */
async function fails(criterion: string): Promise<void> {
  const at = Date.now() - 1_000;
  const id = deviationId(`web/${criterion}`, at);
  await store.append([
    { ...SHOP, kind: 'DeviationOpened', slot: at, body: { criterion, id, from: at, at, reopened: false } },
    {
      ...{ ...SHOP, kind: 'Notified', slot: at },
      body: {
        ...{ criterion, notice: 'EscalationDue', phase: 'Intent', audience: 'internal', step: 'after 0s' },
        ...{ deviation: id, at, late: false, message: 'up is 0' },
      },
    },
  ]);
}

function tellerOver(its: EvidenceStore): Teller {
  const nothing = { store: { get: () => undefined }, onChange: () => () => undefined };
  const teller: Teller = new Teller({
    ...{ transport: api.transport(), clock: systemClock, log: silentLogger(), store: its, namespace: 'assay-system' },
    ...{ ledger: { get: () => undefined, list: () => [] }, secrets: nothing, namespaces: nothing },
    ...{ metrics: { notificationRequests: { inc: () => undefined } }, statuses: { write: () => undefined } },
    told: (service: typeof SHOP) => teller.changed(service),
  } as unknown as TellerOptions);
  return teller;
}

/** The store, of which the so-many-th call fails. */
function failingAt(count: number): EvidenceStore {
  let calls = 0;
  return new Proxy(store, {
    get: (target, name: keyof EvidenceStore) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        calls += 1;
        if (calls === count) throw new AssayError('STORE_FAILED', 'the disk is full');
        return (member as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

test.each(Array.from({ length: 16 }, (_, at) => at + 1))(
  'whatever fails once of the store, the team is told: call %i',
  async (count) => {
    channels = [channel('/team')];
    await fails('up');
    const teller = tellerOver(failingAt(count));
    teller.start();
    await eventually('the team is told', () => got.length > 0, 20_000).finally(() => teller.stop(100));
    expect(got).toEqual(['/team']);
  },
  SLOW_MS,
);

test(
  'platforms that do not answer delay no other',
  async () => {
    channels = Array.from({ length: 12 }, (_, at) => channel(`/hangs-${at}`));
    channels = [
      ...channels.map(({ spec, ...each }) => ({ ...each, spec: { ...spec, webhook: { url: hanging() } } })),
      channel('/team'),
    ];
    await fails('up');
    const teller = tellerOver(store);
    teller.start();
    await eventually('the team is told', () => got.length > 0, 5_000).finally(() => teller.stop(100));
  },
  SLOW_MS,
);

const hanging = (): string => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hangs`;
