import { newChatActs } from '../../src/controller/asking/chat-acts.ts';
import type { Write, Writer } from '../../src/domain/writing.ts';
import { loadKubeConfig, newTransport, type Transport } from '../../src/kube/index.ts';
import { silentLogger } from '../../src/platform/log.ts';

import type { Manifest } from './kube-api.ts';
import { namespace } from './manifests.ts';
import { openWorld, SYSTEM, type World } from './operator-world.ts';
import { CHART, openChart, valueFlags } from './chart-world.ts';

// What people ask for in a chat is written by the operator, under the chart's own roles and admission policies, after the API server said
// that the person may.

const WITHIN_MS = 10 * 60_000;
const STEP_MS = 60_000;

const EDGAR: Writer = { user: 'edgar', groups: ['ops'] };
const VERA: Writer = { user: 'vera', groups: [] };
const AUDREY: Writer = { user: 'audrey', groups: [] };

let world: World;
let transport: Transport;

beforeAll(async () => {
  world = await openWorld();
  const chart = await openChart(world.session);
  const { cluster } = world;
  await chart.helm(
    ['install', 'assay', CHART, '-n', SYSTEM, ...valueFlags({ crds: { install: false } })],
    cluster.kubeconfigPath,
  );
  await world.api.apply(namespace('shop'));
  // By the group alone.
  await world.kubectl('create', 'rolebinding', 'ops', '-n', 'shop', '--clusterrole=assay-edit', '--group=ops');
  await world.kubectl('create', 'rolebinding', 'vera', '-n', 'shop', '--clusterrole=assay-view', '--user=vera');
  await world.kubectl('create', 'rolebinding', 'audrey', '-n', 'shop', '--clusterrole=assay-authority', '--user=audrey');
  const token = (await world.kubectl('create', 'token', 'assay', '-n', SYSTEM)).trim();
  const path = await cluster.kubeconfigFor('operator', token);
  transport = newTransport({ config: loadKubeConfig({ kind: 'File', path }) });
}, WITHIN_MS);

afterAll(async () => {
  await transport.close();
  await world.close();
}, STEP_MS);

const acts = (by: Transport = transport) => newChatActs({ transport: by, log: silentLogger() });
const incident = async (name: string) => (await world.api.get('Incident', `shop/${name}`)).spec;

const open: Write = {
  kind: 'OpenIncident',
  namespace: 'shop',
  service: 'shop',
  title: 'Payments hang on node-7',
  severity: 'high',
};
const edit = (name: string, of: Extract<Write, { kind: 'EditIncident' }>['edit']): Write => ({
  ...{ kind: 'EditIncident', namespace: 'shop', incident: name, edit: of },
});
const withhold: Write = {
  ...{ kind: 'Comment', namespace: 'shop', service: 'shop', criterion: 'front', about: 'Withhold', text: 'Known.' },
  audience: 'customers',
};
const resolution = { cause: 'A disk.', measures: 'A larger one.', prevention: 'An alert.' };

/** An incident as kubectl makes it. */
async function made(name: string, spec: object = {}): Promise<string> {
  const manifest = { kind: 'Incident', metadata: { name, namespace: 'shop' }, spec: { service: 'shop', title: name, ...spec } };
  await world.api.apply(manifest as Manifest);
  return name;
}

test(
  'an incident is opened, told of, resolved, acknowledged and opened again in the name of the person',
  async () => {
    const opened = await acts().write(EDGAR, open, 'q1');
    if (opened.kind !== 'Written') throw new Error(opened.kind);
    // Customers read the name, and not the title.
    expect(opened.name).toMatch(/^shop-[0-9a-f]{8}$/);
    const { name } = opened;
    expect(await incident(name)).toMatchObject({ title: 'Payments hang on node-7', severity: 'high', reporter: 'edgar' });
    const steps = [
      edit(name, { kind: 'Update', audience: 'customers', text: 'We look into it.' }),
      edit(name, { kind: 'Resolve', resolution }),
      edit(name, { kind: 'Acknowledge', audience: 'authority' }),
    ];
    for (const [at, step] of steps.entries())
      expect(await acts().write(EDGAR, step, `s${at}`)).toEqual({ kind: 'Written', name });
    expect(await incident(name)).toMatchObject({
      ...{ state: 'Resolved', resolution, resolver: 'edgar', acknowledgements: [{ audience: 'authority', by: 'edgar' }] },
      updates: [{ id: 1, author: 'edgar', audience: 'customers', text: 'We look into it.' }],
    });
    expect(await acts().write(EDGAR, edit(name, { kind: 'Reopen' }), 'r')).toEqual({ kind: 'Written', name });
    expect(await incident(name)).not.toHaveProperty('resolution');
    const dismissal = edit(name, { kind: 'Dismiss', reason: 'A drill.' });
    expect(await acts().write(EDGAR, dismissal, 'd')).toEqual({ kind: 'Written', name });
    expect(await incident(name)).toMatchObject({ state: 'Dismissed', dismissal: { author: 'edgar', reason: 'A drill.' } });
    expect(await acts().write(EDGAR, edit(name, { kind: 'Confirm' }), 'c')).toEqual({ kind: 'Impossible', state: 'Dismissed' });
  },
  STEP_MS,
);

test(
  'what is delivered twice is written once',
  async () => {
    const before = (await world.api.list('Incident', 'shop')).length;
    const twice = async (write: Write, key: string) => [
      await acts().write(EDGAR, write, key),
      await acts().write(EDGAR, write, key),
    ];
    const [first, second] = await twice(open, 'again');
    expect(second).toEqual(first);
    expect(await world.api.list('Incident', 'shop')).toHaveLength(before + 1);
    await twice(withhold, 'comment');
    const comments = await world.api.list('DeviationComment', 'shop');
    expect(comments.map(({ spec }) => spec)).toEqual([
      { service: 'shop', criterion: 'front', kind: 'Withhold', text: 'Known.', author: 'edgar', audience: 'customers' },
    ]);
    const name = await made('twice', { state: 'Suspected' });
    const updated = await twice(edit(name, { kind: 'Update', audience: 'internal', text: 'Hm.' }), 'update');
    expect(updated).toEqual([{ kind: 'Written', name }, { kind: 'Same' }]);
    await twice(edit(name, { kind: 'Confirm' }), 'confirm');
    expect(await incident(name)).toMatchObject({ state: 'Open', updates: [{ id: 1 }] });
    expect((await incident(name)).updates).toHaveLength(1);
  },
  STEP_MS,
);

test(
  'who has no right of their own is refused, whatever the operator may',
  async () => {
    const name = await made('refused');
    const update = edit(name, { kind: 'Update', audience: 'internal', text: 'Hm.' });
    const incidents = { kind: 'Forbidden', resource: 'incidents' };
    expect(await acts().write(VERA, open, 'v1')).toEqual({ ...incidents, verb: 'create' });
    expect(await acts().refusal(VERA, update)).toEqual({ ...incidents, verb: 'update' });
    expect(await acts().write(VERA, update, 'v2')).toEqual({ ...incidents, verb: 'update' });
    expect(await acts().write(VERA, withhold, 'v3')).toEqual({
      kind: 'Forbidden',
      verb: 'create',
      resource: 'deviationcomments',
    });
    // A right in one namespace is none in another, and a name is no group.
    expect(await acts().refusal(EDGAR, { ...open, namespace: 'default' })).toEqual({ ...incidents, verb: 'create' });
    expect(await acts().refusal({ ...EDGAR, groups: [] }, open)).toEqual({ ...incidents, verb: 'create' });
    expect(await acts().refusal(EDGAR, update)).toBeUndefined();
    expect(await incident(name)).not.toHaveProperty('updates');
  },
  STEP_MS,
);

test(
  'the authority acknowledges how an incident was resolved, and does nothing else with it',
  async () => {
    const name = await made('read');
    await acts().write(EDGAR, edit(name, { kind: 'Resolve', resolution }), 'a0');
    const read = edit(name, { kind: 'Acknowledge', audience: 'authority' });
    expect(await acts().write(AUDREY, read, 'a1')).toEqual({ kind: 'Written', name });
    expect(await incident(name)).toMatchObject({ acknowledgements: [{ audience: 'authority', by: 'audrey' }] });
    const incidents = { kind: 'Forbidden', resource: 'incidents' };
    expect(await acts().write(AUDREY, edit(name, { kind: 'Reopen' }), 'a2')).toEqual({ ...incidents, verb: 'update' });
    expect(await acts().write(VERA, read, 'a3')).toEqual({ ...incidents, verb: 'acknowledge' });
  },
  STEP_MS,
);

test(
  'who is of the authority comments, and withholds nothing, as by kubectl',
  async () => {
    const { audience: _audience, ...comment } = { ...withhold, about: 'Note' } as Extract<Write, { kind: 'Comment' }>;
    expect(await acts().write(AUDREY, comment, 'a1')).toMatchObject({ kind: 'Written' });
    const refused = { kind: 'Forbidden', verb: 'update', resource: 'deviationcomments' };
    expect(await acts().refusal(AUDREY, withhold)).toEqual(refused);
    expect(await acts().write(AUDREY, withhold, 'a2')).toEqual(refused);
    expect(await acts().refusal(EDGAR, withhold)).toBeUndefined();
  },
  STEP_MS,
);

test(
  'what somebody else writes in between is kept, and what is gone or not acceptable is said',
  async () => {
    const name = await made('between');
    let interruptions = 0;
    const interrupted: Transport = {
      stream: (request) => transport.stream(request),
      close: () => Promise.resolve(),
      request: async (request) => {
        if (request.method === 'PUT' && interruptions < 2) {
          interruptions += 1;
          await world.api.patch('Incident', `shop/${name}`, { spec: { category: `Round ${interruptions}` } });
        }
        return transport.request(request);
      },
    };
    const update = edit(name, { kind: 'Update', audience: 'internal', text: 'Hm.' });
    expect(await acts(interrupted).write(EDGAR, update, 'b1')).toEqual({ kind: 'Written', name });
    expect(interruptions).toBe(2);
    expect(await incident(name)).toMatchObject({ category: 'Round 2', updates: [{ id: 1, text: 'Hm.' }] });
    expect(await acts().write(EDGAR, edit('nowhere', { kind: 'Reopen' }), 'b2')).toEqual({ kind: 'Gone' });
    expect(await acts().write(EDGAR, { ...open, title: 'a'.repeat(151) }, 'b3')).toEqual({ kind: 'Refused' });
    const silent: Transport = { ...interrupted, request: () => Promise.reject(new Error('no answer')) };
    expect(await acts(silent).write(EDGAR, open, 'b4')).toEqual({ kind: 'NotNow' });
  },
  STEP_MS,
);
