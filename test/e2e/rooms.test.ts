import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { CertificationCriterionSpec } from '../../src/api/criterion.ts';
import { fetchSynapse, type MatrixUser, startSynapse, type Synapse } from '../../src/parts/index.ts';
import type { Manifest } from '../cluster/kube-api.ts';
import { type LyingSource, measuring, startLyingSource } from '../cluster/lying-source.ts';
import { criterion, namespace, secret, source } from '../cluster/manifests.ts';
import { readRoom, type SeenMessage, type SeenRoom } from '../cluster/matrix-room.ts';
import { eventually, openWorld, type SpawnedOperator, type World } from '../cluster/operator-world.ts';

// The scenarios of domain.md on a real chat server: private rooms of Matrix for the team, the authority and the customers of a service.
// Seconds stand for minutes. What counts is what a member of a room sees.

const INSTALL_WITHIN_MS = 30 * 60_000;
const WITHIN_MS = 150_000;
const AUDIENCES = ['internal', 'authority', 'customers'] as const;
type Audience = (typeof AUDIENCES)[number];
/** One service for each kill: what fails again and again is said once. */
// KILLS=40 kills more often.
const VICTIMS = Array.from({ length: Number(process.env['KILLS'] ?? 4) }, (_, index) => `kill-${index}`);
const SERVICES = ['shop', 'books', 'mail', 'pay', 'till', ...VICTIMS];

let world: World;
let lying: LyingSource;
let synapse: Synapse;
let operator: SpawnedOperator;
let assay: MatrixUser;
const members = {} as Record<Audience, MatrixUser>;
const rooms = new Map<string, string>();

beforeAll(async () => {
  [world, lying] = await Promise.all([openWorld(), startLyingSource()]);
  const { dir, signal } = world.session;
  const bin = await fetchSynapse({ env: process.env, say: (line) => process.stderr.write(`${line}\n`), signal });
  synapse = await world.session.use(startSynapse({ dir: `${dir}/synapse`, bin, signal }));
  assay = await synapse.register('assay');
  for (const audience of AUDIENCES) {
    members[audience] = await synapse.register(`a-member-of-${audience}`);
    for (const service of SERVICES) await makeRoom(audience, service);
  }
  await world.api.apply(
    namespace('shop', { chat: 'yes' }),
    ...['shop', 'books', 'mail', 'till', ...VICTIMS].map((name) => source(name, lying.url(name))),
    secret('matrix', { token: assay.token }),
    ...AUDIENCES.map((audience) => channel(audience)),
    watched('shop', 'shop'),
    ...['one', 'two', 'three', 'four', 'five'].map((name) => watched('books', name)),
    watched('mail', 'mail'),
    watched('till', 'till'),
    // A restart is no lack of evidence that anybody is told of.
    ...VICTIMS.map((name) => watched(name, name, { unknownFor: '10m' })),
  );
  const right = ['--verb=get,create,update', '--resource=incidents.assay.dev,deviationcomments.assay.dev'];
  await world.kubectl('create', 'clusterrole', 'team', ...right);
  await world.kubectl('create', 'clusterrolebinding', 'team', '--clusterrole=team', '--user=ada');
  operator = await world.spawnOperator({ leaseDuration: '3s' });
  for (const name of ['shop', 'five', 'mail', ...VICTIMS])
    await eventually(async () => expect(await verdictOf(name)).toBe('Pass'), WITHIN_MS);
}, INSTALL_WITHIN_MS);

afterAll(async () => {
  await world.close();
  await lying.stop();
}, WITHIN_MS);

async function makeRoom(audience: Audience, service: string): Promise<void> {
  const body = { preset: 'private_chat', room_alias_name: `${service}-${audience}`, invite: [assay.userId] };
  const made = await members[audience].call('POST', '/_matrix/client/v3/createRoom', body);
  rooms.set(`${service} ${audience}`, String(made['room_id']));
}

function channel(audience: Audience): Manifest {
  const place = { room: `#{service}-${audience}:${synapse.serverName}`, members: [members[audience].userId] };
  const others = audience === 'internal' ? {} : { services: ['*'], topics: ['Alerts', 'Incidents'] };
  const matrix = { url: synapse.url, tokenSecret: { name: 'matrix', key: 'token' }, ...place };
  return {
    kind: 'NotificationChannel',
    metadata: { name: audience },
    ...{ spec: { audience, namespaces: { from: 'All' }, ...others, matrix, chat: { people: peopleOf(audience) } } },
  };
}

/** Of the team somebody may write; customers only read. */
const peopleOf = (audience: Audience): object[] =>
  audience === 'internal' ? [{ id: members.internal.userId, user: 'ada' }] : [];

const watched = (service: string, name: string, spec: Partial<CertificationCriterionSpec> = {}): Manifest =>
  criterion(
    `shop/${name}`,
    { source: service },
    {
      ...{ service, title: `Secret name of ${name}` },
      escalation: [
        { after: '0s', audience: 'internal' },
        { after: '6s', audience: 'authority' },
        { after: '6s', audience: 'customers' },
      ],
      ...spec,
    },
  );

const verdictOf = async (name: string) => (await world.api.get('CertificationCriterion', `shop/${name}`)).status?.verdict;
const roomOf = (audience: Audience, service: string): Promise<SeenRoom> =>
  readRoom(members[audience], rooms.get(`${service} ${audience}`) ?? '');
const timeline = async (audience: Audience, service: string): Promise<readonly SeenMessage[]> =>
  (await roomOf(audience, service)).timeline;

/** Waits until the last message of a room reads like this. */
const reads = (audience: Audience, service: string, text: RegExp, count: number): Promise<void> =>
  eventually(async () => {
    const messages = await timeline(audience, service);
    expect(messages.map((message) => message.text).at(-1)).toMatch(text);
    expect(messages).toHaveLength(count);
  }, WITHIN_MS);

test(
  'the service is down: the team at once, the others in their time, and all of the end',
  async () => {
    lying.behave('shop', measuring('0'));
    await reads('internal', 'shop', /Failing/, 1);
    expect([await timeline('authority', 'shop'), await timeline('customers', 'shop')]).toEqual([[], []]);
    for (const audience of ['authority', 'customers'] as const) await reads(audience, 'shop', /Failing|disrupt/i, 1);
    lying.behave('shop', measuring('1'));
    for (const audience of AUDIENCES) await reads(audience, 'shop', /Over after/, 1);
    const room = await roomOf('internal', 'shop');
    expect(
      room
        .thread(room.timeline[0]?.id ?? '')
        .map(({ text }) => text)
        .join(),
    ).toMatch(/recovered after/);
    expect((await timeline('customers', 'shop'))[0]?.text).not.toMatch(/secret|up is|==/i);
  },
  WITHIN_MS * 2,
);

test(
  'five criteria that fail by one cause are one message',
  async () => {
    lying.behave('books', () => ({ status: 503, body: {} }));
    await reads('internal', 'books', /5 of 5|5 criteria|all 5/, 1);
    lying.behave('books', measuring('1'));
    await reads('internal', 'books', /Over/, 1);
  },
  WITHIN_MS,
);

test(
  'while the chat is away nothing is lost, and afterwards it is told what became of it, once',
  async () => {
    await synapse.daemon.stop();
    lying.behave('mail', measuring('0'));
    await eventually(async () => expect(await verdictOf('mail')).toBe('Fail'), WITHIN_MS);
    await eventually(
      async () =>
        expect((await world.api.get('NotificationChannel', 'internal')).status).toMatchObject({
          conditions: [
            { type: 'Delivering', status: 'False', reason: 'PlatformUnavailable' },
            { type: 'Listening', status: 'False' },
          ],
        }),
      WITHIN_MS,
    );
    lying.behave('mail', measuring('1'));
    await eventually(async () => expect(await verdictOf('mail')).toBe('Pass'), WITHIN_MS);
    await synapse.daemon.start();
    await reads('internal', 'mail', /Over after/, 1);
    await eventually(
      async () =>
        expect((await world.api.get('NotificationChannel', 'internal')).status).toMatchObject({
          ...{
            pending: 0,
            conditions: [
              { type: 'Delivering', status: 'True' },
              { type: 'Listening', status: 'True' },
            ],
          },
        }),
      WITHIN_MS,
    );
  },
  WITHIN_MS * 2,
);

test(
  'an incident: each audience reads what is for it, and at last all read how it was resolved',
  async () => {
    const update = (id: number, audience: Audience) => ({ id, author: 'ada', audience, text: `words for ${audience} alone` });
    const incident = { service: 'pay', title: 'Payments are stuck', severity: 'high', reporter: 'ada', state: 'Suspected' };
    await world.api.apply({ kind: 'Incident', metadata: { name: 'stuck', namespace: 'shop' }, ...{ spec: incident } });
    await reads('internal', 'pay', /Payments are stuck/, 1);
    await world.api.patch('Incident', 'shop/stuck', { spec: { state: 'Open', updates: [update(1, 'internal')] } });
    await reads('authority', 'pay', /Payments are stuck/, 1);
    await world.api.patch('Incident', 'shop/stuck', {
      spec: { updates: [update(1, 'internal'), update(2, 'authority'), update(3, 'customers')] },
    });
    await eventually(async () => expect(await allText('customers', 'pay')).toMatch(/words for customers/), WITHIN_MS);
    const resolution = { cause: 'A full disk.', measures: 'Files were removed.', prevention: 'The disk is watched.' };
    await world.api.patch('Incident', 'shop/stuck', { spec: { state: 'Resolved', resolver: 'ada', resolution } });
    for (const audience of AUDIENCES) {
      await eventually(async () => expect(await allText(audience, 'pay')).toMatch(/A full disk/), WITHIN_MS);
    }
    for (const audience of AUDIENCES) {
      await eventually(async () => {
        const files = (await roomOf(audience, 'pay')).messages.flatMap(({ file }) => file?.mediaType ?? []);
        expect(files.sort()).toEqual(['application/json', 'application/pdf']);
      }, WITHIN_MS);
    }
    expect(await allText('customers', 'pay')).not.toMatch(/for internal|for authority|Payments are stuck|ada/);
    expect(await allText('authority', 'pay')).not.toMatch(/for internal/);
    expect(await allText('authority', 'pay')).toMatch(/for authority/);
  },
  WITHIN_MS * 2,
);

/** Says something in a room, and answers what is answered to it. */
async function ask(audience: Audience, service: string, body: string): Promise<string> {
  const place = `/_matrix/client/v3/rooms/${encodeURIComponent(rooms.get(`${service} ${audience}`) ?? '')}/send/m.room.message/`;
  const said = await members[audience].call('PUT', place + randomUUID(), { msgtype: 'm.text', body });
  const id = String(said['event_id']);
  return eventually(async () => {
    const answers = (await roomOf(audience, service)).thread(id).filter(({ sender }) => sender === assay.userId);
    expect(answers).toHaveLength(1);
    return answers[0]?.text ?? '';
  }, WITHIN_MS);
}

test(
  'somebody asks, in plain words: each audience is answered about what it may see',
  async () => {
    await eventually(async () => expect(await verdictOf('till')).toBe('Pass'), WITHIN_MS);
    expect(await ask('internal', 'till', 'assay, what was the availability of till today?')).toMatch(/100\.000|%/);
    expect(await ask('customers', 'till', 'assay: wie war die Verfügbarkeit heute')).toMatch(/100,000|100\.000|%/);
    expect(await ask('internal', 'till', 'assay status')).toMatch(/till/);
    for (const text of ['assay status', 'assay what fails and why?', 'assay incidents', 'assay status of shop'])
      expect(await ask('customers', 'till', text)).not.toMatch(/secret|up is|==|Payments are stuck|shop is|mail/i);
    expect(await ask('customers', 'till', 'assay open incident till: no change')).toMatch(/not write/i);
  },
  WITHIN_MS * 3,
);

test(
  'the team informs, updates and resolves an incident in chat: authority and customers read each step, and how it was resolved',
  async () => {
    const opened = await ask('internal', 'till', 'assay open incident till: Queues at the tills (high)');
    const name = /till-[0-9a-f]{8}/.exec(opened)?.[0] ?? '';
    expect(name).not.toBe('');
    await eventually(async () => expect(await allText('authority', 'till')).toMatch(/Queues at the tills/), WITHIN_MS);
    expect(await ask('internal', 'till', `assay update ${name} for customers: we are working on it`)).toMatch(/Shall I write/);
    expect(await ask('internal', 'till', 'assay yes')).toMatch(/Written/);
    await eventually(async () => expect(await allText('customers', 'till')).toMatch(/we are working on it/), WITHIN_MS);
    const words = 'cause a loose cable; measures a tight one; prevention a second cable';
    expect(await ask('internal', 'till', `assay resolve ${name}: ${words}`)).toMatch(/Shall I write/);
    expect(await ask('internal', 'till', 'assay yes')).toMatch(/Written/);
    for (const audience of ['authority', 'customers'] as const)
      await eventually(async () => {
        expect(await allText(audience, 'till')).toMatch(/a loose cable/);
        const files = (await roomOf(audience, 'till')).messages.flatMap(({ file }) => file?.mediaType ?? []);
        expect(files.sort()).toEqual(['application/json', 'application/pdf']);
      }, WITHIN_MS);
    expect(await allText('customers', 'till')).not.toMatch(/Queues at the tills|ada/);
    const { spec } = await world.api.get('Incident', `shop/${name}`);
    expect(spec).toMatchObject({ reporter: 'ada', resolver: 'ada', state: 'Resolved', updates: [{ author: 'ada' }] });
  },
  WITHIN_MS * 4,
);

const allText = async (audience: Audience, service: string): Promise<string> =>
  (await roomOf(audience, service)).messages.map(({ text }) => text).join('\n');

test(
  'killed again and again in the middle, the operator loses no outage and shows none twice',
  async () => {
    for (const victim of VICTIMS) {
      lying.behave(victim, measuring('0'));
      await eventually(async () => expect(await verdictOf(victim)).toBe('Fail'), WITHIN_MS);
      // Somewhere between the record, the request, its answer and the record of that.
      await sleep(Math.random() * 400);
      operator.kill('SIGKILL');
      await operator.exited();
      await operator.start();
      await reads('internal', victim, /Failing/, 1);
      lying.behave(victim, measuring('1'));
      await reads('internal', victim, /Over/, 1);
    }
    for (const audience of AUDIENCES) {
      for (const service of SERVICES) expect((await roomOf(audience, service)).duplicates).toEqual(new Map());
    }
  },
  WITHIN_MS * Math.max(5, VICTIMS.length),
);
