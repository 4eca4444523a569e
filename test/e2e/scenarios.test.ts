import { join } from 'node:path';

import { fetchSynapse, type MatrixUser, startSynapse, type Synapse } from '../../src/parts/index.ts';
import type { Manifest } from '../cluster/kube-api.ts';
import { secret } from '../cluster/manifests.ts';
import { readRoom } from '../cluster/matrix-room.ts';
import { eventually, openWorld, type SpawnedOperator, type World } from '../cluster/operator-world.ts';
import { criteriaIn, documentsIn, hastened } from './hastened.ts';
import { EXAMPLES } from './surroundings/index.ts';

// Scenarios 2 to 5 of domain.md, each by its folder of examples/: real monitoring that something happens to, the operator as a process of
// its own, and rooms of a real chat server, one for each topic of the internal team.

const root = join(import.meta.dirname, '../../examples');
const INSTALL_WITHIN_MS = 30 * 60_000;
const WITHIN_MS = 120_000;
const ROOMS = { capacity: 'Alerts', parts: 'Sources', logs: 'Logs', security: 'Security' } as const;
type Room = keyof typeof ROOMS;

/** What happens, and the room that is told of it. */
interface Scenario {
  readonly example: string;
  /** Those of its criteria that are watched: what a machine under test does to its own CPU is no part of this. */
  readonly watched: RegExp;
  readonly room: Room;
  readonly told: RegExp;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a resource passes its threshold': { example: 'ops-02-capacity', watched: /memory/, room: 'capacity', told: /memory/i },
  'the monitoring host is gone': { example: 'ops-17-monitoring', watched: /./, room: 'parts', told: /monitoring|answer/i },
  'the logs show a deviation': { example: 'ops-13-logs', watched: /./, room: 'logs', told: /error|login|log/i },
  'Falco reports a rule': { example: 'sim-02-falco', watched: /alerts/, room: 'security', told: /runtime|Falco/i },
};

let world: World;
let synapse: Synapse;
let operator: SpawnedOperator;
let member: MatrixUser;
const roomIds = {} as Record<Room | 'incidents', string>;

beforeAll(async () => {
  world = await openWorld();
  const { dir, signal } = world.session;
  const bin = await fetchSynapse({ env: process.env, say: (line) => process.stderr.write(`${line}\n`), signal });
  synapse = await world.session.use(startSynapse({ dir: `${dir}/synapse`, bin, signal }));
  const assay = await synapse.register('assay');
  member = await synapse.register('a-member-of-the-team');
  await world.api.apply(secret('matrix', { token: assay.token }));
  for (const [room, topic] of [...Object.entries(ROOMS), ['incidents', 'Incidents']] as [Room, string][]) {
    const body = { preset: 'private_chat', room_alias_name: room, invite: [assay.userId] };
    roomIds[room] = String((await member.call('POST', '/_matrix/client/v3/createRoom', body))['room_id']);
    await world.api.apply(channel(room, topic));
  }
  operator = await world.spawnOperator({ openIncidents: 'high' });
}, INSTALL_WITHIN_MS);

afterAll(() => world.close(), WITHIN_MS);

function channel(room: string, topic: string): Manifest {
  const matrix = {
    url: synapse.url,
    room: `#${room}:${synapse.serverName}`,
    tokenSecret: { name: 'matrix', key: 'token' },
  };
  const spec = { audience: 'internal', namespaces: { from: 'All' }, topics: [topic], matrix };
  return { kind: 'NotificationChannel', metadata: { name: room }, ...{ spec } };
}

const textOf = async (room: Room | 'incidents'): Promise<string> =>
  (await readRoom(member, roomIds[room])).timeline.map(({ text }) => text).join('\n');

describe.each(Object.entries(SCENARIOS))('%s', (_what, { example, watched, room, told }) => {
  test(
    'the room of its topic is told',
    async () => {
      const folder = join(root, example);
      const surroundings = await EXAMPLES[example]!(world, folder);
      const isWatched = ({ kind, metadata }: Manifest): boolean =>
        kind !== 'CertificationCriterion' || watched.test(metadata.name);
      for (const object of documentsIn(folder).filter(isWatched)) await world.api.apply(hastened(object, surroundings.sources));
      const names = criteriaIn(folder)
        .filter(isWatched)
        .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
      const verdicts = async (): Promise<unknown[]> => {
        const all = await Promise.all(names.map((name) => world.api.get('CertificationCriterion', name)));
        return all.map(({ status }) => status?.verdict);
      };
      await eventually(async () => expect(await verdicts()).toEqual(names.map(() => 'Pass')), WITHIN_MS);
      await surroundings.breakIt(operator.url);
      await eventually(async () => expect(await textOf(room)).toMatch(told), WITHIN_MS);
      expect(await textOf(room)).toMatch(/Failing/);
    },
    INSTALL_WITHIN_MS,
  );
});

test(
  'of an alert of Falco an incident has opened by itself, and its room is told',
  async () => {
    await eventually(async () => expect(await textOf('incidents')).toMatch(/Drop and execute new binary/), WITHIN_MS);
    const incidents = await world.api.list('Incident', 'shop');
    expect(incidents.map(({ spec }) => (spec as { state?: string }).state)).toContain('Suspected');
  },
  WITHIN_MS,
);

test('each room was told of its own topic only', async () => {
  for (const [room, others] of [
    ['capacity', /Falco|logs show|login/i],
    ['logs', /CPU|disk|Falco/i],
    ['security', /CPU|disk|login/i],
    ['parts', /Falco|login|CPU/i],
  ] as const)
    expect(await textOf(room)).not.toMatch(others);
});
