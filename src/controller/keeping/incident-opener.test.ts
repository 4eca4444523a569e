import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import type { CertificationCriterion, CertificationCriterionSpec, OutcomeKind } from '../../api/criterion.ts';
import { type EvidenceStore, openSqliteStore } from '../../evidence/index.ts';
import { falcoAlert } from '../../inbox/examples.ts';
import { type Inbox, openInbox } from '../../inbox/index.ts';
import { eventually, type FakeApiServer, json, rememberingLogger, startFakeApiServer } from '../../kube/stand-ins.ts';
import { systemClock } from '../../platform/clock.ts';
import { unobservable } from '../../sources/observe.ts';
import { changeRecord, subjectOf } from '../judging/changes.ts';
import { newIncidentBooks } from './incident-book.ts';
import { IncidentOpener } from './incident-opener.ts';
import { Ledger } from '../judging/ledger.ts';
import { observationOf } from '../judging/observation-records.ts';

const SLOW_MS = 120_000;
const nobody = { told: () => undefined, stored: () => undefined, failed: () => undefined };
const SHOP = { namespace: 'n', service: 'shop' };

let dir: string;
let store: EvidenceStore;
let inbox: Inbox;
let ledger: Ledger;
let server: FakeApiServer;
/** The incidents that the API server has, and how often it made one. */
let there: Set<string>;
let made: string[];
/** The criteria with whose deviations these began. */
let criteria: string[];
/** What becomes of the requests to come; afterwards all is well. */
let fates: Fate[];
let opener: IncidentOpener | undefined;

/** `Lost`: it is made, and the answer does not arrive. */
type Fate = 'Refused' | 'Lost' | 'Made' | 'Forgotten';

/** An incident that is to be made: its name, and the criterion that it began with. */
function openedIn(body: string): { metadata: { name: string }; criterion?: string } {
  const { metadata, spec } = JSON.parse(body) as { metadata: { name: string }; spec: { origin?: { criterion?: string } } };
  return { metadata, ...spec.origin };
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'assay-opener-'));
  store = openSqliteStore({ path: join(dir, 'evidence.db'), clock: systemClock, commitDelayMs: 0 });
  inbox = openInbox({ path: join(dir, 'inbox.db'), clock: systemClock });
  ledger = new Ledger(store, nobody);
  [there, made, criteria, fates] = [new Set(), [], [], []];
  // The log of the operator itself, in which it keeps how far it has read the alerts.
  await store.append([
    { kind: 'OperatorStarted', namespace: 'system', service: 'assay', body: { version: '0', judgingVersion: 1, leaderEpoch: 1 } },
  ]);
  server = await startFakeApiServer(({ body }, response) => {
    const fate = fates.shift() ?? 'Made';
    const { metadata, criterion } = openedIn(body);
    if (fate === 'Refused') {
      json(response, 500, { kind: 'Status', reason: 'InternalError' });
      return;
    }
    if (there.has(metadata.name)) {
      json(response, 409, { kind: 'Status', reason: 'AlreadyExists' });
      return;
    }
    there.add(metadata.name);
    made.push(metadata.name);
    if (criterion !== undefined) criteria.push(criterion);
    if (fate === 'Lost') response.destroy();
    else json(response, 201, {});
  });
});

afterEach(async () => {
  await opener?.stop(1000);
  await server.stop();
  inbox.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

const { log, lines } = rememberingLogger();

function start(from: 'critical' | 'low' = 'low'): IncidentOpener {
  const failing: Pick<EvidenceStore, 'services' | 'read' | 'cursor' | 'setCursor'> = {
    ...{ services: () => store.services(), read: (query) => store.read(query), cursor: (...of) => store.cursor(...of) },
    setCursor: (...to) => {
      if (fates[0] !== 'Forgotten') return store.setCursor(...to);
      fates.shift();
      return Promise.reject(new Error('the disk is full'));
    },
  };
  const books = newIncidentBooks(store);
  const transport = server.transport();
  opener = new IncidentOpener({
    ...{ transport, clock: systemClock, log, store: failing, ledger, books, inbox, namespace: 'system', from },
  });
  opener.start();
  return opener;
}

async function put(name: string, spec: Partial<CertificationCriterionSpec> = {}): Promise<void> {
  const object: CertificationCriterion = {
    ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'CertificationCriterion', metadata: { name, namespace: 'n', uid: name } },
    spec: {
      ...{ title: 'Up', service: 'shop', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }], interval: '30s' },
      evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
      rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
      ...spec,
    },
  };
  const content = changeRecord(subjectOf(object), 'Created', 1000);
  await ledger.commit({ ...SHOP, service: object.spec.service, criterion: name, content, message: '' });
}

let slot = 0;
/** One letter a slot: M, N. */
async function see(name: string, looks: string, from = (slot += 30_000)): Promise<void> {
  for (const [index, look] of Array.from(looks).entries()) {
    const known = ledger.get(`n/${name}`)!;
    const outcome: OutcomeKind = look === 'M' ? 'Met' : 'NotMet';
    const samples = [{ labels: {}, value: outcome === 'Met' ? 1 : 0 }];
    slot = from + index * 30_000;
    const observation = unobservable(known.spec, slot, { kind: 'Samples', samples });
    await ledger.commit({ ...SHOP, criterion: name, content: observationOf(known, observation), message: '' });
  }
}

const opens = (count: number): Promise<void> => eventually(`${count} incidents`, () => made.length >= count);
async function isAllRead(): Promise<boolean> {
  let last = 0;
  for await (const { head } of store.read({ ...SHOP, kinds: ['DeviationOpened'] })) last = head.seq + 1;
  return (await store.cursor('incidents', SHOP)) === last;
}
const isRead = (): Promise<void> => eventually('all is read', isAllRead);

test('a deviation that goes on opens one; one that was over long ago none', async () => {
  await put('up');
  await see('up', 'MNNNNMMMMMMNNNN');
  start();
  await opens(1);
  await isRead();
  expect(made).toHaveLength(1);
  const [{ url, body } = {}] = server.asked;
  expect(url?.pathname).toBe('/apis/assay.dev/v1alpha1/namespaces/n/incidents');
  expect(JSON.parse(body ?? '')).toMatchObject({
    ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'Incident', metadata: { namespace: 'n' } },
    spec: { state: 'Suspected', origin: { criterion: 'up' } },
  });
});

test('what is on record under its name is not made again, deleted or not', async () => {
  await put('up');
  await see('up', 'MNNNN');
  start();
  await opens(1);
  await isRead();
  await opener?.stop(1000);
  const body = { incident: made[0]!, uid: 'u', title: 't', severity: 'high', state: 'Suspected', at: 1 } as const;
  await store.append(
    (['Opened', 'Deleted'] as const).map((change) => ({ ...SHOP, kind: 'IncidentChanged', body: { ...body, change } })),
  );
  there.clear();
  await store.setCursor('incidents', SHOP, 0);
  start();
  await isRead();
  expect(made).toHaveLength(1);
});

test('what the API server will never take is said, and holds up no other', async () => {
  await put('up');
  await put('over');
  await see('up', 'MNNNN');
  await see('over', 'MNNNN');
  await server.stop();
  server = await startFakeApiServer(({ body }, response) => {
    const { metadata, criterion = '' } = openedIn(body);
    const isRefused = criterion === 'up';
    if (!isRefused) made.push(metadata.name);
    if (!isRefused) criteria.push(criterion);
    if (isRefused) json(response, 422, { kind: 'Status', reason: 'Invalid', message: 'secret words' });
    else json(response, 201, {});
  });
  start();
  await opens(1);
  expect(criteria).toEqual(['over']);
  const said = lines.filter(({ message }) => message === 'an incident can not be opened');
  expect(said).toMatchObject([{ level: 'warn', status: 422, reason: 'Invalid' }]);
  expect(JSON.stringify(lines)).not.toContain('secret words');
});

const falco = (more: object = {}): CertificationCriterionSpec['evidence'] => [
  { name: 'up', falco: { source: 'falco', rules: ['Shell*'], ...more } },
];

test('alerts that its criteria count open one for each rule and workload, and their deviation no other', async () => {
  await put('runtime', { evidence: falco(), severity: 'critical' });
  await put('dry', { evidence: falco({ rules: ['Dry*'] }), mode: 'DryRun' });
  const alert = (rule: string, more: object = {}) => falcoAlert({ rule, time: new Date(Date.now() + (slot += 1)), ...more });
  const pod = (name: string) => ({ output_fields: { 'k8s.ns.name': 'n', 'k8s.pod.name': name } });
  await inbox.append('falco', [
    ...[
      alert('Shell in container', pod('a-0')),
      alert('Shell in container', pod('a-0')),
      alert('Shell in container', pod('b-0')),
    ],
    ...[alert('Shell, slight', { priority: 'Warning' }), alert('Dry run'), alert('Uncounted')],
  ]);
  const now = Math.ceil(Date.now() / 30_000) * 30_000;
  await see('runtime', 'MNNNN', now);
  start('critical');
  await opens(2);
  await isRead();
  expect(made.every((name) => name.startsWith('falco-'))).toBe(true);
  expect(made).toHaveLength(2);
});

test('what one namespace refuses for now holds up no other, and opens once it is let', async () => {
  await put('quota', { evidence: falco(), severity: 'critical' });
  await put('runtime', { evidence: falco(), severity: 'critical', service: 'till' });
  await inbox.append('falco', [falcoAlert({ rule: 'Shell in container', time: new Date() })]);
  await server.stop();
  let isFull = true;
  server = await startFakeApiServer(({ body }, response) => {
    const { service } = (JSON.parse(body) as { spec: { service: string } }).spec;
    // As a quota and a webhook do.
    if (service === 'shop' && isFull) json(response, 403, { kind: 'Status', reason: 'Forbidden', message: 'exceeded quota' });
    else if (made.includes(service)) json(response, 409, { kind: 'Status', reason: 'AlreadyExists' });
    else json(response, 201, made.push(service));
  });
  start('critical');
  await eventually('the other opens', () => made.length === 1, 20_000);
  expect(made).toEqual(['till']);
  isFull = false;
  await opener?.stop(1000);
  start('critical');
  await eventually('that one opens too', () => made.length === 2, 20_000);
}, 60_000);

test('a deviation that no grave alert explains opens its own', async () => {
  await put('runtime', { evidence: falco(), severity: 'critical' });
  await inbox.append('falco', [falcoAlert({ rule: 'Shell, slight', priority: 'Warning', time: new Date() })]);
  await see('runtime', 'MNNNN');
  start('critical');
  await opens(1);
  expect(criteria).toEqual(['runtime']);
});

test(
  'whatever is refused, lost or forgotten, and whenever it ends, none is lost and none opens twice',
  async () => {
    let round = 0;
    const fate = fc.constantFrom<Fate>('Refused', 'Lost', 'Made', 'Forgotten');
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 4 }), fc.integer({ min: 1, max: 3 }), async (bad, count) => {
        const before = criteria.length;
        const names = Array.from({ length: count }, () => `c-${(round += 1)}`);
        for (const name of names) {
          await put(name);
          await see(name, 'MNNNN');
        }
        fates = [...bad];
        // Ended in the middle, as often as something goes wrong.
        for (let left = fates.length; left > 0 && !(await isAllRead()); left = fates.length) {
          const running = start();
          await eventually('something goes wrong', async () => fates.length < left || (await isAllRead()));
          await running.stop(0);
        }
        fates = [];
        const last = start();
        await isRead();
        await last.stop(1000);
        const opened = criteria.slice(before);
        expect(opened.sort()).toEqual(names.sort());
      }),
      { numRuns: 12, endOnFailure: true },
    );
  },
  SLOW_MS,
);
