import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { env } from 'node:process';
import { promisify } from 'node:util';

import { fetchParts } from '../../src/parts/index.ts';
import type { RecordBody } from '../../src/api/records.ts';

import { readEvidenceLog } from './evidence-log.ts';
import type { Manifest } from './kube-api.ts';
import { criterion, namespace } from './manifests.ts';
import { complaintsIn, eventually, openWorld, type SpawnedOperator, type World } from './operator-world.ts';

// Incidents as people with kubectl live through them: what they say is on record once, in order, and is never taken back.

const SLOW_MS = 90_000;
const CRD = 'incidents.assay.dev';
const RESOLUTION = { cause: 'A full disk.', measures: 'Files were removed.', prevention: 'The disk is watched.' };
const RESOLVED = { state: 'Resolved', resolution: RESOLUTION, resolver: 'ada' };
const REOPENED = { state: 'Open', resolution: null, resolver: null, acknowledgements: null };

// Of incidents of severity low; those of the others pass long after these tests.
const RECOVER_MS = 8_000;

let world: World;
let operator: SpawnedOperator;

beforeAll(async () => {
  world = await openWorld();
  operator = await world.spawnOperator({ incidentTimes: [`low=react:2s,level2:4s,level3:6s,recover:${RECOVER_MS / 1000}s`] });
  await world.api.apply(namespace('shop'), criterion('shop/judged', { source: 'nowhere' }, { evidence: attested }));
}, SLOW_MS);

afterAll(() => world.close(), SLOW_MS);

const attested = [
  { name: 'up', attestation: { statement: 'It is so.', validFor: '30d', by: 'ada', at: '2026-11-22T10:00:00Z' } },
];

const manifest = (name: string, spec: object = {}): Manifest => ({
  kind: 'Incident',
  metadata: { name, namespace: 'shop' },
  ...{ spec: { service: 'shop', title: `About ${name}`, ...spec } },
});
const update = (id: number, audience: string, text = `update ${id}`) => ({ id, author: 'ada', audience, text });

const create = (name: string, spec: object = {}) =>
  world.tryKubectl(JSON.stringify({ apiVersion: 'assay.dev/v1alpha1', ...manifest(name, spec) }), 'create', '-f', '-');
const patch = (name: string, spec: object) =>
  world.tryKubectl('', 'patch', 'inc', name, '-n', 'shop', '--type=merge', '-p', JSON.stringify({ spec }));
const remove = (name: string): Promise<void> => world.api.remove('Incident', `shop/${name}`);

async function does(act: Promise<{ readonly ok: boolean; readonly said: string }>): Promise<void> {
  expect(await act).toMatchObject({ ok: true });
}

/** What is on record of an incident, in order. */
async function recordsOf(name: string, service = 'shop'): Promise<RecordBody<'IncidentChanged'>[]> {
  const log = (await readEvidenceLog(operator.store)).get(`shop/${service}`);
  return (log?.records ?? []).flatMap((record) =>
    record.kind === 'IncidentChanged' && record.body.incident === name ? [record.body] : [],
  );
}

/** Waits until these changes are on record, and no others. */
const recorded = (name: string, changes: readonly string[], service = 'shop') =>
  eventually(async () => {
    const records = await recordsOf(name, service);
    expect(records.map(({ change }) => change)).toEqual(changes);
    return records;
  });

const statusOf = async (name: string) => (await world.api.get('Incident', `shop/${name}`)).status;
const shows = (name: string, status: object): Promise<void> =>
  eventually(async () => expect(await statusOf(name)).toMatchObject(status));

test(
  'is opened, told of, resolved and acknowledged, and all of it is on record and in its status',
  async () => {
    await does(create('stuck', { reporter: 'ada', severity: 'high' }));
    await shows('stuck', { state: 'Open', timeline: [{ change: 'Opened', by: 'ada' }] });
    const told = [update(1, 'internal', 'node-7 is full'), update(2, 'authority'), update(3, 'customers', 'We work on it.')];
    await does(patch('stuck', { category: 'Availability', priority: 'P1', updates: told }));
    await recorded('stuck', ['Opened', 'Changed', 'Updated', 'Updated', 'Updated']);
    await does(patch('stuck', RESOLVED));
    await shows('stuck', { state: 'Resolved' });
    await does(patch('stuck', { acknowledgements: [{ audience: 'authority', by: 'eve' }] }));
    const records = await recorded('stuck', [
      ...['Opened', 'Changed', 'Updated', 'Updated', 'Updated'],
      ...['Resolved', 'Acknowledged'],
    ]);
    expect(records).toMatchObject([
      { state: 'Open', by: 'ada', severity: 'high', title: 'About stuck' },
      { category: 'Availability', priority: 'P1' },
      { by: 'ada', audience: 'internal', internalNote: 'node-7 is full' },
      { audience: 'authority', note: 'update 2' },
      { audience: 'customers', words: 'We work on it.' },
      { state: 'Resolved', by: 'ada', resolution: RESOLUTION },
      { state: 'Resolved', by: 'eve', audience: 'authority' },
    ]);
    expect(records[2]).not.toHaveProperty('words');
    await eventually(async () => {
      const { metadata, status } = await world.api.get('Incident', 'shop/stuck');
      expect(status).toMatchObject({ observedGeneration: metadata.generation, state: 'Resolved' });
      expect(status?.conditions).toMatchObject([{ type: 'Ready', status: 'True', reason: 'Recorded' }]);
      expect(status?.timeline?.map(({ change, by, text }) => [change, by, text])).toEqual([
        ['Opened', 'ada', undefined],
        ['Changed', undefined, 'About stuck (severity high, category Availability, priority P1)'],
        ['Updated', 'ada', 'node-7 is full'],
        ['Updated', 'ada', 'update 2'],
        ['Updated', 'ada', 'We work on it.'],
        ['Resolved', 'ada', RESOLUTION.cause],
        ['Acknowledged', 'eve', undefined],
      ]);
      expect(Date.parse(status?.openedAt ?? '')).toBe(records[0]?.at);
      expect(status?.endedAt).toBeDefined();
    });
    await eventually(async () => {
      const events = await world.api.events('Incident', 'shop/stuck');
      expect(events.map(({ reason, type }) => `${type} ${reason}`).sort()).toEqual(
        [...Array<string>(5).fill('Normal IncidentUpdated'), 'Normal IncidentResolved', 'Warning IncidentOpened'].sort(),
      );
      expect(events.map(({ note }) => note).join('\n')).not.toContain('node-7');
    });
  },
  SLOW_MS,
);

test(
  'what was said stands',
  async () => {
    await does(create('said', { updates: [update(1, 'customers')], reporter: 'ada' }));
    const refused = async (spec: object, message: string): Promise<void> => {
      const { ok, said } = await patch('said', spec);
      expect({ ok, said }).toEqual({ ok: false, said: expect.stringContaining(message) as unknown });
    };
    await refused({ updates: [update(1, 'customers', 'All is well.')] }, 'what was said stands: add another update');
    await refused({ updates: [update(2, 'customers')] }, 'what was said stands: updates are only added');
    await refused({ updates: null }, 'what was said stands: updates are only added');
    await refused({ reporter: 'bo' }, 'reporter and origin are immutable');
    await refused({ state: 'Resolved' }, 'resolution goes with state: Resolved');
    await refused({ state: 'Dismissed' }, 'dismissal goes with state: Dismissed');
    await refused({ state: 'Suspected' }, 'a suspicion can not come back');
    await refused({ acknowledgements: [{ audience: 'authority', by: 'eve' }] }, 'they go with state: Resolved only');
    await does(patch('said', RESOLVED));
    await refused({ resolution: { ...RESOLUTION, cause: 'Nobody knows.' } }, 'open the incident again');
    await refused({ resolver: 'bo' }, 'the resolver of a resolution that stands is immutable');
    await recorded('said', ['Opened', 'Updated', 'Resolved']);
    await does(patch('said', REOPENED));
    await recorded('said', ['Opened', 'Updated', 'Resolved', 'Reopened']);
    await shows('said', { state: 'Open' });
    expect(await statusOf('said')).not.toHaveProperty('endedAt');
  },
  SLOW_MS,
);

test(
  'a suspicion is confirmed, or dismissed with a reason',
  async () => {
    const origin = { rule: 'Terminal shell in container', workload: 'shop/front' };
    await does(create('one', { state: 'Suspected', origin }));
    await does(create('other', { state: 'Suspected' }));
    await Promise.all(['one', 'other'].map((name) => shows(name, { state: 'Suspected' })));
    await does(patch('one', { state: 'Open' }));
    await does(patch('other', { state: 'Dismissed', dismissal: { author: 'ada', reason: 'A drill.' } }));
    expect(await recorded('one', ['Opened', 'Confirmed'])).toMatchObject([{ state: 'Suspected', origin }, { state: 'Open' }]);
    expect(await recorded('other', ['Opened', 'Dismissed'])).toMatchObject([{}, { by: 'ada', reason: 'A drill.' }]);
    await shows('other', { state: 'Dismissed', timeline: [{}, { change: 'Dismissed', text: 'A drill.' }] });
    await eventually(async () => {
      const reasons = async (name: string) => (await world.api.events('Incident', `shop/${name}`)).map(({ reason }) => reason);
      expect(await reasons('one')).toEqual(['IncidentOpened', 'IncidentUpdated']);
      expect(await reasons('other')).toEqual(['IncidentOpened', 'IncidentResolved']);
    });
  },
  SLOW_MS,
);

test(
  'times that pass are on record once each, shown and told, whatever the operator dies of and though the object is deleted',
  async () => {
    const PASSED = ['ReactionOverdue', 'Escalated', 'Escalated', 'RecoveryOverdue'];
    const since = Date.now();
    await does(create('late', { state: 'Suspected', severity: 'low' }));
    await does(create('late-and-gone', { state: 'Suspected', severity: 'low' }));
    await does(create('handled', { severity: 'low', ...RESOLVED }));
    const changesOf = async (name: string) => (await recordsOf(name)).map(({ change }) => change);
    await eventually(async () => expect(await changesOf('late-and-gone')).toContain('Opened'));
    await remove('late-and-gone');
    await eventually(async () => expect(await changesOf('late-and-gone')).toContain('ReactionOverdue'));
    operator.kill('SIGKILL');
    await operator.exited();
    await eventually(() => expect(Date.now() - since).toBeGreaterThan(RECOVER_MS + 1_000));
    await operator.start();
    const records = await recorded('late', ['Opened', ...PASSED]);
    await eventually(async () => {
      const changes = await changesOf('late-and-gone');
      expect(changes).toContain('Deleted');
      // On a busy machine something may pass before it is deleted.
      expect(changes.filter((change) => change !== 'Deleted')).toEqual(['Opened', ...PASSED]);
    });
    await recorded('handled', ['Opened', 'Resolved']);
    const openedAt = records[0]?.at ?? 0;
    const due = { reactBy: openedAt + 2_000, recoverBy: openedAt + RECOVER_MS };
    expect(records).toMatchObject([
      { state: 'Suspected', ...due },
      { due: due.reactBy },
      { due: openedAt + 4_000, level: 2 },
      { due: openedAt + 6_000, level: 3 },
      { due: due.recoverBy },
    ]);
    await eventually(async () => {
      expect(await statusOf('late')).toMatchObject({ state: 'Suspected', level: 3, overdue: ['Reaction', 'Recovery'] });
      expect((await statusOf('late'))?.['due']).toMatch(/^recovery overdue since /);
      expect(await statusOf('handled')).toMatchObject({ state: 'Resolved', level: 1 });
      expect(await statusOf('handled')).not.toHaveProperty('due');
      const events = await world.api.events('Incident', 'shop/late');
      expect(events.map(({ reason, type }) => `${type} ${reason}`).sort()).toEqual(
        [...PASSED.map(() => 'Warning IncidentOverdue'), 'Warning IncidentOpened'].sort(),
      );
      expect(events.map(({ note }) => note).join('\n')).toContain('escalated (low, level 2, due at ');
    });
    await does(patch('late', { state: 'Open' }));
    await eventually(async () => expect(await statusOf('late')).toMatchObject({ state: 'Open', overdue: ['Recovery'] }));
    await recorded('late', ['Opened', ...PASSED, 'Confirmed']);
  },
  SLOW_MS,
);

test(
  'is listed with what is asked first, and found by its state',
  async () => {
    await world.api.apply(manifest('listed', { severity: 'critical', category: 'Malware', priority: 'P2' }));
    await shows('listed', { state: 'Open' });
    const lines = (await world.kubectl('get', 'inc', '-n', 'shop', '-o', 'wide')).split('\n');
    expect(lines[0]?.split(/ {2,}/).map((name) => name.trim())).toEqual([
      ...['NAME', 'SERVICE', 'SEVERITY', 'STATE', 'LEVEL', 'DUE', 'TITLE', 'PRIORITY', 'CATEGORY', 'OPENED', 'AGE'],
    ]);
    expect(lines.find((line) => line.startsWith('listed'))).toMatch(
      /shop +critical +Open +1 +recover by \S+Z +About listed +P2 +Malware +\d+m?s/,
    );
    const open = await world.kubectl('get', 'inc', '-n', 'shop', '--field-selector=status.state=Dismissed', '-o', 'name');
    expect(open.trim()).toBe('incident.assay.dev/other');
  },
  SLOW_MS,
);

test(
  'is deleted on record, and goes on where its name returns, even for another service',
  async () => {
    await world.api.apply(manifest('gone', { updates: [update(1, 'customers')] }));
    await recorded('gone', ['Opened', 'Updated']);
    await remove('gone');
    await recorded('gone', ['Opened', 'Updated', 'Deleted']);
    // The same word, and another one under its number.
    await world.api.apply(manifest('gone', { updates: [update(1, 'customers'), update(2, 'internal')] }));
    await recorded('gone', ['Opened', 'Updated', 'Deleted', 'Changed', 'Updated']);
    await shows('gone', { state: 'Open', timeline: [{ change: 'Deleted' }, { change: 'Changed' }, { change: 'Updated' }] });
    await remove('gone');
    await world.api.apply(manifest('gone', { service: 'till' }));
    await recorded('gone', ['Opened'], 'till');
    await recorded('gone', ['Opened', 'Updated', 'Deleted', 'Changed', 'Updated', 'Deleted']);
  },
  SLOW_MS,
);

test(
  'an operator that was killed puts nothing on record twice, and makes up for what happened meanwhile',
  async () => {
    const names = ['kept', 'changed', 'lost', 'remade', 'moved'];
    for (const name of names) await world.api.apply(manifest(name));
    await Promise.all(names.map((name) => recorded(name, ['Opened'])));
    const before = await recordsOf('stuck');
    operator.kill('SIGKILL');
    await operator.exited();
    await world.api.patch('Incident', 'shop/changed', { spec: { updates: [update(1, 'customers')] } });
    await world.api.apply(manifest('meanwhile'));
    await remove('lost');
    await remove('moved');
    await world.api.apply(manifest('moved', { service: 'till' }));
    await remove('remade');
    await world.api.apply(manifest('remade'));
    await operator.start();
    await Promise.all([
      recorded('changed', ['Opened', 'Updated']),
      recorded('meanwhile', ['Opened']),
      recorded('lost', ['Opened', 'Deleted']),
      recorded('remade', ['Opened', 'Deleted', 'Changed']),
      recorded('moved', ['Opened', 'Deleted']),
      recorded('moved', ['Opened'], 'till'),
    ]);
    await operator.restart();
    await world.api.apply(manifest('afterwards'));
    await recorded('afterwards', ['Opened']);
    expect(await recordsOf('stuck')).toEqual(before);
    await recorded('kept', ['Opened']);
    await recorded('lost', ['Opened', 'Deleted']);
    await recorded('remade', ['Opened', 'Deleted', 'Changed']);
    const events = await world.api.events('Incident', 'shop/kept');
    expect(events.map(({ reason }) => reason)).toEqual(['IncidentOpened']);
  },
  2 * SLOW_MS,
);

test(
  'the commands of docs/incidents.md do what the page says, one after the other',
  async () => {
    const { kubectl } = await fetchParts(['kubectl'], { env, say: () => undefined, signal: world.session.signal });
    const page = await readFile(join(import.meta.dirname, '../../docs/incidents.md'), 'utf8');
    const [whoIAm = '', ...commands] = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
    const changes = ['Opened', 'Changed', 'Updated', 'Updated', 'Resolved', 'Acknowledged', 'Reopened', 'Dismissed'];
    expect(commands).toHaveLength(changes.length);
    for (const [index, command] of commands.entries()) {
      await promisify(execFile)('bash', ['-euc', whoIAm + command], {
        env: { PATH: `${dirname(kubectl)}:${env['PATH'] ?? ''}`, KUBECONFIG: world.cluster.kubeconfigPath },
      });
      await recorded('payments-stuck', changes.slice(0, index + 1));
    }
    const records = await recordsOf('payments-stuck');
    const me = (await world.kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).trim();
    expect(records.map(({ by }) => by)).toEqual([me, undefined, me, me, me, me, undefined, me]);
  },
  SLOW_MS,
);

test('nobody had anything to complain of', async () => {
  expect(complaintsIn(await operator.logged()).filter((line) => !line.includes('nowhere'))).toEqual([]);
});

test(
  'what a loosened CRD let through is named and not put on record, stops nobody else, and is once it is right',
  async () => {
    const path = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations';
    await world.kubectl('patch', 'crd', CRD, '--type=json', '-p', JSON.stringify([{ op: 'remove', path }]));
    await eventually(() => world.api.apply(manifest('let-through', { state: 'Resolved' })));
    await eventually(async () => {
      const ready = { type: 'Ready', status: 'False', reason: 'InvalidSpec' };
      expect((await statusOf('let-through'))?.conditions).toMatchObject([ready]);
      expect((await statusOf('let-through'))?.conditions?.[0]?.message).toContain('resolution goes with state: Resolved');
    });
    await world.api.apply(manifest('beside'));
    await recorded('beside', ['Opened']);
    expect(await recordsOf('let-through')).toEqual([]);
    // What the rule would have kept from being taken back is on record all the same.
    await does(patch('said', { updates: null }));
    await world.api.apply(manifest('let-through', { ...RESOLVED }));
    await recorded('let-through', ['Opened', 'Resolved']);
    await shows('let-through', { state: 'Resolved', conditions: [{ status: 'True', reason: 'Recorded' }] });
    expect((await recordsOf('said')).filter(({ change }) => change === 'Updated')).toHaveLength(1);
  },
  2 * SLOW_MS,
);

test(
  'without the kind everything else goes on, also from the start, and no incident is forgotten',
  async () => {
    const observed = async () => (await readEvidenceLog(operator.store)).get('shop/judged')?.observed('judged').length ?? 0;
    const goesOn = async (): Promise<void> => {
      const before = await observed();
      await eventually(async () => expect(await observed()).toBeGreaterThan(before), SLOW_MS);
    };
    await world.kubectl('delete', 'crd', CRD, '--timeout=40s');
    await goesOn();
    await recorded('beside', ['Opened', 'Deleted']);
    const wasDeleted = async () => expect((await recordsOf('stuck')).at(-1)).toMatchObject({ change: 'Deleted' });
    await eventually(wasDeleted);
    await operator.restart();
    await goesOn();
    await wasDeleted();
  },
  2 * SLOW_MS,
);
