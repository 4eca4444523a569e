import type { ChangeRecordSpec } from '../../api/change.ts';
import type { ChangeEvent, LogRecord } from '../../api/records.ts';
import { type EvidenceStore, openSqliteStore, type ServiceName } from '../../evidence/index.ts';
import { StatusWriter } from '../../kube/index.ts';
import { eventually, type FakeApiServer, json, rememberingLogger, startFakeApiServer } from '../../kube/stand-ins.ts';
import { systemClock } from '../../platform/clock.ts';
import { newChangeBooks } from './change-book.ts';
import { keptChanges } from './kept-changes.ts';
import { newFindingBooks } from './finding-book.ts';
import { keptFindings } from './kept-findings.ts';
import { type KeptKind, RecordsKeeper, type Written } from './kept-records.ts';
import type { SpotCheckParts } from './spot-checks.ts';

const WITHIN_MS = 20_000;
const SHOP = { namespace: 'n', service: 'shop' };
const TILL = { namespace: 'n', service: 'till' };
const spec = (service: string): ChangeRecordSpec => ({
  ...{ service, owner: 'team', initiator: 'team', reason: 'It is full.', description: 'A new disk.' },
  ...{ category: 'Regular', risk: 'Low', requestedBy: 'ada' },
  window: { from: '2099-01-01T00:00:00Z', to: '2099-01-01T01:00:00Z' },
});

let store: EvidenceStore;
let server: FakeApiServer;
/** What the API server has of the kind. */
let objects: object[];

beforeEach(async () => {
  store = openSqliteStore({ path: ':memory:', clock: systemClock, commitDelayMs: 0 });
  server = await startFakeApiServer(({ method, url }, response) => {
    if (method !== 'GET') json(response, 200, {});
    else if (url.searchParams.has('watch')) response.writeHead(200).flushHeaders();
    else json(response, 200, { metadata: { resourceVersion: '1' }, items: objects });
  });
});
afterEach(async () => {
  await server.stop();
  await store.close();
});

const happened = (of: ServiceName, event: ChangeEvent, uid: string): Promise<unknown> =>
  store.append([
    { ...of, kind: 'ChangeRecorded', body: { change: 'disk', event, at: systemClock.now(), uid, spec: spec(of.service) } },
  ]);

async function eventsOf(of: ServiceName): Promise<string[]> {
  const records: LogRecord[] = [];
  for await (const record of store.read({ ...of, kinds: ['ChangeRecorded'] })) records.push(record);
  return records.flatMap((record) => (record.kind === 'ChangeRecorded' ? [record.body.event] : []));
}

/** Keeps these objects until it is so. */
async function keepUntil<T extends Written, K>(kept: KeptKind<T, K>, what: string, isSo: () => Promise<boolean>): Promise<void> {
  const { log } = rememberingLogger();
  const transport = server.transport();
  const statuses = new StatusWriter({ transport, clock: systemClock, log });
  const keeper = new RecordsKeeper({ transport, clock: systemClock, log, store, statuses, told: () => undefined, kept });
  keeper.start();
  await eventually(what, isSo, WITHIN_MS);
  await keeper.stop(1_000);
  await statuses.flush(1_000);
}

test('what moved back to a service of before, while nobody looked, is deleted where it was meanwhile', async () => {
  await happened(TILL, 'Planned', 'one');
  await happened(TILL, 'Deleted', 'one');
  await happened(SHOP, 'Planned', 'two');
  objects = [
    {
      ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'ChangeRecord', spec: spec('till') },
      metadata: { name: 'disk', namespace: 'n', uid: 'three', generation: 1, resourceVersion: '1' },
    },
  ];
  await keepUntil(
    keptChanges(newChangeBooks(store)),
    'the new one is on record',
    async () => (await eventsOf(TILL)).length === 3,
  );
  expect(await eventsOf(TILL)).toEqual(['Planned', 'Deleted', 'Planned']);
  expect(await eventsOf(SHOP)).toEqual(['Planned', 'Deleted']);
}, 60_000);

const finding = (name: string): object => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'Finding' },
  metadata: { name, namespace: 'n', uid: name, generation: 1, resourceVersion: '1' },
  spec: {
    ...{ service: 'shop', type: 'SpotCheck', title: `About ${name}`, text: 'What did you see?', raisedBy: 'eve' },
    spotCheck: { criterion: 'up' },
  },
});

test('a spot check whose source hangs holds up no other finding', async () => {
  objects = ['a', 'b', 'c'].map(finding);
  const never = (): Promise<never> => new Promise(() => undefined);
  const unasked = { log: store, pool: { grant: () => 'Missing', get: () => undefined } as unknown as SpotCheckParts['pool'] };
  const kept = { ...keptFindings(newFindingBooks(store), unasked), lookUp: never };
  await keepUntil(kept, 'all are on record', async () => {
    const raised: string[] = [];
    for await (const { kind, body } of store.read(SHOP)) if (kind === 'FindingChanged') raised.push(body.finding);
    return raised.length === objects.length;
  });
}, 60_000);
