import { fetchSynapse, type MatrixUser, openSession, type Session, startSynapse, type Synapse } from '../../src/parts/index.ts';
import { aDelivery, CARD, hugeCard, never } from '../../src/notify/deliveries.fixtures.ts';
import { matrix } from '../../src/notify/matrix/index.ts';
import type { Delivery, DeliveryResult, Notifier } from '../../src/notify/notifier.ts';
import { sleep, systemClock } from '../../src/platform/clock.ts';
import { readRoom, type SeenRoom } from './matrix-room.ts';

/*
 * The adapter on a real homeserver. What that can not be made to do (to fail, to hang up) is in src/notify/matrix/index.test.ts.
 */

const INSTALL_WITHIN_MS = 30 * 60_000;
const SLOW_MS = 60_000;
const PLACE = { namespace: 'web', service: 'shop' };
const REPORT = { name: 'incident 7.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF incident') };

let session: Session;
let synapse: Synapse;
let assay: MatrixUser;
let ann: MatrixUser;
let ben: MatrixUser;
const opened: Notifier[] = [];
let deliveries = 0;
let rooms = 0;

beforeAll(async () => {
  session = await openSession();
  const { dir, signal } = session;
  const bin = await fetchSynapse({ env: process.env, say: (line) => process.stderr.write(`${line}\n`), signal });
  synapse = await session.use(startSynapse({ dir: `${dir}/synapse`, bin, signal }));
  assay = await synapse.register('assay');
  ann = await synapse.register('ann');
  ben = await synapse.register('ben');
}, INSTALL_WITHIN_MS);
afterAll(async () => {
  for (const notifier of opened) await notifier.close();
  await session.close();
}, SLOW_MS);

interface Room {
  readonly id: string;
  readonly alias: string;
}

/** Makes a room of Ann's for a service, private unless said otherwise, with the operator and Ben invited. */
async function makeRoom(changed: object = {}): Promise<Room> {
  const name = `shop-${(rooms += 1)}`;
  const invite = [assay.userId, ben.userId];
  const body = { preset: 'private_chat', room_alias_name: name, invite, ...changed };
  const { room_id: id } = await ann.call('POST', '/_matrix/client/v3/createRoom', body);
  return { id: String(id), alias: `#${name}:${synapse.serverName}` };
}

function open(room: string, token = assay.token, members?: string[]): Notifier {
  const settings = { url: synapse.url, room, tokenSecret: { name: 'matrix', key: 'token' }, ...(members && { members }) };
  const notifier = matrix.open(settings, { secret: () => token, clock: systemClock, timeoutMs: 20_000 });
  opened.push(notifier);
  return notifier;
}

/** A delivery with an id of its own. */
function next(changed: Partial<Delivery> = {}): Delivery {
  const id = (deliveries += 1).toString(16).padStart(64, '0');
  return aDelivery({ id, about: { ...aDelivery().about, at: Date.now() }, ...changed });
}

async function delivered(notifier: Notifier, delivery: Delivery): Promise<string> {
  const result = await notifier.deliver(delivery, never);
  if (result.kind !== 'Delivered') throw new Error(JSON.stringify(result));
  return result.message ?? '';
}

const edit = (message: string): Pick<Delivery, 'action'> => ({ action: { kind: 'Edit', message } });
const reply = (root: string): Pick<Delivery, 'action'> => ({ action: { kind: 'Reply', root } });
const titled = (title: string): Pick<Delivery, 'card'> => ({ card: { ...CARD, title } });
const roomPath = (room: Room): string => `/_matrix/client/v3/rooms/${encodeURIComponent(room.id)}`;
const eventOf = (message: string): string => message.split(' ')[1] ?? '';
const titlesIn = ({ messages }: SeenRoom): string[] => messages.map(({ text }) => text.split('\n')[0] ?? '');

async function setState(room: Room, type: string, content: object): Promise<void> {
  await ann.call('PUT', `${roomPath(room)}/state/${type}/`, content);
}

async function redact(room: Room, message: string): Promise<void> {
  await ann.call('PUT', `${roomPath(room)}/redact/${encodeURIComponent(eventOf(message))}/r${(deliveries += 1)}`, {});
}

async function driftIn(room: Room, members?: string[]): Promise<readonly string[]> {
  const probe = await open(room.id, assay.token, members).probe(PLACE, never);
  if (probe.kind !== 'Ready') throw new Error(JSON.stringify(probe));
  return probe.drift;
}

describe('messages', () => {
  test('one message, edited, with its history in the thread and a file, as a member of the room sees it', async () => {
    const room = await makeRoom();
    const notifier = open(room.id);
    const root = await delivered(notifier, next({ attachments: [REPORT] }));
    const first = await delivered(notifier, next({ ...reply(root), ...titled('still failing') }));
    await delivered(notifier, next({ ...reply(first), ...titled('the authority was told') }));
    const ended = { ...CARD, tone: 'Ended', title: 'recovered after 17 min' } as const;
    expect(await delivered(notifier, next({ ...edit(root), card: ended }))).toBe(root);

    await ben.call('POST', `${roomPath(room)}/join`);
    const seen = await readRoom(ben, room.id);
    expect(seen.timeline).toMatchObject([{ id: eventOf(root), sender: assay.userId, edits: 1, mentions: {} }]);
    expect(seen.timeline[0]?.text).toMatch(/^✅ recovered after 17 min\n\nValue: 97\.2 %/);
    expect(seen.timeline[0]?.html).toContain('<a href="https://wiki.example.org/shop">Runbook</a>');
    const thread = seen.thread(eventOf(root));
    expect(thread.map(({ text }) => text.split('\n')[0])).toEqual([
      ...['incident 7.pdf', '❌ still failing', '❌ the authority was told'],
    ]);
    expect(seen.duplicates.size).toBe(0);
    const uri = thread[0]?.file?.uri ?? '';
    const headers = { authorization: `Bearer ${ben.token}` };
    const file = await fetch(`${synapse.url}/_matrix/client/v1/media/download/${uri.slice('mxc://'.length)}`, { headers });
    expect([file.headers.get('content-type'), await file.text()]).toEqual(['application/pdf', '%PDF incident']);
  });

  test('no text of a stranger makes a link or notifies somebody', async () => {
    const room = await makeRoom();
    await ben.call('POST', `${roomPath(room)}/join`);
    const title = `@room ${ben.userId} ben <b>bold</b> https://evil.example`;
    await delivered(open(room.id), next(titled(title)));
    const [message] = (await readRoom(ben, room.id)).timeline;
    expect(message?.text).toContain(title);
    expect(message?.html).toContain('&lt;b&gt;bold&lt;/b&gt;');
    const { notifications } = await ben.call('GET', '/_matrix/client/v3/notifications?only=highlight');
    expect(notifications).toEqual([]);
  });

  test.each(['字', '"', '😀'])('the largest card of "%s" fits, and can be edited', async (sign) => {
    const room = await makeRoom();
    const notifier = open(room.id);
    const message = await delivered(notifier, next({ card: hugeCard(sign) }));
    await delivered(notifier, next({ ...edit(message), card: hugeCard(sign) }));
    expect((await readRoom(ann, room.id)).timeline).toMatchObject([{ edits: 1 }]);
  });

  test('a file that is too large for the homeserver is refused, and its message with it', async () => {
    const room = await makeRoom();
    const bytes = new Uint8Array(51 * 1024 * 1024);
    const result = await open(room.id).deliver(next({ attachments: [{ ...REPORT, bytes }] }), never);
    expect(result).toEqual({
      kind: 'Rejected',
      message: 'the file incident 7.pdf is larger than the 52428800 bytes that the homeserver takes',
    });
    expect((await readRoom(ann, room.id)).messages).toEqual([]);
  });
});

describe('sent again it is there once', () => {
  async function expectOnce(room: Room, want: number): Promise<void> {
    const seen = await readRoom(ann, room.id);
    expect(seen.messages).toHaveLength(want);
    expect(seen.duplicates.size).toBe(0);
  }

  test('by the transaction id, also twice at the same time', async () => {
    const room = await makeRoom();
    const [one, other] = [open(room.id), open(room.id)];
    const delivery = next({ attachments: [REPORT] });
    const messages = await Promise.all([delivered(one, delivery), delivered(other, delivery)]);
    expect(await delivered(other, delivery)).toBe(messages[0]);
    expect(messages[1]).toBe(messages[0]);
    await expectOnce(room, 2);
  });

  test(
    'after the homeserver was killed and started again',
    async () => {
      const room = await makeRoom();
      const notifier = open(room.id);
      const delivery = next();
      const message = await delivered(notifier, delivery);
      const editing = next(edit(message));
      await delivered(notifier, editing);
      synapse.daemon.kill('SIGKILL');
      await synapse.daemon.exited();
      expect(await notifier.deliver(delivery, never)).toEqual({ kind: 'NotNow', message: 'no answer (ECONNREFUSED)' });
      await synapse.daemon.start();
      expect(await delivered(notifier, delivery)).toBe(message);
      await delivered(notifier, editing);
      await expectOnce(room, 1);
    },
    SLOW_MS,
  );

  test('with another token, for which the homeserver knows no transactions', async () => {
    const room = await makeRoom();
    const delivery = next({ attachments: [REPORT] });
    const message = await delivered(open(room.id), delivery);
    const editing = next(edit(message));
    await delivered(open(room.id), editing);
    const notifier = open(room.id, (await synapse.login(assay)).token);
    expect(await delivered(notifier, { ...delivery, repeated: true })).toBe(message);
    expect(await delivered(notifier, { ...editing, repeated: true })).toBe(message);
    await expectOnce(room, 2);
    // That this tests something: without the look into the room it would show twice.
    await delivered(notifier, delivery);
    expect((await readRoom(ann, room.id)).duplicates.size).toBe(2);
  });

  test('what was not there is sent, also into a room that is joined for it', async () => {
    const room = await makeRoom();
    await delivered(open(room.id), next({ repeated: true }));
    await expectOnce(room, 1);
  });
});

describe('messages that are gone', () => {
  test('one that was removed can be neither edited nor answered', async () => {
    const room = await makeRoom();
    const notifier = open(room.id);
    const message = await delivered(notifier, next());
    await redact(room, message);
    const gone = { kind: 'Gone', message: 'somebody has removed the message' };
    expect(await notifier.deliver(next(edit(message)), never)).toEqual(gone);
    expect(await notifier.deliver(next(reply(message)), never)).toEqual(gone);
    expect((await readRoom(ann, room.id)).messages).toEqual([]);
  });

  test('one that never was, one of another user, and one in another room', async () => {
    const [room, other] = [await makeRoom(), await makeRoom()];
    const notifier = open(room.id);
    const message = await delivered(notifier, next());
    const kindOf = async (by: Notifier, changed: Partial<Delivery>): Promise<string> =>
      (await by.deliver(next(changed), never)).kind;
    expect(await kindOf(notifier, edit(`${room.id} $nothing`))).toBe('Gone');
    expect(await kindOf(notifier, reply(`${room.id} $nothing`))).toBe('Gone');
    expect(await kindOf(open(room.id, ann.token), edit(message))).toBe('Gone');
    expect(await kindOf(open(other.id), edit(message))).toBe('Gone');
    expect((await readRoom(ann, room.id)).timeline).toMatchObject([{ edits: 0 }]);
  });
});

describe('rooms', () => {
  test('one with the name of the service is found and joined by invitation', async () => {
    const room = await makeRoom({ room_alias_name: 'cart-authority' });
    const notifier = open(`#{service}-authority:${synapse.serverName}`);
    const about = { ...aDelivery().about, service: 'cart', at: Date.now() };
    await delivered(notifier, next({ about }));
    expect(titlesIn(await readRoom(ann, room.id))).toEqual(['❌ shop: availability is below 99.9 %']);
    const elsewhere = await notifier.deliver(next({ about: { ...about, service: 'basket' } }), never);
    const message = `the homeserver knows no room by the name #basket-authority:${synapse.serverName} (M_NOT_FOUND)`;
    expect(elsewhere).toEqual({ kind: 'Stopped', message });
  });

  test('without an invitation the channel stops, and goes on once there is one', async () => {
    const room = await makeRoom({ invite: [] });
    const notifier = open(room.alias);
    const stopped = { kind: 'Stopped', message: `the operator is not in the room; invite ${assay.userId}` };
    expect(await notifier.deliver(next(), never)).toEqual(stopped);
    expect(await notifier.probe(PLACE, never)).toEqual(stopped);
    await ann.call('POST', `${roomPath(room)}/invite`, { user_id: assay.userId });
    await delivered(notifier, next());
    await ann.call('POST', `${roomPath(room)}/kick`, { user_id: assay.userId });
    expect(await notifier.deliver(next(), never)).toEqual(stopped);
  });

  test('a room that the homeserver has removed stops the channel', async () => {
    const room = await makeRoom();
    const [byId, byName] = [open(room.id), open(room.alias)];
    const message = await delivered(byName, next());
    await synapse.removeRoom(room.id);
    for (const notifier of [byId, byName]) {
      expect((await notifier.deliver(next(), never)).kind).toBe('Stopped');
      expect((await notifier.deliver(next({ repeated: true }), never)).kind).toBe('Stopped');
      expect(['Stopped', 'Gone']).toContain((await notifier.deliver(next(edit(message)), never)).kind);
      expect((await notifier.probe(PLACE, never)).kind).toBe('Stopped');
    }
  });

  test('a room in which only moderators may write stops the channel', async () => {
    const room = await makeRoom({ power_level_content_override: { events_default: 50 } });
    const notifier = open(room.id);
    expect(await notifier.deliver(next(), never)).toEqual({
      kind: 'Stopped',
      message: 'the homeserver does not allow it (M_FORBIDDEN)',
    });
    expect(await notifier.probe(PLACE, never)).toEqual({
      kind: 'Stopped',
      message: 'the operator may not write in the room: its power level is too low',
    });
    // Whoever made the room may write there without being listed.
    expect(await open(room.id, ann.token).probe(PLACE, never)).toMatchObject({ kind: 'Ready' });
  });

  test('a room that was replaced: by its name the new one is found, by its id the channel stops', async () => {
    const room = await makeRoom();
    const notifier = open(room.alias);
    const message = await delivered(notifier, next());
    const { replacement_room: id } = await ann.call('POST', `${roomPath(room)}/upgrade`, { new_version: '12' });
    const successor = { ...room, id: String(id) };
    await ann.call('POST', `${roomPath(successor)}/invite`, { user_id: assay.userId });
    expect(await open(room.id).probe(PLACE, never)).toEqual({
      kind: 'Stopped',
      message: 'the room was replaced by another; the channel has to name that one',
    });
    expect((await notifier.deliver(next(edit(message)), never)).kind).toBe('Gone');
    expect(await delivered(notifier, next())).toContain(successor.id);
  });
});

describe('drift', () => {
  test('a private room with the people that the channel names has none', async () => {
    const room = await makeRoom();
    await ben.call('POST', `${roomPath(room)}/join`);
    expect(await driftIn(room, [ann.userId, ben.userId])).toEqual([]);
    expect(await driftIn(room)).toEqual([]);
    expect((await readRoom(ann, room.id)).messages).toEqual([]);
  });

  test('whoever is there and is not to be, or is to be and is not there, is said', async () => {
    const room = await makeRoom();
    const [eve, zoe] = ['@eve', '@zoe'].map((name) => `${name}:${synapse.serverName}`);
    expect(await driftIn(room, [ben.userId, eve!])).toEqual([
      `${ann.userId} is in the room, but not a member that the channel names.`,
      `${eve} is not in the room, though the channel names it as a member.`,
      `${ben.userId} is invited to the room and has not joined yet.`,
    ]);
    expect(await driftIn(room, [ann.userId, zoe!])).toEqual([
      `${ben.userId} is invited to the room, but not a member that the channel names.`,
      `${zoe} is not in the room, though the channel names it as a member.`,
    ]);
  });

  const only = 'it is to be for invited people only.';
  test.each<[string, string, object, string]>([
    ['open to all', 'm.room.join_rules', { join_rule: 'public' }, `Anybody can join the room; ${only}`],
    ['open to who knocks', 'm.room.join_rules', { join_rule: 'knock' }, `People can ask to join the room; ${only}`],
    [
      'open to other rooms',
      'm.room.join_rules',
      { join_rule: 'restricted' },
      `Members of other rooms can join the room; ${only}`,
    ],
    [
      ...(['readable by all', 'm.room.history_visibility', { history_visibility: 'world_readable' }] as const),
      'Anybody can read the room without joining it.',
    ],
    [
      ...(['encrypted', 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' }] as const),
      'The room is encrypted, but what the operator writes is not: the homeserver can read it.',
    ],
  ])('a room that is %s', async (_, type, content, want) => {
    const room = await makeRoom();
    await setState(room, type, content);
    expect(await driftIn(room)).toEqual([want]);
  });

  test('a room in the public directory', async () => {
    const room = await makeRoom();
    await ann.call('PUT', `/_matrix/client/v3/directory/list/room/${encodeURIComponent(room.id)}`, { visibility: 'public' });
    expect(await driftIn(room)).toEqual(['The room is listed in the public directory of the homeserver.']);
  });
});

describe('tokens and limits', () => {
  test('a token that was given up stops the channel', async () => {
    const room = await makeRoom();
    const other = await synapse.login(assay);
    const notifier = open(room.id, other.token);
    await delivered(notifier, next());
    await other.call('POST', '/_matrix/client/v3/logout', {});
    const message = 'the homeserver does not know the access token, or not any more (M_UNKNOWN_TOKEN)';
    expect(await notifier.deliver(next(), never)).toEqual({ kind: 'Stopped', message });
    expect(await notifier.probe(PLACE, never)).toEqual({ kind: 'Stopped', message });
  });

  test(
    'under the limit that a homeserver comes with, the message arrives after the wait that it asks for',
    async () => {
      const room = await makeRoom();
      const notifier = open(room.id);
      await synapse.limit(assay, true);
      try {
        let result: DeliveryResult = { kind: 'Delivered' };
        let late = next();
        for (let sent = 0; sent < 20 && result.kind === 'Delivered'; sent += 1) {
          late = next(titled(`message ${sent}`));
          result = await notifier.deliver(late, never);
        }
        expect(result).toMatchObject({ kind: 'NotNow', retryAfterMs: expect.any(Number) as unknown });
        const waitMs = (result.kind === 'NotNow' && result.retryAfterMs) || 0;
        expect(waitMs).toBeGreaterThan(0);
        expect(waitMs).toBeLessThanOrEqual(10_000);
        await sleep(systemClock, waitMs);
        await delivered(notifier, late);
      } finally {
        await synapse.limit(assay, false);
      }
      const seen = await readRoom(ann, room.id);
      expect(seen.duplicates.size).toBe(0);
      expect(titlesIn(seen).at(-1)).toBe(`❌ message ${seen.messages.length - 1}`);
    },
    SLOW_MS,
  );
});
