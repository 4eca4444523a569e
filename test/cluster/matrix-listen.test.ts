import { aDelivery, CARD, never } from '../../src/notify/deliveries.fixtures.ts';
import { matrix } from '../../src/notify/matrix/index.ts';
import type { Listener, ListenOptions, Question, Reply } from '../../src/notify/notifier.ts';
import { newShared } from '../../src/notify/listening/shared.ts';
import {
  fetchSynapse,
  type MatrixUser,
  openSession,
  type Session,
  startSynapse,
  type Synapse,
  waitUntil,
} from '../../src/parts/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { readRoom } from './matrix-room.ts';

/*
 * Listening at a real homeserver. What that can not be made to do is in src/notify/matrix/listen-trouble.test.ts.
 */

const INSTALL_WITHIN_MS = 30 * 60_000;
const SLOW_MS = 120_000;
const WITHIN_MS = 30_000;
const REPORT = { name: 'incident 7.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF incident') };
const REPLY: Reply = { card: { ...CARD, tone: 'Notice', title: 'shop: 99.95 % today' }, attachments: [REPORT] };

/** A channel that listens, and what came of it. */
interface Ear {
  readonly listener: Listener;
  readonly questions: Question[];
  readonly marks: number[];
  readonly standings: (string | undefined)[];
}

let session: Session;
let synapse: Synapse;
let assay: MatrixUser;
let ann: MatrixUser;
let ben: MatrixUser;
const opened: Listener[] = [];
let said = 0;

beforeAll(async () => {
  session = await openSession();
  const { dir, signal } = session;
  const bin = await fetchSynapse({ env: process.env, say: (line) => process.stderr.write(`${line}\n`), signal });
  synapse = await session.use(startSynapse({ dir: `${dir}/synapse`, bin, signal }));
  assay = await synapse.register('assay');
  ann = await synapse.register('ann');
  ben = await synapse.register('ben');
}, INSTALL_WITHIN_MS);
afterEach(async () => {
  await Promise.all(opened.splice(0).map((listener) => listener.close()));
}, SLOW_MS);
afterAll(() => session.close(), SLOW_MS);

const settingsOf = (room: string): Parameters<typeof matrix.open>[0] => ({
  url: synapse.url,
  room,
  tokenSecret: { name: 'matrix', key: 'token' },
});
const pathOf = (room: string): string => `/_matrix/client/v3/rooms/${encodeURIComponent(room)}`;

/** A private room of Ann's, with the operator and Ben invited. */
async function makeRoom(): Promise<string> {
  const body = { preset: 'private_chat', invite: [assay.userId, ben.userId] };
  return String((await ann.call('POST', '/_matrix/client/v3/createRoom', body))['room_id']);
}

async function join(room: string, ...users: readonly MatrixUser[]): Promise<void> {
  for (const user of users) await user.call('POST', `${pathOf(room)}/join`);
}

function listen(room: string, changed: Partial<ListenOptions> = {}): Ear {
  const ear: Omit<Ear, 'listener'> = { questions: [], marks: [], standings: [] };
  const listener = matrix.listen?.(settingsOf(room), {
    ...{
      secret: () => assay.token,
      clock: systemClock,
      timeoutMs: 20_000,
      log: silentLogger(),
      since: 0,
      places: () => [],
      shared: newShared(),
    },
    ask: (question) => {
      ear.questions.push(question);
      return Promise.resolve(REPLY);
    },
    heard: (until) => Promise.resolve(void ear.marks.push(until)),
    onStanding: (problem) => void ear.standings.push(problem),
    ...changed,
  });
  if (listener === undefined) throw new Error('it does not listen');
  opened.push(listener);
  return { listener, ...ear };
}

async function say(by: MatrixUser, room: string, body: string, more: object = {}): Promise<string> {
  const path = `${pathOf(room)}/send/m.room.message/s${(said += 1)}`;
  return String((await by.call('PUT', path, { msgtype: 'm.text', body, 'm.mentions': {}, ...more }))['event_id']);
}

async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  if (!(await waitUntil(check, { withinMs: WITHIN_MS }))) throw new Error(`not within ${WITHIN_MS} ms: ${check.toString()}`);
}

test(
  'an answer stands in the thread of the question, with its file; what names nobody gets none, unless it is said in a thread of ours',
  async () => {
    const room = await makeRoom();
    await join(room, assay, ben);
    const notifier = matrix.open(settingsOf(room), { secret: () => assay.token, clock: systemClock, timeoutMs: 20_000 });
    const delivered = await notifier.deliver(aDelivery({ attachments: [] }), never);
    await notifier.close();
    const root = delivered.kind === 'Delivered' ? (delivered.message ?? '') : '';
    const ear = listen(room);
    await until(() => ear.standings.length === 1);
    await say(ben, room, 'is the shop slow?');
    const question = await say(ann, room, 'assay: how is the shop?', { 'm.mentions': { user_ids: [assay.userId] } });
    const thread = { rel_type: 'm.thread', event_id: root.split(' ')[1] };
    await say(ben, room, 'why?', { 'm.relates_to': thread });
    await until(() => ear.questions.length === 2 && ear.marks.length > 0);
    expect(ear.questions).toMatchObject([
      { id: question, person: ann.userId, text: 'how is the shop?' },
      { person: ben.userId, text: 'why?', thread: root },
    ]);
    await until(async () => (await readRoom(ben, room)).thread(question).length === 2);
    const seen = await readRoom(ben, room);
    expect(seen.thread(question).map(({ text }) => text.split('\n')[0])).toEqual(['ℹ️ shop: 99.95 % today', 'incident 7.pdf']);
    expect(seen.timeline.map(({ sender }) => sender)).toEqual([assay.userId, ben.userId, ann.userId]);
    expect(ear.standings).toEqual([undefined]);
  },
  SLOW_MS,
);

test(
  'killed between the answer and the record of it, the operator shows it no second time, also with another token',
  async () => {
    const room = await makeRoom();
    await join(room, assay);
    listen(room, { heard: () => Promise.reject(new Error('killed')) });
    const question = await say(ann, room, '!assay status');
    await until(async () => (await readRoom(ann, room)).thread(question).length === 2);
    const { token } = await synapse.login(assay);
    for (const secret of [() => assay.token, () => token]) {
      const again = listen(room, { secret });
      await until(() => again.marks.length === 1);
      expect(again.questions).toMatchObject([{ id: question }]);
    }
    const later = listen(room, { since: Date.now() });
    await until(() => later.standings.length === 1);
    expect(later.questions).toEqual([]);
    const seen = await readRoom(ann, room);
    expect([seen.thread(question).length, seen.duplicates.size]).toEqual([2, 0]);
  },
  SLOW_MS,
);

test(
  'it takes on an invitation to the room of its channel, and hears there, also much that is said in one go',
  async () => {
    const room = await makeRoom();
    const ear = listen(room);
    await until(() => ear.standings.length === 1);
    expect(ear.standings).toEqual([undefined]);
    for (let count = 0; count < 25; count += 1) await say(ann, room, count % 5 === 0 ? `assay ${count}` : 'hm');
    await until(() => ear.questions.length === 5);
    expect(ear.questions.map(({ text }) => text)).toEqual(['0', '5', '10', '15', '20']);
  },
  SLOW_MS,
);
