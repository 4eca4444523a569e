import { slotOffsetMs } from '../../src/domain/slots.ts';
import { type FakeSlack, startFakeSlack } from '../../src/notify/slack/fake-server.ts';
import { FIRST_SLOT, writeHistory } from '../cluster/history.ts';
import type { Manifest } from '../cluster/kube-api.ts';
import { criterion, namespace, secret, source } from '../cluster/manifests.ts';
import { eventually, openWorld, type World } from '../cluster/operator-world.ts';
import { HandClock } from './hand-clock.ts';
import { type HandDrivenOperator, startHandDriven } from './hand-driven-operator.ts';

// Scenario 1 of domain.md once in full: fifteen minutes are fifteen minutes, of a clock that is moved by hand from slot to slot. A real
// API server, a real Prometheus that remembers what happened, the whole operator, and a stand-in for Slack that reads the same clock.
// To the API server the channels are younger than all this: who heard of a beginning there has to hear of the end all the same.

const SLOT_MS = 30_000;
const SERVICE = 'shop';
const AUDIENCES = ['internal', 'authority', 'customers'] as const;
type Audience = (typeof AUDIENCES)[number];
/** What Prometheus saw from 10:00:00 on, each half minute; afterwards all is well. */
const HISTORIES = {
  'stays-down': [...Array<number>(31).fill(0), 1],
  'comes-back': [...Array<number>(30).fill(0), 1],
  'one-good-look': [...Array<number>(29).fill(0), 1, 0, 0, 1],
};
type Case = keyof typeof HISTORIES;
const SLOTS = 42;

let world: World;
let slack: FakeSlack;
let operator: HandDrivenOperator;
let namespaces: Readonly<Record<Case, string>>;
const clock = new HandClock(FIRST_SLOT - 10_000);

beforeAll(async () => {
  [world, slack] = await Promise.all([openWorld(), startFakeSlack(() => clock.now())]);
  namespaces = { 'stays-down': aligned('down'), 'comes-back': aligned('back'), 'one-good-look': aligned('look') };
  slack.workspace.channels = Object.values(namespaces).flatMap((name) =>
    AUDIENCES.map((audience) => {
      const room = `${name}-${audience}`;
      return { id: idOf(room), name: room, archived: false, member: true, shared: false };
    }),
  );
  const extraFlags = ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'];
  const prometheus = await world.startPrometheus({ config: [], extraFlags });
  await writeHistory(prometheus.url, [
    { labels: { __name__: 'up', job: 'shop' }, values: padded([], 1) },
    ...cases().map(([name, own]) => ({ labels: { __name__: 'told', story: own }, values: padded(HISTORIES[name], 1) })),
  ]);
  await world.api.apply(
    source('prometheus', prometheus.url),
    secret('slack', { token: slack.token }),
    ...Object.values(namespaces).map((name) => namespace(name)),
    ...AUDIENCES.map(channel),
    ...Object.values(namespaces).map(watched),
  );
  const { kubeconfigPath: kubeconfig } = world.cluster;
  operator = await startHandDriven({ kubeconfig, store: `${world.session.dir}/evidence.db`, clock });
  for (let slot = 0; slot < SLOTS; slot += 1) await judge(FIRST_SLOT + slot * SLOT_MS);
  // What comes after another in a thread waits a moment, of the same clock.
  await eventually(() => {
    clock.moveTo(clock.now() + 1_000);
    for (const [name] of cases())
      for (const audience of AUDIENCES) expect(seen(name, audience).join()).not.toMatch(/Failing|Disrupted/);
  }, 60_000);
}, 180_000);

afterAll(async () => {
  await operator.stop();
  await world.close();
  await slack.close();
}, 60_000);

const cases = (): [Case, string][] => Object.entries(namespaces) as [Case, string][];
const idOf = (room: string): string => `C0${room.replace(/[^a-z0-9]/g, '')}`.toUpperCase();
const padded = (values: readonly number[], after: number): number[] => [
  ...values,
  ...Array<number>(SLOTS + 2 - values.length).fill(after),
];

/** A namespace in which the slots of the service lie at whole intervals. */
function aligned(prefix: string): string {
  for (let index = 0; ; index += 1) if (slotOffsetMs(`${prefix}-${index}`, SERVICE, SLOT_MS) === 0) return `${prefix}-${index}`;
}

function channel(audience: Audience): Manifest {
  const settings = { url: slack.apiUrl, channel: `#{namespace}-${audience}`, tokenSecret: { name: 'slack', key: 'token' } };
  const others = audience === 'internal' ? {} : { services: ['*'], topics: ['Alerts'] };
  const spec = { audience, namespaces: { from: 'All' }, ...others, slack: settings };
  return { kind: 'NotificationChannel', metadata: { name: audience }, ...{ spec } };
}

const watched = (own: string): Manifest =>
  criterion(
    `${own}/availability`,
    { source: 'prometheus', query: `told{story="${own}"}` },
    {
      ...{ service: SERVICE, interval: '30s', holdFor: '0s', recoverFor: '1m', unknownFor: '5m' },
      escalation: [
        { after: '0s', audience: 'internal' },
        { after: '15m', audience: 'authority' },
        { after: '15m', audience: 'customers' },
      ],
    },
  );

/** Moves the clock to a slot, and lets the operator do what follows from it: judging, records, statuses, and what is sent. */
async function judge(slot: number): Promise<void> {
  clock.moveTo(slot + 10_000);
  await eventually(() => {
    for (const own of Object.values(namespaces)) {
      const { track } = operator.ledger.get(`${own}/availability`)?.state ?? {};
      expect(track?.last?.slot).toBe(slot);
    }
    expect(operator.isQuiet()).toBe(true);
  }, 60_000);
  await eventually(() => expect(AUDIENCES.map((audience) => pendingAt(audience, slot))).toEqual([[], [], []]), 60_000);
}

/** The cases of which an audience is to have heard by a slot, and has not. */
const pendingAt = (audience: Audience, slot: number): Case[] =>
  cases().flatMap(([name]) => (seen(name, audience).length < (heardAt(name, audience, slot) ? 1 : 0) ? [name] : []));

function heardAt(name: Case, audience: Audience, slot: number): boolean {
  const minutes = (slot - FIRST_SLOT) / 60_000;
  return audience === 'internal' ? true : name !== 'comes-back' && minutes >= 15;
}

/** What lies in a room: when it was sent, by the clock of the operator, and what it says by now. */
function seen(name: Case, audience: Audience): string[] {
  const id = idOf(`${namespaces[name]}-${audience}`);
  return slack.workspace.messages
    .filter(({ channel: room, thread }) => room === id && thread === undefined)
    .map(
      ({ ts, text }) =>
        `${new Date(Number(ts) * 1000).toISOString().slice(11, 19)} ${/over after [^:\n]*/i.exec(text)?.[0] ?? text}`,
    );
}

const wanted: Record<Case, Record<Audience, string[]>> = {
  'stays-down': {
    internal: ['10:00:10 Over after 15m 30s'],
    authority: ['10:15:10 Over after 15m 30s'],
    customers: ['10:15:10 Over after 15m 30s'],
  },
  'comes-back': { internal: ['10:00:10 Over after 15m'], authority: [], customers: [] },
  'one-good-look': {
    internal: ['10:00:10 Over after 16m'],
    authority: ['10:15:10 Over after 16m'],
    customers: ['10:15:10 Over after 16m'],
  },
};

describe.each(Object.keys(HISTORIES) as Case[])('a service that %s', (name) => {
  test.each(AUDIENCES)('what %s hears, when, and of its end', (audience) => {
    expect(seen(name, audience)).toEqual(wanted[name][audience]);
  });
});
