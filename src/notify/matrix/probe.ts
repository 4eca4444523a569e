import type { PlatformSettings } from '../../api/channel.ts';
import { probed } from '../attempt.ts';
import { listOf, objectOf } from '../json.ts';
import type { Probe } from '../notifier.ts';
import { oneLine } from '../plain.ts';
import type { Asked, Homeserver, Json } from './homeserver.ts';
import { get, roomPath, type Rooms } from './room.ts';

/** A room to look at, and who is to be there. */
export interface Looking {
  readonly homeserver: Homeserver;
  readonly rooms: Rooms;
  readonly room: string;
  readonly me: string;
  readonly members: PlatformSettings['matrix']['members'];
  readonly signal: AbortSignal;
}

/** Says whether the operator can write in the room, and what of the room is not as it should be. */
export async function lookAt(looking: Looking): Promise<Probe> {
  const states = new Map<string, Json>();
  for (const type of STATES) {
    const asked = await stateOf(looking, type);
    if (asked.kind === 'Failed') return probed(asked.result);
    states.set(type, asked.value);
  }
  const stopped = await closedBy(looking, (type) => states.get(type) ?? {});
  if (stopped !== undefined) return { kind: 'Stopped', message: stopped };
  const rules = RULES.flatMap(([type, sentencesOf]) => sentencesOf(states.get(type) ?? {}));
  return { kind: 'Ready', drift: [...rules, ...(await listed(looking)), ...(await people(looking))] };
}

async function closedBy(looking: Looking, state: (type: string) => Json): Promise<string | undefined> {
  const replaced = state('m.room.tombstone')['replacement_room'] !== undefined;
  if (replaced) return 'the room was replaced by another; the channel has to name that one';
  if (mayWrite(state('m.room.power_levels'), looking.me) || (await isCreator(looking))) return undefined;
  return 'the operator may not write in the room: its power level is too low';
}

/** A state of the room; an empty one where nobody has set it. */
async function stateOf({ homeserver, rooms, room, signal }: Looking, type: string, query = ''): Promise<Asked<Json>> {
  const request = get(`${roomPath(room, 'state', type)}/${query}`);
  const asked = await rooms.within(room, () => homeserver.ask(request, signal), signal);
  return asked.kind === 'Failed' && asked.code === 'M_NOT_FOUND' ? { kind: 'Got', value: {} } : asked;
}

function mayWrite({ users, users_default: usual, events, events_default: needed }: Json, me: string): boolean {
  const mine = objectOf(users)[me] ?? usual ?? 0;
  return Number(mine) >= Number(objectOf(events)['m.room.message'] ?? needed ?? 0);
}

// From this version of rooms on, whoever made a room may do everything there without being listed.
const CREATORS_SINCE = 12;

async function isCreator(looking: Looking): Promise<boolean> {
  const asked = await stateOf(looking, 'm.room.create', '?format=event');
  if (asked.kind === 'Failed') return false;
  const { room_version: version, additional_creators: others } = objectOf(asked.value['content']);
  const made = asked.value['sender'] === looking.me || listOf(others).includes(looking.me);
  return made && Number(version) >= CREATORS_SINCE;
}

const JOIN_RULES: Readonly<Record<string, string>> = {
  public: 'Anybody can join the room; it is to be for invited people only.',
  knock: 'People can ask to join the room; it is to be for invited people only.',
  restricted: 'Members of other rooms can join the room; it is to be for invited people only.',
  knock_restricted: 'Members of other rooms can join the room; it is to be for invited people only.',
};

function joinRule({ join_rule: rule }: Json): string[] {
  if (rule === undefined || rule === 'invite' || rule === 'private') return [];
  const known = typeof rule === 'string' && Object.hasOwn(JOIN_RULES, rule) ? JOIN_RULES[rule] : undefined;
  return [known ?? 'By its rules not only invited people can join the room.'];
}

const readers = ({ history_visibility: visibility }: Json): string[] =>
  visibility === 'world_readable' ? ['Anybody can read the room without joining it.'] : [];

const plainText = ({ algorithm }: Json): string[] =>
  algorithm === undefined ? [] : ['The room is encrypted, but what the operator writes is not: the homeserver can read it.'];

const RULES: readonly (readonly [string, (state: Json) => string[]])[] = [
  ['m.room.join_rules', joinRule],
  ['m.room.history_visibility', readers],
  ['m.room.encryption', plainText],
];
const STATES = [...RULES.map(([type]) => type), 'm.room.power_levels', 'm.room.tombstone'];

async function listed({ homeserver, room, signal }: Looking): Promise<string[]> {
  const path = `/_matrix/client/v3/directory/list/room/${encodeURIComponent(room)}`;
  const asked = await homeserver.ask(get(path), signal);
  const isPublic = asked.kind === 'Got' && asked.value['visibility'] === 'public';
  return isPublic ? ['The room is listed in the public directory of the homeserver.'] : [];
}

async function people(looking: Looking): Promise<string[]> {
  const { homeserver, room, me, members, signal } = looking;
  if (members === undefined) return [];
  const request = get(`${roomPath(room, 'members')}?not_membership=leave`);
  const asked = await homeserver.ask(request, signal);
  if (asked.kind === 'Failed') return ['Who is in the room could not be read.'];
  return differences(membershipsIn(asked.value), new Set([...members, me]));
}

type Memberships = ReadonlyMap<string, unknown>;

function membershipsIn({ chunk }: Json): Memberships {
  const events = listOf(chunk).map(objectOf);
  return new Map(events.map(({ state_key: user, content }) => [String(user), objectOf(content)['membership']]));
}

function differences(there: Memberships, wanted: ReadonlySet<string>): string[] {
  const those = (membership: string): string[] =>
    [...there].filter(([user, is]) => is === membership && !wanted.has(user)).map(([user]) => user);
  const missing = [...wanted].filter((user) => there.get(user) !== 'join');
  return [
    ...sentence(those('join'), 'in the room, but not a member that the channel names'),
    ...sentence(those('invite'), 'invited to the room, but not a member that the channel names'),
    ...sentence(
      missing.filter((user) => there.get(user) !== 'invite'),
      'not in the room, though the channel names it as a member',
    ),
    ...sentence(
      missing.filter((user) => there.get(user) === 'invite'),
      'invited to the room and has not joined yet',
    ),
  ];
}

const MAX_TOLD = 10;

function sentence(users: readonly string[], is: string): string[] {
  const told = users
    .toSorted()
    .slice(0, MAX_TOLD)
    .map((user) => `${oneLine(user)} is ${is}.`);
  return users.length > MAX_TOLD ? [...told, `Of ${users.length - MAX_TOLD} more the same is true.`] : told;
}
